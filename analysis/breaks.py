"""Where the counting changed: what lies on either side is not compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from catalog import Break, Metric


def touching(breaks: Sequence[Break], since: date, until: date, *frameworks: str) -> tuple[Break, ...]:
    """The entries of any kind that overlap the days `since`..`until`, both included, and concern any of these (none
    named: anybody).
    """
    overlapping = [b for b in breaks if b.since <= until and b.until >= since]
    return tuple(b for b in overlapping if not b.frameworks or not frameworks or {*b.frameworks} & {*frameworks})


def forbidding(breaks: Sequence[Break], since: date, until: date, *frameworks: str) -> tuple[Break, ...]:
    """The breaks proper (not incidents, not notices) that forbid comparing `since` with `until` for any of these."""
    return tuple(b for b in touching(breaks, since, until, *frameworks) if b.kind == "break")


def incident_rows(frame: pd.DataFrame, metric: Metric, breaks: Sequence[Break]) -> pd.Series[bool]:
    """Which rows lie within a registered incident that names their framework: days known to be read wrongly.

    Incidents of all frameworks are none of these: what hits all alike leaves their order as it was.
    """
    ends, names = frame["period_end"].to_numpy(), frame["framework"].to_numpy()
    wrong = np.zeros(len(frame), dtype="bool")
    for entry in breaks:
        if entry.kind == "incident" and entry.frameworks and metric.id in entry.metrics:
            days = np.flatnonzero((ends >= np.datetime64(entry.since)) & (ends <= np.datetime64(entry.until)))
            wrong[days] |= np.array([name in entry.frameworks for name in names[days]], dtype="bool")
    return pd.Series(wrong, index=frame.index, dtype="bool")
