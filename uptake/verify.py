"""The store held against its kept answers: every number is read again.

Two proofs. The digests (`Store.audit`) find a number or an answer that is not the one that was written. The replay
reads each kept answer again with its source's collector and compares it, number by number, with what the store has of
it, so that a difference can be named by series and period. What cannot be replayed is counted with the reason, and has
only the digests to vouch for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from catalog import Catalog
from collectors import NotReplayable, replay
from storage import IMPORT, Batch, Finding, Observation, RecordedAnswer, Row, Run, Store
from storage.records import day_number, day_of
from uptake.frameworks.tracked_catalog import tracked_catalog
from uptake.imports.csv_file import FileRefused
from uptake.imports.kept_files import KeptFiles

Key = tuple[str, str, int, int]  # metric, dimension, first and last day
Value = tuple[float | None, int | None]  # value, base
Cursor = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was written. `kind`: value, missing (in the store), unknown (not in the answer), and
    those of `storage.Finding`, which name no series. Periods are days as text.
    """

    source: str
    payload: int
    kind: str
    message: str
    metric: str = ""
    framework: str = ""
    dimension: str = ""
    period: str = ""
    period_end: str = ""
    stored: float | None = None
    told: float | None = None


@dataclass(slots=True)
class Tally:
    """What was checked of one source: answers, those replayed, numbers, differences; and what could not be, and why.

    `silent` answers brought no new number, so that none hangs on them and they were not kept.
    """

    payloads: int = 0
    replayed: int = 0
    silent: int = 0
    rows: int = 0
    rows_replayed: int = 0
    differences: int = 0
    not_replayed: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """How the store stands: a tally for each source, every difference, and what nothing here vouches for."""

    sources: Mapping[str, Tally]
    differences: tuple[Difference, ...]
    not_covered: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything is as it was written."""
        return not self.differences


def verify(
    store: Store, catalog: Catalog, source: str | None = None, *, progress: Callable[[str], None] = lambda _: None
) -> VerificationResult:
    """Check everything, or all of one source. `progress` gets the name of what is being checked."""
    progress("digests")
    suspects: dict[int, list[Finding]] = {}
    for finding in store.audit():
        suspects.setdefault(finding.payload, []).append(finding)
    tracked = tracked_catalog(catalog, store, removed=True)
    tallies: dict[str, Tally] = {}
    every_difference: list[Difference] = []
    files = KeptFiles(tracked)
    unit = _Unit(tracked, files)
    runs: dict[int, Run] = {}
    for answer in store.recorded_answers():
        key = answer.payload.framework
        if key != unit.framework_id:
            progress(key)
            unit = _Unit(tracked, files, key)
        if source is not None and answer.source != source:
            unit.take(answer)
            continue
        tally = tallies.setdefault(answer.source, Tally())
        if answer.payload.run not in runs:
            runs[answer.payload.run] = store.run(answer.payload.run)
        differences = list(_checked(unit, answer, runs[answer.payload.run], tally, suspects.get(answer.payload.id, [])))
        tally.differences += len(differences)
        every_difference += differences
    return VerificationResult(tallies, tuple(every_difference), tuple(_not_covered(store)))


def _not_covered(store: Store) -> Iterator[str]:
    yield "runs, cursors, former names, custom frameworks, licences of imports, notes, forecasts and alerts"
    none, half = store.undigested()
    if none:
        yield f"{none} {'response' if none == 1 else 'responses'} without any digest"
    if half:
        yield f"address, time and events of {half} {'response' if half == 1 else 'responses'} of an earlier version"


def _checked(
    unit: _Unit, answer: RecordedAnswer, run: Run, tally: Tally, findings: Sequence[Finding]
) -> Iterator[Difference]:
    """What differs in one answer: named by the replay where it can, else as the digests found it."""
    altered = any(finding.kind == "body" for finding in findings)
    named = list(unit.check(answer, run, tally, altered=altered))
    yield from named
    for finding in findings:
        if finding.kind != "rows" or not named:
            where = answer.payload.framework
            yield Difference(answer.source, finding.payload, finding.kind, finding.message, framework=where)


@dataclass(slots=True)
class _Unit:
    """One framework while its answers pass by: the numbers so far, and where each stream stood."""

    catalog: Catalog
    files: KeptFiles
    framework_id: str = ""
    state: dict[Key, tuple[Value, str]] = field(default_factory=dict)  # and its source
    left: dict[tuple[str, str], Mapping[str, object]] = field(default_factory=dict)
    tagged: dict[tuple[str, str, str], Mapping[str, object]] = field(default_factory=dict)

    def take(self, answer: RecordedAnswer) -> None:
        """Believe what the store has, unchecked."""
        for row in answer.rows:
            self.state[_key(row)] = ((row.value, row.base), answer.payload.source)

    def check(self, answer: RecordedAnswer, run: Run, tally: Tally, *, altered: bool) -> Iterator[Difference]:
        """Every difference between an answer and what the store has of it."""
        tally.payloads += 1
        tally.rows += len(answer.rows)
        if answer.payload.body is None and not answer.rows and not answer.payload.damaged:
            tally.silent += 1
            return
        try:
            batch, differences = self._replayed(answer, run, altered=altered)
        except NotReplayable as reason:
            tally.not_replayed[str(reason)] += 1
            self.take(answer)
            return
        tally.replayed += 1
        tally.rows_replayed += len(answer.rows)
        self._remember(answer, batch)
        yield from differences

    def _replayed(self, answer: RecordedAnswer, run: Run, *, altered: bool) -> tuple[Batch, list[Difference]]:
        """The answer as it reads now, in the first context in which it agrees with the store, or else in the first."""
        payload = answer.payload
        if altered or payload.damaged:
            raise NotReplayable("the saved response is damaged")
        if payload.body is None:
            raise NotReplayable("the response was too large to save")
        framework = self.catalog.frameworks.get(payload.framework)
        if framework is None:
            raise NotReplayable("its framework is no longer in the catalog")
        if answer.source.startswith(IMPORT):
            batch = self._reread(answer, run)
            return batch, list(self._compare(answer, batch, run))
        first: tuple[Batch, list[Difference]] | None = None
        failed = NotReplayable("the response it confirms was not saved")
        for cursor, beside in self._contexts(answer):
            try:
                batch = replay(answer.source, framework, payload, run, cursor, beside)
            except NotReplayable as reason:
                failed = reason
                continue
            differences = list(self._compare(answer, batch, run))
            if not differences:
                return batch, []
            first = first or (batch, differences)
        if first is None:
            raise failed
        return first

    def _reread(self, answer: RecordedAnswer, run: Run) -> Batch:
        """A file of the user's own, read again. Raises NotReplayable."""
        keys = frozenset((day_of(row.first), day_of(row.last)) for row in answer.rows)
        try:
            return self.files.batch(answer.payload, run, keys=keys)
        except FileRefused as refused:
            raise NotReplayable("the file is refused by today's rules") from refused

    def _contexts(self, answer: RecordedAnswer) -> Iterator[tuple[Cursor, Mapping[str, Cursor]]]:
        """The cursors with which the answer may have been asked for, its own and those beside, the likeliest first."""
        beside = {stream: left for (source, stream), left in self.left.items() if source == answer.source}
        for cursor in self._cursors(answer):
            yield cursor, beside
            yield cursor, {}  # what the other streams know was not always used

    def _cursors(self, answer: RecordedAnswer) -> Iterator[Cursor]:
        unit = (answer.source, answer.payload.stream)
        if answer.payload.body == b"":  # "not modified": its tag points to the answer that it confirms
            tagged = self.tagged.get((*unit, answer.payload.etag or ""))
            if tagged is not None:
                yield tagged
            return
        if unit in self.left:
            yield self.left[unit]
        yield {}

    def _remember(self, answer: RecordedAnswer, batch: Batch) -> None:
        unit, cursor = (answer.source, answer.payload.stream), batch.cursor or {}
        self.left[unit] = cursor
        if answer.payload.etag:
            self.tagged[(*unit, answer.payload.etag)] = cursor
        for row in answer.rows:
            self.state[_key(row)] = ((row.value, row.base), answer.payload.source)
        for o in batch.observations:  # what was wrong once is not to be found wrong again
            if not batch.fills_only or _of(o) not in self.state:
                self.state[_of(o)] = ((o.value, o.base), answer.payload.source)

    def _compare(self, answer: RecordedAnswer, batch: Batch, run: Run) -> Iterator[Difference]:
        read = {_of(o): (o.value, o.base) for o in batch.observations if _in_window(o, run)}
        kept = {_key(row): (row.value, row.base) for row in answer.rows}
        for key, has in kept.items():
            if key not in read:
                yield _difference(answer, key, "unknown", has, None)
            elif read[key] != has:
                yield _difference(answer, key, "value", has, read[key])
        for key, value in read.items():
            before = self.state.get(key)
            if key in kept or (batch.fills_only and before is not None and before[1] != answer.payload.source):
                continue
            if before is None:
                yield _difference(answer, key, "missing", None, value)
            elif before[0] != value:
                yield _difference(answer, key, "value", before[0], value)


