"""Which leads of a flow last: a lead that is decided, that nothing in the `HOLD_DAYS` after takes back, and that is
decided at their end. Only from one lasting lead to another is there an overtake.
"""

from __future__ import annotations

import numpy as np

from analysis.arrays import Days

HOLD_DAYS = 56  # two sums of 28 days that share no day


def lasting_turns(decided: Days, raw: Days, last: Days) -> list[tuple[int, int, int]]:
    """Each change from one lasting lead to another: the last row of the old lead, the first of the new one, and the row
    at which it had lasted.

    A lead lasts if it is `decided` at a row and `HOLD_DAYS` later, and nothing takes it back in between. The change is
    placed from where the plain signs of the differences, `raw`, first leave the old lead to where they last turn to the
    new one. `last` are the rows' days.
    """
    steady, until = steady_rows(decided != 0, raw, last)
    rows = steady[decided[until[steady]] == decided[steady]]
    changes = np.flatnonzero(np.diff(decided[rows]))
    return [(*_place(raw, int(rows[k]), int(rows[k + 1])), int(until[rows[k + 1]])) for k in changes]


def steady_rows(leads: np.ndarray, raw: Days, last: Days) -> tuple[Days, Days]:
    """The rows with a lead that are followed by all the days it must last, in which the plain sign, `raw`, stays; and
    the row at which each row's days are over, for every row.
    """
    until = np.searchsorted(last, last + HOLD_DAYS)
    rows = np.flatnonzero(leads & (until < len(last)))
    turned = np.concatenate([[0], np.cumsum(np.diff(raw) != 0)])  # equal where nothing changed in between
    return rows[turned[until[rows]] == turned[rows]], until


def _place(raw: Days, old: int, new: int) -> tuple[int, int]:
    """The last row up to which only the old lead was there, and the first from which only the new one is."""
    between = raw[old : new + 1]
    before = int(np.flatnonzero(between != raw[old])[0]) - 1
    after = int(np.flatnonzero(between != raw[new])[-1]) + 1
    return old + before, old + after
