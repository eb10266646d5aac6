"""Evidence on a region: who leads there, who fell there, alike in two of them. Only surveys know where people are.

Every share is of those who answered in the region; the answer names the editions it rests on, or why none will do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from analysis import Difference, difference, widest, wilson
from analysis.shares import MIN_BASE
from answers import wording
from answers.claims.grammar import ParsedClaim
from answers.claims.leads import ALMOST, ClaimContext, Evidence, Stance, fits, is_meant
from answers.panel import SURVEY_DAYS
from answers.question import REGION, QuestionError
from answers.regions.wording import points
from answers.surveys.differences import Shares, Side
from answers.surveys.editions import parting, survey_editions
from catalog import Kind, Metric

MACHINES = (
    "Downloads by country tell where the downloading machines stand, mostly data centres, and not where people are: "
    "they are not judged."
)


def by_leading_there(court: ClaimContext, sentence: ParsedClaim) -> Iterator[Evidence]:
    """A leads B in a region: in the last edition, or in all those meant."""
    if not sentence.b:
        raise QuestionError("Name two frameworks to say who leads in a region.")
    yield from _machines(court, sentence)
    for metric in _metrics(court, sentence):
        for region in sentence.regions:
            yield _leading(court, sentence, metric, region)


def by_falling_there(court: ClaimContext, sentence: ParsedClaim) -> Iterator[Evidence]:
    """A fell in a region: lower than in an earlier edition that compares."""
    yield from _machines(court, sentence)
    for metric in _metrics(court, sentence):
        for region in sentence.regions:
            yield _falling(court, sentence, metric, region)


def by_likeness(court: ClaimContext, sentence: ParsedClaim) -> Iterator[Evidence]:
    """As common in one region as in another: the last edition that knows both, with Newcombe's interval."""
    for metric in _metrics(court, sentence):
        yield _likeness(court, sentence, metric)


def _metrics(court: ClaimContext, sentence: ParsedClaim) -> list[Metric]:
    """The surveys that tell regions apart."""
    return [
        metric
        for metric in court.catalog.metrics.values()
        if metric.kind is Kind.SHARE and REGION in metric.dimensions and is_meant(metric, sentence)
    ]


def _machines(court: ClaimContext, sentence: ParsedClaim) -> Iterator[Evidence]:
    """What was asked of downloads by name is refused, with the reason."""
    for metric in court.catalog.metrics.values():
        if sentence.what and is_meant(metric, sentence) and "country" in metric.dimensions and _flows(metric):
            yield Evidence(metric.id, Stance.UNCLEAR, MACHINES, None, None, (), metric.caveats, None)


def _flows(metric: Metric) -> bool:
    return metric.kind is Kind.FLOW


class _Sides:
    """What a survey knows of some frameworks, edition by edition, with the frame it was read from."""

    def __init__(self, court: ClaimContext, metric: Metric, names: Sequence[str]) -> None:
        self.court, self.metric = court, metric
        self.frame = court.store.read(metric.id, names, dimension=None, as_of=court.as_of)
        self.shares = Shares(court.catalog, metric, self.frame, survey_editions(court.catalog, metric))
        self.years = sorted({day.year for day in self.frame["period"]})

    def shown(self, dimension: str, *names: str, until: date | None) -> list[tuple[Side, ...]]:
        """The editions begun by a day that show all of these there, oldest first."""
        by_year = (
            tuple(self.shares.side(name, year, dimension) for name in names)
            for year in self.years
            if until is None or date(year, 1, 1) <= until
        )
        return [sides for sides in by_year if all(_shown(side) for side in sides)]

    def evidence(self, says: Stance, text: str, dimensions: Sequence[str], years: Sequence[int]) -> Evidence:
        """With the sources of exactly these editions and places."""
        if not years:
            return Evidence(self.metric.id, says, text, None, None, (), self.metric.caveats, None)
        rows = self.frame[self.frame["dimension"].isin(dimensions)]
        first, last = date(min(years), 1, 1), date(max(years), 12, 31)
        return self.court.evidence(self.metric, says, text, [rows], first, last)


def _shown(side: Side) -> bool:
    return side.sample.base >= MIN_BASE and side.sample.share == side.sample.share


def _until(court: ClaimContext, sentence: ParsedClaim) -> date | None:
    return min(filter(None, (sentence.until, court.on)), default=None)


def _place(court: ClaimContext, region: str) -> str:
    title = court.catalog.regions[region].title
    return f"the {title}" if title.startswith(("United", "European")) else title


def _nothing(sides: _Sides, names: Sequence[str], region: str, until: date | None) -> Evidence:
    """No edition there: say what is missing, and what is known of the world."""
    court = sides.court
    who = wording.listed([wording.framework(court.catalog, name) for name in names])
    when = f" up to {until.year}" if until else ""
    metric, place = wording.phrase(sides.metric), _place(court, region)
    text = f"No edition of {metric}{when} is known here that tells of {who} in {place}"
    return sides.evidence(Stance.UNCLEAR, f"{text}.{_worldwide(sides, names[0], until)}", (), ())


