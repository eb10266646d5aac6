"""The axes of values and of time: few marks, round ones, in the words the text has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

LABEL_SIZE = 14
MOST_MARKS = 5
FEW_MARKS = 3  # of a small chart
STEPS = (1.0, 2.0, 2.5, 5.0)
AGE_ORIGIN = pd.Timestamp("2000-01-01")  # stands for every line's first day on an axis of ages
# In years of 365.25 days.
AGE = f"format((toNumber(datum.value) - {AGE_ORIGIN.timestamp() * 1000:.0f}) / 31557600000, '.1~f')"
PERCENT = "format(datum.value * 100, ',~r') + '%'"


def in_words(value: str) -> str:
    """A number on an axis as Vega is to write it: 20,000 · 5 million · 1.5 billion · 0.3."""
    return (
        f"abs({value}) >= 1e9 ? format({value} / 1e9, '~g') + ' billion' : "
        f"abs({value}) >= 1e6 ? format({value} / 1e6, '~g') + ' million' : "
        f"abs({value}) < 1 ? format({value}, '.3~r') : format({value}, ',')"
    )


NUMBER = in_words("datum.value")
LABELS = {"share": PERCENT, "change": PERCENT, "times": "format(datum.value, ',~g')"}  # by unit, NUMBER for the rest


def marks(low: float, high: float, *, most: int = MOST_MARKS) -> list[float]:
    """Round values within an axis that is not logarithmic, as many as there may be: ones, twos, fives and quarters."""
    finest = 10.0 ** math.floor(math.log10((high - low) / most)) if high > low else 1.0
    steps = (digit * finest * ten for ten in (1, 10) for digit in STEPS)
    step = next(step for step in steps if math.floor(high / step) - math.ceil(low / step) < most)
    return [round(n * step, 12) for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def powers(low: float, high: float) -> list[float]:
    """The powers of ten within a logarithmic axis; twos and fives as well, or all between, where it has but one."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    by_digits = [
        [n * 10.0**exponent for exponent in exponents for n in digits if low <= n * 10.0**exponent <= high]
        for digits in ((1,), (1, 2, 5), range(1, 10))
    ]
    return next((values for values in by_digits if len(values) > 1), by_digits[-1])


def time_axis(span: Sequence[date], column: str = "when", finest: str = "%-d %b", **look: Any) -> alt.X:
    """The axis of time between two days: years, months or, where `finest` has them, days. `look`: more of alt.Axis."""
    days = (span[1] - span[0]).days
    shape = "%Y" if days > 900 else "%b %Y" if days > 75 else finest
    plain = {
        "title": None, "format": shape, "labelFontSize": LABEL_SIZE, "tickCount": 6, "grid": False, "domain": False,
        "labelOverlap": "greedy", "labelSeparation": 8, "labelFlush": True, "ticks": False, "labelPadding": 8,
    }  # fmt: skip
    ends = [alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True) for day in span]
    return alt.X(f"{column}:T", scale=alt.Scale(type="utc", domain=ends), axis=alt.Axis(**plain | look))
