"""Did A overtake B: in which families of metrics it did, and when; in which it did not, or they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
YES, AHEAD, NO, LOST, UNCLEAR, DISPUTED = "yes", "ahead", "no", "overtaken again", "unclear", "disputed"
PASSED = "passed by the other"
CURRENT = timedelta(days=400)  # a metric that ended longer ago than its family has no say in the answer


def verdict_sentence(verdict: str, reason: str) -> str:
    """A verdict with its reason: "Confirmed by ..." or "Single source: ..."."""
    text = reason if verdict == "confirmed" else f"{VERDICT_WORDS[verdict]}: {reason}"
    return f"{wording.capital(text)}."


def answered(catalog: Catalog, a: str, b: str, on: date | None, entries: Sequence[Entry]) -> str:
    """In what a overtook b and when, and in what not; empty if no metric has a say."""
    answers: dict[str, list[str]] = {}
    other_way = {name: by_family(catalog, judged, b) for name, judged in _families(catalog, b, entries).items()}
    for name, judged in _families(catalog, a, entries).items():
        word, bracket = by_family(catalog, judged, a)
        if word == NO and other_way[name][0] == YES:
            word, bracket = PASSED, other_way[name][1]
        answers.setdefault(word, []).append(f"{name} {bracket}".strip())
    if not answers:
        return ""
    subject, other = wording.framework(catalog, a), wording.framework(catalog, b)
    sentences: list[str] = []
    for word in (YES, LOST, PASSED, AHEAD, NO, DISPUTED, UNCLEAR):
        if word in answers:
            who = "It" if sentences and word in (YES, LOST) else subject
            whom = "it" if sentences and word not in (NO, PASSED) else other
            sentences.append(_answered(word, who, whom, answers, past=bool(on)))
    text = " ".join(sentences)
    return f"By {wording.day(on)}: {text}" if on else text


def _answered(word: str, who: str, other: str, answers: Mapping[str, Sequence[str]], *, past: bool) -> str:
    """A sentence for all families with the same answer, but one for each overtake; `other` is it after a sentence."""
    names, first = answers[word], other != "it"
    if word in (YES, PASSED) and len(names) > 1:
        return " ".join(_answered(word, who, other, {word: [name]}, past=past) for name in names)
    where = wording.join_words(names, "or" if word == NO else "and")
    short = wording.join_words([name.removeprefix("GitHub ") for name in names])
    verb = "disagree" if len(names) > 1 or names[0].endswith("s") else "disagrees"
    leads, of = "led" if past else "leads", f" {other}" if first else ""
    return {
        YES: f"{who} overtook {other} in {where}.",
        LOST: f"{who} overtook {other} in {where}, but was overtaken again.",
        PASSED: f"{other} overtook {who} in {where}.",
        AHEAD: f"{who} {leads}{of} in {where}, with no overtake on record.",
        NO: f"{who} has not overtaken {other} in {where}.",
        DISPUTED: f"{wording.capital(short)} {verb}{f' about {who} and {other}' if first else ''}.",
        UNCLEAR: f"We can't say for {where}{f': the lead of {who} began while the counting changed' if first else ''}.",
    }[word]


def _families(catalog: Catalog, a: str, entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """The entries with a say, by family: of the stars the level, not the pace; of the surveys use, not the wish."""
    seen = [entry for entry in entries if entry.seen is not None]
    groups = grouped(catalog, seen, lambda entry: catalog.metrics[entry.metric])
    decided = [[entry for entry in group if entry.verdict != "undecidable"] for group in groups]
    return {_name(catalog, group[0].metric): _with_a_say(group, a) for group in decided if group}


def _name(catalog: Catalog, metric: str) -> str:
    return catalog.families[catalog.metrics[metric].family].phrase or wording.phrase(catalog.metrics[metric])


def _with_a_say(entries: Sequence[Entry], a: str) -> list[Entry]:
    """Without metrics that ended long before the family, unless they saw an overtake that none since takes back."""
    newest = max(entry.seen for entry in entries if entry.seen)
    current = [e for e in entries if e.seen and newest - e.seen <= CURRENT]
    ahead = all(_answer(entry, a) in (YES, AHEAD) for entry in current)
    return [e for e in entries if e in current or (ahead and _answer(e, a) == YES)]


def by_family(catalog: Catalog, entries: Sequence[Entry], a: str) -> tuple[str, str]:
    """The answer of a family of metrics, and when it was if it is yes."""
    words = {_answer(entry, a) for entry in entries}
    if YES in words:
        words.discard(AHEAD)  # it began to be seen after the overtake
    if len(words) > 1 or any(entry.verdict == "disputed" for entry in entries):
        return DISPUTED, ""
    (word,) = words
    if word != YES:
        return word, ""
    dated = [(e, e.last_before, e.first_after) for e in entries if e.last_before and e.first_after]
    # A sum of what still stands dates it closely, but not as it was read at the time.
    entry, first, last = min(dated, key=lambda d: (bool(catalog.metrics[d[0].metric].cumulates), d[2] - d[1]))
    return YES, wording.bracket(catalog.metrics[entry.metric].period, first, last)


def _answer(entry: Entry, a: str) -> str:
    won = [o for o in entry.overtakes if o.winner == a and (entry.seen is None or o.first_after <= entry.seen)]
    if entry.leader == a and entry.first_after:
        return YES if entry.held is not False else LOST
    if entry.leader == a:
        return UNCLEAR if entry.on_break else AHEAD
    return LOST if won else NO
