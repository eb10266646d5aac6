"""What is news of a series, and what was there before anybody watched.

News is what happened within the last days (`NEWS_DAYS`) and after all that the store had when the series was first
collected in time. So a past that is filled in, a framework added and a new store bring no news of what was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd

from answers.panel import Panel
from answers.questions import final_through
from catalog import Catalog, Metric
from storage import Store

NEWS_DAYS = {"day": 14, "window": 45, "year": 400}  # a survey's year is over long before, or after, it is published
WIDEST_DAYS = {"day": 60, "window": 100, "year": 740}  # a wider bracket dates the collection, not the event
KEPT_DAYS = 46  # so much longer than news, an event is noted at all


@dataclass(frozen=True)
class WatchedMetric:
    """One metric's totals: a frame per framework, how far back news goes, and what was there before anybody watched."""

    panel: Panel
    today: date
    _first: dict[str, date | None] = field(default_factory=dict)

    @property
    def metric(self) -> Metric:
        return self.panel.metric

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        return self.panel.seen

    def is_kept(self, day: date) -> bool:
        """Whether something that could be seen first on that day is recent enough to be noted."""
        return (self.today - day).days <= NEWS_DAYS[self.metric.period] + KEPT_DAYS

    def is_news(self, day: date, names: Iterable[str], since: date | None = None, called: date | None = None) -> bool:
        """Whether something that happened between `since` and `day` to these frameworks is worth a message.

        `called`: the first day on which it could be told (None: at once).
        """
        recent = (self.today - (called or day)).days <= NEWS_DAYS[self.metric.period]
        sharp = since is None or (day - since).days <= WIDEST_DAYS[self.metric.period]
        return recent and sharp and all(self._after_first(name, day) for name in names)

    def _after_first(self, name: str, day: date) -> bool:
        if name not in self._first:
            self._first[name] = _learned_through(self.frames[name], NEWS_DAYS[self.metric.period])
        first = self._first[name]
        return first is not None and day > first


def _learned_through(frame: pd.DataFrame, news_days: int) -> date | None:
    """The last day that the store had on the day on which a series was first collected in time:
    what follows was watched.

    None for a series nobody watches: all its figures came long after their time, as an almanac's do.
    """
    learned = frame["retrieved_at"].dt.tz_localize(None)
    timely = frame[(learned - frame["period_end"]).dt.days <= news_days]
    if timely.empty:
        return None
    on = timely["retrieved_at"].dt.date
    return pd.Timestamp(timely.loc[on == on.min(), "period_end"].max()).date()


def watched_metrics(store: Store, catalog: Catalog, now: datetime) -> dict[str, WatchedMetric]:
    """Every metric that has totals, with the frameworks that have a value."""
    by_metric: dict[str, WatchedMetric] = {}
    for metric in catalog.metrics.values():
        if metric.has_total and metric.period in NEWS_DAYS and not metric.derived_from:
            frame = store.read(metric.id, tuple(catalog.frameworks)).dropna(subset=["value"])
            frames = {str(name): part for name, part in frame.groupby("framework", sort=False)}
            if frames:
                by_metric[metric.id] = WatchedMetric(Panel(catalog, metric, frames, final_through(now)), now.date())
    return by_metric
