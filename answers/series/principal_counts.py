"""Which count stands for a kind of evidence where there is room for one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from catalog import Catalog, Metric
from storage import Series

COPIED = "mirrors-copy-releases"  # the caveat of counts that hold copies of the whole index


def principal_count(
    catalog: Catalog, stored: Iterable[Series], family: str, frameworks: Sequence[str] | None = None
) -> str:
    """The id of the metric of a family that is shown first, of these frameworks (None: all); empty if none has a total
    in the store.

    Of those that count what the family counts in the first place and have not ended: the one of the most frameworks,
    then without copies by mirrors, then the longest.
    """
    first_and_last: dict[str, list[tuple[date, date]]] = {}
    for series in stored:
        if not series.dimension and (frameworks is None or series.framework in frameworks):
            first_and_last.setdefault(series.metric, []).append((series.first, series.last))
    metrics = [
        (metric, first_and_last[metric.cumulates or metric.id])
        for metric in catalog.metrics.values()
        if metric.family == family and metric.has_total and (metric.cumulates or metric.id) in first_and_last
    ]
    counts = [one for one in metrics if one[0].counts == catalog.families[family].counts] or metrics
    newest = max((last for _, spans in counts for _, last in spans), default=None)
    if newest is None:
        return ""
    days = timedelta(days=catalog.families[family].current_days)
    current = [(m, spans) for m, spans in counts if newest - max(last for _, last in spans) <= days]

    def rank(one: tuple[Metric, list[tuple[date, date]]]) -> tuple[int, bool, int]:
        metric, spans = one
        longest = max((last - first).days for first, last in spans)
        return len(spans), COPIED not in metric.caveats, longest

    return max(current, key=rank)[0].id
