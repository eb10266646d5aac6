"""Reading a kept answer again with its source's own collector: no network, and nothing is stored.

A collector is given the answer for the first question it asks. Whatever more it asks for was another answer, so
it ends there. A source whose answers cannot be read one by one may have a function `retell(task, answer)` that
reads the observations of one, or None if `collect` can after all.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from catalog import Framework
from collectors._runtime.contract import Answer, Collect, Task
from collectors._runtime.errors import CollectError, Refused
from collectors._runtime.source_module import source_module
from storage import Batch, Payload, PayloadRow, Run

log = logging.getLogger(__name__)

JSON = {"content-type": "application/json"}
Cursor = Mapping[str, object]


class NotReplayable(Exception):
    """What was learned from the answer needs more than it; `str()` is the reason, in a few words alike for its kind."""


@dataclass(slots=True)
class _Once:
    """A fetch that has one answer."""

    answer: Answer
    is_spent: bool = False

    def __call__(self, path: str, *_: object, **__: object) -> Answer:
        if self.is_spent:
            raise Refused(f"Only one answer is replayed, and {path} is another.")
        self.is_spent = True
        return self.answer


def replay(
    source: str,
    framework: Framework,
    payload: PayloadRow,
    run: Run,
    cursor: Cursor,
    beside: Mapping[str, Cursor] | None = None,
) -> Batch:
    """What a kept answer says, as its collector reads it today. `cursor` is what the unit's last answer left, `beside`
    what those of the framework's other streams did.

    Raises NotReplayable.
    """
    if payload.body is None or source not in framework.ids:
        raise NotReplayable("its framework no longer has a name at the source" if payload.body else "it was not saved")
    task = Task(
        framework, payload.stream, framework.ids[source], payload.fetched_at, cursor, run.since, run.until, run.full,
        beside or {},
    )  # fmt: skip
    headers = JSON | ({"etag": payload.etag} if payload.etag else {})
    status = 200 if payload.body else 304
    answer = Answer(payload.url, status, headers, payload.body, payload.fetched_at)
    module = source_module(source)
    try:
        observations = module.retell(task, answer) if module.retell else None
        if observations is None:
            return _replayed(module.collect, task, answer)
        return Batch(Payload(source, answer.url, answer.body, answer.fetched_at), tuple(observations), {})
    except CollectError as error:
        log.debug("payload %d of %s: %s", payload.id, source, error)
        raise NotReplayable("it makes sense only together with other responses") from error
    except NotReplayable:
        raise
    except Exception as error:  # whatever an answer of years ago does to the collector of today
        log.debug("payload %d of %s", payload.id, source, exc_info=error)
        raise NotReplayable(f"its collector can no longer read it ({type(error).__name__})") from error


def _replayed(collect: Collect, task: Task, answer: Answer) -> Batch:
    """The batch that has this answer for its payload; a source without network makes its answers itself."""
    for batch in _batches(collect, task, answer):
        if batch.payload.url == answer.url and _same(batch.payload.body, answer.body):
            return batch
    raise NotReplayable("what came with the program has changed since")


def _batches(collect: Collect, task: Task, answer: Answer) -> Iterator[Batch]:
    yield from collect(task, cast(Any, _Once(answer)))


def _same(one: bytes, other: bytes) -> bool:
    return hashlib.sha256(one).digest() == hashlib.sha256(other).digest()
