"""A file's cells as observations of one metric, every rule of it obeyed, or every fault by its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from catalog import Catalog, Framework, Kind, Metric
from storage import Observation, Period
from uptake.imports import cells
from uptake.imports.cells import Unclear, echo
from uptake.imports.csv_file import Fault, FileRefused, Table, read_table
from uptake.settings.settings import nearest

EARLIEST = date(1970, 1, 1)  # for a metric of which the catalog names no first day
LONG = ("date", "framework", "value")
OPTIONAL = ("base", "period_end")


@dataclass(frozen=True, slots=True)
class Readings:
    """What a file says: of which frameworks, over which days, by which observations."""

    frameworks: tuple[str, ...]
    days: Period
    observations: tuple[Observation, ...]

    def of(self, framework: str) -> tuple[Observation, ...]:
        """What it says of one framework."""
        return tuple(o for o in self.observations if o.framework == framework)


@dataclass(frozen=True, slots=True)
class _Cell:
    """One figure of the file as it stands: its line and the cells that make it."""

    line: int
    framework: str
    first: str
    last: str
    value: str
    base: str


def read(body: bytes, catalog: Catalog, metric: Metric, today: date) -> Readings:
    """The readings of a metric in a file, as of a day. Raises FileRefused with every fault."""
    table = read_table(body)
    is_long = "framework" in table.header
    named = _long(table, metric) if is_long else _wide(table, catalog, metric)
    reader = _Reader(catalog, metric, today, table.decimal)
    for cell in named:
        reader.take(cell)
    if not reader.faults and not reader.observations:
        reader.faults.append(Fault(0, "there is no figure in the file"))
    if reader.faults:
        raise FileRefused(list(dict.fromkeys(reader.faults)))
    names = reader.frameworks if is_long else [reader.by_name[name].id for name in _columns(table)]
    periods = [o.period for o in reader.observations]
    days = Period(min(p.start for p in periods), max(p.end for p in periods))
    return Readings(tuple(dict.fromkeys(names)), days, tuple(reader.observations))


def _long(table: Table, metric: Metric) -> Iterator[_Cell]:
    missing = [name for name in LONG if name not in table.header]
    if metric.kind is Kind.SHARE and "base" not in table.header:
        missing.append("base")
    faults = [Fault(table.header_line, f"there is no column {name!r}") for name in missing]
    faults += [
        Fault(table.header_line, f"there is a column {echo(name)}: name them {', '.join((*LONG, *OPTIONAL))}")
        for name in table.header
        if name not in (*LONG, *OPTIONAL)
    ]
    if faults:
        raise FileRefused(faults)
    for line, row in table.rows:
        named = dict(zip(table.header, row, strict=True))
        yield _Cell(
            line, named["framework"], named["date"], named.get("period_end", ""), named["value"], named.get("base", "")
        )


def _columns(table: Table) -> list[str]:
    return [name for name in table.header if name not in ("date", "period_end")]


def _wide(table: Table, catalog: Catalog, metric: Metric) -> Iterator[_Cell]:
    """A cell for every figure; one that is empty says nothing."""
    faults = [] if "date" in table.header else [Fault(table.header_line, "there is no column 'date'")]
    if metric.kind is Kind.SHARE:
        faults.append(Fault(table.header_line, "shares need their base: name the columns date,framework,value,base"))
    by_name = _frameworks(catalog)
    unknown = filter(None, (_unknown(by_name, name) for name in _columns(table)))
    faults += [Fault(table.header_line, fault) for fault in unknown]
    if not faults and not _columns(table):
        faults.append(Fault(table.header_line, "there is no framework: name the columns, such as date,flask,django"))
    if faults:
        raise FileRefused(faults)
    for line, row in table.rows:
        named = dict(zip(table.header, row, strict=True))
        for name in _columns(table):
            if named[name]:
                yield _Cell(line, name, named["date"], named.get("period_end", ""), named[name], "")


def _frameworks(catalog: Catalog) -> dict[str, Framework]:
    """The frameworks by what a file may call them: id or title, in whatever case."""
    by_title = {framework.own_title.casefold(): framework for framework in catalog.frameworks.values()}
    return by_title | dict(catalog.frameworks)


def _unknown(by_name: dict[str, Framework], name: str) -> str:
    if name in by_name:
        return ""
    return f"there is no framework {echo(name)}{nearest(name, by_name) or '; `uptake frameworks` lists them'}"


class _Reader:
    """Cells in, observations and faults out."""

    def __init__(self, catalog: Catalog, metric: Metric, today: date, decimal: str) -> None:
        self.by_name = _frameworks(catalog)
        self.frameworks: list[str] = []
        self.observations: list[Observation] = []
        self.faults: list[Fault] = []
        self._catalog, self._metric, self._today, self._decimal = catalog, metric, today, decimal
        self._lines: dict[tuple[str, Period], int] = {}
        self._refused: set[str] = set()

    def take(self, cell: _Cell) -> None:
        """Read one figure, or note what is wrong with it."""
        try:
            observation = self._observation(cell)
        except Unclear as unclear:
            self.faults.append(Fault(cell.line, str(unclear)))
            return
        if observation is None:
            return
        key = (observation.framework, observation.period)
        if key in self._lines:
            self.faults.append(
                Fault(cell.line, f"{observation.framework} on {cell.first} is in line {self._lines[key]} already")
            )
            return
        self._lines[key] = cell.line
        self.frameworks.append(observation.framework)
        self.observations.append(observation)

    def _observation(self, cell: _Cell) -> Observation | None:
        """One figure as an observation; None of a framework that was refused before. Raises Unclear."""
        name = cell.framework.casefold()
        if name in self._refused:
            return None
        framework = self._framework(name)
        first = cells.start(cell.first, self._metric.period)
        last = cells.day(cell.last) if cell.last else None
        period = cells.period(first, last, self._metric.period, self._metric.window_days)
        self._check_days(framework, period)
        value, base = self._value(cell)
        return Observation(self._metric.id, framework.id, period, value, base)

    def _framework(self, name: str) -> Framework:
        fault = _unknown(self.by_name, name) or self._uncounted(self.by_name[name])
        if fault:
            self._refused.add(name)  # once said is enough
            raise Unclear(fault)
        return self.by_name[name]

    def _uncounted(self, framework: Framework) -> str:
        """Why the metric counts nothing of a framework; empty: it does."""
        sources = [self._catalog.sources[name] for name in self._metric.sources]
        yielding = [(s, stream) for s in sources for stream in s.streams if self._metric.id in stream.metrics]
        if any(source.name_in(stream, framework) for source, stream in yielding):
            return ""
        return f"{framework.own_title} has no {self._metric.title}: it has no name at {sources[0].title}"

    def _check_days(self, framework: Framework, period: Period) -> None:
        source = self._catalog.sources[self._metric.sources[0]]
        earliest = max(self._metric.first_day or EARLIEST, source.since(framework.id) or EARLIEST)
        if period.start < earliest:
            raise Unclear(
                f"{period.start} is too early: there are no {self._metric.title} of {framework.own_title} "
                f"before {earliest}"
            )
        of_today = self._metric.has_editions or (self._metric.kind is Kind.STOCK and self._metric.period == "day")
        day = period.start if self._metric.has_editions else period.end
        if day > self._today:
            raise Unclear(f"{day} has not been yet")
        if day == self._today and not of_today:
            raise Unclear(f"{day} is not over yet: its figure is not complete")

    def _value(self, cell: _Cell) -> tuple[float, int | None]:
        if self._metric.kind is not Kind.SHARE:
            if cell.base:
                raise Unclear("there is a base, which goes with shares alone: leave it empty")
            return cells.count(cell.value), None
        if not cell.base:
            raise Unclear("the base is missing: how many were asked goes with every share")
        base = int(cells.count(cell.base))
        if base == 0:
            raise Unclear("the base is 0: a share of nobody is none")
        return cells.share(cell.value, self._decimal), base
