"""Collecting one source with the settings of this process: what the command, the scheduler and `up` share."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable

import uptake
from catalog import Catalog, Source
from collectors import Access, Clock, Progress, collect_source
from storage import Run, Store
from uptake.settings import Settings

PROJECT = "https://github.com/uptake/uptake"


def holder() -> str:
    """Who holds a lease: this process, by a name that an operator can find."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_local(source: Source) -> bool:
    """Whether a source needs no network: its figures came with the program."""
    return source.setting is None


def collectable(catalog: Catalog) -> tuple[Source, ...]:
    """The sources that can be collected now, those without network first."""
    available = [source for source in catalog.sources.values() if source.available]
    return tuple(sorted(available, key=lambda source: not is_local(source)))


def access(settings: Settings, source: Source) -> Access | None:
    """How a source is reached under these settings; None if it needs no network."""
    address = settings.base_url(source)
    if address is None:
        return None
    return Access(
        base_url=address,
        token=settings.token(source),
        user_agent=f"uptake/{uptake.__version__} (+{PROJECT})",
        trust_env=settings.trust_env,
        deadline_s=settings.request_deadline_s,
        max_wait_s=settings.max_wait_s,
    )


def collect(
    store: Store,
    catalog: Catalog,
    settings: Settings,
    run: Run,
    *,
    clock: Clock,
    stop: Callable[[], bool],
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Carry a running run out and return it finished."""
    return collect_source(
        store,
        catalog,
        run.source,
        run,
        access=access(settings, catalog.sources[run.source]),
        clock=clock,
        on_progress=on_progress,
        holder=holder(),
        stop=stop,
    )


def mirror(store: Store, catalog: Catalog) -> None:
    """Write the catalog's frameworks into the store, so that whoever reads it alone knows their names."""
    store.mirror_frameworks(pairs(catalog))


def pairs(catalog: Catalog) -> Iterable[tuple[str, str]]:
    """Framework ids with their titles."""
    return [(framework.id, framework.title) for framework in catalog.frameworks.values()]
