"""Answers that are about every framework: each is asked for once a run.

What a source says in its own words may belong to others. Its module's `extract` makes of an answer what is counted in
it, and nothing else ever reaches a collector, the store or a log. Without one an answer is kept whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from collectors._runtime.contract import Answer, Fetch
from collectors._runtime.errors import CollectError, Interrupted, TryLater, Unavailable
from collectors._runtime.source_module import Extract

Question = tuple[str, tuple[tuple[str, str], ...]]


class SharedAnswers:
    """A `Fetch` over another that remembers extracts and failures by question. `names` are those of all frameworks that
    are asked for in the run.
    """

    def __init__(self, fetch: Fetch, extract: Extract | None, names: Sequence[str]) -> None:
        self._fetch, self._extract, self._names = fetch, extract, names
        self._outcomes: dict[Question, Answer | CollectError] = {}

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
            answer = self._fetch(path, params, headers=headers, etag=etag, expect=expect)
            return replace(answer, body=self._extract(answer, self._names)) if self._extract else answer
        except (Interrupted, TryLater) as error:
            if isinstance(error, Unavailable) and not error.again:
                return error  # the same question would only cost as much time once more
            raise  # that is about the run, not about the answer
        except CollectError as error:
            return error
