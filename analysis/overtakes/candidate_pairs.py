"""Which of many series can have passed one another at all: few of all pairs, found without comparing pair by pair.

Whoever passes another was once below it and once above. A pair of which one was never below the other, at no moment at
which both are known, has no overtake: only the others need to be laid beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.arrays import Days, Points, Values, period_keys
from catalog import Kind


def crossing_pairs(series: Mapping[str, Points], kind: Kind) -> list[tuple[str, str]]:
    """The pairs, in the order of `series`, whose plain order was both ways at moments at which both are known.

    Of a level a reading stands until the next one; of flows and shares only equal periods are compared.
    """
    names = [name for name, points in series.items() if len(points)]
    level = kind is Kind.STOCK
    columns = [series[name].end if level else period_keys(series[name]) for name in names]
    moments = np.unique(np.concatenate(columns)) if columns else np.empty(0, dtype=np.int64)
    values = np.stack(
        [_at(moments, column, series[name].value, filled=level) for name, column in zip(names, columns, strict=True)]
    ) if names else np.empty((0, 0))  # fmt: skip
    pairs = []
    for place, name in enumerate(names):
        others = values[place + 1 :]
        both = (others > values[place]).any(axis=1) & (others < values[place]).any(axis=1)
        pairs += [(name, names[place + 1 + int(other)]) for other in np.flatnonzero(both)]
    return pairs


def _at(moments: Days, own: Days, values: Values, *, filled: bool) -> Values:
    """A series' values at every moment, NaN where it has none; `filled`: the last one by then."""
    place = np.searchsorted(own, moments, side="right") - 1
    has_value = place >= 0 if filled else (place >= 0) & (own[place.clip(0)] == moments)
    return np.where(has_value, values[place.clip(0)], np.nan)
