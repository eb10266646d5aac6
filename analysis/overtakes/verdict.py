"""How far a lead can be trusted, in one of four words: by what the other counts of the same thing say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class VerdictWord(StrEnum):
    """How far a lead can be trusted."""

    CONFIRMED = "confirmed"  # at least one other count of the same thing was there to check it, and all agree
    DISPUTED = "disputed"  # another count of the same thing has the opposite leader, or another date
    SINGLE_SOURCE = "single_source"  # no other count of the same thing covers it, or none that does can tell
    UNDECIDABLE = "undecidable"  # it cannot be told, for the reason given


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word and the reason for it, one sentence without a full stop."""

    word: VerdictWord
    reason: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What another count of the same thing says of a lead: the leader it has for it (None: it cannot tell), and that in
    words, without a full stop (empty: no more than that it agrees).
    """

    count: str
    leader: str | None
    text: str = ""


def verdict(leader: str | None, opinions: Sequence[Opinion], undecided: str = "") -> Verdict:
    """Judge one metric's lead by what the other counts of the same thing say of it.

    `undecided` is the reason why this metric itself is undecided, which ends the matter.
    """
    if leader is None or undecided:
        return Verdict(VerdictWord.UNDECIDABLE, undecided or "neither leads")
    against = [o.text for o in opinions if o.leader not in (None, leader)]
    if against:
        return Verdict(VerdictWord.DISPUTED, "; ".join(against))
    agreeing = [o.count for o in opinions if o.leader == leader]
    if agreeing:
        return Verdict(
            VerdictWord.CONFIRMED,
            f"confirmed by {len(agreeing)} other {'count' if len(agreeing) == 1 else 'counts'} ({_list(agreeing)})",
        )
    silent = [o.text for o in opinions if o.text]
    return Verdict(VerdictWord.SINGLE_SOURCE, "; ".join(silent) or "no other count covers that date")


def _list(titles: list[str]) -> str:
    return titles[0] if len(titles) == 1 else ", ".join(titles[:-1]) + " and " + titles[-1]
