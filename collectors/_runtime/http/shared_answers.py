"""Answers that are about every framework: each is asked for once a run, and perhaps only an extract of it is kept.

What a source says in its own words may belong to others. Its module's `extract` makes of an answer what is counted in
it, and nothing else ever reaches a collector, the store or a log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from collectors._runtime.contract import Answer
from collectors._runtime.errors import CollectError, Interrupted, TryLater
from collectors._runtime.http.client import Http
from collectors._runtime.source_module import Extract, SourceModule


def shared_answers(http: Http, module: SourceModule, names: Sequence[str]) -> Http | SharedAnswers:
    """How a source is asked in a run for frameworks of these names."""
    if module.extract is not None:
        return SharedAnswers(http, module.extract, names)
    return SharedAnswers(http, _as_it_is, names, only=module.shared) if module.shared else http


def _as_it_is(answer: Answer, _names: Sequence[str]) -> bytes:
    return answer.body


Question = tuple[str, tuple[tuple[str, str], ...]]


class SharedAnswers:
    """A `Fetch` over another that remembers extracts and failures by question. `names` are those of all frameworks that
    are asked for in the run; `only` questions whose path begins so are remembered.
    """

    def __init__(self, http: Http, extract: Extract, names: Sequence[str], *, only: str = "") -> None:
        self._http, self._extract, self._names, self._only = http, extract, names, only
        self._outcomes: dict[Question, Answer | CollectError] = {}

    def __enter__(self) -> Self:
        self._http.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.__exit__(kind, error, trace)

    def __call__(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        expect: str = "application/json",
    ) -> Answer:
        """Ask for `path` below the base URL, once. See `collectors._runtime.contract.Fetch`."""
        if not path.startswith(self._only):
            return self._http(path, params, headers=headers, etag=etag, expect=expect)
        question = (path, tuple(sorted((params or {}).items())))
        if question not in self._outcomes:
            self._outcomes[question] = self._outcome(path, params, headers, etag, expect)
        outcome = self._outcomes[question]
        if isinstance(outcome, CollectError):
            raise outcome
        return outcome

    def _outcome(
        self,
        path: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        etag: str | None,
        expect: str,
    ) -> Answer | CollectError:
        try:
            answer = self._http(path, params, headers=headers, etag=etag, expect=expect)
            return replace(answer, body=self._extract(answer, self._names))
        except (Interrupted, TryLater):
            raise  # that is about the run, not about the answer
        except CollectError as error:
            return error
