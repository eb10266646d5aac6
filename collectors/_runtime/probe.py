"""Asking a source once whether it has a name, and storing nothing."""

from __future__ import annotations

import dataclasses

from catalog import Framework, Source, Stream
from collectors._runtime.contract import Task
from collectors._runtime.errors import Empty
from collectors._runtime.http.budget import STREAM as BUDGET
from collectors._runtime.http.budget import Budget, who_asks
from collectors._runtime.http.client import Access, Clock, Http
from collectors._runtime.http.shared_answers import SharedAnswers
from collectors._runtime.source_module import source_module
from storage import Identity, Store

PATIENCE_S = 5.0  # a person waits for the answer


def probe(store: Store, source: Source, framework: Framework, *, access: Access, clock: Clock) -> Identity | None:
    """Who a source says `framework` is, by its own name for it; None if it gives numbers but no identity.

    One request, by the source's own collector and out of its budget, which the store remembers. Raises CollectError:
    Gone or Empty if there is no such name, TryLater if it cannot be asked now.
    """
    module = source_module(source.id)
    hurried = dataclasses.replace(access, max_wait_s=min(access.max_wait_s, PATIENCE_S))
    name, stream = _cheapest(source, framework)
    task = Task(framework, stream.name, name, clock.now())
    budget = Budget(
        who_asks(token=bool(access.token)),
        store.cursor(source.id, "", BUDGET),
        lambda state: store.remember(source.id, "", BUDGET, state),
    )
    http = Http(hurried, clock, title=source.title, fault=module.fault, budget=budget)
    with http:
        fetch = SharedAnswers(http, module.extract, (task.name,)) if module.extract else http
        batch = next(iter(module.collect(task, fetch)), None)
    if batch is None:
        raise Empty(f"{source.title} has nothing about {task.name}.")
    return batch.identity


def _cheapest(source: Source, framework: Framework) -> tuple[str, Stream]:
    """The stream that takes the fewest requests of those that have the framework, and its name there."""
    named = [(name, stream) for stream in source.streams if (name := source.name_in(stream, framework)) is not None]
    return min(named, key=lambda pair: pair[1].requests)
