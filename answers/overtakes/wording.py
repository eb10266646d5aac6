"""Did A overtake B, in one sentence: yes or no by each family of metrics, with the days, or why it is disputed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from answers import wording
from answers.panel import grouped
from catalog import Catalog

if TYPE_CHECKING:
    from answers.overtakes.compare import Entry

VERDICT_WORDS = {
    "confirmed": "confirmed",
    "disputed": "disputed",
    "single_source": "single source",
    "undecidable": "can't tell",
}
YES, AHEAD = "yes", "it was ahead as long as both were seen"
CURRENT = timedelta(days=400)  # a metric that ended longer ago than its family has no say in the answer


def verdict_sentence(verdict: str, reason: str) -> str:
    """A verdict with its reason: "Confirmed by ..." or "Single source: ..."."""
    text = reason if verdict == "confirmed" else f"{VERDICT_WORDS[verdict]}: {reason}"
    return f"{text[0].upper()}{text[1:]}."


def answered(catalog: Catalog, a: str, b: str, on: date | None, entries: Sequence[Entry]) -> str:
    """Yes or no by each family of metrics, the overtake's days where it is yes; empty if no metric has a say."""
    answers = [(name, by_family(catalog, judged, a)) for name, judged in _families(catalog, a, entries).items()]
    if not answers:
        return ""
    question = f"Did {wording.framework(catalog, a)} overtake {wording.framework(catalog, b)}?"
    text = "; ".join(f"by {name} {word}" for name, word in answers)
    return f"{question} As it stood on {on}, {text}." if on else f"{question} {text[:1].upper()}{text[1:]}."


def _families(catalog: Catalog, a: str, entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """The entries with a say, by family: of the stars the level, not the pace; of the surveys use, not the wish."""
    seen = [entry for entry in entries if entry.seen is not None and entry.verdict != "undecidable"]
    groups = grouped(catalog, seen, lambda entry: catalog.metrics[entry.metric])
    return {_name(catalog, group[0].metric): _with_a_say(group, a) for group in groups}


def _name(catalog: Catalog, metric: str) -> str:
    family = catalog.families[catalog.metrics[metric].family]
    return family.plural or wording.phrase(catalog.metrics[metric])


def _with_a_say(entries: Sequence[Entry], a: str) -> list[Entry]:
    """Without metrics that ended long before the family, unless they saw an overtake that none since takes back."""
    newest = max(entry.seen for entry in entries if entry.seen)
    current = [e for e in entries if e.seen and newest - e.seen <= CURRENT]
    ahead = all(_answer(entry, a) in (YES, AHEAD) for entry in current)
    return [e for e in entries if e in current or (ahead and _answer(e, a) == YES)]


def by_family(catalog: Catalog, entries: Sequence[Entry], a: str) -> str:
    """The answer of a family of metrics in a few words."""
    words = {_answer(entry, a) for entry in entries}
    if YES in words:
        words.discard(AHEAD)  # it began to be seen after the overtake
    if len(words) > 1 or any(entry.verdict == "disputed" for entry in entries):
        return "it is disputed"
    (word,) = words
    if word == YES:
        dated = [(e, e.last_before, e.first_after) for e in entries if e.last_before and e.first_after]
        # A sum of what still stands dates it closely, but not as it was read at the time.
        _, first, last = min(dated, key=lambda d: (bool(catalog.metrics[d[0].metric].cumulates), d[2] - d[1]))
        return f"yes, between {first} and {last}"
    return word


def _answer(entry: Entry, a: str) -> str:
    won = [o for o in entry.overtakes if o.winner == a and (entry.seen is None or o.first_after <= entry.seen)]
    if entry.leader == a and entry.first_after:
        return YES if entry.held is not False else "yes, but it did not hold"
    if entry.leader == a:
        return "it cannot be told" if entry.on_break else AHEAD
    return "yes, but it was overtaken again" if won else "no"
