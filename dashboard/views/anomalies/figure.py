"""Unusual days as a figure: a row per framework, a mark per flag."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from answers import wording
from answers.anomalies.answer import Anomalies
from answers.questions import QuestionError
from answers.wording import counted
from catalog import Catalog
from dashboard.charts.figure import Figure, Style, natural, parted
from dashboard.views.anomalies import chart

BADGE = "A mark shows only that a value is unlike those around it, not why."
# In words: the renderer's font has no signs for all of them.
MARKS = (
    "Triangle up: more than expected; down: less. Diamond: possible level shift. Square: several frameworks at once. "
    "A stroke spans days that belong together."
)


def figure(anomalies: Anomalies, catalog: Catalog, style: Style) -> Figure:
    """Every flag along time. Raises QuestionError if nothing stands out."""
    if not anomalies.flags:
        raise QuestionError("There is nothing to draw: nothing stands out.")
    titles = {name: framework.own_title for name, framework in catalog.frameworks.items()}  # an axis has little room
    rows = chart.event_rows(anomalies, titles)
    names = [title for title in titles.values() if title in set(rows["row"])]
    first = anomalies.since or min(one.since for one in anomalies.flags)
    last = max([anomalies.last or first, *(one.until for one in anomalies.flags)]) + timedelta(days=1)
    draw, height = natural(lambda still: chart.draw(rows, names, (first, last), dark=style.dark, still=still))
    what = anomalies.metrics[0].title if len(anomalies.metrics) == 1 else f"{len(anomalies.metrics)} metrics"
    sources = [name for metric in anomalies.metrics for name in metric.sources]
    codes = dict.fromkeys(code for metric in anomalies.metrics for code in metric.caveats)
    headline, detail = parted(anomalies.sentence)
    span = wording.months(first, anomalies.last or last)
    coverage = counted(anomalies.series, "series", "series")
    return Figure(
        name="anomalies",
        headline=headline,
        detail=detail,
        subtitle=" · ".join((f"Unusual values of {what}", "same rule for every framework", span, coverage)),
        care=BADGE,
        draw=draw,
        summary=headline,
        notes=(MARKS,),
        sources=anomalies.catalog.sources_named(sources),
        retrieved_at=anomalies.retrieved_at,
        caveats=tuple(anomalies.catalog.caveats[code] for code in codes),
        as_of=anomalies.as_of,
        table=_table(rows),
        height=height,
    )


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """What stands out, the newest first."""
    newest = rows.sort_values(["since", "row"], ascending=[False, True], kind="stable")
    titles = {"row": "Framework", "kind": "Kind", "days": "Days", "metric": "Metric", "shown": "Value"}
    return newest[[*titles, "register"]].rename(columns=titles | {"register": "Known issue"}).astype(str)
