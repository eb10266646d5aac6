"""Lost stars: what the counter showed on a day, less what of it still stands. Two metrics, never one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from analysis.arrays import by_framework
from answers import wording
from answers.json_and_csv import to_json
from answers.questions import final_through, known_framework
from answers.series.misreadings import without_misread
from catalog import Catalog
from storage import Store

SEEN, KEPT = "stars", "stars_kept"
SERVES = timedelta(days=45)  # how old a counter may be to stand for a day
WHOLE = 0.98  # the history's sum as a part of today's counter, from which on it is taken as whole
CAVEATS = ("kept-is-not-seen", "survivors-only", "githubs-own-day", "the-past-is-revised")


@dataclass(frozen=True, slots=True)
class Lost:
    """On `day` the counter showed `seen` stars, of which `kept` still stand by `through`; the rest was taken back.

    `why`: the reason if it is unclear; then the figures are None.
    """

    framework: str
    day: date | None
    seen: int | None
    kept: int | None
    through: date | None
    why: str
    sentence: str

    @property
    def lost(self) -> int | None:
        """Stars shown that day and taken back since; below zero where days differ by more than was lost."""
        return None if self.seen is None or self.kept is None else self.seen - self.kept

    @property
    def part(self) -> float | None:
        """The lost ones as a part, in [0, 1], of those seen."""
        return None if self.lost is None or not self.seen else self.lost / self.seen


def lost(
    store: Store,
    catalog: Catalog,
    frameworks: Sequence[str],
    now: datetime,
    on: date | None = None,
    as_of: datetime | None = None,
) -> tuple[Lost, ...]:
    """How many of the stars shown on a day (None: the first known) were taken back since, framework by framework.

    Raises QuestionError for unknown names.
    """
    names = [known_framework(catalog, name) for name in frameworks] or list(catalog.frameworks)
    seen, kept = (store.read(metric, names, as_of=as_of).dropna(subset=["value"]) for metric in (SEEN, KEPT))
    seen = without_misread(catalog, catalog.metrics[SEEN], seen)
    final = pd.Timestamp(final_through(now, as_of))
    kept = kept[kept["period_end"] <= final]
    by_seen, by_kept = by_framework(seen), by_framework(kept)
    return tuple(
        _lost(catalog, name, by_seen.get(name, seen.iloc[:0]), by_kept.get(name, kept.iloc[:0]), on) for name in names
    )


def lost_json(answer: Lost) -> Any:
    """One framework's lost stars as an object with stable keys."""
    names = ("framework", "day", "seen", "kept", "through", "lost", "part", "why", "sentence")
    return to_json(answer, *names) | {"caveats": list(CAVEATS)}


def _lost(catalog: Catalog, name: str, seen: pd.DataFrame, kept: pd.DataFrame, on: date | None) -> Lost:
    title = wording.framework(catalog, name)
    why = _unknown(seen, kept)
    row = None if why else _shown(seen, kept, on)
    if row is None:
        why = why or "its counter was not read" + (f" around {wording.day(on)}" if on else "")
        return Lost(name, None, None, None, None, why, f"We can't say how many stars {title} lost: {why}.")
    day, showed = row
    standing = int(kept.loc[kept["period_end"] <= pd.Timestamp(day), "value"].sum())
    through = _date(kept["period_end"].max())
    return Lost(name, day, showed, standing, through, "", _sentence(title, day, showed, standing, through))


def whole(seen: pd.DataFrame, kept: pd.DataFrame) -> bool:
    """Whether one framework's history of stars kept is known from its first day on."""
    return not _unknown(seen, kept)


def _unknown(seen: pd.DataFrame, kept: pd.DataFrame) -> str:
    """Why there is no figure; empty if there is one."""
    if seen.empty or kept.empty:
        return f"{'its counter' if seen.empty else 'its star history'} has not been collected"
    days = (kept["period_end"].max() - kept["period"].min()).days + 1
    if days != len(kept):
        return "its star history has gaps"
    last = seen.loc[seen["period_end"] <= kept["period_end"].max() + pd.Timedelta(days=1), "value"].tail(1)
    if last.empty or kept["value"].sum() < WHOLE * last.iloc[0]:
        return "its star history is not complete yet"
    return ""


def _shown(seen: pd.DataFrame, kept: pd.DataFrame, on: date | None) -> tuple[date, int] | None:
    """The counter of the day, or of the last before it that serves."""
    both = seen[(seen["period_end"] >= kept["period"].min()) & (seen["period_end"] <= kept["period_end"].max())]
    if on is not None:
        near = both["period_end"] > pd.Timestamp(on - SERVES)
        both = both[near & (both["period_end"] <= pd.Timestamp(on))].tail(1)
    if both.empty:
        return None
    return _date(both["period_end"].iloc[0]), int(both["value"].iloc[0])


def _sentence(title: str, day: date, seen: int, kept: int, through: date) -> str:
    head = f"Of the {seen:,} stars that {title} had on {wording.day(day)}, "
    if kept >= seen:
        return f"{head}none is measurably lost: {kept:,} given by then are still held on {wording.day(through)}."
    return (
        f"{head}{seen - kept:,} ({wording.percent((seen - kept) / seen)}) are lost: withdrawn, or gone with their "
        f"accounts. {kept:,} were still held on {wording.day(through)}."
    )


def _date(at: Any) -> date:
    return pd.Timestamp(at).date()
