"""The contract of a source: one module with one function, `collect`, and a catalog entry of the same name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Protocol

from catalog import Framework
from storage import Batch


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, decoded and whole. `headers` have lower-case names."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime


class Fetch(Protocol):
    """Ask the source. Returns answers with status 200, 301 followed, or 304 (only when `etag` was given).

    Raises the errors of `collectors._runtime.errors`; waits for rate limits and retries what is worth it by itself.
    """

    def __call__(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        expect: str = "application/json",
    ) -> Answer: ...


class Sink(Protocol):
    """Takes the decoded body of an answer too large to hold; each attempt at the answer begins anew.

    More bytes than `cap` are never handed over but by one.
    """

    @property
    def cap(self) -> int: ...

    def take(self, chunks: Iterator[bytes]) -> None:
        """Take the whole body. Raises CollectError."""


@dataclass(frozen=True, slots=True)
class Task:
    """One unit of work: one framework in one stream of a source.

    `name` is the framework's id at this source; `cursor` what the last batch of this unit left (empty at first),
    `beside` the cursors of the framework's other streams at this source, by stream.
    `today` is the UTC day of the run. `since`/`until` narrow what is wanted, where a source can; `full` asks for
    everything again.
    """

    framework: Framework
    stream: str
    name: str
    now: datetime
    cursor: Mapping[str, object] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    full: bool = False
    beside: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(UTC).date()


class Collect(Protocol):
    """The one function of a source: yields batches, each of which is committed before the next is asked for."""

    def __call__(self, task: Task, fetch: Fetch) -> Iterator[Batch]: ...
