"""What is news of a series, and what was there before anybody watched.

News is what happened within the last days (`NEWS_DAYS`) and after all that was known when the series was first seen
in time. Whoever fills in a past, adds a framework or makes a new store thus hears nothing of what was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import pandas as pd

from answers.panel import Panel
from answers.question import final_through
from catalog import Catalog, Metric
from storage import Store

NEWS_DAYS = {"day": 14, "window": 45, "year": 400}  # a survey's year is over long before, or after, it is published
WIDEST_DAYS = {"day": 60, "window": 100, "year": 740}  # a wider bracket says when we looked, not when it happened
KEPT_DAYS = 46  # so much longer than news, what is found is noted at all


@dataclass(frozen=True)
class Seen:
    """One metric's totals: a frame per framework, how far back news goes, and what was there before anybody watched."""

    field: Panel
    today: date

    @property
    def metric(self) -> Metric:
        return self.field.metric

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        return self.field.seen

    def is_kept(self, day: date) -> bool:
        """Whether something of that day is recent enough to be noted."""
        return (self.today - day).days <= NEWS_DAYS[self.metric.period] + KEPT_DAYS

    def is_news(self, day: date, names: Iterable[str], since: date | None = None) -> bool:
        """Whether something that happened between `since` and `day` to these frameworks is worth telling."""
        recent = (self.today - day).days <= NEWS_DAYS[self.metric.period]
        sharp = since is None or (day - since).days <= WIDEST_DAYS[self.metric.period]
        return recent and sharp and all(self._after_first(name, day) for name in names)

    def _after_first(self, name: str, day: date) -> bool:
        first = self._first[name]
        return first is not None and day > first

    @cached_property
    def _first(self) -> dict[str, date | None]:
        return {name: _known_through(frame, NEWS_DAYS[self.metric.period]) for name, frame in self.frames.items()}


def _known_through(frame: pd.DataFrame, news_days: int) -> date | None:
    """The last day that was known on the day on which a series was first seen in time: what follows was watched.

    None for a series nobody watches: all its figures came long after their time, as an almanac's do.
    """
    learned = frame["retrieved_at"].dt.tz_localize(None)
    timely = frame[(learned - frame["period_end"]).dt.days <= news_days]
    if timely.empty:
        return None
    on = timely["retrieved_at"].dt.date
    return pd.Timestamp(timely.loc[on == on.min(), "period_end"].max()).date()


def watched(store: Store, catalog: Catalog, now: datetime) -> dict[str, Seen]:
    """Every metric that has totals, with the frameworks that have a value."""
    found: dict[str, Seen] = {}
    for metric in catalog.metrics.values():
        if metric.has_total and metric.period in NEWS_DAYS:
            frame = store.read(metric.id, tuple(catalog.frameworks)).dropna(subset=["value"])
            seen = {str(name): part for name, part in frame.groupby("framework", sort=False)}
            if seen:
                found[metric.id] = Seen(Panel(catalog, metric, seen, final_through(now)), now.date())
    return found
