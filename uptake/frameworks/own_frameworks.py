"""Frameworks of the user's own: their names normalised, held against those tracked, and looked up at the sources.

The command asks the sources before it adds (`ask`). The dashboard has neither token nor network: it adds what has the
right shape and requests runs, whose outcome shows whether the names exist.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from answers.wording import join_words
from catalog import Catalog, Framework, Source
from collectors import CollectError, Empty, Gone
from storage import Identity, Store
from uptake.frameworks.source_names import (
    GITHUB,
    LONGEST,
    NAMES,
    PAGES,
    REGISTRIES,
    AddError,
    address,
    echo,
    identifier,
    in_words,
    line,
    plain,
    registry_of,
    repository,
)
from uptake.frameworks.tracked_catalog import same_name, tracked_catalog

RUNS = 50  # of a source, searched for failures of a framework

Ask = Callable[[Source, Framework], Identity | None]  # raises CollectError; see `collectors.probe`


@dataclass(frozen=True, slots=True)
class FrameworkRequest:
    """What the user wants to track. `ids` are names by source; `github`, `pypi` and `survey` are short for them, and
    `packages` are names by registry (`REGISTRIES`).

    `replaces` is the framework that followed a repository of this very name before another was put in its place.
    """

    name: str
    github: str = ""
    pypi: str = ""
    survey: str = ""
    title: str = ""
    language: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """A framework that is tracked from now on, what is to be known about that, and the sources to collect."""

    framework: Framework
    warnings: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def id(self) -> str:
        """The framework's id."""
        return self.framework.id

    @property
    def sentence(self) -> str:
        """All in a few words."""
        at = ", ".join(f"{source}: {in_words(name)}" for source, name in self.framework.ids.items())
        return " ".join((f"{self.framework.title} is tracked as {self.id} ({at}).", *self.warnings))


def add_framework(
    store: Store, catalog: Catalog, request: FrameworkRequest, *, ask: Ask | None, now: datetime
) -> Added:
    """Track a framework of the user's own. Raises AddError, and keeps nothing, for one that cannot be.

    `ask` None: nobody is asked whether the names exist. `catalog` is the one we ship or a tracked one.
    """
    every = _with_former(tracked_catalog(catalog, store, removed=True), store)
    framework = _candidate(every, store, request)
    warnings = ["Whether these names exist has not been checked yet: the requested runs will show it."]
    if ask is not None:
        framework, warnings = _identified(store, every, framework, request, ask)
    elif request.replaces:
        _refuse_same(store, every, request.replaces, framework, {})
    store.add_framework(framework.id, framework.title, framework.ids, language=framework.language, now=now)
    sources = tuple(s.id for s in _network_sources(every, framework))
    return Added(framework, tuple(warnings), sources)


def candidate(store: Store, catalog: Catalog, request: FrameworkRequest) -> Framework:
    """The framework a request means, with the names as the sources write them. Nothing is kept and nobody is asked.

    Raises AddError for one that cannot be tracked. `catalog` is the one we ship or a tracked one.
    """
    return _candidate(_with_former(tracked_catalog(catalog, store, removed=True), store), store, request)


def _candidate(every: Catalog, store: Store, request: FrameworkRequest) -> Framework:
    framework = _normalised(every, request)
    _refuse_taken(every, framework, request)
    _refuse_other_self(store, framework)
    return framework


def remove_framework(store: Store, catalog: Catalog, name: str, now: datetime) -> Framework:
    """Stop tracking one of the user's own; what is known of it stays and can be exported. Raises AddError."""
    frameworks = tracked_catalog(catalog, store).frameworks
    if name not in frameworks:
        raise AddError(f"No tracked framework is called {name[:LONGEST]!r}; `uptake frameworks` lists them.")
    if not frameworks[name].own or not store.remove_framework(name, now):
        raise AddError(f"{frameworks[name].title} is in the catalog; only custom frameworks can be removed.")
    return frameworks[name]


# Names normalised


