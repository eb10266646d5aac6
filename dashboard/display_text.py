"""Numbers, dates and names as a reader wants them, and text from outside made harmless."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta

from answers import wording
from answers.wording import counted, is_whole_percent

day_in_words, span_in_words = wording.day, wording.days  # 27 September 2020; 25 to 27 September 2020
OLD = timedelta(days=62)  # an age that is said
_DAYS_IN_A_MONTH = 30.44
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")
_UNSEEN = re.compile("[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def literal(text: object, limit: int = 300) -> str:
    """Text from outside as mere text: no markdown, no directive, no invisible character, not endless."""
    seen = _UNSEEN.sub(" ", str(text))
    cut = seen if len(seen) <= limit else seen[: limit - 1] + "…"
    return _MARKDOWN.sub(r"\\\1", cut)


def number(value: float | None, unit: str = "") -> str:
    """A value for reading: 12,345 · 1.2 million · 12.3% for a share, 12% for one in whole percents · +12.3% for a
    change · 1.23 for a multiple.
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN is not equal to itself
        return "–"
    if unit == "share":
        return wording.percent(value, 0 if is_whole_percent(value) else 1)
    if unit == "change":
        return f"{value * 100:+,.1f}%".replace("-", "−")
    if unit == "times":
        return f"{value:,.3g}" if value < 100 else f"{value:,.0f}"
    if abs(value) >= 1e9:
        return f"{value / 1e9:.1f} billion"
    if abs(value) >= 1e6:
        return f"{value / 1e6:.1f} million"
    plain_number = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.1f}"
    return plain_number.replace("-", "−")


def points(difference: float) -> str:
    """A difference of two shares: 1.9 points, of whole percents 3 points."""
    return wording.points(difference, 0 if is_whole_percent(difference) else 1)


def day(when: date | datetime | None) -> str:
    """2026-03-01, or a dash."""
    return "–" if when is None else f"{when:%Y-%m-%d}"


def span(first: date, last: date, period: str = "day") -> str:
    """What a figure is about: a day, several, a whole month by its name, an edition of a survey."""
    if period == "year":
        return f"the {last.year} edition"
    month = (first.year, first.month) == (last.year, last.month)
    whole = month and (first.day, last.day) == (1, monthrange(last.year, last.month)[1])
    return wording.month(last) if whole else wording.days(first, last)


def moment(when: datetime | None) -> str:
    """2026-03-01 12:05 UTC, or a dash."""
    return "–" if when is None else f"{when:%Y-%m-%d %H:%M} UTC"


def months_old(newest: date | None, today: date) -> str:
    """How old figures of that day are ("8 months old"); empty if not over two months, or of no day."""
    age_of_newest = today - newest if newest else timedelta(0)
    return f"{counted(round(age_of_newest.days / _DAYS_IN_A_MONTH), 'month')} old" if age_of_newest > OLD else ""


def age(span: timedelta | None) -> str:
    """How long ago, in the largest unit that fits."""
    if span is None:
        return "never"
    seconds = max(0, int(span.total_seconds()))
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(seconds // size, name)} ago"
    return "just now"
