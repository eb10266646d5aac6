"""What a collection would cost before it begins: requests, how many are granted now, and when it would be done."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from catalog import Catalog, Source
from collectors._runtime.contract import Task
from collectors._runtime.errors import Forgotten
from collectors._runtime.http.budget import STREAM, Allowance, allowance, who_asks
from collectors._runtime.plan import Unit, begun_at, is_current, planned, task_of
from collectors._runtime.source_module import source_module
from storage import Store

WINDOW = timedelta(hours=1)  # for which a budget by headers is granted
REQUEST_S = 0.5  # what a request takes where nothing paces it: an estimate


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """The price of collecting one source, an estimate where a past of unknown length is still to come.

    `budget_left` of `limit` requests are granted until `resets_at` (UTC); None where the source publishes no budget.
    `done_by` (UTC) is when the run would be finished if it were begun now, waits included.
    """

    source: str
    requests: int
    budget_left: int | None
    limit: int | None
    resets_at: datetime | None
    done_by: datetime | None
    sentence: str


@dataclass(frozen=True, slots=True)
class _Scope:
    frameworks: tuple[str, ...]
    since: date | None
    until: date | None
    full: bool


def cost_estimate(
    store: Store,
    catalog: Catalog,
    source_id: str,
    frameworks: tuple[str, ...] = (),
    *,
    now: datetime,
    full: bool = False,
    since: date | None = None,
    until: date | None = None,
    token: bool | None = None,
) -> CostEstimate:
    """What collecting a source for these frameworks (none: all) would cost at `now` (UTC).

    What is current costs nothing. `token` says whether one will be used, which decides whose budget counts; None: as in
    the last run. The store is only read. Raises LookupError for an unknown source.
    """
    source = catalog.sources.get(source_id)
    if source is None:
        raise LookupError(f"there is no source {source_id}")
    now = now.astimezone(UTC)
    scope = _Scope(frameworks, since, until, full)
    requests = _requests(store, catalog, source, scope, now) if source.setting else 0
    left = _granted(store, source, now, token) if source.setting else None
    done_by = _done_by(source, requests, left, now)
    return CostEstimate(
        source.id,
        requests,
        left.remaining if left else None,
        left.limit if left else None,
        left.reset if left else None,
        done_by,
        _sentence(source, requests, left, done_by, now),
    )


def _requests(store: Store, catalog: Catalog, source: Source, scope: _Scope, now: datetime) -> int:
    """The requests of all units that are not current; answers about every framework are asked for once."""
    try:
        units = planned(catalog, source, scope, now.date())
    except Forgotten:
        return 0
    began = begun_at(store, source.id, now, full=scope.full)
    windowed = scope.since is not None or scope.until is not None
    module = source_module(source.id) if source.available else None
    pages = module.pages if module else {}
    separate, shared = 0, dict[str, int]()
    for unit in units:
        task, stream = task_of(store, source, unit, scope, now), unit.stream.name
        if not windowed and is_current(task.cursor, unit.stream, now, began=began, full=scope.full):
            continue
        requests = _of(unit, task, pages)
        own = module.shared.get(stream, 0) if module and module.is_shared(stream) else requests
        separate += own
        shared[stream] = max(shared.get(stream, 0), requests - own)
    return separate + sum(shared.values())


def _of(unit: Unit, task: Task, pages: Mapping[str, Callable[[Task], int]]) -> int:
    return pages[task.stream](task) if task.stream in pages else unit.stream.requests


def _granted(store: Store, source: Source, now: datetime, token: bool | None) -> Allowance | None:
    """What the source grants now, from its last answer, or else from its collector; None if neither has it."""
    state = store.cursor(source.id, "", STREAM)
    who = who_asks(token=token) if token is not None else str(state.get("last", who_asks(token=False)))
    usual = source_module(source.id).per_hour.get(who) if source.available else None
    granted = allowance(state, who, now)
    if granted is not None or usual is None:
        return granted
    return Allowance(now, usual, usual)


def _done_by(source: Source, requests: int, left: Allowance | None, now: datetime) -> datetime | None:
    if requests == 0:
        return now
    per_minute = source_module(source.id).per_minute if source.available else None
    pace = max(REQUEST_S, source.spacing_s, 60 / per_minute if per_minute else 0.0)
    if left is None or requests <= left.remaining:
        return now + timedelta(seconds=requests * pace)
    if not left.limit:
        return left.reset
    windows = math.ceil((requests - left.remaining) / left.limit)
    last = requests - left.remaining - (windows - 1) * left.limit
    reset = left.reset or now + WINDOW
    return reset + (windows - 1) * WINDOW + timedelta(seconds=last * pace)


def _sentence(source: Source, requests: int, left: Allowance | None, done_by: datetime | None, now: datetime) -> str:
    if source.setting is None:
        return f"{source.title}: no requests: its figures come with Uptake."
    if requests == 0:
        return f"{source.title}: up to date."
    budget = ""
    if left is not None and left.limit:
        used = f" ({left.remaining} left until {left.reset:%H:%M} UTC)" if left.reset else ""
        budget = f" at {left.limit} an hour{used}"
    elif left is not None and left.reset is not None and left.remaining == 0:
        budget = f", none before {left.reset:%H:%M} UTC"
    about = f"about {requests} request{'' if requests == 1 else 's'}{budget}"
    return f"{source.title}: {about}{_around(done_by, now)}."


def _around(done_by: datetime | None, now: datetime) -> str:
    """When it will be done, as a tail; empty where nobody can say."""
    if done_by is None:
        return ""
    day = "" if done_by.date() == now.date() else f" on {done_by.day} {done_by:%B}"
    return f", done around {done_by:%H:%M} UTC{day}"
