"""How far a lead can be trusted, in one of four words: by what the other counts of the same thing say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class VerdictWord(StrEnum):
    """How far a lead can be trusted."""

    CONFIRMED = "confirmed"  # at least one other count of the same thing was there to check it, and all agree
    DISPUTED = "disputed"  # another count of the same thing has the opposite leader
    SINGLE_SOURCE = "single_source"  # no other count of the same thing covers it
    UNDECIDABLE = "undecidable"  # it cannot be told, for the reason given


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word and the reason for it, one sentence without a full stop."""

    word: VerdictWord
    reason: str


def verdict(leader: str | None, others: Mapping[str, str | None], undecided: str = "") -> Verdict:
    """Judge one metric's lead by the other counts of the same thing at the same date.

    `others` maps the title of each that has data then to its leader (None: it is undecided). `undecided` is the reason
    why this metric itself is undecided, which ends the matter.
    """
    if leader is None or undecided:
        return Verdict(VerdictWord.UNDECIDABLE, undecided or "neither leads")
    against = [title for title, other in others.items() if other not in (None, leader)]
    if against:
        return Verdict(VerdictWord.DISPUTED, f"{_list(against)} said the opposite at that date")
    agreeing = [title for title, other in others.items() if other == leader]
    if agreeing:
        return Verdict(VerdictWord.CONFIRMED, f"confirmed by {_list(agreeing)}")
    return Verdict(VerdictWord.SINGLE_SOURCE, "no other count of the same thing could tell at that date")


def _list(titles: list[str]) -> str:
    return titles[0] if len(titles) == 1 else ", ".join(titles[:-1]) + " and " + titles[-1]
