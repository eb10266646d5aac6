"""From stored observations to the rows of an answer: status, intervals, gaps and the caveats of each row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from analysis.arrays import days
from analysis.gaps import holes_by_group
from analysis.month_pools import is_whole
from analysis.share_intervals import may_be_shown, share_bounds
from answers.series.views import VIEWS
from catalog import Catalog, Kind, Metric
from storage import IMPORT

COLUMNS = (
    "framework",
    "metric",
    "dimension",
    "period",
    "period_end",
    "value",
    "base",
    "low",
    "high",
    "status",
    "source",
    "retrieved_at",
    "caveats",
)
_LINE = ["framework", "dimension"]
GAP, PROVISIONAL, REFUSED = "gap-is-not-zero", "unfinished-period", "across-a-break"
BY_ROW = (
    ("regions-are-fixed", "dimension", "region="),
    ("another-file", "source", ":other-file"),
    ("own-readings", "source", IMPORT),
)  # code, column, text
CODES_BY_ROW = frozenset(code for code, _, _ in BY_ROW)
TOO_FEW, NOT_ASKED, INDEXED = "too-few-asked", "not-asked-is-not-zero", "indexed-views-favour-the-small"


def rows(catalog: Catalog, metric: Metric, seen: pd.DataFrame, view: str, final: date) -> pd.DataFrame:
    """The answer's frame (COLUMNS), sorted by framework, dimension and period.

    `seen` is the store's frame, or one made of it by analysis with a `refusal` column and perhaps a `status`.
    """
    frame = _with_status(metric, seen, final)
    if not VIEWS[view].every:
        frame = _with_gaps(frame, metric)
    frame = frame.sort_values([*_LINE, "period", "period_end"], kind="stable").reset_index(drop=True)
    frame["caveats"] = _codes(catalog, metric, frame, INDEXED if VIEWS[view].favours_the_small else "")
    frame["metric"] = metric.id if view == "level" else f"{metric.id}/{view}"
    return frame[list(COLUMNS)]


def _with_status(metric: Metric, seen: pd.DataFrame, final: date) -> pd.DataFrame:
    frame = seen.assign(low=np.nan, high=np.nan, extra="")
    if "base" not in frame:
        frame["base"] = pd.array([pd.NA] * len(frame), dtype="Int64")
    if "refusal" not in frame:
        frame["refusal"] = ""
    if "status" not in frame:
        frame["status"] = "final"
        if metric.settles:
            _mark(frame, frame["period_end"] > pd.Timestamp(final), "provisional", PROVISIONAL)
        if metric.pooled_months:
            _mark(frame, pd.Series(~is_whole(frame), index=frame.index), "provisional", PROVISIONAL)
    else:
        _mark(frame, frame["status"] == "provisional", "provisional", PROVISIONAL)
        _mark(frame, (frame["status"] == "gap") & (frame["refusal"] == ""), "gap", GAP)
    if metric.kind is Kind.SHARE:
        _survey(frame, metric.step)
    _mark(frame, frame["refusal"] != "", "gap", REFUSED)
    return frame


def _mark(frame: pd.DataFrame, where: pd.Series[bool], status: str, code: str) -> None:
    frame.loc[where, "status"] = status
    frame.loc[where, "extra"] = code


def _survey(frame: pd.DataFrame, step: float) -> None:
    """The interval of a share where the base is known; nothing at all where too few were asked."""
    base = frame["base"].to_numpy(dtype="float64", na_value=np.nan)
    _mark(frame, frame["value"].isna(), "not_asked", NOT_ASKED)
    few = pd.Series(~may_be_shown(base), index=frame.index) & frame["value"].notna()
    frame.loc[few, "value"] = np.nan
    _mark(frame, few, "gap", TOO_FEW)
    frame["low"], frame["high"] = share_bounds(frame["value"].to_numpy(dtype="float64"), base, step)


def _with_gaps(frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """One row per hole of each series, with its first and last missing day and nothing else."""
    firsts, group = _alike([frame[column].to_numpy(dtype=object) for column in _LINE])
    lines = frame[_LINE].to_numpy(dtype=object)[firsts]
    gaps_by_line = holes_by_group(group, days(frame["period"]), days(frame["period_end"]), metric.gap_after_days)
    missing = [(*lines[n], hole.first, hole.last) for n, hole in gaps_by_line]
    if not missing:
        return frame
    gaps = pd.DataFrame(missing, columns=["framework", "dimension", "period", "period_end"])
    for column in ("period", "period_end"):
        gaps[column] = pd.to_datetime(gaps[column]).astype("datetime64[s]")
    gaps = gaps.assign(value=np.nan, low=np.nan, high=np.nan, status="gap", source="", refusal="", extra=GAP)
    gaps["base"] = pd.array([pd.NA] * len(gaps), dtype="Int64")
    gaps["retrieved_at"] = pd.Series(pd.NaT, index=gaps.index, dtype=frame["retrieved_at"].dtype)
    both = [c for c in frame.columns if c in gaps.columns]
    return pd.concat([frame[both], gaps[both]], ignore_index=True)


def _codes(catalog: Catalog, metric: Metric, frame: pd.DataFrame, always: str) -> pd.Series[str]:
    """For each row the codes of the caveats that concern its period, its own ones, the ids of breaks it touches."""
    first, last = (frame[c].to_numpy(dtype="datetime64[D]") for c in ("period", "period_end"))
    of_all = (c for c in catalog.caveats_of(metric.id) if c.code not in CODES_BY_ROW)
    concerned = [(c.code, _overlap(first, last, c.since, c.until)) for c in of_all]
    concerned += [(code, _contains(frame[column], text)) for code, column, text in BY_ROW]
    touched = [
        (b.id, _overlap(first, last, b.since, b.until) & _is_of(frame["framework"], b.frameworks))
        for b in catalog.breaks_of(metric.id)
    ]
    extra, refusal = (frame[c].to_numpy(dtype=object) for c in ("extra", "refusal"))
    firsts, places = _alike([_key(concerned, len(frame)), _key(touched, len(frame)), extra, refusal])
    front, back = (
        _joined([(code, mask[firsts]) for code, mask in masks], len(firsts)) for masks in (concerned, touched)
    )
    parts = zip(front, [always] * len(firsts), extra[firsts], refusal[firsts], back, strict=True)
    codes = [" ".join(dict.fromkeys(" ".join(each).split())) for each in parts]  # in order, each once
    return pd.Series(np.array(codes, dtype=object)[places], index=frame.index, dtype=object)


def _alike(columns: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The first of all rows that are alike in every column, and for each row at which place of these its like stands.

    Rows are alike by the thousand.
    """
    places = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        own, different = pd.factorize(column, use_na_sentinel=False)  # what is missing is alike too
        places, _ = pd.factorize(places * len(different) + own)
    return np.unique(places, return_index=True)[1], places


