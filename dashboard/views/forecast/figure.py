"""What next? as figures: the fan of one framework or of a ratio, and the chance that one passes the other."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import pandas as pd

from answers.forecast import Forecast
from answers.question import QuestionError
from catalog import Catalog
from dashboard.charts import framework_styles, theme
from dashboard.charts.figure import Figure, Style
from dashboard.charts.line_chart import INK
from dashboard.views.forecast import chart
from dashboard.views.forecast.chart import Fan

BANDS = "Dashed: the middle. The bands hold the truth with a chance of 80 % and 95 %, if it goes on as before."
UNITS = {"per day": "mean per day of each month", "ratio": "one is so many times the other"}


def fan(found: Forecast, catalog: Catalog, look: Style) -> Figure:
    """The past and what may come. Raises QuestionError, with the reason, where there is no forecast."""
    _there(found)
    a, b = framework_styles.title(catalog, found.framework), framework_styles.title(catalog, found.rival)

    def draw(height: float, still: bool) -> alt.LayerChart:
        if found.rival:
            how = Fan(INK[look.dark], "times", look.dark, round(height), 1.0, f"▲ {a} ahead", f"▼ {b} ahead", still)
        else:
            colour = theme.line_style(found.framework).colour(dark=look.dark)
            how = Fan(colour, found.unit, look.dark, round(height), still=still)
        return chart.fan(found, how)

    what = f"{a} as a multiple of {b}" if found.rival else a
    title = f"{what}: {found.metric.title}, and what may come"
    unit = f"Unit: {UNITS.get(found.unit, f'{found.unit} at each month’s end')}."
    log = "The axis is logarithmic." if chart.logarithmic(found, 1.0 if found.rival else None) else ""
    return _figure(found, draw, title, chart.summary(found, what), (unit, BANDS, log))


def chance(found: Forecast, catalog: Catalog, look: Style) -> Figure:
    """The chance that the one behind passes. Raises QuestionError where there is no forecast of two."""
    _there(found)
    if not found.chance:
        raise QuestionError("There is nothing to draw: a chance takes two frameworks, of which one is against another.")
    chaser, leader = framework_styles.title(catalog, found.behind), framework_styles.title(catalog, found.ahead)

    def draw(height: float, still: bool) -> alt.LayerChart:
        colour = theme.line_style(found.behind).colour(dark=look.dark)
        return chart.chance(found, chaser, Fan(colour, "", look.dark, round(height), still=still))

    title = f"The chance that {chaser} passes {leader}: {found.metric.title}"
    notes = (f"Solid: {chaser} has been ahead by then. Dashed: it is ahead in that very month.",)
    return _figure(found, draw, title, chart.chance_summary(found, chaser, leader), notes)


def _figure(
    found: Forecast, draw: Callable[[float, bool], alt.LayerChart], title: str, summary: str, notes: tuple[str, ...]
) -> Figure:
    learned = f"Learned from what was seen through {found.through:%B %Y}" if found.through else ""
    made = f"fitted {found.made_at:%Y-%m-%d %H:%M} UTC by {found.model}" if found.made_at and found.model else ""
    return Figure(
        name=f"forecast-{found.metric.id}-{found.framework}",
        title=title,
        sentence=found.sentence,
        badges=(found.metric.badge,),
        draw=draw,
        summary=summary,
        notes=(*notes, found.held, f"{', '.join(filter(None, (learned, made)))}."),
        sources=found.sources,
        retrieved_at=found.retrieved_at,
        caveats=found.caveats,
        as_of=found.as_of,
        table=_table(found),
    )


def _table(found: Forecast) -> pd.DataFrame:
    table = chart.table(found)
    numbers = table.select_dtypes("number").columns
    return table.assign(**{str(name): table[name].astype(float).round(3) for name in numbers})


def _there(found: Forecast) -> None:
    if not found.months:
        raise QuestionError(f"There is nothing to draw: {(found.reason or 'no forecast was fitted yet').rstrip('.')}.")
