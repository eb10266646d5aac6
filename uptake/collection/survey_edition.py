"""Collecting one edition of the Stack Overflow survey from its file of answers, with the settings of this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from catalog import Catalog, Source
from collectors import Access, Clock, collect_microdata, holder_here
from storage import Run, Store
from uptake.collection.collect import Report, user_agent
from uptake.frameworks.tracked_catalog import tracked_catalog
from uptake.settings.settings import Settings

SOURCE = "stackoverflow"


@dataclass(frozen=True, slots=True)
class Edition:
    """Which edition, and where its file is: a CSV or zip on this machine, or None for the published one."""

    year: int
    file: Path | None

    @property
    def window(self) -> dict[str, date]:
        """The days a run of it is about."""
        return {"since": date(self.year, 1, 1), "until": date(self.year, 12, 31)}


def collect_edition(
    store: Store,
    catalog: Catalog,
    settings: Settings,
    run: Run,
    *,
    edition: Edition,
    clock: Clock,
    stop: Callable[[], bool],
    report: Report | None = None,
) -> Run:
    """Carry a running run of one edition out and return it finished; see `uptake.collection.collect.collect`."""
    return collect_microdata(
        store,
        tracked_catalog(catalog, store),
        run,
        year=edition.year,
        file=edition.file,
        folder=settings.data_dir,
        access=_access(settings, catalog.sources[SOURCE]),
        clock=clock,
        holder=holder_here(),
        on_progress=(lambda progress: report(run.source, progress)) if report else None,
        stop=stop,
    )


def _access(settings: Settings, source: Source) -> Access | None:
    address = settings.files_url(source)
    if address is None:
        return None
    return Access(
        address, user_agent=user_agent(settings), trust_env=settings.trust_env, max_wait_s=settings.max_wait_s
    )
