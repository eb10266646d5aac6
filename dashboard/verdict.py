"""Did A overtake B, in one sentence: yes or no by each family of metrics, with the days, or why it is contested."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from dashboard import parts, reading
from uptake.answers import Comparison, Entry, leading

FAMILIES = {"stars": "stars", "downloads": "downloads", "survey": "surveys", "activity": "forks"}
YES, AHEAD = "yes", "it was ahead as long as both were seen"
CURRENT = timedelta(days=400)  # a metric that ended longer ago than its family has no say in the headline


def headline(found: Comparison) -> str:
    """Yes or no by each family of metrics, the overtake's days where it is yes; then who leads where."""
    told = [(FAMILIES.get(name, name), answered(entries, found.a)) for name, entries in _families(found).items()]
    if not told:
        return found.sentence
    said = [f"by {name} {word}" for name, word in told]
    question = f"Did {_title(found.a)} overtake {_title(found.b)}?"
    when = f" As it stood on {found.on}," if found.on else ""
    text = "; ".join(said)
    return f"{question}{when} {text if when else text[:1].upper() + text[1:]}. {found.sentence}"


def _families(found: Comparison) -> dict[str, list[Entry]]:
    """The entries with a say, by family: of the stars the level, not the pace; of the surveys use, not the wish."""
    metrics = reading.catalog().metrics
    groups: dict[str, list[Entry]] = {}
    for entry in found.entries:
        if entry.seen is not None and entry.verdict != "undecidable":
            groups.setdefault(metrics[entry.metric].family, []).append(entry)
    for name, entries in groups.items():
        first = leading(metrics[e.metric] for e in entries)
        groups[name] = [e for e in entries if metrics[e.metric].counts == first]
    return {name: _with_a_say(entries, found.a) for name, entries in groups.items()}


def _with_a_say(entries: Sequence[Entry], a: str) -> list[Entry]:
    """Without metrics that ended long before the family, unless they saw an overtake that none since takes back."""
    newest = max(entry.seen for entry in entries if entry.seen)
    current = [e for e in entries if e.seen and newest - e.seen <= CURRENT]
    ahead = all(_answer(entry, a) in (YES, AHEAD) for entry in current)
    return [e for e in entries if e in current or (ahead and _answer(e, a) == YES)]


def answered(entries: Sequence[Entry], a: str) -> str:
    """The answer of a family of metrics in a few words."""
    words = {_answer(entry, a) for entry in entries}
    if YES in words:
        words.discard(AHEAD)  # it began to be seen after the overtake
    if len(words) > 1 or any(entry.verdict == "contested" for entry in entries):
        return "it is contested"
    (word,) = words
    if word == YES:
        best = min((e for e in entries if e.last_before and e.first_after), key=_width)
        return f"yes, between {best.last_before} and {best.first_after}"
    return word


def _width(entry: Entry) -> int:
    """How many days the bracket spans."""
    return (entry.first_after - entry.last_before).days if entry.first_after and entry.last_before else 0


def _answer(entry: Entry, a: str) -> str:
    won = [o for o in entry.overtakes if o.winner == a and (entry.seen is None or o.first_after <= entry.seen)]
    if entry.leader == a and entry.first_after:
        return YES if entry.held is not False else "yes, but it did not hold"
    if entry.leader == a:
        return "it cannot be told" if entry.on_break else AHEAD
    return "yes, but it was overtaken again" if won else "no"


def _title(name: str) -> str:
    return parts.titles().get(name, name)
