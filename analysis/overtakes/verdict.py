"""How far a lead can be trusted: does it survive another counting rule?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class VerdictWord(StrEnum):
    """What is said of a lead."""

    ROBUST = "robust"  # every counting rule of the family that can tell agrees
    CONTESTED = "contested"  # another counting rule of the family says the opposite
    UNDECIDABLE = "undecidable"  # this metric cannot tell, for the reason given


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word and the reason for it, one sentence without a full stop."""

    word: VerdictWord
    reason: str


def verdict(leader: str | None, others: Mapping[str, str | None], undecided: str = "") -> Verdict:
    """Judge one metric's lead by the other metrics of its family at the same date.

    `others` maps the title of each that has data then to its leader (None: it cannot tell). `undecided` is the reason
    why this metric itself cannot tell, which ends the matter.
    """
    if leader is None or undecided:
        return Verdict(VerdictWord.UNDECIDABLE, undecided or "neither leads")
    against = [title for title, other in others.items() if other not in (None, leader)]
    if against:
        return Verdict(VerdictWord.CONTESTED, f"{_list(against)} said the opposite at that date")
    agreeing = [title for title, other in others.items() if other == leader]
    if agreeing:
        return Verdict(VerdictWord.ROBUST, f"{_list(agreeing)} agreed at that date")
    return Verdict(VerdictWord.ROBUST, "the only counting rule that could tell at that date")


def _list(titles: list[str]) -> str:
    return titles[0] if len(titles) == 1 else ", ".join(titles[:-1]) + " and " + titles[-1]