# -- who leads ---------------------------------------------------------------------------------------------------------


def _leading(court: ClaimContext, sentence: ParsedClaim, metric: Metric, region: str) -> Evidence:
    sides, dimension = _Sides(court, metric, (sentence.a, sentence.b)), f"{REGION}={region}"
    until = _until(court, sentence)
    pairs = sides.shown(dimension, sentence.a, sentence.b, until=until)
    if sentence.since is None:
        pairs = [pair for pair in pairs[-1:] if until is None or _serves(pair[0].edition, until)]
    else:
        pairs = [pair for pair in pairs if pair[0].edition >= sentence.since.year]
    if not pairs:
        return _nothing(sides, (sentence.a, sentence.b), region, until)
    years = [pair[0].edition for pair in pairs]
    text = "; ".join(_ahead(court, a, b, region) for a, b in pairs)
    says = _folded([_says(widest(a.sample, b.sample), sentence) for a, b in pairs])
    if not _covered(court, sentence, years, until):
        says, text = Stance.UNCLEAR, f"Only {wording.listed([str(year) for year in years])} is known there: {text}"
    return sides.evidence(says, f"{text[:1].upper()}{text[1:]}.", (dimension,), years)


def _serves(year: int, until: date) -> bool:
    return (until - date(year, 12, 31)).days <= SURVEY_DAYS


def _covered(court: ClaimContext, sentence: ParsedClaim, years: Sequence[int], until: date | None) -> bool:
    """Whether the editions known reach both ends of the time meant."""
    if sentence.since is None:
        return True
    end = until or court.now.date()
    return years[0] == sentence.since.year and (date(years[-1], 12, 31) + timedelta(days=SURVEY_DAYS)) >= end


def _says(interval: Difference, sentence: ParsedClaim) -> Stance:
    if interval.direction in ("chance", "unknown"):
        return Stance.UNCLEAR
    if interval.value < 0:
        return Stance.AGAINST
    return Stance.FOR if sentence.amount is None else fits(100 * interval.value, sentence.amount, sentence.size)


def _folded(stances: Sequence[Stance]) -> Stance:
    """Every edition must say so; where some leave it open, it holds in part."""
    decided = set(stances) - {Stance.UNCLEAR}
    if not decided or decided == {Stance.AGAINST}:
        return Stance.AGAINST if decided else Stance.UNCLEAR
    return stances[0] if len(set(stances)) == 1 else Stance.PARTLY


def _ahead(court: ClaimContext, a: Side, b: Side, region: str) -> str:
    """In Europe in 2019 Flask had 10.74 % and Django 11.28 % of 25,803 in the ... : ..."""
    names = [wording.framework(court.catalog, side.framework) for side in (a, b)]
    lead = widest(a.sample, b.sample)
    head = (
        f"in {_place(court, region)} in {a.edition} {names[0]} had {wording.percent(a.sample.share)} and {names[1]} "
        f"{wording.percent(b.sample.share)} of {a.sample.base:,.0f} who answered"
    )
    if lead.direction in ("chance", "unknown"):
        return f"{head}, which is too near to tell who leads: {points(lead)}"
    return f"{head}: {names[0] if lead.value > 0 else names[1]} led by {points(lead)}"


# -- who fell ----------------------------------------------------------------------------------------------------------


def _falling(court: ClaimContext, sentence: ParsedClaim, metric: Metric, region: str) -> Evidence:
    sides, dimension, until = _Sides(court, metric, (sentence.a,)), f"{REGION}={region}", _until(court, sentence)
    sides_by_year = [one for (one,) in sides.shown(dimension, sentence.a, until=until)]
    if not sides_by_year or (until is not None and not _serves(sides_by_year[-1].edition, until)):
        return _nothing(sides, (sentence.a,), region, until)
    if len(sides_by_year) == 1:
        return _alone(sides, sides_by_year[0], region, until)
    ends = _ends(sides, sides_by_year, sentence)
    if ends is None:
        text = f"Nothing is known of {_place(court, region)} in {_beginning(sentence)}; editions known there are "
        listed = wording.listed([str(side.edition) for side in sides_by_year])
        return sides.evidence(
            Stance.UNCLEAR, f"{text}{listed}.", (dimension,), [side.edition for side in sides_by_year]
        )
    says, text = _fell(sides, *ends, region, until)
    return sides.evidence(says, text, (dimension,), [side.edition for side in ends])


def _beginning(sentence: ParsedClaim) -> str:
    return str(_since(sentence))


def _since(sentence: ParsedClaim) -> int | None:
    """The edition to begin with: that of the first year meant, or the one before if a single year is meant."""
    if sentence.since is None:
        return None
    alone = sentence.until is not None and sentence.until.year == sentence.since.year
    return sentence.since.year - 1 if alone else sentence.since.year