def _normalised(catalog: Catalog, request: FrameworkRequest) -> Framework:
    """The framework that is meant, by normalised names. Raises AddError for what has no right shape."""
    name, github, packages = _pasted(request)
    title, key = line("a title", request.title or name), identifier(name)
    written = {"github": github, "stackoverflow": request.survey} | _at_sources(packages)
    named = {source: name for source, name in written.items() if name.strip() and source in catalog.sources}
    for source, name in request.ids.items():
        if source not in catalog.sources or catalog.sources[source].own:
            published = ", ".join(key for key, one in catalog.sources.items() if not one.own)
            raise AddError(f"There is no source {source[:LONGEST]!r}; choose from {published}.")
        named[source] = name
    if not named:
        raise AddError(f"{title} needs a name at one source or more, such as a GitHub repository owner/name.")
    ids = {source: NAMES.get(source, plain)(name) for source, name in named.items()}
    return Framework(key, title, line("a language", request.language) if request.language else "", ids, own=True)


def _at_sources(packages: Mapping[str, str]) -> dict[str, str]:
    """Packages' names by the sources that know them. Raises AddError for two that one source cannot tell apart."""
    named: dict[str, str] = {}
    for key, written in packages.items():
        if key not in REGISTRIES:
            raise AddError(f"There is no registry {echo(key)}; choose from {', '.join(REGISTRIES)}.")
        for source in REGISTRIES[key].sources if written.strip() else ():
            if source in named:
                raise AddError(f"A framework has one name at {source}: add {in_words(named[source])} as another one.")
            named[source] = REGISTRIES[key].name(written)
    return named


def _pasted(request: FrameworkRequest) -> tuple[str, str, dict[str, str]]:
    """The name, the repository and the packages, also where an address or owner/name was given as the name.

    Raises AddError for an address that is neither a repository's nor a package's.
    """
    packages = {key: name for key, name in {"pypi": request.pypi, **request.packages}.items() if name.strip()}
    if "/" not in request.name:
        return request.name, request.github, packages
    host, path = address(request.name)
    if host and host not in GITHUB:
        registry = registry_of(host)
        if registry != "go" and (len(path) < 2 or path[0] not in PAGES):
            raise AddError(
                f"{echo(request.name)} is neither a GitHub repository nor a package's page: give a name, and what it "
                "is called at a source, such as a GitHub repository owner/name or a Python package."
            )
        name = REGISTRIES[registry].name(request.name)
        return in_words(name).rpartition("/")[2].removeprefix("gem "), request.github, {registry: name} | packages
    pasted = repository(request.name)
    return pasted.partition("/")[2], request.github or pasted, packages


# Held against those tracked


def _refuse_taken(catalog: Catalog, framework: Framework, request: FrameworkRequest) -> None:
    """No id, no title and no name at a source twice, unless it replaces the framework that has the name."""
    before = catalog.frameworks.get(framework.id)
    if before is not None and not before.removed:
        raise AddError(f"{framework.id} is already tracked ({before.title}); choose another name.")
    if request.replaces and request.replaces not in catalog.frameworks:
        raise AddError(f"There is no framework {echo(request.replaces)} to replace; `uptake frameworks` lists them.")
    for other in catalog.frameworks.values():
        if other.id == framework.id or other.removed:
            continue
        for called in (framework.id, framework.title):
            if _plainly(called) in {_plainly(name) for name in (other.id, other.own_title, *other.former)}:
                raise AddError(f"{called} is the name of {other.own_title} ({other.id}) already; choose another.")
        for source, name in framework.ids.items() if other.id != request.replaces else ():
            if _has(other, source, name):
                raise AddError(f"{in_words(name)} is already tracked, as {other.own_title} ({other.id}).")


def _with_former(catalog: Catalog, store: Store) -> Catalog:
    """The catalog with every name that a repository has had since it is followed."""
    names: dict[str, list[str]] = {}
    for alias in store.aliases():
        if alias.source == "github":
            names.setdefault(alias.framework, []).append(alias.name)
    frameworks = {
        key: replace(framework, former=(*framework.former, *names.get(key, ())))
        for key, framework in catalog.frameworks.items()
    }
    return replace(catalog, frameworks=frameworks)


