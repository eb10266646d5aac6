"""One edition of the Stack Overflow survey from its file of answers: fetched or given, counted, stored by framework.

The file is counted whole before anything of it is stored. What is kept of it as payload is our count by country, with
the file's name, size and SHA-256: the answers of single people stay in the file. A fetched file waits in the data
directory until all frameworks are stored, so that a killed run does not fetch it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from catalog import Catalog, Source, Stream, SurveyFile
from collectors._runtime.contract import Answer, Fetch, Task
from collectors._runtime.errors import Changed, Interrupted, Refused
from collectors._runtime.held_lease import HeldLease, held_lease
from collectors._runtime.http.client import Access, Clock, Http
from collectors._runtime.runner import CollectionRun, Progress, carried_out
from collectors.stackoverflow.answer_counts import Tally, tally
from collectors.stackoverflow.download import Download
from storage import Batch, Observation, Payload, Period, Run, Store

SOURCE = "stackoverflow"
WORKED, WANT = "so_worked_with", "so_want_to_work_with"
DEADLINE_S, STALL_S = 3600.0, 60.0  # a slow line needs minutes for 200 MB
MB = 1_000_000


def collect_microdata(
    store: Store,
    catalog: Catalog,
    run: Run,
    *,
    year: int,
    file: Path | None,
    folder: Path,
    access: Access | None,
    clock: Clock,
    holder: str,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Run:
    """Count one edition for a running `run`, and finish the run.

    `file` is a CSV, or a zip with one; without it the published file is fetched with `access` into `folder`, where it
    stays only if the run was cut off. `stop` is polled all the time. Raises as `collect_source` does.
    """
    collection = CollectionRun(
        store, catalog, run, clock, on_progress=on_progress or _ignore, stop=stop or (lambda: False)
    )

    def work() -> None:
        source = _as_source(catalog.sources[SOURCE], year)
        survey = catalog.surveys[year]
        collection.plan(source)
        with held_lease(store, f"collect:{SOURCE}", holder, clock, collection.ended) as held:
            tick = _Tick(collection, held)
            fetched = _Fetched(survey, folder, source, access, clock, tick)
            path, url = (file, f"file:{file.name}") if file else (fetched.path(), fetched.url)
            try:
                counts = tally(path, survey, catalog, tick.of("counting"))
            except Changed:
                fetched.forget()
                raise
            _remark(collection, counts, survey)
            collection.go(source, Edition(survey, counts, url).collect, lambda _: _no_fetch, held)
            if not collection.ended():
                fetched.forget()

    return carried_out(collection, SOURCE, work)


class Edition:
    """The counted file as a source: what it says of each framework."""

    def __init__(self, survey: SurveyFile, counts: Tally, url: str) -> None:
        self._survey, self._counts, self._url = survey, counts, url

    def collect(self, task: Task, fetch: Fetch) -> Iterator[Batch]:  # noqa: ARG002 - the contract's signature
        """One framework's shares of the edition, in one batch; nothing if its option was nowhere ticked."""
        survey, counts = self._survey, self._counts
        option = survey.spellings.get(task.name, task.name)
        listed = task.name in survey.offered
        ticked = counts.ticked(option)
        if listed and not ticked:
            return
        source = f"{SOURCE}:{'microdata' if is_published(survey, counts) else 'other-file'}"
        body = json.dumps(self._count_table(task, option, offered=ticked), ensure_ascii=False, separators=(",", ":"))
        payload = Payload(source, self._url, body.encode(), task.now)
        yield Batch(payload=payload, observations=observations(body.encode()))

    def _count_table(self, task: Task, option: str, *, offered: bool) -> dict[str, object]:
        survey, counts = self._survey, self._counts
        return {
            "survey": SOURCE,
            "year": survey.year,
            "framework": task.framework.id,
            "option": option,
            "asked": offered,
            "wishes": counts.has_wanted,
            "file": {"sha256": counts.sha256, "size": counts.size, "published_sha256": survey.sha256},
            "respondents": counts.respondents,
            "passed_the_gate": counts.passed,
            "published_share": survey.published_shares.get(task.name),
            "published_base": survey.published_base,
            "columns": ["dimension", "answered", "worked_with", "answered_want", "want", "answered_either"],
            "cells": [
                [key, c.worked, c.worked_with[option], c.want, c.want_to_work_with[option], c.either]
                for key, c in counts.cells.items()
            ],
        }


