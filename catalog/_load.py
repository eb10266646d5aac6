"""From a folder of TOML and CSV to a `Catalog`. What it cannot vouch for it refuses, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from catalog._almanac import Rows, read_table
from catalog._check import check
from catalog._countries import read_countries, read_regions
from catalog._model import Break, Catalog, Metric
from catalog._read import (
    SourceFile,
    read_breaks,
    read_families,
    read_frameworks,
    read_shared_caveats,
    read_sources,
)
from catalog._surveys import read_surveys

SHIPPED = Path(__file__).resolve().parent


def load(path: Path = SHIPPED) -> Catalog:
    """The catalog in a folder (the one we ship), checked as a whole, but for its almanac; read once and remembered.

    Raises CatalogError, naming the file, the key and the fault.
    """
    return _read(path)


@cache
def almanac(name: str, path: Path = SHIPPED) -> Rows:
    """The rows of a table ("stars", "downloads", "surveys", ...) of a catalog's almanac, as the checked file has them.

    The columns are explained in `almanac/README.md`. A table is read when first asked for: most processes need few.
    Raises CatalogError for a table that is not there, and for a fault in it.
    """
    return read_table(path, name, frozenset(framework.id for framework in read_frameworks(path)))


@cache
def _read(path: Path) -> Catalog:
    files, shared = read_sources(path), read_shared_caveats(path)
    frameworks = read_frameworks(path)
    breaks = _by_day((*read_breaks(path), *(b for file in files for b in file.breaks)))
    families = (*read_families(path), *(family for file in files for family in file.families))
    families = tuple(sorted(families, key=lambda family: family.place))
    check(files, families, shared, frameworks, breaks)
    order = [family.id for family in families]
    surveys = read_surveys(path)
    countries = read_countries(path, tuple(surveys))
    regions, without_country = read_regions(path, countries)
    caveats = [*shared, *(caveat for file in files for caveat in file.caveats)]
    return Catalog(
        frameworks={framework.id: framework for framework in frameworks},
        sources={file.source.id: file.source for file in files},
        metrics={metric.id: metric for metric in sorted(_metrics(files), key=lambda m: order.index(m.family))},
        caveats={caveat.code: caveat for caveat in caveats},
        breaks=breaks,
        families={family.id: family for family in families},
        countries=countries,
        regions=regions,
        without_country=without_country,
        surveys=surveys,
    )


def _by_day(breaks: Sequence[Break]) -> tuple[Break, ...]:
    return tuple(sorted(breaks, key=lambda b: (b.since, b.until, b.id)))


def _metrics(files: Sequence[SourceFile]) -> tuple[Metric, ...]:
    """The metrics with their sources: the one that defines them first, then those with a stream that yields them."""
    return tuple(
        replace(metric, sources=(file.source.id, *_yielding(files, metric.id, but=file.source.id)))
        for file in files
        for metric in file.metrics
    )


def _yielding(files: Sequence[SourceFile], metric: str, *, but: str) -> tuple[str, ...]:
    return tuple(
        file.source.id
        for file in files
        if file.source.id != but and any(metric in stream.metrics for stream in file.source.streams)
    )
