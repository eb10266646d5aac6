"""Forecast as figures: the fan of one framework or of a ratio, and the chance that one passes the other."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import pandas as pd

from answers import wording
from answers.forecast import Forecast
from answers.questions import QuestionError
from catalog import Catalog
from dashboard.charts import framework_styles
from dashboard.charts.figure import Figure, Style, parted
from dashboard.charts.theme import INK
from dashboard.views.forecast import chart
from dashboard.views.forecast.chart import FanOptions

BANDS = "Dashed: the median. The bands contain the outcome with 80% and 95% chance if current trends continue."
UNITS = {"per day": "average per day in each month", "ratio": "times as many"}


def fan(forecast: Forecast, catalog: Catalog, style: Style) -> Figure:
    """The past and what may come. Raises QuestionError, with the reason, where there is no forecast."""
    _check_drawable(forecast)
    a, b = framework_styles.title(catalog, forecast.framework), framework_styles.title(catalog, forecast.rival)

    def draw(height: float, still: bool) -> alt.LayerChart:
        if forecast.rival:
            options = FanOptions(
                INK[style.dark], "times", style.dark, round(height), 1.0, f"▲ {a} ahead", f"▼ {b} ahead", still
            )
        else:
            colour = framework_styles.colour(forecast.framework, catalog, dark=style.dark)
            options = FanOptions(colour, forecast.unit, style.dark, round(height), still=still)
        return chart.fan(forecast, options)

    what = f"{a} as a multiple of {b}" if forecast.rival else a
    unit = UNITS.get(forecast.unit, f"{forecast.unit} at each month's end")
    log = "The axis is logarithmic." if chart.logarithmic(forecast, 1.0 if forecast.rival else None) else ""
    return _figure(forecast, draw, f"{what}, {forecast.metric.title} · {unit}", (BANDS, log))


def chance(forecast: Forecast, catalog: Catalog, style: Style) -> Figure:
    """The chance that the one behind passes. Raises QuestionError where there is no forecast of two."""
    _check_drawable(forecast)
    if not forecast.chance:
        raise QuestionError("There is nothing to draw: a chance takes two frameworks, of which one is against another.")
    chaser, leader = framework_styles.title(catalog, forecast.behind), framework_styles.title(catalog, forecast.ahead)

    def draw(height: float, still: bool) -> alt.LayerChart:
        colour = framework_styles.colour(forecast.behind, catalog, dark=style.dark)
        return chart.chance(forecast, chaser, FanOptions(colour, "", style.dark, round(height), still=still))

    notes = (f"Solid: {chaser} has been ahead by then. Dashed: it is ahead in that very month.",)
    return _figure(forecast, draw, f"Chance that {chaser} passes {leader}, {forecast.metric.title} · in %", notes)


def _figure(
    forecast: Forecast, draw: Callable[[float, bool], alt.LayerChart], what: str, notes: tuple[str, ...]
) -> Figure:
    basis = f"Fitted to data through {wording.month(forecast.through)}" if forecast.through else ""
    model = f"by {forecast.model}" if forecast.made_at and forecast.model else ""
    fitted = f"{' '.join(filter(None, (basis, model)))}."
    span = wording.months(forecast.months[0]["month"], forecast.months[-1]["month"])
    headline, detail = parted(forecast.sentence)
    return Figure(
        name=f"forecast-{forecast.metric.id}-{forecast.framework}",
        headline=headline,
        detail=" ".join(filter(None, (detail, parted(forecast.held)[0]))),
        subtitle=f"{what} · forecast for {span}",
        care=forecast.metric.badge,
        draw=draw,
        summary=headline,
        notes=(*notes, fitted),
        sources=forecast.sources,
        retrieved_at=forecast.retrieved_at,
        caveats=forecast.caveats,
        as_of=forecast.as_of,
        table=_table(forecast),
    )


def _table(forecast: Forecast) -> pd.DataFrame:
    """Every month ahead; chances in %."""
    table = chart.table(forecast)
    numbers = table.select_dtypes("number").columns
    return table.assign(**{str(name): table[name].astype(float).round(3) for name in numbers})


def _check_drawable(forecast: Forecast) -> None:
    if not forecast.months:
        raise QuestionError(
            f"There is nothing to draw: {(forecast.reason or 'no forecast was fitted yet').rstrip('.')}."
        )