def observations(body: bytes) -> tuple[Observation, ...]:
    """What a payload of this module says: each half's share of those who answered that half, place by place."""
    counts = json.loads(body)
    framework, period = counts["framework"], Period.year(counts["year"])

    def share(metric: str, key: str, base: int, count: int) -> Observation:
        return Observation(metric, framework, period, count / base if counts["asked"] else None, base, key)

    worked = [share(WORKED, key, base, n) for key, base, n, *_ in counts["cells"] if base]
    want = [share(WANT, key, base, n) for key, _, _, base, n, _ in counts["cells"] if base]
    return tuple(worked + want)


def is_published(survey: SurveyFile, counts: Tally) -> bool:
    """Whether the file is the one that was published, to the byte."""
    return counts.sha256 == survey.sha256


def _remark(collection: CollectionRun, counts: Tally, survey: SurveyFile) -> None:
    total = counts.cells.get("")
    if total is None or not total.worked:
        raise Changed(f"Nobody in the file answered {survey.worked_with}: it is not the {survey.year} survey.")
    if survey.sha256 is None:
        collection.remark("nothing was published for this edition when its profile was written: marked other-file")
    elif not is_published(survey, counts):
        collection.remark(f"file differs from the published one (sha256 {counts.sha256[:12]}…): marked other-file")
        for what, got, due in (
            ("people", counts.respondents, survey.respondents),
            ("answers", total.worked, survey.answered),
        ):
            if due is not None and got != due:
                collection.remark(f"{got:,} {what} where {due:,} were published")
    if not counts.has_wanted:
        collection.remark(f"the file lacks the column {survey.want_to_work_with}: no wishes counted")
    if silent := [o for o in survey.offered if not counts.ticked(survey.spellings.get(o, o))]:
        collection.remark(f"on the list, but ticked by nobody and not stored: {', '.join(silent)}")
    collection.remark(
        f"base {total.worked:,} who answered the worked-with half"
        + (
            f" and {total.want:,} the want half; Stack Overflow divides by either, {total.either:,}"
            if total.want
            else ""
        )
    )


class _Fetched:
    """The published file of an edition in the data directory."""

    def __init__(
        self, survey: SurveyFile, folder: Path, source: Source, access: Access | None, clock: Clock, tick: _Tick
    ) -> None:
        self._survey, self._source, self._access, self._clock, self._tick = survey, source, access, clock, tick
        self._path = folder / f"stackoverflow-{survey.year}.csv"
        self.url = ""

    def path(self) -> Path:
        """Where the file is: fetched now, unless a run that was cut off left it whole."""
        survey = self._survey
        if self._access is None or survey.path is None:
            raise Refused(f"The {survey.year} file has no known address: give a local copy with --file.")
        self.url = self._access.base_url.rstrip("/") + survey.path
        if not self._path.exists():
            self._fetch(survey.path, self._access)
        return self._path

    def _fetch(self, path: str, access: Access) -> None:
        patient = replace(access, deadline_s=DEADLINE_S, stall_s=STALL_S)
        sink, tick = Download(self._path, self._tick.of("fetching")), self._tick
        with Http(patient, self._clock, title=self._source.title, stop=tick.ended, note=tick.report) as http:
            http.save(path, sink)
        sink.done()

    def forget(self) -> None:
        """Remove what was fetched; a file that was given is not ours."""
        if self.url:
            self._path.unlink(missing_ok=True)


def _as_source(source: Source, year: int) -> Source:
    stream = Stream(f"microdata-{year}", (WORKED, WANT), 0)
    return replace(source, streams=(stream,))


class _Tick:
    """Signs of life before anything is stored: keeps the lease, heeds the stop, reports how far it is every 10 MB."""

    def __init__(self, collection: CollectionRun, held: HeldLease) -> None:
        self._collection, self._held = collection, held
        self.report = collection.report

    def ended(self) -> bool:
        self._held.beat()
        return self._collection.ended()

    def of(self, what: str) -> Callable[[int], None]:
        """A function that takes the bytes so far; it raises Interrupted when the run is to end."""
        reported = 0

        def tick(size: int) -> None:
            nonlocal reported
            if self.ended():
                raise Interrupted(f"Stopped while {what} the survey's file.")
            if size - reported >= 10 * MB:
                reported = size
                self._collection.report(f"{what} the file: {size // MB} MB")

        return tick


def _no_fetch(path: str, *_: object, **__: object) -> Answer:
    raise Refused(f"A file that was counted asked for {path}.")


def _ignore(_: Progress) -> None:
    """Nobody watches."""
