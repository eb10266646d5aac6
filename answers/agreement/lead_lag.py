"""Do stars move before downloads? What is gained in a month against what is fetched in it, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from analysis.agreement.lead_lag import NEEDED_MONTHS, Lag, Run, lag, runs, together
from answers import wording
from catalog import Catalog, Kind, Metric

KEPT = "stars_kept"  # stars by the day they were given: where it is known, it is known without holes


@dataclass(frozen=True, slots=True)
class Lead:
    """One framework: its longest run of months (their first days), and its lag; no `lag` for a short one."""

    framework: str
    since: date | None
    until: date | None
    months: int
    lag: Lag | None


@dataclass(frozen=True, slots=True)
class Leads:
    """`x`, gained per month, against `y` per month. `all` is the mean of the frameworks in `joined`."""

    x: Metric
    y: Metric
    rows: tuple[Lead, ...]
    all: Lead | None
    joined: tuple[str, ...]
    sentence: str


def leads(
    catalog: Catalog, read: Callable[[Metric], pd.DataFrame], x: Metric, y: Metric, final: date, until: date
) -> Leads:
    """Whether x moves before y up to a day, for each framework and for their mean.

    `read` gives a metric's rows. For the stars seen those given each day stand in, where they are known: without holes.
    """
    kept = catalog.metrics.get(KEPT)
    kept_rows = read(kept) if kept is not None and x.id == "stars" else pd.DataFrame()
    metrics = (x if kept is None or kept_rows.empty else kept, y)
    last = pd.Timestamp(until)
    frames = [frame[frame["period_end"] <= last] for frame in (read(x) if kept_rows.empty else kept_rows, read(y))]
    breaks = [b for metric in metrics for b in catalog.breaks_of(metric.id)]
    yearly = any(metric.kind is Kind.SHARE for metric in metrics)  # no month of a survey is known
    tested = {} if yearly else runs(frames[0], frames[1], metrics, final, breaks)
    tests = sum(run.long_enough for run in tested.values())
    rows = tuple(_lead(name, tested[name], tests) for name in sorted(tested))
    joint = together(tested)
    mean = _lead("", joint[0], 1) if joint else None
    joined = joint[1] if joint else ()
    return Leads(*metrics, rows, mean, joined, _sentence(catalog, metrics, rows, mean, joined))


def leads_json(answer: Leads) -> dict[str, object]:
    """The answer as an object with stable keys; months apart are positive where x comes first."""
    return {
        "x": answer.x.id,
        "y": answer.y.id,
        "sentence": answer.sentence,
        "rows": [_row_json(row) for row in answer.rows],
        "all": _row_json(answer.all) | {"frameworks": list(answer.joined)} if answer.all else None,
    }


def _row_json(row: Lead) -> dict[str, object]:
    lag = row.lag
    return {
        "framework": row.framework or None,
        "since": row.since and f"{row.since:%Y-%m}",
        "until": row.until and f"{row.until:%Y-%m}",
        "months": row.months,
        "x_leads_by": lag.months if lag and lag.beyond_chance else None,
        "best_shift": lag.months if lag else None,
        "correlation": lag.correlation if lag else None,
        "chance": lag.chance if lag else None,
        "told": lag.beyond_chance if lag else None,
    }


def _lead(name: str, run: Run, tests: int) -> Lead:
    months = len(run.x)
    if not months:
        return Lead(name, None, None, 0, None)
    return Lead(name, run.since, run.until, months, lag(run.x, run.y, tests=tests) if run.long_enough else None)


def _sentence(
    catalog: Catalog, metrics: tuple[Metric, Metric], rows: tuple[Lead, ...], mean: Lead | None, joined: tuple[str, ...]
) -> str:
    tested = [row for row in rows if row.lag is not None]
    if not tested:
        longest = max((row.months for row in rows), default=0)
        return (
            f"We can't say whether {wording.noun(metrics[0])} move before "
            f"{wording.phrase(metrics[1])}: that takes {NEEDED_MONTHS} months without gaps or changes in counting, and "
            f"the longest run has {longest}."
        )
    clear = [(row.framework, row.lag) for row in tested if row.lag and row.lag.beyond_chance]
    parts = [_clause(wording.framework(catalog, name), lag, metrics) for name, lag in clear]
    quiet, together = len(tested) - len(parts), _joint(mean, joined, metrics)
    if not parts:
        first = f"{_none(catalog, metrics, tested, mean, joined)}."
    else:
        rest = f"; the other {quiet} show no reliable lead or lag" if quiet else ""
        first = f"{'; '.join(parts)}{rest}."
    spans = [(row.since, row.until) for row in tested if row.since and row.until]
    span = f"{wording.month(min(since for since, _ in spans))} to {wording.month(max(until for _, until in spans))}"
    gained = f"new {wording.noun(metrics[0])}{' still held' if metrics[0].id == KEPT else ''}"
    return f"{first}{together} Compared by month: {gained} and {wording.phrase(metrics[1])}, {span}."


def _none(
    catalog: Catalog, metrics: tuple[Metric, Metric], tested: Sequence[Lead], mean: Lead | None, joined: Sequence[str]
) -> str:
    """That neither moves before the other in any of these frameworks."""
    one = wording.framework(catalog, tested[0].framework)
    who = f"for {one}" if len(tested) == 1 else f"for any of {len(tested)} frameworks"
    all_together = " or for all together" if _is_quiet(mean, joined) else ""
    head = f"{wording.capital(wording.noun(metrics[0]))} do not reliably move before or after"
    return f"{head} {wording.noun(metrics[1])}, {who}{all_together}"


def _is_quiet(mean: Lead | None, joined: Sequence[str]) -> bool:
    return mean is not None and mean.lag is not None and len(joined) > 1 and not mean.lag.beyond_chance


def _joint(mean: Lead | None, joined: tuple[str, ...], metrics: tuple[Metric, Metric]) -> str:
    if mean is None or mean.lag is None or len(joined) < 2 or not mean.lag.beyond_chance:
        return ""
    return f" {_clause(f'Taken together, the {len(joined)} frameworks', mean.lag, metrics)}."


def _clause(whose: str, lag: Lag, metrics: tuple[Metric, Metric]) -> str:
    """Which moved first, and by how much they resemble each other then."""
    months = abs(lag.months)
    plural = whose.endswith("frameworks")
    owner, its = (f"{whose}'", "their") if plural else (f"{whose}'s", "its")
    when = (
        "in the same month as" if not months
        else f"{wording.counted(months, 'month')} {'before' if lag.months > 0 else 'after'}"
    )  # fmt: skip
    sure = f"correlation {lag.correlation:.2f}, against up to {lag.chance:.2f} by chance".replace("-", wording.MINUS)
    return f"{owner} {wording.noun(metrics[0])} moved {when} {its} {wording.noun(metrics[1])} ({sure})"