def _contains(column: pd.Series[str], text: str) -> np.ndarray:
    """In which rows a text stands somewhere."""
    places, different = pd.factorize(column.to_numpy(dtype=object))
    return np.array([text in each for each in different], dtype=bool)[places]


def _overlap(first: np.ndarray, last: np.ndarray, since: date | None, until: date | None) -> np.ndarray:
    concerned = np.full(len(first), fill_value=True)
    if since is not None:
        concerned &= last >= np.datetime64(since)
    if until is not None:
        concerned &= first <= np.datetime64(until)
    return concerned


def _is_of(framework: pd.Series[str], only: Sequence[str]) -> np.ndarray:
    return framework.isin(only).to_numpy() if only else np.full(len(framework), fill_value=True)


def _joined(masks: Sequence[tuple[str, np.ndarray]], length: int) -> list[str]:
    """For each row the codes whose mask holds there: joined once per combination, not once per row."""
    key = _key(masks, length)
    words = {int(k): " ".join(code for i, (code, _) in enumerate(masks) if int(k) >> i & 1) for k in np.unique(key)}
    return [words[int(k)] for k in key]


def _key(masks: Sequence[tuple[str, np.ndarray]], length: int) -> np.ndarray:
    """For each row a number with one bit for each mask."""
    return sum((mask.astype(np.int64) << i for i, (_, mask) in enumerate(masks)), np.zeros(length, dtype=np.int64))
