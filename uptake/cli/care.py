"""What goes with every answer in words: what to read each count with, where it is from and when it was learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from catalog import Catalog, Source


class Figure(Protocol):
    """A figure of a metric that an answer tells."""

    @property
    def metric(self) -> str: ...
    @property
    def sources(self) -> Sequence[str]: ...
    @property
    def retrieved_at(self) -> datetime | None: ...


def care_lines(catalog: Catalog, figures: Iterable[Figure]) -> Iterator[str]:
    """A line for each metric, then one with the sources and when the newest of their answers was retrieved."""
    every = list(figures)
    yield from badges(catalog, (one.metric for one in every))
    named = catalog.sources_named(name for one in every for name in one.sources)
    yield from source_line(named, max(filter(None, (one.retrieved_at for one in every)), default=None))


def badges(catalog: Catalog, metrics: Iterable[str]) -> Iterator[str]:
    """The one sentence of caution of each metric."""
    for metric in (catalog.metrics[name] for name in dict.fromkeys(metrics) if name in catalog.metrics):
        yield f"Read with care ({metric.title}): {metric.badge}"


def source_line(sources: Sequence[Source], retrieved: datetime | None) -> Iterator[str]:
    """Where figures are from, and when the newest of them was retrieved; nothing where there are none."""
    from answers import wording

    if sources:
        when = f"; retrieved on {wording.moment(retrieved)}" if retrieved else ""
        yield f"Source: {wording.listed(source.title for source in sources)}{when}."
