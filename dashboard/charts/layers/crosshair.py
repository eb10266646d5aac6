"""A rule at the moment nearest to the pointer, with every line's figure at that moment, the highest first.

The texts are made here, in their order, a row per moment: a tooltip of fields would have one order for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any
from zlib import crc32

import altair as alt
import numpy as np
import pandas as pd

from answers.wording import is_whole_percent
from catalog import Break

MOST_MOMENTS = 400  # moments nearer to each other than that cannot be pointed at
REACH = pd.Timedelta(days=45)  # a figure older than that stands for no later moment
WITHOUT_VALUE = {"gap": "no data", "not_asked": "not asked"}
YEAR = pd.Timedelta(days=365.25)


@dataclass(frozen=True)
class Crosshair:
    """Where the rule may stand on `points` of a chart, and what is read there.

    `unit` is as in the options of a chart of lines. `origin` is the first day of every line on an axis of ages, whose
    moments are titled by age; None on one of dates. `breaks` are told where they lie: their bands are below the rule.
    """

    points: pd.DataFrame
    unit: str
    origin: pd.Timestamp | None = None
    breaks: Sequence[Break] = ()

    @cached_property
    def whens(self) -> pd.DatetimeIndex:
        """The moments, in their order."""
        moments = pd.DatetimeIndex(self.points.dropna(subset=["value"])["when"]).unique().sort_values()
        if len(moments) <= MOST_MOMENTS:
            return moments
        return moments[np.unique(np.linspace(0, len(moments) - 1, MOST_MOMENTS).astype(int))]

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """For each moment: when, the days it stands for (from, to), all in milliseconds, and its tip."""
        at = milliseconds(self.whens)
        middles = [(before + after) // 2 for before, after in pairwise(at)]
        edges = [at[0] - 43_200_000, *middles, at[-1] + 43_200_000] if at else []
        tips = self._tips()
        return [
            {"when": when, "from": start, "to": end, "tip": tip | self._broken(start, end)}
            for when, start, end, tip in zip(at, edges, edges[1:], tips, strict=False)
        ]

    @cached_property
    def name(self) -> str:
        """What the rows are called within a chart, so that every point finds its text in them."""
        return f"moments_{crc32(repr(self.rows).encode()):08x}"

    def nearest(self, when: pd.Series[Any]) -> list[int]:
        """The row of the moment nearest to each of these."""
        at = np.asarray(milliseconds(self.whens))
        wanted = np.asarray(milliseconds(when))
        after = np.clip(np.searchsorted(at, wanted), 0, len(at) - 1)
        before = np.clip(after - 1, 0, None)
        closer = np.abs(at[before] - wanted) < np.abs(at[after] - wanted)
        return [int(n) for n in np.where(closer, before, after)]

    def _tips(self) -> list[dict[str, str]]:
        lines = [rows.sort_values("when", kind="stable") for _, rows in self.points.groupby("line", sort=False)]
        last = [rows["when"].searchsorted(self.whens, side="right") - 1 for rows in lines]
        columns = [rows[["when", "name", "value", "status", "about"]].to_dict("records") for rows in lines]
        return [
            self._tip(when, [rows[at[n]] for rows, at in zip(columns, last, strict=True) if at[n] >= 0])
            for n, when in enumerate(self.whens)
        ]

    def _broken(self, start: int, end: int) -> dict[str, str]:
        """The titles of the breaks that lie within a field, by what they are."""
        first, last = (pd.Timestamp(edge, unit="ms").date() for edge in (start, end))
        return {one.kind.capitalize(): one.title for one in self.breaks if one.since <= last and one.until >= first}

    def _tip(self, when: pd.Timestamp, rows: Sequence[dict[Any, Any]]) -> dict[str, str]:
        valued = [row for row in rows if row["value"] == row["value"] and when - row["when"] <= REACH]
        valued.sort(key=lambda row: float(row["value"]), reverse=True)
        without = [row for row in rows if row["value"] != row["value"] and row["status"] in WITHOUT_VALUE]
        title = next(str(row["about"]) for row in valued if row["when"] == when)
        texts = {str(row["name"]): self._text(row, title) for row in valued}
        texts |= {str(row["name"]): WITHOUT_VALUE[row["status"]] for row in without}
        return {"title": title if self.origin is None else f"{(when - self.origin) / YEAR:.1f} years"} | texts

    def _text(self, row: dict[Any, Any], title: str) -> str:
        """A figure, with the days it is about where they are others, and its status unless that is final."""
        remarks = [str(row["about"])] if self.origin is None and row["about"] != title else []
        remarks += [str(row["status"])] if row["status"] != "final" else []
        text = figure_text(float(row["value"]), self.unit)
        return f"{text} ({', '.join(remarks)})" if remarks else text


def figure_text(value: float, unit: str) -> str:
    """A value as exact as it is, without the name of its unit: 13,912,345 · 51% · +14.8% · 4.2 times."""
    if unit in ("share", "change"):
        digits = 0 if is_whole_percent(value) else 1
        return f"{value * 100:{'+' if unit == 'change' else ''},.{digits}f}%".replace("-", "−")
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.3g}"
    return f"{text} times" if unit == "times" else text.replace("-", "−")


def milliseconds(when: Any) -> list[int]:
    """Moments as Vega counts them: whole milliseconds since 1970, in UTC."""
    return [int(moment) for moment in pd.DatetimeIndex(when).to_numpy().astype("datetime64[ms]").astype("int64")]


def rule(points: alt.Chart, ink: str, near: alt.Parameter) -> alt.Chart:
    """The rule through the points of the moment that is near."""
    shown = alt.condition(near, alt.value(0.55), alt.value(0))
    one_each = points.transform_aggregate(groupby=["when"])
    chart: alt.Chart = one_each.mark_rule(color=ink, strokeWidth=1).encode(x=alt.X("when:T"), opacity=shown)
    return chart


def fields(crosshair: Crosshair, near: alt.Parameter) -> alt.Chart:
    """A field per moment, which nobody sees and which answers the pointer."""
    rows = alt.InlineData(values=crosshair.rows, name=crosshair.name)
    field = alt.Chart(rows).mark_rect(opacity=0, tooltip=alt.ExprRef("datum.tip"))
    bottom = alt.value(alt.ExprRef("height"))
    chart: alt.Chart = field.encode(x=alt.X("from:T"), x2=alt.X2("to:T"), y=alt.YValue(0), y2=bottom).add_params(near)
    return chart


def tip_of(crosshair: Crosshair) -> alt.ExprRef:
    """The text of a point that has the row of its moment as `at`."""
    return alt.ExprRef(f"data('{crosshair.name}')[datum.at].tip")
