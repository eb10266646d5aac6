"""The layout of each edition's file of the Stack Overflow survey: one small TOML file a year."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from catalog._entry import Entry, read_toml
from catalog._errors import CatalogError
from catalog._model import SurveyFile

FOLDER = "surveys"


def read_surveys(folder: Path) -> dict[int, SurveyFile]:
    """The profiles by year, oldest first. A file's name is its year.

    Raises CatalogError, naming the file, the key and the fault.
    """
    names = sorted(path.stem for path in (folder / FOLDER).glob("*.toml"))
    for name in names:
        if not re.fullmatch(r"20\d\d", name):
            raise CatalogError(f"{FOLDER}/{name}.toml", "the file's name", "is not a year")
    return {int(name): _survey(read_toml(folder, f"{FOLDER}/{name}.toml"), int(name)) for name in names}


def _survey(entry: Entry, year: int) -> SurveyFile:
    base, shares = _published(entry)
    survey = SurveyFile(
        year=year,
        path=_path(entry),
        size=entry.count("size") if entry.has("size") else None,
        sha256=_sha256(entry),
        respondents=entry.count("respondents") if entry.has("respondents") else None,
        answered=entry.count("answered") if entry.has("answered") else None,
        id=entry.text("id"),
        country=entry.text("country"),
        worked_with=entry.text("worked_with"),
        want_to_work_with=entry.text("want_to_work_with"),
        separator=entry.text("separator"),
        missing=entry.texts("missing"),
        offered=entry.texts("offered"),
        options=entry.texts("options"),
        spellings=_spellings(entry),
        gate=_gate(entry),
        published_base=base,
        published_shares=shares,
    )
    if (survey.path is None) != (survey.sha256 is None):
        entry.fail("sha256", "and path go together: a published file has both, one that is not has neither")
    if strange := {survey.spellings.get(option, option) for option in survey.offered} - {*survey.options}:
        entry.fail("offered", f"has {min(strange)!r}, which is not among the options")
    entry.close()
    return survey


def _path(entry: Entry) -> str | None:
    if not entry.has("path"):
        return None
    path = entry.text("path")
    if not path.startswith("/"):
        entry.fail("path", f"must start with /, not {path!r}")
    return path


def _sha256(entry: Entry) -> str | None:
    if not entry.has("sha256"):
        return None
    value = entry.text("sha256")
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        entry.fail("sha256", f"must be 64 hexadecimal figures, not {value!r}")
    return value


def _spellings(entry: Entry) -> Mapping[str, str]:
    if not entry.has("spellings"):
        return {}
    table = entry.table("spellings")
    return {option: table.text(option) for option in table.names()}


def _gate(entry: Entry) -> tuple[str, str] | None:
    if not entry.has("gate"):
        return None
    gate = entry.table("gate")
    column, answer = gate.text("column"), gate.text("answer")
    gate.close()
    return column, answer


def _published(entry: Entry) -> tuple[int | None, Mapping[str, float]]:
    if not entry.has("published"):
        return None, {}
    table = entry.table("published")
    base, shares = table.count("base"), table.table("shares")
    published = {option: shares.number(option) for option in shares.names()}
    table.close()
    return base, published
