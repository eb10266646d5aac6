"""Differences of shares as charts and tables take them: rows, numbers, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.share_intervals import MIN_BASE
from answers.surveys.differences import ShareDifference, Side
from answers.surveys.differences import interval as interval_text
from answers.surveys.differences import size as size_text
from answers.wording import join_words
from dashboard.views.surveys.findings import line_name

FEW = 4  # differences that are put into words one by one; of more there are the chart and the table
READINGS = {
    "more": "more",
    "less": "less",
    "chance": "may be chance",
    "unknown": "no interval",
    "refused": "not compared",
}


def rows(contrasts: Sequence[ShareDifference], names: Mapping[str, str]) -> pd.DataFrame:
    """What `dot_chart.differences` draws, the greatest first, without refused ones; `names` by framework or group."""
    compared = [c for c in contrasts if c.difference is not None]
    differences = [c.difference for c in compared if c.difference is not None]
    frame = pd.DataFrame(
        {
            "line": [c.first.framework for c in compared],
            "name": [line_name(c, names) for c in compared],
            "value": [f.value for f in differences],
            "low": [f.interval.low if f.interval else math.nan for f in differences],
            "high": [f.interval.high if f.interval else math.nan for f in differences],
            "shown": [size_text(f) for f in differences],
            "interval": [interval_text(f) for f in differences],
            "told": [c.outcome for c in compared],
        }
    )
    return frame.sort_values("value", ascending=False).reset_index(drop=True)


def table(contrasts: Sequence[ShareDifference], titles: Sequence[str], first: str, second: str) -> pd.DataFrame:
    """Every difference in numbers, in percent and percentage points: a row each under its title, refused ones too.

    `first` and `second` are what the two sides are called.
    """
    ends = [c.difference.interval if c.difference else None for c in contrasts]
    return pd.DataFrame(
        {
            "Who": list(titles),
            f"{first}, %": [_percent(c.first) for c in contrasts],
            f"{second}, %": [_percent(c.second) for c in contrasts],
            "Difference, points": [_points(c.difference.value) if c.difference else None for c in contrasts],
            "95% low, points": [_points(end.low) if end else None for end in ends],
            "95% high, points": [_points(end.high) if end else None for end in ends],
            "Reading": [READINGS[c.outcome] for c in contrasts],
        }
    )


def sentences(contrasts: Sequence[ShareDifference], names: Mapping[str, str]) -> str:
    """A difference in words where there is but one, and what is not compared: of several the chart has them all."""
    compared = [c.sentence for c in contrasts if c.difference is not None]
    return " ".join(filter(None, [*(compared if len(compared) == 1 else []), refusals(contrasts, names)]))


def refusals(contrasts: Sequence[ShareDifference], names: Mapping[str, str]) -> str:
    """What is not compared, and why; several of one reason in one sentence."""
    refused: dict[str, list[ShareDifference]] = {}
    for contrast in contrasts:
        if contrast.difference is None:
            refused.setdefault(_reason(contrast), []).append(contrast)
    sentences = []
    for reason, held in refused.items():
        titles = list(dict.fromkeys(line_name(c, names) for c in held))
        whole = len(held) == 1 and len(contrasts) <= FEW
        sentences.append(
            held[0].sentence
            if whole
            else f"{join_words(titles)} {'is' if len(titles) == 1 else 'are'} not compared. {reason}"
        )
    return " ".join(sentences)


def _reason(contrast: ShareDifference) -> str:
    """Why a difference is refused; where too few answered, without how many, so that many can be named together."""
    few = any(side.sample.base < MIN_BASE for side in (contrast.first, contrast.second))
    return f"Fewer than {MIN_BASE} people answered on one side." if few else contrast.reason


def doubts(contrasts: Sequence[ShareDifference]) -> tuple[str, ...]:
    """What to know of the differences, each once."""
    return tuple(dict.fromkeys(doubt for contrast in contrasts for doubt in contrast.doubts))


def summary(frame: pd.DataFrame, title: str) -> str:
    """The differences in words, each with its interval."""
    texts = (f"{row['name']} {row['shown']}, {row['interval']}" for _, row in frame.iterrows())
    return f"{title}: {'; '.join(texts)}."


def _percent(side: Side) -> float | None:
    share = side.sample.share
    return None if math.isnan(share) else round(100 * share, 2)


def _points(value: float) -> float:
    return round(100 * value, 2)
