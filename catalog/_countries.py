"""Countries and the regions they form: one reviewed table for surveys and for downloads alike."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from catalog._entry import Entry, read_toml
from catalog._errors import CatalogError
from catalog._model import Country, Region

COUNTRIES = "countries.csv"
REGIONS = "regions.toml"
COLUMNS = ("code", "name", "region", "subregion", "eu_since", "eu_until", "also")
CONTINENTS = frozenset({"Africa", "Americas", "Antarctica", "Asia", "Europe", "Oceania"})

_CODE = re.compile(r"[A-Z]{2}")
_ALSO = re.compile(r"(?P<text>[^@|]+)(?:@(?P<first>20\d\d)-(?P<last>20\d\d))?")


def read_countries(folder: Path, years: Sequence[int]) -> dict[str, Country]:
    """The countries by code. In no survey of those years do two of them share a spelling.

    Raises CatalogError, naming the line and the fault.
    """
    countries: dict[str, Country] = {}
    for line, row in enumerate(_rows(folder), start=2):  # line 1 is the header
        country = _country(line, row)
        if country.code in countries:
            _fail(line, "code", f"says {country.code} again")
        countries[country.code] = country
    for year in years:
        _check_spellings(countries, year)
    return countries


def read_regions(folder: Path, countries: Mapping[str, Country]) -> tuple[dict[str, Region], tuple[str, ...]]:
    """The regions by id, and the answers to a survey's question on the country that are no country."""
    file = read_toml(folder, REGIONS)
    without = file.texts("without_country")
    regions = {key: _region(file, key, countries) for key in file.names()}
    covered = {code for region in regions.values() for code in region.countries}
    for code, country in countries.items():
        if code not in covered and country.region != "Antarctica":
            raise CatalogError(REGIONS, "the file", f"has {code} ({country.name}) in no region")
    return regions, without


def _rows(folder: Path) -> list[list[str]]:
    try:
        text = (folder / COUNTRIES).read_text(encoding="utf-8")
    except OSError as error:
        raise CatalogError(COUNTRIES, "the file", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CatalogError(COUNTRIES, "the file", f"is not UTF-8: {error}") from error
    header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    if tuple(header) != COLUMNS:
        raise CatalogError(COUNTRIES, "line 1", f"must be the header {','.join(COLUMNS)}")
    return rows


def _country(line: int, cells: list[str]) -> Country:
    if len(cells) != len(COLUMNS):
        raise CatalogError(COUNTRIES, f"line {line}", f"has {len(cells)} cells, not {len(COLUMNS)}")
    row = dict(zip(COLUMNS, cells, strict=True))
    if not _CODE.fullmatch(row["code"]):
        _fail(line, "code", f"must be two capital letters, not {row['code']!r}")
    if not row["name"].strip():
        _fail(line, "name", "is empty")
    if row["region"] not in CONTINENTS or not row["subregion"]:
        _fail(line, "region", f"must be one of {', '.join(sorted(CONTINENTS))} with a subregion, not {row['region']!r}")
    since, until = _day(line, "eu_since", row["eu_since"]), _day(line, "eu_until", row["eu_until"])
    if until and (since is None or until < since):
        _fail(line, "eu_until", f"is {until}, but eu_since is {since}")
    also = tuple(_spelling(line, text) for text in row["also"].split("|")) if row["also"] else ()
    return Country(row["code"], row["name"], row["region"], row["subregion"], since, until, also)


def _day(line: int, column: str, cell: str) -> date | None:
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError:
        _fail(line, column, f"is not a date: {cell!r}")
        raise


def _spelling(line: int, text: str) -> tuple[str, tuple[int, int] | None]:
    match = _ALSO.fullmatch(text)
    if match is None or match["text"].strip() != match["text"]:
        _fail(line, "also", f"must be spellings such as Burma or Burma@2019-2020, parted by |, not {text!r}")
        raise AssertionError
    return match["text"], (int(match["first"]), int(match["last"])) if match["first"] else None


def _fail(line: int, column: str, fault: str) -> None:
    raise CatalogError(COUNTRIES, f"line {line}: {column}", fault)


def _check_spellings(countries: Mapping[str, Country], year: int) -> None:
    owner: dict[str, str] = {}
    for code, country in countries.items():
        for text in country.spellings(year):
            if text in owner:
                raise CatalogError(COUNTRIES, code, f"is spelled {text!r} in {year}, as {owner[text]} is")
            owner[text] = code


def _region(file: Entry, key: str, countries: Mapping[str, Country]) -> Region:
    entry = file.table(key)
    region = Region(
        id=file.check_identifier(key, key),
        title=entry.text("title"),
        definition=entry.text("definition"),
        countries=entry.texts("countries"),
    )
    for code in region.countries:
        if code not in countries:
            entry.fail("countries", f"names the unknown country {code!r}")
    if not region.countries:
        entry.fail("countries", "is empty")
    if entry.has("m49"):
        _check_m49(entry, region, countries)
    entry.close()
    return region


def _check_m49(entry: Entry, region: Region, countries: Mapping[str, Country]) -> None:
    """A region that is said to be one of M49's has exactly the countries that the table puts there."""
    names = entry.texts("m49")
    meant = {code for code, country in countries.items() if {country.region, country.subregion} & set(names)}
    if differing := sorted(meant ^ set(region.countries)):
        entry.fail("countries", f"differ from {' and '.join(names)} by {', '.join(differing)}")