def _key(row: Row) -> Key:
    return row.metric, row.dimension, row.first, row.last


def _of(o: Observation) -> Key:
    return o.metric, o.dimension, day_number(o.period.start), day_number(o.period.end)


def _in_window(o: Observation, run: Run) -> bool:
    """Whether the run wanted that period, as the runner decides it."""
    return (run.since is None or o.period.end >= run.since) and (run.until is None or o.period.start <= run.until)


def _difference(answer: RecordedAnswer, key: Key, kind: str, has: Value | None, read: Value | None) -> Difference:
    metric, dimension, first, last = key
    days = _day(first), _day(last)
    when = days[0] if first == last else f"{days[0]} to {days[1]}"
    name = " ".join(part for part in (metric, answer.payload.framework, dimension, when) if part)
    stored, answered = (_words(has), _words(read))
    sentence = {
        "value": f"{name}: the store has {stored}, the response {answered}.",
        "missing": f"{name}: the response has {answered}, the store has nothing.",
        "unknown": f"{name}: the store has {stored}, the response does not have it.",
    }[kind]
    return Difference(
        answer.source,
        answer.payload.id,
        kind,
        sentence,
        metric,
        answer.payload.framework,
        dimension,
        *days,
        stored=has[0] if has else None,
        told=read[0] if read else None,
    )


def _day(number: int) -> str:
    try:
        return day_of(number).isoformat()
    except OverflowError:
        return f"day {number}"


def _words(number: Value | None) -> str:
    if number is None:
        return "nothing"
    value = "not asked" if number[0] is None else repr(number[0]).removesuffix(".0")
    return value if number[1] is None else f"{value} of {number[1]}"
