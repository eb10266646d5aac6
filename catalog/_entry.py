"""Reading one table of a TOML file: every key typed, none forgotten, none unknown."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

from catalog._errors import CatalogError

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")

_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


def read_toml(folder: Path, file: str) -> Entry:
    """The whole of one TOML file. Raises CatalogError if it is missing or is not TOML."""
    try:
        data = tomllib.loads((folder / file).read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogError(file, "the file", f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(file, "the file", f"is not TOML: {error}") from error
    return Entry(file, "", data)


class Entry:
    """One TOML table. A key is asked for once, with its type; `close` refuses what nobody asked for."""

    def __init__(self, file: str, name: str, data: Mapping[str, object]) -> None:
        self.file = file
        self.name = name
        self._data = dict(data)

    def fail(self, key: str, fault: str) -> NoReturn:
        raise CatalogError(self.file, f"{self.name}: {key}" if self.name else key, fault)

    def close(self) -> None:
        """Everything has been read: what is left is unknown."""
        for key in self._data:
            self.fail(key, "is not a key the catalog knows")

    def has(self, key: str) -> bool:
        return key in self._data

    def names(self) -> tuple[str, ...]:
        return tuple(self._data)

    def text(self, key: str) -> str:
        value = self._take(key, str, "a text").strip()
        if not value:
            self.fail(key, "is empty")
        return value

    def identifier(self, key: str) -> str:
        return self.check_identifier(key, self.text(key))

    def check_identifier(self, key: str, value: str) -> str:
        if not _IDENTIFIER.fullmatch(value):
            self.fail(key, f"must be lower-case words joined by - or _, not {value!r}")
        return value

    def link(self, key: str) -> str:
        value = self.text(key)
        if not value.startswith("https://"):
            self.fail(key, f"must be an https:// address, not {value!r}")
        return value

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        value = self.text(key)
        try:
            return kind(value)
        except ValueError:
            self.fail(key, f"must be one of {', '.join(kind)}, not {value!r}")

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in allowed:
            self.fail(key, f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def count(self, key: str) -> int:
        value = self._take(key, int, "a whole number")
        if isinstance(value, bool) or value < 0:
            self.fail(key, f"must be a whole number from 0 up, not {value!r}")
        return value

    def count_or(self, key: str, word: str) -> int | None:
        """A count, or None where the file says `word` ("never", "for ever")."""
        if self._data.get(key) == word:
            del self._data[key]
            return None
        return self.count(key)

    def number(self, key: str) -> float:
        value = self._take(key, (int, float), "a number")
        if isinstance(value, bool) or not 0 <= value < float("inf"):
            self.fail(key, f"must be a number from 0 up, not {value!r}")
        return float(value)

    def flag(self, key: str) -> bool:
        return self._take(key, bool, "true or false")

    def day(self, key: str) -> date:
        value = self._take(key, date, "a date")
        if isinstance(value, datetime):
            self.fail(key, "must be a date without a time")
        return value

    def days(self) -> tuple[date | None, date | None]:
        """`since` and `until`, either of which may be absent, in that order in time."""
        since = self.day("since") if self.has("since") else None
        until = self.day("until") if self.has("until") else None
        if since and until and until < since:
            self.fail("until", f"is {until}, before since, {since}")
        return since, until

    def required_days(self) -> tuple[date, date]:
        """`since` and `until`, both there, in that order in time."""
        since, until = self.day("since"), self.day("until")
        if until < since:
            self.fail("until", f"is {until}, before since, {since}")
        return since, until

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, each once."""
        values = self._take(key, list, "a list of texts")
        for value in values:
            if not isinstance(value, str) or not value.strip():
                self.fail(key, f"must be a list of texts, not {values!r}")
            if values.count(value) > 1:
                self.fail(key, f"says {value!r} twice")
        return tuple(values)

    def times(self, key: str) -> tuple[time, ...]:
        values = self._take(key, list, "a list of times")
        if any(not isinstance(value, time) for value in values) or sorted(set(values)) != values:
            self.fail(key, "must be a list of times such as 02:30:00, earliest first")
        return tuple(values)

    def table(self, key: str) -> Entry:
        return Entry(self.file, f"{self.name}: {key}" if self.name else key, self._take(key, dict, "a table"))

    def tables(self, key: str, label: str) -> tuple[Entry, ...]:
        """The tables of a [[key]] list, each called by its `label` in what goes wrong; none if absent."""
        if not self.has(key):
            return ()
        rows = self._take(key, list, "a list of tables")
        return tuple(self._row(key, label, number, row) for number, row in enumerate(rows, start=1))

    def _row(self, key: str, label: str, number: int, row: object) -> Entry:
        if not isinstance(row, dict):
            self.fail(key, "must be a list of tables")
        return Entry(self.file, f"{key} {row.get(label, f'number {number}')}", row)

    def _take(self, key: str, kind: type[Value] | tuple[type[Value], ...], word: str) -> Value:
        if key not in self._data:
            self.fail(key, "is missing")
        value = self._data.pop(key)
        if not isinstance(value, kind):
            self.fail(key, f"must be {word}, not {value!r}")
        return value
