"""What no single file shows: names used in one file must exist in another, and nothing is defined twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from catalog._errors import CatalogError
from catalog._model import Break, Caveat, Family, Framework, Source
from catalog._read import BREAKS, CAVEATS, FAMILIES, FRAMEWORKS, SourceFile


def check(
    files: Sequence[SourceFile],
    families: Sequence[Family],
    shared: Sequence[Caveat],
    frameworks: Sequence[Framework],
    breaks: Sequence[Break],
) -> None:
    """Raises CatalogError for the first name that is unknown, unused or defined twice."""
    _check_unique(files, shared, breaks)
    _check_caveats(files, shared)
    metrics = frozenset(metric.id for file in files for metric in file.metrics)
    _check_families(files, families)
    for file in files:
        _check_streams(file.file, file.source, metrics)
        for metric in file.metrics:
            key = f"metric {metric.id}: {'cumulates' if metric.cumulates else 'per_million'}"
            _check_names(file.file, key, metric.derived_from, metrics, "metric")
    _once("setting", ((file.file, name) for file in files for name in _settings(file.source)))
    _check_titles(frameworks)
    _check_ids(frameworks, frozenset(file.source.id for file in files))
    _check_breaks(breaks, metrics, frozenset(framework.id for framework in frameworks))
    _check_reservations(files, frameworks)


def _check_unique(files: Sequence[SourceFile], shared: Sequence[Caveat], breaks: Sequence[Break]) -> None:
    _once("metric", ((file.file, metric.id) for file in files for metric in file.metrics))
    _once("metric title", ((file.file, metric.title) for file in files for metric in file.metrics))
    codes = [(CAVEATS, caveat.code) for caveat in shared]
    _once("caveat", codes + [(file.file, caveat.code) for file in files for caveat in file.caveats])
    _once("break", ((BREAKS, b.id) for b in breaks))


def _settings(source: Source) -> Iterator[str]:
    """The names of a source's settings: no two sources share one, so that what one is sent goes to no other."""
    yield from filter(None, (source.setting, source.files_setting))
    yield from (credential.setting for credential in source.credentials)


def _once(what: str, places: Iterable[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for file, name in places:
        if name in seen:
            raise CatalogError(file, f"{what} {name}", f"is already defined in {seen[name]}")
        seen[name] = file


def _check_caveats(files: Sequence[SourceFile], shared: Sequence[Caveat]) -> None:
    """Every code a metric names exists, and every caveat of a source is named by some metric."""
    codes = {caveat.code for caveat in shared} | {caveat.code for file in files for caveat in file.caveats}
    used: set[str] = set()
    for file in files:
        for metric in file.metrics:
            _check_names(file.file, f"metric {metric.id}: caveats", metric.caveats, codes, "caveat")
            used.update(metric.caveats)
    for file in files:
        for caveat in file.caveats:
            if caveat.code not in used:
                raise CatalogError(file.file, f"caveat {caveat.code}", "is not named by any metric")


def _check_families(files: Sequence[SourceFile], families: Sequence[Family]) -> None:
    """Every metric is of a family that there is, and a family prefers metrics of its own."""
    ids = [family.id for family in families]
    _once("family", ((FAMILIES, name) for name in ids))
    for file in files:
        for metric in file.metrics:
            _check_names(file.file, f"metric {metric.id}: family", [metric.family], ids, "family")
    for family in families:
        members = [metric.id for file in files for metric in file.metrics if metric.family == family.id]
        _check_names(FAMILIES, f"{family.id}: preferred", family.preferred, members, f"metric of {family.id}")


def _check_streams(file: str, source: Source, metrics: frozenset[str]) -> None:
    _once("stream", ((file, stream.name) for stream in source.streams))
    for stream in source.streams:
        _check_names(file, f"stream {stream.name}: metrics", stream.metrics, metrics, "metric")


def _check_titles(frameworks: Sequence[Framework]) -> None:
    """No framework is called what another is, by id or by title."""
    owner: dict[str, str] = {}
    for framework in frameworks:
        for name in {framework.id, framework.title.casefold()}:
            if owner.setdefault(name, framework.id) != framework.id:
                raise CatalogError(FRAMEWORKS, f"{framework.id}: title", f"{name!r} is the name of {owner[name]} too")


def _check_ids(frameworks: Sequence[Framework], sources: frozenset[str]) -> None:
    """A framework's ids name sources, and no two frameworks share a name at one source."""
    owner: dict[tuple[str, str], str] = {}
    for framework in frameworks:
        _check_names(FRAMEWORKS, f"{framework.id}: ids", framework.ids, sources, "source")
        for place in framework.ids.items():
            other = owner.setdefault(place, framework.id)
            if other != framework.id:
                raise CatalogError(FRAMEWORKS, f"{framework.id}: ids: {place[0]}", f"is {place[1]!r}, as {other}'s is")


def _check_reservations(files: Sequence[SourceFile], frameworks: Sequence[Framework]) -> None:
    """A source says something of a framework from a day on, or it says nothing and there is no name of it there."""
    by_id = {framework.id: framework for framework in frameworks}
    for file in files:
        _once("reservation", ((file.file, r.framework) for r in file.source.reservations))
        for r in file.source.reservations:
            key = f"reservation {r.framework}"
            _check_names(file.file, key, [r.framework], by_id, "framework")
            if (r.since is None) == (file.source.id in by_id[r.framework].ids):
                raise CatalogError(file.file, f"{key}: since", "goes with a name in the framework's ids, and only then")


def _check_breaks(breaks: Sequence[Break], metrics: frozenset[str], frameworks: frozenset[str]) -> None:
    for b in breaks:
        _check_names(BREAKS, f"break {b.id}: metrics", b.metrics, metrics, "metric")
        _check_names(BREAKS, f"break {b.id}: frameworks", b.frameworks, frameworks, "framework")


def _check_names(file: str, key: str, names: Iterable[str], defined: Iterable[str], what: str) -> None:
    for name in names:
        if name not in defined:
            raise CatalogError(file, key, f"names the unknown {what} {name!r}")
