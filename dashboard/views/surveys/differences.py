"""Differences of shares as the page shows them: rows for the chart, sentences, doubts, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from answers.surveys.differences import ShareDifference
from answers.surveys.differences import interval as interval_text
from answers.surveys.differences import size as size_text
from answers.wording import listed
from dashboard import cache
from dashboard.charts import dot_chart, framework_styles
from dashboard.text import plain
from dashboard.widgets import elements


def rows(contrasts: Sequence[ShareDifference], names: Mapping[str, str]) -> pd.DataFrame:
    """What `dot_chart.differences` draws, the greatest first, without refused ones; `names` by framework or group."""
    compared = [c for c in contrasts if c.difference is not None]
    differences = [c.difference for c in compared if c.difference is not None]
    frame = pd.DataFrame(
        {
            "line": [c.first.framework for c in compared],
            "name": [_name(c, names) for c in compared],
            "value": [f.value for f in differences],
            "low": [f.interval.low if f.interval else float("nan") for f in differences],
            "high": [f.interval.high if f.interval else float("nan") for f in differences],
            "shown": [size_text(f) for f in differences],
            "interval": [interval_text(f) for f in differences],
            "told": [c.outcome for c in compared],
        }
    )
    return frame.sort_values("value", ascending=False).reset_index(drop=True)


def summary(frame: pd.DataFrame, title: str) -> str:
    """The chart of differences in words."""
    texts = (f"{row['name']} {row['shown']}, {row['interval']}" for _, row in frame.iterrows())
    return f"{title}: {'; '.join(texts)}."


def show(contrasts: Sequence[ShareDifference], names: Mapping[str, str], title: str, reading: str) -> None:
    """The chart, how to read it, each difference in a sentence, and the doubts."""
    frame = rows(contrasts, names)
    if len(frame):
        chart = dot_chart.differences(
            frame, framework_styles.lines(frame["line"], cache.catalog(), dark=elements.dark()), dark=elements.dark()
        )
        st.altair_chart(chart, width="stretch", alt=summary(frame, title))
        bars = "; bars are 95 % intervals: sampling noise only" if frame["low"].notna().any() else ""
        hollow = " Hollow marks: cannot be told from chance, or nobody knows." if _hollow(frame) else ""
        st.caption(plain(f"{reading}, in percentage points{bars}.{hollow}", 900))
    st.markdown("\n".join(f"- {plain(sentence, 900)}" for sentence in _sentences(contrasts)))
    for doubt in dict.fromkeys(doubt for c in contrasts for doubt in c.doubts):
        st.caption(plain(doubt, 900))


def _sentences(contrasts: Sequence[ShareDifference]) -> list[str]:
    """Each in its words; several refused for one reason in one sentence."""
    sentences = [c.sentence for c in contrasts if c.difference is not None]
    refused: dict[str, list[ShareDifference]] = {}
    for contrast in contrasts:
        if contrast.difference is None:
            refused.setdefault(contrast.reason, []).append(contrast)
    for reason, held in refused.items():
        one = held[0]
        titles = listed(dict.fromkeys(elements.titles().get(c.first.framework, c.first.framework) for c in held))
        sentences.append(one.sentence if len(held) == 1 else f"{titles} are not compared. {reason}")
    return sentences


def _name(contrast: ShareDifference, names: Mapping[str, str]) -> str:
    first = contrast.first
    split = first.dimension and first.dimension == contrast.second.dimension and first.dimension in names
    return names[first.dimension] if split else names.get(first.framework, first.framework)


def _hollow(frame: pd.DataFrame) -> bool:
    return bool(frame["told"].isin(["chance", "unknown"]).any())
