"""A scheduler in a process of its own, whose clock is set by whoever started it: years pass in a minute.

python -c "from tests.faults.long.schedulers.scheduling import serve; serve(url, 'pypistats', upstream, seed)"

It reads moments from its input, one a line; at each it does what the beat of a scheduler does, in either order, and
answers with how many runs it carried out.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from catalog import Catalog, Source, load
from storage import Store
from tests.support.serving import out_of_reach
from tests.support.upstream import FakeClock
from uptake.scheduler.schedule import Scheduler
from uptake.settings.settings import load_settings

ROOT = Path(__file__).parents[4]
NAMES = ("django", "flask")


class SetClock(FakeClock):
    """Time that stands where it was set, and passes when someone sleeps."""

    def set(self, moment: datetime) -> None:
        """It is that moment now. What measures durations goes on as if an hour had passed."""
        kept, self.passed = self.passed, self.passed + 3600
        self.start += moment - self.now()
        assert self.passed > kept


def only(sources: Iterable[str]) -> Catalog:
    """The catalog of these sources and two frameworks; no answer is fresh enough to be kept without asking."""
    catalog = load()
    eager = {name: _eager(catalog.sources[name]) for name in sources}
    return replace(catalog, sources=eager, frameworks={name: catalog.frameworks[name] for name in NAMES})


def _eager(source: Source) -> Source:
    streams = tuple(replace(stream, ask_again_after_min=0) for stream in source.streams)
    return replace(source, ask_again_after_min=0, streams=streams)


class Ticking(Scheduler):
    """A scheduler without forecasts and alerts, by a clock that is set."""

    _clock: SetClock  # type: ignore[assignment]  # not the machine's

    @classmethod
    def of(cls, store: Store, url: str, upstreams: Mapping[str, str], clock: SetClock) -> Self:
        """One of the sources that are served at these addresses."""
        catalog = only(upstreams)
        served = {str(catalog.sources[source].setting): address for source, address in upstreams.items()}
        settings = load_settings(out_of_reach() | {"UPTAKE_DATABASE_URL": url} | served, os.devnull)
        scheduler = cls(store, catalog, settings)
        scheduler._clock = clock
        scheduler._alerts.beat = lambda **_: None  # type: ignore[method-assign]  # neither is what is asked here
        scheduler._refit.beat = lambda: None  # type: ignore[method-assign]
        return scheduler


def serve(url: str, source: str, upstream: str, seed: int) -> None:
    """Beat at every moment that is read, until there is none."""
    rng, clock = random.Random(seed), SetClock()
    with Store.open(url) as store:
        scheduler = Ticking.of(store, url, {source: upstream}, clock)
        print("ready", flush=True)
        for line in sys.stdin:
            clock.set(datetime.fromisoformat(line.strip()))
            beat = [scheduler.renew, scheduler.tick]
            rng.shuffle(beat)
            for act in (*beat, scheduler.renew, scheduler.tick):
                act()
            threads = list(scheduler._working.values())
            for thread in threads:
                thread.join(60)
            print(len(threads), flush=True)
            scheduler._working.clear()


class Beating:
    """Schedulers on one store, told the time together."""

    def __init__(self, url: str, source: str, upstream: str, count: int) -> None:
        calls = [f"serve({url!r}, {source!r}, {upstream!r}, {seed})" for seed in range(count)]
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-c", f"from tests.faults.long.schedulers.scheduling import serve; {call}"],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )
            for call in calls
        ]  # fmt: skip
        assert self._answers() == ["ready"] * count

    def at(self, moment: datetime) -> list[int]:
        """How many runs each of them carried out at a moment."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{moment.astimezone(UTC).isoformat()}\n")
            process.stdin.flush()
        return [int(answer) for answer in self._answers()]

    def _answers(self) -> Sequence[str]:
        return [str(process.stdout.readline()).strip() for process in self._processes if process.stdout]

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()


@contextmanager
def beating(url: str, source: str, upstream: str, count: int = 1) -> Iterator[Beating]:
    """So many schedulers until the block ends."""
    schedulers = Beating(url, source, upstream, count)
    try:
        yield schedulers
    finally:
        schedulers.end()
