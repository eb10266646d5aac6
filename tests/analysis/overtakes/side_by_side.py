"""Series made for tests of overtakes, and two of them laid beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analysis.overtakes.head_to_head import HeadToHead
from analysis.overtakes.head_to_head import head_to_head as fought
from analysis.overtakes.paired_series import prepared_series
from catalog import Break, Kind, Metric, almanac

DAY0 = date(2020, 1, 1)
STARS = Metric(
    "stars", "GitHub stars", "stars", Kind.STOCK, "day", "stars", "", "", "", (), ("github",), 35, "stars held"
)
WINDOWS = Metric(
    "w", "Downloads", "downloads", Kind.FLOW, "window", "downloads", "", "", "", (), ("almanac",), 20, "downloads"
)
DAILY = Metric(
    "d", "Downloads", "downloads", Kind.FLOW, "day", "downloads", "", "", "", (), ("pypistats",), 0, "downloads"
)
SHARE = Metric("s", "Worked with", "share", Kind.SHARE, "year", "survey", "", "", "", (), ("stackoverflow",), 0, "use")


def frame(
    periods: list[date], ends: list[date], values: list[float], bases: list[int | None] | None = None
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": pd.to_datetime(periods).astype("datetime64[s]"),
            "period_end": pd.to_datetime(ends).astype("datetime64[s]"),
            "value": np.array(values, dtype="float64"),
            "base": pd.array(bases or [None] * len(values), dtype="Int64"),
        }
    )


def duel(
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: Metric,
    names: tuple[str, str],
    *,
    breaks: Sequence[Break] = (),
    final_through: date | None = None,
) -> HeadToHead:
    """Straight from two frames."""
    return fought(
        prepared_series(a, metric, final_through), prepared_series(b, metric, final_through), metric, names, breaks
    )


def seen(levels: dict[int, float]) -> pd.DataFrame:
    """Levels by day since DAY0."""
    dates = [DAY0 + timedelta(days=d) for d in levels]
    return frame(dates, dates, list(levels.values()))


def stars(framework: str) -> pd.DataFrame:
    found = [
        (date.fromisoformat(r["date"]), float(r["stars"])) for r in almanac("stars") if r["framework"] == framework
    ]
    return frame([d for d, _ in found], [d for d, _ in found], [v for _, v in found])


def downloads(framework: str, installers: str) -> pd.DataFrame:
    found = [r for r in almanac("downloads") if r["framework"] == framework and r["installers"] == installers]
    firsts, lasts = ([date.fromisoformat(r[k]) for r in found] for k in ("first_day", "last_day"))
    return frame(firsts, lasts, [float(r["downloads"]) for r in found])


def brackets(fight: HeadToHead) -> list[tuple[str, str, str]]:
    return [(o.winner, str(o.last_before), str(o.first_after)) for o in fight.overtakes]


def monthly(values: list[float]) -> pd.DataFrame:
    """Windows of whole months of 2020, from January on."""
    firsts = [date(2020, 1 + k, 1) for k in range(len(values) + 1)]
    return frame(firsts[:-1], [first - timedelta(days=1) for first in firsts[1:]], values)


def years(shares: dict[int, tuple[float, int | None]]) -> pd.DataFrame:
    return frame(
        [date(y, 1, 1) for y in shares],
        [date(y, 12, 31) for y in shares],
        [s for s, _ in shares.values()],
        [n for _, n in shares.values()],
    )


def survey(shares: dict[int, tuple[float, int]]) -> pd.DataFrame:
    """One edition per day, so that a thousand of them fit a calendar."""
    days = [DAY0 + timedelta(days=k) for k in shares]
    return frame(days, days, [s for s, _ in shares.values()], [n for _, n in shares.values()])
