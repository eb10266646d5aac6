"""What must hold after every fault of a source: the server's ledger against the store, before, after and healed.

    with Trial(past(folder), store) as trial:
        trial.upstream.rules = [Rule("", reset, times=2)]
        run = trial.run()       # the run with the fault, judged
        trial.heal()            # the next one, which must end as a store that never met the fault

The source is PyPI Stats, on a real server; the store had history before, one figure of which the source corrects.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from catalog import Catalog, load
from collectors import Access, collect_source
from migrations import migrate
from storage import Run, Store
from tests.support.serving import copied
from tests.support.upstream import NOON, Exchange, FakeClock, Upstream

CATALOG = load()
SOURCE = "pypistats"
CANARY = "CANARY-0123456789-abcdef"
BOTH = ("django", "flask")
STREAMS = {"overall": "", "python_minor": "python", "system": "system"}
METRICS = {
    "without_mirrors": "downloads_no_mirrors",
    "with_mirrors": "downloads_with_mirrors",
    "python": "downloads_no_mirrors_by_python",
    "system": "downloads_no_mirrors_by_system",
}
ENDED = {"ok", "partial", "failed", "aborted", "cancelled"}
DEADLINE_S = 2.0
REQUESTS = 6  # of a run that meets no fault: three for each framework

Figure = tuple[str, str, str, str, float]  # metric, framework, dimension, day, value


@dataclass(frozen=True, slots=True)
class Past:
    """A store of yesterday, what the source had said by then, and all that a store has which meets no fault today."""

    url: str
    said: tuple[Exchange, ...]
    wanted: frozenset[Figure]


def past(folder: Path) -> Past:
    """Yesterday the source knew a day less, and one figure otherwise."""
    url = f"sqlite:///{folder / 'uptake.db'}"
    migrate(url)
    (folder / "control").mkdir()
    with Upstream.of(SOURCE) as upstream:
        today = dict(upstream.exchanges)
        upstream.exchanges = {path: yesterday(exchange) for path, exchange in today.items()}
        with Store.open(url) as store:
            assert collect(store, FakeClock(NOON - timedelta(days=1)), upstream.url).status == "ok"
        said, upstream.exchanges = tuple(upstream.served), today
        with Store.open(copied(url, folder / "control")) as control:
            assert collect(control, FakeClock(), upstream.url).status == "ok"
            return Past(url, said, frozenset(figures(control)))


def collect(store: Store, clock: FakeClock, url: str, *, stop: Callable[[], bool] | None = None, **access: Any) -> Run:
    """One run of both frameworks, by the runner."""
    run = store.start_run(SOURCE, trigger="cli", now=clock.now(), frameworks=BOTH)
    told: dict[str, Any] = {"deadline_s": DEADLINE_S, "max_wait_s": 200.0, "body_cap": 1_000_000}
    reach = Access(**{"base_url": url, "token": CANARY, **told, **access})
    return collect_source(store, _eager(CATALOG), SOURCE, run, access=reach, clock=clock, holder="test", stop=stop)


class Trial:
    """One store, one source that misbehaves, and the runs between them."""

    def __init__(self, past: Past, store: Store) -> None:
        self.store, self.wanted, self.upstream = store, past.wanted, Upstream.of(SOURCE)
        self.clock = self.upstream.clock = FakeClock()
        self.upstream.served.extend(past.said)
        self.logged: list[str] = []
        self._handler = _Keeping(self.logged)
        self._level = logging.getLogger().level

    def __enter__(self) -> Self:
        self.upstream.__enter__()
        logging.getLogger().addHandler(self._handler)
        logging.getLogger().setLevel(logging.DEBUG)
        return self

    def __exit__(self, *error: object) -> None:
        logging.getLogger().removeHandler(self._handler)
        logging.getLogger().setLevel(self._level)
        self.upstream.__exit__(None, None, None)

    # -------------------------------------------------------------- the run with the fault, and the one after it

    def run(self, **access: Any) -> Run:
        """Collect, with whatever rules the server has, and judge everything but the outcome."""
        self.clock.passed += 60
        moment, before = self.clock.now(), figures(self.store)
        began, self.logged[:] = time.monotonic(), []
        run = collect(self.store, self.clock, **{"url": self.upstream.url, **access})
        took = time.monotonic() - began
        self._nothing_invented()
        self._history_stands(moment - timedelta(seconds=1), before)
        self._told_truly(run)
        assert took <= DEADLINE_S * max(1, len(self.upstream.log)) + 5, f"{took:.1f} s"
        self._no_secret(run)
        return run

    def heal(self) -> None:
        """The source is well again: the next run ends as a store that met no fault."""
        self.upstream.rules = []
        self.clock.passed += 86_400 * 2  # beyond any wait that was asked for
        self.upstream.log.clear()
        run = self.run()
        assert run.status == "ok", run.failures
        assert len(self.upstream.log) <= REQUESTS
        assert figures(self.store) == self.wanted

    # -------------------------------------------------------------- what is asked of every run

    def _nothing_invented(self) -> None:
        said = {figure for exchange in self.upstream.served for figure in _meaning(exchange)}
        assert figures(self.store) | figures(self.store, "revision") <= said

    def _history_stands(self, moment: datetime, before: set[Figure]) -> None:
        assert known(self.store, moment) == before

    def _told_truly(self, run: Run) -> None:
        assert {told.status for told in self.store.runs()} <= ENDED
        units = {(f.framework, f.stream) for f in run.failures if f.framework}
        deferred = run.planned - run.done
        assert run.failed == len(run.failures)
        assert (run.status == "ok") == (not run.failures and not deferred), run
        assert bool(deferred) == bool(run.deferred_until)
        assert len(units) + deferred <= run.planned
        assert run.status != "failed" or len(units) == run.planned
        assert all(f.message.endswith(".") and len(f.message) < 1000 and "\n" not in f.message for f in run.failures)

    def _no_secret(self, run: Run) -> None:
        assert CANARY not in "\n".join(self.logged)
        assert CANARY not in repr(run)
        file = Path(self.store.place)
        if file.exists():
            for part in file.parent.glob(f"{file.name}*"):
                assert CANARY.encode() not in part.read_bytes()

    # -------------------------------------------------------------- waits

    @property
    def gaps(self) -> list[float]:
        """Seconds between one request and the next."""
        times = [seen.at for seen in self.upstream.log]
        return [after - before for before, after in pairwise(times)]


class _Keeping(logging.Handler):
    """Keeps what is logged, as text."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(f"{record.name}: {record.getMessage()} {record.exc_info or ''}")


