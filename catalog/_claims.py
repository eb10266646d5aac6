"""The claims that come with the program: what was said, when, and by which sentences it stands or falls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from catalog._entry import Entry, read_toml

CLAIMS = "claims.toml"


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that was said on a day.

    `checks` are the sentences it stands or falls with, in the grammar of `uptake claim`; `also` puts it in context and
    does not count; `judged` says how it is judged, or without `checks` why nothing collected could ever tell.
    `said_on` None: judged as of today only. `said_in`: where, for all the claims of a file (empty: it is not said).
    """

    id: str
    says: str
    said_on: date | None
    checks: tuple[str, ...]
    also: tuple[str, ...]
    judged: str
    said_in: str = ""


@cache
def read_claims(path: Path) -> tuple[Claim, ...]:
    """The claims in a TOML file, in its order. Raises CatalogError, naming the file, the key and the fault."""
    entry = read_toml(path.parent, path.name)
    said_in = entry.text("said_in") if entry.has("said_in") else ""
    claims = tuple(_claim(row, said_in) for row in entry.tables("claim", "id"))
    entry.close()
    names = [claim.id for claim in claims]
    for name in names:
        if names.count(name) > 1:
            entry.fail(f"claim {name}", "is there twice")
    return claims


def shipped_claims() -> tuple[Claim, ...]:
    """The claims that come with the program."""
    return read_claims(Path(__file__).resolve().parent / CLAIMS)


def _claim(entry: Entry, said_in: str) -> Claim:
    claim = Claim(
        id=entry.identifier("id"),
        says=entry.text("says"),
        said_on=entry.day("said_on") if entry.has("said_on") else None,
        checks=entry.texts("checks"),
        also=entry.texts("also") if entry.has("also") else (),
        judged=entry.text("judged") if entry.has("judged") else "",
        said_in=said_in,
    )
    if not claim.checks and not claim.judged:
        entry.fail("checks", "is empty: nothing to judge it by, nor a word in judged on why there is nothing")
    entry.close()
    return claim