def _plainly(name: str) -> str:
    """A name as names are compared: whatever its case and blanks, and however its letters are encoded."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("-", " ").split())


def _has(other: Framework, source: str, name: str) -> bool:
    former = other.former if source == "github" else ()
    return same_name(source, name) in {same_name(source, n) for n in (other.ids.get(source, ""), *former)}


def _refuse_other_self(store: Store, framework: Framework) -> None:
    """Who comes back under an id must be who left: two things must never share one series."""
    for before in store.own_frameworks():
        for source, name in before.ids.items() if before.id == framework.id else ():
            if same_name(source, framework.ids.get(source, name)) != same_name(source, name):
                raise AddError(
                    f"{framework.id} was {name} at {source} when it was tracked before; choose another name."
                )


# Looked up at the sources


def _network_sources(catalog: Catalog, framework: Framework) -> Iterator[Source]:
    """The sources that can be asked over the network about a framework."""
    for name in framework.ids:
        source = catalog.sources[name]
        if source.available and source.setting is not None:
            yield source


def _identified(
    store: Store, catalog: Catalog, framework: Framework, request: FrameworkRequest, ask: Ask
) -> tuple[Framework, list[str]]:
    """The framework by the names that the sources themselves use, and what could not be made sure of."""
    warnings, ids = [], dict(framework.ids)
    identities: dict[str, Identity] = {}
    unchecked: dict[str, list[str]] = {}
    for source in _network_sources(catalog, framework):
        try:
            identity = ask(source, framework)
        except (Gone, Empty):
            raise AddError(f"{source.title} has no {in_words(framework.ids[source.id])}; check the name.") from None
        except CollectError as error:
            unchecked.setdefault(in_words(framework.ids[source.id]), []).append(str(error))
            continue
        if identity is not None:
            identities[source.id] = identity
            warnings += _renamed(ids, source, identity.name)
            _refuse_followed(store, catalog, source, identity, framework, request)
    if unchecked:
        warnings.append(_unchecked(unchecked))
    if request.replaces:
        _refuse_same(store, catalog, request.replaces, framework, identities)
    named = Framework(framework.id, framework.title, framework.language, ids, own=True)
    _refuse_taken(catalog, named, request)
    return named, warnings


def _unchecked(reasons: Mapping[str, list[str]]) -> str:
    """That it is not sure whether names exist, each name and each reason once."""
    names, every = join_words(reasons), dict.fromkeys(reason for several in reasons.values() for reason in several)
    return f"Whether {names} {'exists' if len(reasons) == 1 else 'exist'} could not be checked: {' '.join(every)}"


def _renamed(ids: dict[str, str], source: Source, name: str) -> list[str]:
    before, ids[source.id] = ids[source.id], name
    if same_name(source.id, before) == same_name(source.id, name):
        return []
    return [f"{before} is now called {name} at {source.title}, and is tracked under that name."]


def _refuse_followed(
    store: Store, catalog: Catalog, source: Source, identity: Identity, framework: Framework, request: FrameworkRequest
) -> None:
    """A repository that is followed under another name is the same repository."""
    for alias in store.aliases():
        other = catalog.frameworks.get(alias.framework)
        same = (alias.source, alias.lasting_id) == (source.id, identity.lasting_id)
        if same and other and not other.removed and other.id not in (framework.id, request.replaces):
            raise AddError(f"{identity.name} is already tracked, as {other.title} ({other.id}).")


def _refuse_same(
    store: Store, catalog: Catalog, replaced: str, framework: Framework, identities: Mapping[str, Identity]
) -> None:
    """To replace a framework, its repository must really be another one by now."""
    old = catalog.frameworks[replaced]
    taken = [s for s, name in framework.ids.items() if _has(old, s, name)]
    if not taken:
        raise AddError(f"{old.title} ({old.id}) has none of these names, so there is nothing to replace.")
    followed = {(a.source, a.lasting_id) for a in store.aliases(replaced)}
    current = {(s, identities[s].lasting_id) for s in taken if s in identities}
    if current & followed:
        raise AddError(f"{framework.ids[taken[0]]} is still the repository of {old.title} ({old.id}).")
    failures = (f for s in taken for run in store.runs(RUNS, s) for f in run.failures)
    if not (current and followed) and not any(f.kind == "replaced" and f.framework == replaced for f in failures):
        raise AddError(f"No run has found another repository in the place of {old.title} ({old.id}).")
