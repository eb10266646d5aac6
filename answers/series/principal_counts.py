"""Which count stands for a kind of evidence where there is room for one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from answers.panel import grouped
from catalog import Catalog, Metric
from storage import Series


def principal_count(
    catalog: Catalog, stored: Iterable[Series], family: str, frameworks: Sequence[str] | None = None
) -> str:
    """The id of the metric of a family that is shown first; empty if none that the family prefers has a total.

    Of the preferred ones that have not ended: the one of the most of these `frameworks`, and of equals (or if none is
    named) the one that the catalog prefers most.
    """
    last_by_framework: dict[str, dict[str, date]] = {}
    for series in stored:
        if not series.dimension and (frameworks is None or series.framework in frameworks):
            last_by_framework.setdefault(series.metric, {})[series.framework] = series.last
    seen = {
        name: days
        for name in catalog.families[family].preferred
        if (days := last_by_framework.get([*catalog.metrics[name].derived_from, name][0]))
    }
    if any(len(days) > 1 for days in seen.values()):  # a count of one alone compares nothing
        seen = {name: days for name, days in seen.items() if len(days) > 1}
    newest = max((max(days.values()) for days in seen.values()), default=date.min)
    current_days = timedelta(days=catalog.families[family].current_days)
    current = [name for name, days in seen.items() if newest - max(days.values()) <= current_days]
    return max(current, key=lambda name: len(seen[name]) if frameworks else 0, default="")


def one_of_each(catalog: Catalog, metrics: Iterable[Metric]) -> list[Metric]:
    """Of these metrics one for each kind of evidence: what it is first about, by the rule that the family prefers most.

    Of surveys each: they ask different people.
    """
    groups = grouped(catalog, metrics, lambda metric: metric)
    return [
        metric
        for kin in groups
        for metric in (kin if kin[0].has_editions else [min(kin, key=lambda metric: _rank(catalog, metric))])
    ]


def _rank(catalog: Catalog, metric: Metric) -> int:
    preferred = catalog.families[metric.family].preferred
    return preferred.index(metric.id) if metric.id in preferred else len(preferred)