def figures(store: Store, table: str = "observation") -> set[Figure]:
    """Everything that the file of a store has of the source, read past the product; `revision`: had before."""
    query = (
        "SELECT s.metric, s.framework, s.dimension, date(x.period * 86400, 'unixepoch'), x.value "
        f"FROM {table} x JOIN series s ON s.id = x.series"
    )
    with closing(sqlite3.connect(store.place)) as conn:
        return set(conn.execute(query))


def known(store: Store, as_of: datetime) -> set[Figure]:
    """Everything that was known at a moment, as the product tells it."""
    frames = [store.read(metric, dimension=None, as_of=as_of) for metric in METRICS.values()]
    rows = [row for frame in frames for row in frame.to_dict("records")]
    return {(r["metric"], r["framework"], r["dimension"], str(r["period"].date()), r["value"]) for r in rows}


def _meaning(exchange: Exchange) -> Iterator[Figure]:
    """What a valid answer says, read without the product's help."""
    body = json.loads(exchange.raw)
    key = STREAMS[body["type"].removesuffix("_downloads")]
    for point in body["data"]:
        kind = "unknown" if point["category"] in (None, "null") else point["category"]
        metric, dimension = (METRICS[key], f"{key}={kind}") if key else (METRICS[kind], "")
        yield metric, exchange.framework, dimension, point["date"], float(point["downloads"])


def yesterday(exchange: Exchange) -> Exchange:
    """The answer without its last day, and with another figure for its first."""
    body = json.loads(exchange.raw)
    days = sorted({point["date"] for point in body["data"]})
    kept = [dict(point) for point in body["data"] if point["date"] != days[-1]]
    for point in kept:
        point["downloads"] -= 5 * (point["date"] == days[0])
    return replace(exchange, body={**body, "data": kept})


def _eager(catalog: Catalog) -> Catalog:
    """The catalog as it is a day later: no answer is fresh enough to be kept without asking."""
    source = catalog.sources[SOURCE]
    streams = tuple(replace(stream, ask_again_after_min=0) for stream in source.streams)
    return replace(
        catalog, sources={**catalog.sources, SOURCE: replace(source, ask_again_after_min=0, streams=streams)}
    )
