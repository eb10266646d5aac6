"""What the numbers say. Pure: a frame comes in, a frame or frozen data goes out; no store, no clock, no page."""

from __future__ import annotations

from analysis._refusals import AnalysisError, Refused
from analysis.breaks import forbidding, touching
from analysis.gaps import Hole, holes
from analysis.months import gained
from analysis.overtakes import TRAILING_DAYS, Duel, Overtake, Pair, Pairs, Track, duel, track
from analysis.relative import index, part_of_own, share_of_set
from analysis.shares import MIN_BASE, Interval, may_be_shown, newcombe, wilson, wilson_bounds
from analysis.verdicts import Verdict, Word, verdict

__all__ = [
    "MIN_BASE",
    "TRAILING_DAYS",
    "AnalysisError",
    "Duel",
    "Hole",
    "Interval",
    "Overtake",
    "Pair",
    "Pairs",
    "Refused",
    "Track",
    "Verdict",
    "Word",
    "duel",
    "forbidding",
    "gained",
    "holes",
    "index",
    "may_be_shown",
    "newcombe",
    "part_of_own",
    "share_of_set",
    "touching",
    "track",
    "verdict",
    "wilson",
    "wilson_bounds",
]
