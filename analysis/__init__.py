"""What the numbers say. Pure: a frame comes in, a frame or frozen data goes out; no store, no clock, no page."""

from __future__ import annotations

from analysis.agreement.lead_lag import Lag, lag
from analysis.agreement.rank_agreement import (
    Agreement,
    Drift,
    Misread,
    kendall,
    per_million,
    rank_agreement,
    tau_interval,
)
from analysis.anomalies.detection import Flag, Incident, flags, incidents
from analysis.breaks import forbidding, touching
from analysis.differences import Difference, Sample, difference, rest, widest
from analysis.errors import AnalysisError, Refused
from analysis.gaps import Hole, holes
from analysis.growth.indexing import index, part_of_own, share_of_set
from analysis.growth.measures import (
    Reached,
    by_age,
    compound,
    four_weeks,
    gained_every,
    peer_ratio,
    reached,
    year_on_year,
)
from analysis.months import gained
from analysis.overtakes.head_to_head import (
    TRAILING_DAYS,
    HeadToHead,
    Overtake,
    Pair,
    Pairs,
    PreparedSeries,
    head_to_head,
    prepared_series,
)
from analysis.overtakes.rates import chance_sign, rates
from analysis.overtakes.sensitivity import Cell, Verdict, VerdictWord, cells, survives, verdict
from analysis.shares import MIN_BASE, Interval, may_be_shown, newcombe, wilson, wilson_bounds

__all__ = [
    "MIN_BASE",
    "TRAILING_DAYS",
    "Agreement",
    "AnalysisError",
    "Cell",
    "Difference",
    "Drift",
    "Flag",
    "HeadToHead",
    "Hole",
    "Incident",
    "Interval",
    "Lag",
    "Misread",
    "Overtake",
    "Pair",
    "Pairs",
    "PreparedSeries",
    "Reached",
    "Refused",
    "Sample",
    "Verdict",
    "VerdictWord",
    "by_age",
    "cells",
    "chance_sign",
    "compound",
    "difference",
    "flags",
    "forbidding",
    "four_weeks",
    "gained",
    "gained_every",
    "head_to_head",
    "holes",
    "incidents",
    "index",
    "kendall",
    "lag",
    "may_be_shown",
    "newcombe",
    "part_of_own",
    "peer_ratio",
    "per_million",
    "prepared_series",
    "rank_agreement",
    "rates",
    "reached",
    "rest",
    "share_of_set",
    "survives",
    "tau_interval",
    "touching",
    "verdict",
    "widest",
    "wilson",
    "wilson_bounds",
    "year_on_year",
]
