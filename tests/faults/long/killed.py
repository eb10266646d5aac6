"""Processes that are killed by the hundred: one process imports all of Uptake, and its forks are what dies.

python -c "from tests.faults.long.killed import writes; writes(url, folder, kills)"
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from storage import Batch, Observation, Payload, Period, Store
from tests.faults.oracle import collect, figures
from tests.support.upstream import FakeClock
from uptake.scheduler.signals import stopping_on_signals

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIRST = date(1990, 1, 1)
ROWS = 50  # of a batch


def forked(work: Callable[[], None]) -> int:
    """A child that does this and ends; its process id."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - a child must never go on as its parent
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return pid


# -------------------------------------------------------------------- random kills of a writer


def writes(url: str, acknowledged: str, kills: int, seed: int = 1) -> None:
    """Kill a writer so often, each time somewhere else; it notes each batch after it was kept, on the disk."""
    rng = random.Random(seed)
    with Store.open(url) as store:
        store.start_run("github", trigger="cli", now=NOON)
    for _ in range(kills):
        pid = forked(lambda: _write_on(url, acknowledged))
        time.sleep(rng.uniform(0.01, 0.12))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _write_on(url: str, acknowledged: str) -> None:
    note = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with Store.open(url) as store:
        start = store.cursor("github", "flask", "snapshot").get("batch", 0)
        for number in count(int(str(start)) + 1):
            store.write(1, "flask", "snapshot", batch(number))
            os.write(note, f"{number}\n".encode())
            os.fsync(note)


def batch(number: int) -> Batch:
    """The n-th fifty days, each with its own number, and every tenth batch corrects the first days."""
    days = range(number * ROWS, (number + 1) * ROWS)
    seen = [Observation("stars", "flask", Period.day(FIRST + timedelta(days=day)), day) for day in days]
    if number and number % 10 == 0:
        seen.append(Observation("stars", "flask", Period.day(FIRST), number))
    body = f'{{"batch": {number}}}'.encode()
    return Batch(Payload("github", "http://x", body, NOON + timedelta(seconds=number)), tuple(seen), {"batch": number})


# -------------------------------------------------------------------- a run killed at each of its steps


EVERY: dict[int, int] = {signal.SIGKILL: 1, signal.SIGTERM: 5}  # of the steps: what is told to stop ends its unit first
UNTOUCHED = 7  # the exit code of a run that ended before the step at which it was to be ended


def steps(url: str, upstream: str, scratch: str, number_of_signal: int) -> Iterator[tuple[int, str]]:
    """End a run at its first step, its second and so on to its end; yield the step and the address of the store.

    SIGKILL ends it at once; SIGTERM is heard as the commands hear it. A step is a statement to the database, or what a
    cursor is about to commit.
    """
    for number in count(1, EVERY[number_of_signal]):
        folder = Path(scratch) / f"{number}"
        folder.mkdir()
        file = shutil.copy(url.removeprefix("sqlite:///"), folder / "uptake.db")
        pid = forked(lambda file=file, number=number: _end_at(number, f"sqlite:///{file}", upstream, number_of_signal))  # type: ignore[misc]  # mypy cannot infer it
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == UNTOUCHED:
            return
        assert status == (0 if number_of_signal == signal.SIGTERM else signal.SIGKILL), status
        yield number, f"sqlite:///{file}"


def _end_at(number: int, url: str, upstream: str, number_of_signal: int) -> None:
    seen = 0

    def step(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), number_of_signal)

    with stopping_on_signals() as stopping, Store.open(url) as store:
        for moment in ("before_cursor_execute", "commit"):
            event.listen(Engine, moment, step)
        run = collect(store, FakeClock(), upstream, stop=stopping.is_set)
        assert run.status in ("ok", "partial"), run
    if seen < number:
        os._exit(UNTOUCHED)


ENDS: dict[int, set[str]] = {signal.SIGKILL: {"ok", "aborted", "running"}, signal.SIGTERM: {"ok", "partial"}}


def resumed(url: str, upstream: str, scratch: str, number_of_signal: int = signal.SIGKILL) -> None:
    """Every one of these runs is succeeded by one that ends as if nothing had been; prints how many there were."""
    wanted, number = None, 0
    for number, killed in steps(url, upstream, scratch, number_of_signal):
        with Store.open(killed) as store:
            integrity(killed)
            assert list(store.audit()) == []
            assert collect(store, FakeClock(NOON + timedelta(days=1)), upstream).status == "ok", number
            assert {run.status for run in store.runs()} <= ENDS[number_of_signal]
            wanted = wanted or figures(store)
            assert figures(store) == wanted, number
        shutil.rmtree(Path(killed.removeprefix("sqlite:///")).parent)
    print(number)


def integrity(url: str) -> None:
    """Raises if SQLite finds anything wrong with the file."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
