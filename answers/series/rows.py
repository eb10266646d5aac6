"""From stored observations to the rows of an answer: status, intervals, gaps and the caveats of each row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from analysis import holes, may_be_shown, wilson_bounds
from answers.series.views import EVERY, FOR_THE_SMALL
from catalog import Catalog, Kind, Metric

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
GAP, PROVISIONAL, REFUSED = "gap-is-not-zero", "unfinished-period", "across-a-break"
BY_ROW = (
    ("regions-are-fixed", "dimension", "region="),
    ("another-file", "source", ":other-file"),
)  # code, column, text
TOO_FEW, NOT_ASKED, INDEXED = "too-few-asked", "not-asked-is-not-zero", "indexed-views-favour-the-small"


def rows(catalog: Catalog, metric: Metric, seen: pd.DataFrame, view: str, final: date) -> pd.DataFrame:
    """The answer's frame (COLUMNS), sorted by framework, dimension and period.

    `seen` is the store's frame, or one made of it by analysis with a `refusal` column and perhaps a `status`.
    """
    told = _with_status(metric, seen, final)
    if view not in EVERY:
        told = _with_gaps(told, metric)
    told = told.sort_values(["framework", "dimension", "period", "period_end"], kind="stable").reset_index(drop=True)
    told["caveats"] = _codes(catalog, metric, told, INDEXED if view in FOR_THE_SMALL else "")
    told["metric"] = metric.id if view == "level" else f"{metric.id}/{view}"
    return told[list(COLUMNS)]


def _with_status(metric: Metric, seen: pd.DataFrame, final: date) -> pd.DataFrame:
    told = seen.assign(low=np.nan, high=np.nan, extra="")
    if "base" not in told:
        told["base"] = pd.array([pd.NA] * len(told), dtype="Int64")
    if "refusal" not in told:
        told["refusal"] = ""
    if "status" not in told:
        told["status"] = "final"
        if metric.kind is Kind.FLOW:
            _mark(told, told["period_end"] > pd.Timestamp(final), "provisional", PROVISIONAL)
    else:
        _mark(told, told["status"] == "provisional", "provisional", PROVISIONAL)
        _mark(told, (told["status"] == "gap") & (told["refusal"] == ""), "gap", GAP)
    if metric.kind is Kind.SHARE:
        _survey(told)
    _mark(told, told["refusal"] != "", "gap", REFUSED)
    return told


def _mark(told: pd.DataFrame, where: pd.Series[bool], status: str, code: str) -> None:
    told.loc[where, "status"] = status
    told.loc[where, "extra"] = code


def _survey(told: pd.DataFrame) -> None:
    """Wilson's interval where the base is known; nothing at all where too few were asked."""
    base = told["base"].to_numpy(dtype="float64", na_value=np.nan)
    _mark(told, told["value"].isna(), "not_asked", NOT_ASKED)
    few = pd.Series(~may_be_shown(base), index=told.index) & told["value"].notna()
    told.loc[few, "value"] = np.nan
    _mark(told, few, "gap", TOO_FEW)
    told["low"], told["high"] = wilson_bounds(told["value"].to_numpy(dtype="float64"), base)


def _with_gaps(told: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """One row per hole of each series, with its first and last missing day and nothing else."""
    missing = [
        (framework, dimension, hole.first, hole.last)
        for (framework, dimension), series in told.groupby(["framework", "dimension"], sort=False)
        for hole in holes(series, metric.gap_after_days)
    ]
    if not missing:
        return told
    gaps = pd.DataFrame(missing, columns=["framework", "dimension", "period", "period_end"])
    for column in ("period", "period_end"):
        gaps[column] = pd.to_datetime(gaps[column]).astype("datetime64[s]")
    gaps = gaps.assign(value=np.nan, low=np.nan, high=np.nan, status="gap", source="", refusal="", extra=GAP)
    gaps["base"] = pd.array([pd.NA] * len(gaps), dtype="Int64")
    gaps["retrieved_at"] = pd.Series(pd.NaT, index=gaps.index, dtype=told["retrieved_at"].dtype)
    both = [c for c in told.columns if c in gaps.columns]
    return pd.concat([told[both], gaps[both]], ignore_index=True)


def _codes(catalog: Catalog, metric: Metric, told: pd.DataFrame, always: str) -> pd.Series[str]:
    """For each row the codes of the caveats that concern its period, its own ones, the ids of breaks it touches."""
    first, last = (told[c].to_numpy(dtype="datetime64[D]") for c in ("period", "period_end"))
    concerned = [(c.code, _overlap(first, last, c.since, c.until)) for c in catalog.caveats_of(metric.id)]
    concerned += [
        (code, told[column].str.contains(text, regex=False).to_numpy(dtype=bool)) for code, column, text in BY_ROW
    ]
    touched = [
        (b.id, _overlap(first, last, b.since, b.until) & _is_of(told["framework"], b.frameworks))
        for b in catalog.breaks_of(metric.id)
    ]
    extra, refusal = told["extra"].to_numpy(dtype=object), told["refusal"].to_numpy(dtype=object)
    front, back = _joined(concerned, len(told)), _joined(touched, len(told))
    parts = zip(front, extra, refusal, back, strict=True)
    once: dict[tuple[str, ...], str] = {}
    return pd.Series([_once((a, always, *more), once) for a, *more in parts], index=told.index, dtype=object)


def _once(parts: tuple[str, ...], known: dict[tuple[str, ...], str]) -> str:
    """Codes in order, each once. Rows are alike by the thousand, so what was joined before is remembered."""
    if parts not in known:
        known[parts] = " ".join(dict.fromkeys(" ".join(parts).split()))
    return known[parts]


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
    key = sum((mask.astype(np.int64) << i for i, (_, mask) in enumerate(masks)), np.zeros(length, dtype=np.int64))
    words = {int(k): " ".join(code for i, (code, _) in enumerate(masks) if int(k) >> i & 1) for k in np.unique(key)}
    return [words[int(k)] for k in key]
