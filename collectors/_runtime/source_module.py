"""The module of a source, as the runner, the probe, the replay and the estimate of cost use it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from collectors._runtime.contract import Answer, Collect, Task
from collectors._runtime.errors import CollectError
from storage import Observation

Extract = Callable[[Answer, Sequence[str]], bytes]
Retell = Callable[[Task, Answer], "Iterable[Observation] | None"]


def _no_fault(answer: Answer) -> CollectError | None:  # noqa: ARG001 - the signature of the hook
    return None


@dataclass(frozen=True, slots=True)
class SourceModule:
    """`collect`, and what a module may have besides.

    `fault` makes an error of an answer whose HTTP status hides one. `retell` reads a kept answer by itself; None: it
    cannot (then `collect` does). `shared` are the streams with answers about every framework, and how many of the
    questions are about one alone: each question is asked once a run. `extract` makes what is kept of an answer, given
    the names at the source of those that are collected; all streams are shared then. `pages` has the requests that are
    left of streams whose number varies. `per_hour` and `per_minute` are the requests that the source grants, by who
    asks ("anonymous", "token") and to everybody.
    """

    collect: Collect
    fault: Callable[[Answer], CollectError | None] = _no_fault
    retell: Retell | None = None
    extract: Extract | None = None
    shared: Mapping[str, int] = field(default_factory=dict)
    pages: Mapping[str, Callable[[Task], int]] = field(default_factory=dict)
    per_hour: Mapping[str, int] = field(default_factory=dict)
    per_minute: int | None = None

    def is_shared(self, stream: str) -> bool:
        """Whether answers of a stream are about every framework."""
        return self.extract is not None or stream in self.shared


def source_module(source_id: str) -> SourceModule:
    """The module or package `collectors.<source_id>`. Raises ModuleNotFoundError if there is none."""
    module = importlib.import_module(f"collectors.{source_id}")
    return SourceModule(
        collect=module.collect,
        fault=getattr(module, "fault", _no_fault),
        retell=getattr(module, "retell", None),
        extract=getattr(module, "extract", None),
        shared=getattr(module, "SHARED", {}),
        pages=getattr(module, "PAGES", {}),
        per_hour=getattr(module, "PER_HOUR", {}),
        per_minute=getattr(module, "PER_MINUTE", None),
    )
