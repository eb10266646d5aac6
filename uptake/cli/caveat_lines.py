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


def care_of(catalog: Catalog, figures: Iterable[Figure]) -> Iterator[str]:
    """The lines of these figures; see `care_lines`."""
    every = list(figures)
    sources = catalog.sources_named(name for one in every for name in one.sources)
    moments = [one.retrieved_at for one in every if one.retrieved_at]
    return care_lines(catalog, (one.metric for one in every), sources, max(moments, default=None))


def care_lines(
    catalog: Catalog, metrics: Iterable[str], sources: Sequence[Source] = (), retrieved: datetime | None = None
) -> Iterator[str]:
    """A line of caution for each metric, then one with the sources, their licences, and when the newest of their
    answers was retrieved.

    Without `sources` there is none of these.
    """
    from answers import wording

    for metric in (catalog.metrics[name] for name in dict.fromkeys(metrics) if name in catalog.metrics):
        yield f"Read with care ({metric.title}): {metric.badge}"
    if sources:
        when = f"; retrieved on {wording.moment(retrieved)}" if retrieved else ""
        yield f"Source: {'; '.join(f'{source.title} ({source.licence})' for source in sources)}{when}."
