"""Counting the answers of one edition: by framework, country and region, in one pass, holding counts only."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from catalog import Catalog, SurveyFile
from collectors._runtime.errors import Changed
from collectors.stackoverflow.archive import opened

TOTAL = ""
EMPTY = frozenset({"", "none", "nan", "na", "n/a", "#n/a", "<na>", "null", "nil", "-", "undefined"})
SHORT = {"Rails": "Ruby on Rails"}  # as re-exports shorten the options; others leave out a final ".js"
SEPARATORS = {",": "commas", ";": "semicolons", "|": "bars", "\t": "tabs", "/": "strokes"}
EVERY = 5000  # rows between two signs of life
SHOWN = 60  # characters of a stranger's text worth repeating


@dataclass(slots=True)
class Cell:
    """The people of one place: how many answered each half and either, and who ticked what."""

    worked: int = 0
    want: int = 0
    either: int = 0
    worked_with: Counter[str] = field(default_factory=Counter)
    want_to_work_with: Counter[str] = field(default_factory=Counter)

    def take(self, worked: frozenset[str], want: frozenset[str]) -> None:
        """Count one person in: the options they ticked in each half; an empty half was not answered."""
        self.worked += bool(worked)
        self.want += bool(want)
        self.either += bool(worked or want)
        self.worked_with.update(worked)
        self.want_to_work_with.update(want)

    def add(self, other: Self) -> None:
        """Count another place's people in."""
        self.worked += other.worked
        self.want += other.want
        self.either += other.either
        self.worked_with.update(other.worked_with)
        self.want_to_work_with.update(other.want_to_work_with)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a file says: its size in bytes and hash, its people, and a cell by dimension (`country=DE`, "" for all).

    `passed` are those whom the gate let through (None: no gate, or the file has no column of it); `has_wanted` is False
    where the file has no column of them.
    """

    size: int
    sha256: str
    respondents: int
    passed: int | None
    has_wanted: bool
    cells: Mapping[str, Cell]

    def ticked(self, option: str) -> bool:
        """Whether anybody ticked an option, in either half."""
        total = self.cells[TOTAL]
        return bool(total.worked_with[option] or total.want_to_work_with[option])


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in a row things are; None for what the file lacks and need not have."""

    country: int
    worked: int
    want: int | None
    id: int | None
    gate: int | None
    width: int

    @classmethod
    def in_header(cls, header: Sequence[str], survey: SurveyFile, name: str) -> Self:
        names = [text.strip() for text in header]
        if missing := [c for c in (survey.country, survey.worked_with) if c not in names]:
            raise Changed(_not_it(header, missing, survey, name))

        def at(column: str | None) -> int | None:
            return names.index(column) if column in names else None

        gate = at(survey.gate[0]) if survey.gate else None
        country, worked = names.index(survey.country), names.index(survey.worked_with)
        return cls(country, worked, at(survey.want_to_work_with), at(survey.id), gate, len(names))


def tally(path: Path, survey: SurveyFile, catalog: Catalog, tick: Callable[[int], None]) -> Tally:
    """Count a file. `tick` takes the bytes read so far, now and then, and may raise to stop.

    Raises Changed if the file is not what the edition's profile says, an unknown country included: then nothing of it
    counts.
    """
    with opened(path) as (digested, text):
        rows = _rows(csv.reader(text, strict=True), path.name)
        header = next(rows, [])
        columns = _Columns.in_header(header, survey, path.name)
        count = _Count(survey, catalog, columns, path.name)
        for number, row in enumerate(rows, start=1):
            count.take(row, number)
            if number % EVERY == 0:
                tick(digested.size)
        if digested.sha256 != survey.sha256:  # the published file is what it is
            count.check_options()
        return Tally(digested.size, digested.sha256, count.respondents, count.passed, count.has_wanted, count.cells())


