"""A CSV file as rows of cells, each with its line: commas, semicolons or tabs, any line ends, with or without a BOM."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from storage.audit import FILE_CAP

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
MOST_COLUMNS = 500
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file, in a sentence without its full stop, and in which line (0: with the file as such)."""

    line: int
    message: str


class FileRefused(Exception):
    """The file cannot be imported; `faults` are all that is wrong with it, by line."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = sorted(faults, key=lambda fault: fault.line)


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it, each with the number of its first line; `separator` parts the cells."""

    header: tuple[str, ...]
    header_line: int
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    separator: str

    @property
    def decimal(self) -> str:
        """The mark of a fraction beside the point: a comma where it does not part the cells."""
        return "," if self.separator == ";" else "."


def read_table(body: bytes) -> Table:
    """The table in a file. Raises FileRefused."""
    text = _text(body)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    rows = list(_rows(text, separator))
    if not rows:
        raise FileRefused([Fault(0, "the file is empty: its first line names the columns, such as date,flask,django")])
    (header_line, header), below = rows[0], rows[1:]
    width = max((place for place, name in enumerate(header, start=1) if name), default=0)
    if width > MOST_COLUMNS:
        raise FileRefused([Fault(header_line, f"there are {width} columns, and at most {MOST_COLUMNS} are read")])
    names = tuple(name.casefold() for name in header[:width])
    faults = [
        Fault(line, f"there are {len(cells)} cells under {width} columns: a value with {_part(separator)} needs quotes")
        for line, cells in below
        if len(cells) < width or any(cells[width:])
    ]
    faults += [Fault(header_line, f"the column {names[k]!r} is there twice") for k in _repeated(names)]
    faults += [Fault(header_line, f"column {k + 1} has no name") for k, name in enumerate(names) if not name]
    if faults:
        raise FileRefused(faults)
    return Table(names, header_line, tuple((line, cells[:width]) for line, cells in below), separator)


def _text(body: bytes) -> str:
    if len(body) > FILE_CAP:
        raise FileRefused(
            [
                Fault(
                    0,
                    f"the file has {len(body) / MB:.1f} MB, and at most {FILE_CAP / MB:.0f} MB are read, since the "
                    "complete file is kept: cut it by framework or by year and import the parts under the same name",
                )
            ]
        )
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise FileRefused([Fault(line, "the text is not UTF-8: save the file as “CSV UTF-8”")]) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FileRefused([Fault(line, "this is no text: save the sheet as “CSV UTF-8”")])
    return text


def _rows(text: str, separator: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows that are not blank, their cells without the blanks around them. Raises FileRefused."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = tuple(cell.strip() for cell in cells)
            if any(stripped):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused([Fault(line, f"the quotes do not match ({error})")]) from None


def _repeated(names: tuple[str, ...]) -> list[int]:
    return [place for place, name in enumerate(names) if name and name in names[:place]]


def _part(separator: str) -> str:
    return {",": "a comma", ";": "a semicolon", "\t": "a tab"}[separator]
