"""Collecting one source with the settings of this process: what the command, the scheduler and `up` share."""

from __future__ import annotations

from collections.abc import Callable

import uptake
from catalog import Catalog, Source
from collectors import Access, Clock, Progress, collect_source, holder_here
from storage import Run, Store
from uptake.frameworks.tracked_catalog import tracked_catalog
from uptake.settings.permissions import permitted_catalog
from uptake.settings.settings import Settings

Report = Callable[[str, Progress], None]


def user_agent(settings: Settings) -> str:
    """Who asks: the program, its version and, if it is set, whom to write to."""
    contact = f" (+{settings.contact})" if settings.contact else ""
    return f"Uptake/{uptake.__version__}{contact}"


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
        user_agent=user_agent(settings),
        trust_env=settings.trust_env,
        deadline_s=max(settings.request_deadline_s, source.deadline_s),
        max_wait_s=settings.max_wait_s,
        headers=settings.headers(source),
    )


def collect(
    store: Store,
    catalog: Catalog,
    settings: Settings,
    run: Run,
    *,
    clock: Clock,
    stop: Callable[[], bool],
    report: Report | None = None,
) -> Run:
    """Carry a running run out and return it finished, the user's own frameworks included.

    `report` is called with the source's id and its progress.
    """
    return collect_source(
        store,
        permitted_catalog(tracked_catalog(catalog, store), settings),
        run.source,
        run,
        access=access(settings, catalog.sources[run.source]),
        clock=clock,
        on_progress=(lambda progress: report(run.source, progress)) if report else None,
        holder=holder_here(),
        stop=stop,
    )


def mirror(store: Store, catalog: Catalog) -> None:
    """Write the catalog's frameworks into the store, so that it has their names for whoever reads it alone."""
    store.mirror_frameworks([(framework.id, framework.title) for framework in catalog.frameworks.values()])