class _Count:
    """One pass over the rows."""

    def __init__(self, survey: SurveyFile, catalog: Catalog, columns: _Columns, name: str) -> None:
        self._survey, self._catalog, self._at, self._name = survey, catalog, columns, name
        self._codes = {
            text: code for code, country in catalog.countries.items() for text in country.spellings(survey.year)
        }
        self._missing = EMPTY | {text.casefold() for text in survey.missing}
        self._nowhere = frozenset(catalog.without_country)
        self._listed = {option.removesuffix(".js"): option for option in survey.options} | SHORT
        self._listed |= {option: option for option in survey.options}
        self._strange: Counter[str] = Counter()
        self._places: defaultdict[str, Cell] = defaultdict(Cell)
        self._total = Cell()
        self._seen: set[str] = set()
        self._passed = 0
        self.respondents = 0
        self.has_wanted = columns.want is not None

    @property
    def passed(self) -> int | None:
        return None if self._at.gate is None else self._passed

    def take(self, row: list[str], number: int) -> None:
        at = self._at
        if all(cell.strip().casefold() in self._missing for cell in row):
            return  # a blank row, whatever word for it a program wrote
        if len(row) != at.width:
            raise Changed(f"{self._name} breaks off or is cut: answer {number} has {len(row)} of {at.width} columns.")
        if at.id is not None:
            self._once(row[at.id])
        worked = self._listed_options(row[at.worked])
        want = self._listed_options(row[at.want]) if at.want is not None else frozenset[str]()
        self.respondents += 1
        self._total.take(worked, want)
        if code := self._country(row[at.country].strip()):
            self._places[code].take(worked, want)
        if at.gate is not None and self._survey.gate:
            self._passed += self._survey.gate[1] in self._options(row[at.gate])

    def _once(self, person: str) -> None:
        if person.strip() and person in self._seen:
            raise Changed(f"{self._name} has the answers of person {person[:SHOWN]!r} twice; it is not one edition.")
        self._seen.add(person)

    def _options(self, text: str) -> frozenset[str]:
        """What was ticked: whole options, so that Angular is never found in AngularJS."""
        options = (option.strip() for option in text.split(self._survey.separator))
        return frozenset(option for option in options if option.casefold() not in self._missing)

    def _listed_options(self, text: str) -> frozenset[str]:
        """What was ticked of the edition's own list, and whatever else stands there."""
        options = self._options(text)
        self._strange.update(option for option in options if option not in self._listed)
        return frozenset(self._listed.get(option, option) for option in options)

    def check_options(self) -> None:
        """Raises Changed for an answer that was not on the edition's list."""
        strange = [option for option, _ in self._strange.most_common() if not option.startswith("Other")]
        if not strange:
            return
        option, year = strange[0], self._survey.year
        times = "once" if self._strange[option] == 1 else f"{self._strange[option]:,} times"
        for mark, words in SEPARATORS.items():
            if any(part.strip() in self._listed for part in option.split(mark)) and mark in option:
                raise Changed(
                    f"{self._name} separates what one person ticked by {words}, as in {option[:SHOWN]!r}, where "
                    f"{SEPARATORS.get(self._survey.separator, self._survey.separator)} are due; nothing was stored."
                )
        raise Changed(
            f"{self._name} has the answer {option[:SHOWN]!r} {times}, which was not on the list of {year}; nothing of "
            "the file was stored."
        )

    def _country(self, text: str) -> str | None:
        if text in self._nowhere or text.casefold() in self._missing:
            return None
        code = self._codes.get(text)
        if code is None:
            raise Changed(
                f"{self._name} names a country that is missing from the table of countries for {self._survey.year}: "
                f"{text[:SHOWN]!r}; nothing of the file was stored."
            )
        return code

    def cells(self) -> Mapping[str, Cell]:
        """The total, the countries and the regions that anybody answered from."""
        cells = {TOTAL: self._total} | {f"country={code}": self._places[code] for code in sorted(self._places)}
        for region in self._catalog.regions.values():
            whole = Cell()
            for code in region.countries:
                if code in self._places:
                    whole.add(self._places[code])
            cells[f"region={region.id}"] = whole
        return {dimension: cell for dimension, cell in cells.items() if cell.either}


def _rows(reader: Iterator[list[str]], name: str) -> Iterator[list[str]]:
    """The rows that are not blank: a spreadsheet leaves commas alone behind."""
    try:
        yield from (row for row in reader if any(cell and not cell.isspace() for cell in row))
    except csv.Error as error:
        raise Changed(f"{name} is not the CSV it should be ({error}).") from error


def _not_it(header: Sequence[str], missing: Sequence[str], survey: SurveyFile, name: str) -> str:
    """What a file is that lacks the columns, in one sentence."""
    start = ",".join(header[:3]).lstrip().lower()
    if not start:
        return f"{name} is empty."
    if start.startswith("<"):
        return f"{name} is a web page, not the CSV of the {survey.year} survey; look at what the address gives."
    if "\0" in start:
        return f"{name} is not UTF-8 text, which every edition is."
    for mark, words in SEPARATORS.items():
        if mark != "," and any(mark in text for text in header) and all(any(c in t for t in header) for c in missing):
            return f"{name} separates its columns by {words}, where commas are due; save it again as CSV with commas."
    if start.startswith("version https://git-lfs"):
        return f"{name} is only a Git LFS pointer to the file; fetch the file itself."
    lacks = f"the column{'s' * (len(missing) > 1)} {' and '.join(missing)}"
    return f"{name} is not the CSV of the {survey.year} survey: it lacks {lacks}."
