"""At least in Europe? in sentences: one that answers, one for each edition, and why where there is no answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from analysis.share_differences import Difference
from answers import wording
from answers.regions.downloads import DownloadsByCountry
from answers.regions.places import EVERYWHERE, Edition, Place, Placed, Step
from answers.surveys.differences import SAME_PEOPLE, verb
from answers.surveys.editions import UNKNOWN
from catalog import Break, Catalog

MOVED = {"less", "more"}
UNSURE = {"chance", "unknown"}
MOST = 3  # shares in a sentence
NOT_COUNTED = "not counted by region here"


def points(difference: Difference) -> str:
    """1.92 points (95% interval 1.10 to 2.74): of the size of a difference, whichever way it goes."""
    size = f"{abs(100 * difference.value):.2f} points"
    if difference.interval is None:
        return f"{size} (no interval)"
    ends = (100 * difference.interval.low, 100 * difference.interval.high)
    low, high = ends if difference.value >= 0 else (-ends[1], -ends[0])
    return f"{size} (95% interval {low:.2f} to {high:.2f})".replace("-", wording.MINUS)


def doubts(
    every: Sequence[Place], editions: Sequence[Edition], runs: Sequence[Step], wordings: Mapping[int, str]
) -> tuple[str, ...]:
    """What to know of the figures themselves, a sentence each, as far as it concerns these answers."""
    sentences = [SAME_PEOPLE] if any(lead for e in editions for lead in e.leads.values()) else []
    years = {year for s in runs if s.place == every[0].id for year in (s.first.year, s.second.year)}
    unknown = sorted(year for year in years if wordings.get(year) == UNKNOWN)
    if unknown:
        when = wording.join_words([str(year) for year in unknown])
        sentences.append(f"We don't know how the {when} edition worded the question, so it may have changed.")
    if years:
        sentences.append(
            "Two editions are treated as samples of different people; people in both make a change more certain."
        )
    uncounted = [str(e.year) for e in editions if e.reason == NOT_COUNTED]
    if uncounted:
        sentences.append(
            f"Not counted by region here: {wording.join_words(uncounted)}. To count an edition's published file, run "
            f"uptake collect stackoverflow --year {uncounted[0]}."
        )
    other = [str(e.year) for e in editions if e.other_file]
    if other:
        sentences.append(f"Counted from a file other than the published one: {wording.join_words(other)}.")
    return (*sentences, f"{wording.capital(every[0].short)} here means: {every[0].definition}")


# -- one edition -------------------------------------------------------------------------------------------------------


def reason(catalog: Catalog, every: Sequence[Place], placed: Sequence[Placed], names: Sequence[str], year: int) -> str:
    """Why an edition has no share of the first framework in Europe; empty if it has."""
    a = wording.framework(catalog, names[0])
    here = next(p for p in placed if p.place == every[0].id and p.framework == names[0])
    if here.status == "too_few":
        return f"only {here.sample.base:,.0f} people answered {every[0].inside}, too few to show a share"
    if here.status == "not_asked":
        return f"{a} was not among the options"
    if here.shown:
        return ""
    if catalog.surveys[year].path is None:
        return "its answers are not published yet"
    return NOT_COUNTED


def with_sentence(catalog: Catalog, every: Sequence[Place], names: Sequence[str], edition: Edition) -> Edition:
    """The edition with its sentence."""
    sentences = [text for place in every if (text := _there(catalog, names, place, edition))]
    head, shares = f"{edition.year}: ", " ".join(map(wording.capital, sentences))
    if edition.reason:
        return replace(edition, sentence=f"{head}{edition.reason}. {shares}".rstrip())
    rest = f"{_apart(catalog, every, names, edition)}{_cut(edition)}"
    return replace(edition, sentence=f"{head}{wording.small(shares)}{rest}")


def _there(catalog: Catalog, names: Sequence[str], place: Place, edition: Edition) -> str:
    """In Europe Flask has 10.7% and Django 10.8% (n = 23,328), too close to call."""
    shown = [edition.at(place.id, name) for name in names if edition.at(place.id, name).shown]
    if not shown:
        return ""
    figures = [f"{wording.framework(catalog, p.framework)} {wording.percent(p.sample.share)}" for p in shown]
    more = [f"{len(figures) - MOST} more"] if len(figures) > MOST else []
    bases = {p.sample.base for p in shown}
    base = f" (n = {bases.pop():,.0f})" if len(bases) == 1 and not math.isnan(next(iter(bases))) else ""
    ahead = _ahead(catalog, names, edition.leads[place.id])
    return f"{place.inside} {wording.join_words([*figures[:MOST], *more])}{base}{ahead}."


def _ahead(catalog: Catalog, names: Sequence[str], lead: Difference | None) -> str:
    if lead is None:
        return ""
    if lead.direction in UNSURE:
        return f". {_pair(catalog, names)} are too close to call" if len(names) > 2 else ", too close to call"
    leader, other = (wording.framework(catalog, name) for name in (names[:2] if lead.value > 0 else names[1::-1]))
    if len(names) > 2:
        return f". {leader} is ahead of {other} by {points(lead)}"
    return f", {leader} ahead by {points(lead)}"


def _pair(catalog: Catalog, names: Sequence[str]) -> str:
    return wording.join_words([wording.framework(catalog, name) for name in names[:2]])


def _apart(catalog: Catalog, every: Sequence[Place], names: Sequence[str], edition: Edition) -> str:
    """Whether the two regions differ: in the lead of the one over the other."""
    gap = edition.apart
    if gap is None or gap.interval is None:
        return ""
    a, b = (wording.framework(catalog, name) for name in names[:2])
    if gap.direction == "chance":
        return f" {a}'s lead over {b} is the same in both regions, within sampling noise."
    more, less = (every[0], every[1]) if gap.value > 0 else (every[1], every[0])
    return f" {a} does better against {b} {more.inside} than {less.inside}, by {points(gap)}."


def _cut(edition: Edition) -> str:
    if not edition.parted:
        return ""
    return f" It can't be compared with the edition before: {_titles(edition.parted)}."


def _titles(cuts: Iterable[Break]) -> str:
    return wording.join_words([cut.title[:1].lower() + cut.title[1:] for cut in cuts])


# -- the answer --------------------------------------------------------------------------------------------------------


def headline(
    catalog: Catalog, names: Sequence[str], every: Sequence[Place], editions: Sequence[Edition],
    steps: Sequence[Step], runs: Sequence[Step], downloads: DownloadsByCountry, employees: str,
) -> str:  # fmt: skip
    """Whether the first framework lost ground in Europe, and in the United States; then what that rests on.

    `employees` is what full-time employees say, first where those who answered cannot tell.
    """
    answered = [e for e in editions if not e.reason]
    here = [s for s in runs if (s.place, s.framework) == (every[0].id, names[0])]
    clauses = [_answer(catalog, names[0], every[0], answered, here)]
    if employees and not here:
        clauses = [
            employees,
            f"Among all who answered: {clauses[0][:1].lower()}{clauses[0][1:]}",
        ]
    if here:
        clauses.append(_also(names[0], every, runs))
    elif answered:
        clauses.append(_order(catalog, names, every, answered[-1]))
    clauses += [
        _worldwide(catalog, names[0], every[-1], runs) if not here else "",
        _parted(answered, steps, every, names),
    ]
    if employees and here:
        clauses.append(employees)
    if downloads.years:
        clauses.append(_downloads(catalog, names, every, downloads))
    return " ".join(clause for clause in clauses if clause)


def _answer(catalog: Catalog, name: str, place: Place, answered: Sequence[Edition], here: Sequence[Step]) -> str:
    a = wording.framework(catalog, name)
    question = f"whether {a} lost ground {place.inside}"
    if not answered:
        return f"We can't say {question}: there are no regional results here of an edition with this option."
    if not here:
        only = answered[-1].year
        if len(answered) == 1:
            return f"We can't say {question}: regional results exist only for {only}."
        return f"We can't say {question}: no two editions with regional results can be compared."
    sizes = wording.join_words([points(s.difference) for s in here if s.difference and s.difference.direction in MOVED])
    tail = f" That is {sizes}." if sizes else ""
    return f"{ground(a, here)} {place.inside}. {' '.join(f'It {_moved(step)}.' for step in here)}{tail}"


def ground(name: str, here: Sequence[Step]) -> str:
    """Whether it lost ground, did not, both at different times, or did not change beyond chance."""
    directions = {step.difference.direction for step in here if step.difference}
    if {"less", "more"} <= directions:
        return f"{name} both gained and lost ground"
    if "less" in directions:
        return f"{name} lost ground"
    return f"{name} did not lose ground" if "more" in directions else f"{name} did not change beyond chance"


def _moved(step: Step) -> str:
    """Rose from 10.7% in 2019 to 13.0% in 2020."""
    span = (
        f"from {wording.percent(step.first.sample.share)} in {step.first.year} to "
        f"{wording.percent(step.second.sample.share)} in {step.second.year}"
    )
    moved = verb(step.difference) if step.difference else "went"
    return f"{moved} {span}{' (within sampling noise)' if moved == 'went' else ''}"


def _also(name: str, every: Sequence[Place], runs: Sequence[Step]) -> str:
    """The same of the United States and of the world, shorter."""
    sentences = []
    for place in (every[1], every[-1]):
        moves = [_moved(s) for s in runs if (s.place, s.framework) == (place.id, name)]
        if moves:
            sentences.append(f"{wording.capital(place.inside)} it {'. It '.join(moves)}.")
    return " ".join(sentences)


def _order(catalog: Catalog, names: Sequence[str], every: Sequence[Place], edition: Edition) -> str:
    """What a lone edition shows: who is ahead, and whether that differs by region."""
    sentences = [text for place in every[:2] if (text := _there(catalog, names, place, edition))]
    shares = wording.small(" ".join(map(wording.capital, sentences)))
    return f"The {edition.year} edition: {shares}{_apart(catalog, every, names, edition)}"


def _worldwide(catalog: Catalog, name: str, place: Place, runs: Sequence[Step]) -> str:
    """What is published for all of the world, where later editions are known only so."""
    moves = [_moved(s) for s in runs if (s.place, s.framework) == (EVERYWHERE, name)]
    a = wording.framework(catalog, name)
    return f"{place.inside.capitalize()} {a} {'. It '.join(moves)}." if moves else ""


def _parted(answered: Sequence[Edition], steps: Sequence[Step], every: Sequence[Place], names: Sequence[str]) -> str:
    """Why no line runs through all the editions known."""
    mine = [s for s in steps if (s.place, s.framework) == (every[0].id, names[0]) and s.breaks]
    if not mine:
        return ""
    cuts = [f"{cut.until.year} ({_titles([cut])})" for step in mine for cut in step.breaks]
    return (
        f"{answered[0].year} and {answered[-1].year} can't be compared: the question, or who was asked it, changed in "
        f"{wording.join_words(list(dict.fromkeys(cuts)))}."
    )


def _downloads(catalog: Catalog, names: Sequence[str], every: Sequence[Place], downloads: DownloadsByCountry) -> str:
    """The first framework's part of the downloads, which are of machines, in the first and the last whole year."""
    whole = [year for year in downloads.years if year.months == 12] or list(downloads.years)
    first, last = whole[0], whole[-1]
    sentences = []
    for place in every[:2]:
        if place.id in last.parts and place.id in first.parts:
            then, now = (100 * year.parts[place.id].get(names[0], 0.0) for year in (first, last))
            sentences.append(
                f"{now:.1f}% {place.inside}" + (f" ({then:.1f}% in {first.year})" if first is not last else "")
            )
    owners = wording.join_words([f"{wording.framework(catalog, name)}'s" for name in names])
    a = wording.framework(catalog, names[0])
    if not sentences:
        return ""
    return (
        f"In {last.year}, {a}'s share of {owners} downloads was {wording.join_words(sentences)}: downloads show where "
        "machines are, not people."
    )