def _ends(sides: _Sides, shares: Sequence[Side], sentence: ParsedClaim) -> tuple[Side, Side] | None:
    """The editions to compare: those meant, or else the last two in a row that compare, or else the last two."""
    since = _since(sentence)
    if since is not None:
        first = [side for side in shares if side.edition == since and side is not shares[-1]]
        return (first[0], shares[-1]) if first else None
    pairs = list(pairwise(shares))
    able = [pair for pair in pairs if not _parting(sides, *pair)]
    return (able or pairs)[-1]


def _parting(sides: _Sides, first: Side, second: Side) -> list[str]:
    """What changed in between, with the year of each change."""
    cuts = parting(sides.court.catalog, sides.metric, first.edition, second.edition, first.framework)
    return [f"{cut.until.year}: {cut.title[:1].lower()}{cut.title[1:]}" for cut in cuts]


def _fell(sides: _Sides, first: Side, second: Side, region: str, until: date | None) -> tuple[Stance, str]:
    a = wording.framework(sides.court.catalog, first.framework)
    metric, place = wording.phrase(sides.metric), _place(sides.court, region)
    head = f"In {place} {a} had {_share(first)} and {_share(second)} in {metric}"
    if cuts := _parting(sides, first, second):
        return (
            Stance.UNCLEAR,
            f"{head}, but the question or who saw it changed ({'; '.join(cuts)}), so they do not compare.",
        )
    change = difference(second.sample, first.sample)
    if change.direction in ("chance", "unknown"):
        return Stance.UNCLEAR, f"{head}; the difference, {points(change)}, is within sampling noise."
    way = "a fall" if change.value < 0 else "a rise"
    world = _worldwide(sides, first.framework, until, first.edition, second.edition)
    return (Stance.FOR if change.value < 0 else Stance.AGAINST), f"{head}: {way} of {points(change)}.{world}"


def _share(side: Side) -> str:
    return f"{wording.percent(side.sample.share)} in {side.edition} (n = {side.sample.base:,.0f})"


def _alone(sides: _Sides, side: Side, region: str, until: date | None) -> Evidence:
    """One edition is known there: it is told, and why it is not enough."""
    a, bounds = wording.framework(sides.court.catalog, side.framework), wilson(side.sample.share, side.sample.base)
    text = (
        f"In {_place(sides.court, region)} {a} had {_share(side)} in {wording.phrase(sides.metric)}, 95 % interval "
        f"{wording.percent(bounds.low)} to {wording.percent(bounds.high)}. No other edition is known by region "
        "here, and one "
        f"edition shows no fall.{_worldwide(sides, side.framework, until, side.edition)}"
    )
    return sides.evidence(Stance.UNCLEAR, text, (f"{REGION}={region}",), [side.edition])


def _worldwide(sides: _Sides, name: str, until: date | None, since: int = 0, through: int = 0) -> str:
    """What all who answered say, in the same editions or in two that compare: context, no evidence on the region."""
    shares = [one for (one,) in sides.shown("", name, until=until)]
    pairs = [p for p in pairwise(shares) if not _parting(sides, *p)]
    same = [(a, b) for a in shares for b in shares if (a.edition, b.edition) == (since, through)]
    ends = same or [p for p in pairs if p[0].edition == since] or pairs
    if not ends:
        return ""
    first, second = ends[-1]
    verb = {"more": "rose", "less": "fell"}.get(difference(second.sample, first.sample).direction, "went")
    return (
        f" Worldwide it {verb} from {wording.percent(first.sample.share)} in {first.edition} to "
        f"{wording.percent(second.sample.share)} in {second.edition}."
    )


# -- alike -------------------------------------------------------------------------------------------------------------


def _likeness(court: ClaimContext, sentence: ParsedClaim, metric: Metric) -> Evidence:
    sides, until = _Sides(court, metric, (sentence.a,)), _until(court, sentence)
    places = [f"{REGION}={region}" for region in sentence.regions]
    a, what = wording.framework(court.catalog, sentence.a), wording.phrase(metric)
    names = [_place(court, region) for region in sentence.regions]
    here, there = ({one.edition: one for (one,) in sides.shown(p, sentence.a, until=until)} for p in places)
    if not (shared := sorted(here.keys() & there.keys())):
        text = f"No edition of {what} is known for both {names[0]} and {names[1]}."
        return sides.evidence(Stance.UNCLEAR, text, (), ())
    year = shared[-1]
    one, other = here[year].sample, there[year].sample
    apart = difference(one, other)
    text = (
        f"In {year} {a} had {wording.percent(one.share)} in {names[0]} (n = {one.base:,.0f}) and "
        f"{wording.percent(other.share)} in {names[1]} (n = {other.base:,.0f}) in {what}: apart by {points(apart)}."
    )
    return sides.evidence(_alike(apart, max(one.share, other.share)), text, places, [year])


def _alike(apart: Difference, share: float) -> Stance:
    """As common: the whole interval is within a tenth of the larger share. That nothing was found is no likeness."""
    if apart.interval is None:
        return Stance.UNCLEAR
    within = max(abs(apart.interval.low), abs(apart.interval.high)) <= (1 - ALMOST) * share
    if apart.direction == "chance":
        return Stance.FOR if within else Stance.UNCLEAR
    return Stance.PARTLY if within else Stance.AGAINST
