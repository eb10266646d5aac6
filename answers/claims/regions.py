"""Evidence on a region: who leads there, who fell there, alike in two of them. Only surveys have where people are.

Every share is of those who answered in the region; the answer names the editions it rests on, or why none will do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from analysis.share_differences import Difference, difference, of_one_edition
from analysis.share_intervals import MIN_BASE, wilson
from answers import wording
from answers.claims.claimed_numbers import ALMOST, fits
from answers.claims.evidence import ClaimContext, Evidence, Stance, is_meant
from answers.claims.grammar.parser import ParsedClaim
from answers.claims.grammar.sentence_cores import USE
from answers.panel import outlived
from answers.questions import REGION, QuestionError, adds_up
from answers.regions.wording import UNSURE, points
from answers.series.observations import published_by
from answers.series.region_sums import with_regions
from answers.surveys.differences import Shares, Side, place_name, verb
from answers.surveys.editions import parting, survey_editions
from catalog import Catalog, Kind, Metric

NOT_OF_PEOPLE = (
    "Downloads by country don't count here: they show where downloading machines are, mostly data centres, not where "
    "people are."
)


def by_leading_there(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A leads B in a region: in the last edition, or in all those meant."""
    if not claim.b:
        raise QuestionError("Name two frameworks to see who leads in a region.")
    yield from _downloads(context, claim)
    yield from (_leading(context, claim, m, region) for m in _metrics(context, claim) for region in claim.regions)


def by_falling_there(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A fell in a region: lower than in an earlier edition that compares."""
    yield from _downloads(context, claim)
    yield from (_falling(context, claim, m, region) for m in _metrics(context, claim) for region in claim.regions)


def by_rising_there(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """A rose in a region: higher than in an earlier edition that compares."""
    yield from (replace(e, stance=e.stance.denied) for e in by_falling_there(context, claim))


def by_likeness(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """As common in one region as in another: the last edition with both, with Newcombe's interval."""
    for metric in _metrics(context, claim):
        yield _likeness(context, claim, metric)


def _metrics(context: ClaimContext, claim: ParsedClaim) -> list[Metric]:
    """The surveys with shares by region."""
    return [
        metric
        for metric in context.catalog.metrics.values()
        if metric.kind is Kind.SHARE
        if is_meant(context.catalog, metric, claim) or (adds_up(metric) and claim.what in ("", USE, metric.family))
        if _tells_of(context, metric, claim.regions)
    ]


def _tells_of(context: ClaimContext, metric: Metric, regions: Sequence[str]) -> bool:
    """Whether it has shares by region; where they are made of countries, whether it knows a third of each of these."""
    if not adds_up(metric):
        return REGION in metric.dimensions
    seen = set(context.store.read(metric.id, tuple(context.catalog.frameworks), dimension=None)["dimension"])
    places = [_countries(context.catalog, name) for name in regions]
    return all(3 * len(seen & inside) >= len(inside) for inside in places)


def _dimension(catalog: Catalog, place: str) -> str:
    return f"{REGION}={place}" if place in catalog.regions else f"country={place}"


def _countries(catalog: Catalog, place: str) -> set[str]:
    """The dimensions of a region's countries, or of the one country."""
    codes = catalog.regions[place].countries if place in catalog.regions else (place,)
    return {f"country={code}" for code in codes}


def _downloads(context: ClaimContext, claim: ParsedClaim) -> Iterator[Evidence]:
    """Downloads, where the claim names them: refused, with the reason."""
    for metric in context.catalog.metrics.values():
        if (
            claim.what
            and is_meant(context.catalog, metric, claim)
            and "country" in metric.dimensions
            and metric.kind is Kind.FLOW
        ):
            yield Evidence(metric.id, Stance.UNCLEAR, NOT_OF_PEOPLE, None, None, (), metric.caveats, None)


class _SurveyShares:
    """The shares of some frameworks in a survey, edition by edition, with the frame they were read from."""

    def __init__(self, context: ClaimContext, metric: Metric, names: Sequence[str]) -> None:
        self.context, self.metric = context, metric
        every = context.store.read(metric.id, tuple(context.catalog.frameworks), dimension=None, as_of=context.as_of)
        every = with_regions(published_by(every, metric, context.on), context.catalog, metric)
        self.frame = every[every["framework"].isin(names)]
        self.shares = Shares(context.catalog, metric, self.frame, survey_editions(context.catalog, metric))
        self.years = sorted({day.year for day in self.frame["period"]})

    def shown(self, dimension: str, *names: str, until: date | None) -> list[tuple[Side, ...]]:
        """The editions begun by a day that show all of these there, oldest first."""
        by_year = (
            tuple(self.shares.side(name, year, dimension) for name in names)
            for year in self.years
            if until is None or date(year, 1, 1) <= until
        )
        return [sides for sides in by_year if all(_shown(side) for side in sides)]

    def serves(self, year: int, until: date) -> bool:
        """Whether an edition still has a say on a day."""
        return not outlived(self.context.catalog.families[self.metric.family], date(year, 12, 31), until)

    def place(self, region: str) -> str:
        """The region as a sentence names it; with how many countries, where not all of it is known."""
        catalog = self.context.catalog
        name = place_name(catalog, _dimension(catalog, region))
        if REGION in self.metric.dimensions or region not in catalog.regions:
            return name
        countries = self.frame[self.frame["dimension"].isin(_countries(catalog, region))]["dimension"].nunique()
        return f"{countries} countries of {name}" if countries else name

    @property
    def people(self) -> str:
        """Of whom a share is: who answered, full-time employees."""
        return self.metric.unit.removeprefix("share of ").removeprefix("those ")

    def evidence(self, stance: Stance, text: str, dimensions: Sequence[str], years: Sequence[int]) -> Evidence:
        """With the sources of exactly these editions and places."""
        if not years:
            return Evidence(self.metric.id, stance, text, None, None, (), self.metric.caveats, None)
        rows = self.frame[self.frame["dimension"].isin(dimensions)]
        first, last = date(min(years), 1, 1), date(max(years), 12, 31)
        return self.context.evidence(self.metric, stance, text, [rows], first, last)


def _shown(side: Side) -> bool:
    return side.sample.base >= MIN_BASE and side.sample.share == side.sample.share


def _nothing(sides: _SurveyShares, names: Sequence[str], region: str, claim: ParsedClaim) -> Evidence:
    """No edition there of that time: what is missing, and the shares of the whole world."""
    context, until = sides.context, sides.context.until(claim)
    who = wording.join_words([wording.framework(context.catalog, name) for name in names])
    years = dict.fromkeys(str(day.year) for day in (claim.since, until) if day)
    when = f" for {' to '.join(years)}{'' if until else ' or later'}" if years else ""
    metric, place = wording.phrase(sides.metric), sides.place(region)
    text = f"{wording.capital(metric)} has no figures of {who} in {place}{when}"
    same = (_since(claim) or 0, until.year if until else 0)
    world = (
        _worldwide(sides, names[0], until, *same) if len(names) == 1 else ""
    )  # of two, who leads is meant and not a change
    return sides.evidence(Stance.UNCLEAR, f"{text}.{world}", (), ())


# -- who leads ---------------------------------------------------------------------------------------------------------


def _leading(context: ClaimContext, claim: ParsedClaim, metric: Metric, region: str) -> Evidence:
    sides, dimension = _SurveyShares(context, metric, (claim.a, claim.b)), _dimension(context.catalog, region)
    until = context.until(claim)
    pairs = sides.shown(dimension, claim.a, claim.b, until=until)
    if claim.since is None:
        pairs = [pair for pair in pairs[-1:] if until is None or sides.serves(pair[0].edition, until)]
    else:
        pairs = [pair for pair in pairs if pair[0].edition >= claim.since.year]
    if not pairs:
        return _nothing(sides, (claim.a, claim.b), region, claim)
    years = [pair[0].edition for pair in pairs]
    text = "; ".join(_ahead(sides, a, b, region) for a, b in pairs)
    stance = _folded([_stance(of_one_edition(a.sample, b.sample), claim) for a, b in pairs])
    if not _covered(sides, claim, years, until):
        has = "has" if len(years) == 1 else "have"
        head = f"Only {wording.join_words([str(year) for year in years])} {has} data there"
        stance, text = Stance.UNCLEAR, f"{head}: {text}"
    return sides.evidence(stance, f"{wording.capital(text)}.", (dimension,), years)


def _covered(sides: _SurveyShares, claim: ParsedClaim, years: Sequence[int], until: date | None) -> bool:
    """Whether the editions known reach both ends of the time meant."""
    if claim.since is None:
        return True
    return years[0] == claim.since.year and sides.serves(years[-1], until or sides.context.now.date())


def _stance(interval: Difference, claim: ParsedClaim) -> Stance:
    if interval.direction in UNSURE:
        return Stance.UNCLEAR
    if interval.value < 0:
        return Stance.AGAINST
    return Stance.FOR if claim.amount is None else fits(100 * interval.value, claim.amount, claim.size)


def _folded(stances: Sequence[Stance]) -> Stance:
    """It takes every edition; where some leave it open, it holds in part."""
    decided = set(stances) - {Stance.UNCLEAR}
    if not decided or decided == {Stance.AGAINST}:
        return Stance.AGAINST if decided else Stance.UNCLEAR
    return stances[0] if len(set(stances)) == 1 else Stance.PARTLY


def _ahead(sides: _SurveyShares, a: Side, b: Side, region: str) -> str:
    """In Europe in 2019 Flask had 10.7% and Django 10.8% of 23,328 who answered: ..."""
    names = [wording.framework(sides.context.catalog, side.framework) for side in (a, b)]
    lead = of_one_edition(a.sample, b.sample)
    bases = dict.fromkeys(f"{side.sample.base:,.0f}" for side in (a, b))
    head = (
        f"in {sides.place(region)} in {a.edition} {names[0]} had {wording.percent(a.sample.share)} and {names[1]} "
        f"{wording.percent(b.sample.share)} of {' and '.join(bases)} {sides.people}"
    )
    if lead.direction in UNSURE:
        return f"{head}, which is too close to call: {points(lead)} apart"
    return f"{head}: {names[0] if lead.value > 0 else names[1]} led by {points(lead)}"


# -- who fell ----------------------------------------------------------------------------------------------------------


def _falling(context: ClaimContext, claim: ParsedClaim, metric: Metric, region: str) -> Evidence:
    sides, dimension, until = (
        _SurveyShares(context, metric, (claim.a,)),
        _dimension(context.catalog, region),
        context.until(claim),
    )
    sides_by_year = [one for (one,) in sides.shown(dimension, claim.a, until=until)]
    if not sides_by_year or (until is not None and not sides.serves(sides_by_year[-1].edition, until)):
        return _nothing(sides, (claim.a,), region, claim)
    if len(sides_by_year) == 1:
        return _alone(sides, sides_by_year[0], region, until, claim)
    ends = _ends(sides, sides_by_year, claim)
    if ends is None:
        a, years = wording.framework(context.catalog, claim.a), [side.edition for side in sides_by_year]
        head, there = f"{wording.capital(wording.phrase(metric))} has no", f"figures of {a} in {sides.place(region)}"
        text = f"{head} {there} for {_since(claim)}, only for {wording.join_words([str(year) for year in years])}."
        if years[-1] == _since(claim):
            text = f"{head} later {there} than for {years[-1]}."
        return sides.evidence(Stance.UNCLEAR, text, (dimension,), years)
    stance, text = _fell(sides, *ends, region, until)
    return sides.evidence(stance, text, (dimension,), [side.edition for side in ends])


def _since(claim: ParsedClaim) -> int | None:
    """The edition to begin with: that of the first year meant, or the one before if a single year is meant."""
    if claim.since is None:
        return None
    alone = claim.until is not None and claim.until.year == claim.since.year
    return claim.since.year - 1 if alone else claim.since.year


def _ends(sides: _SurveyShares, shares: Sequence[Side], claim: ParsedClaim) -> tuple[Side, Side] | None:
    """The editions to compare: those meant, or else the last two in a row that compare, or else the last two."""
    since = _since(claim)
    if since is not None:
        first = [side for side in shares if side.edition == since and side is not shares[-1]]
        return (first[0], shares[-1]) if first else None
    pairs = list(pairwise(shares))
    able = [pair for pair in pairs if not _parting(sides, *pair)]
    return (able or pairs)[-1]


def _parting(sides: _SurveyShares, first: Side, second: Side) -> list[str]:
    """What changed in between, with the year of each change."""
    cuts = parting(sides.context.catalog, sides.metric, first.edition, second.edition, first.framework)
    return [f"{cut.until.year}: {cut.title[:1].lower()}{cut.title[1:]}" for cut in cuts]


def _fell(sides: _SurveyShares, first: Side, second: Side, region: str, until: date | None) -> tuple[Stance, str]:
    a = wording.framework(sides.context.catalog, first.framework)
    metric, place = wording.phrase(sides.metric), sides.place(region)
    head = f"In {place} {a} had {_share(first)} and {_share(second)} in {metric}"
    if cuts := _parting(sides, first, second):
        changes = "; ".join(cuts)
        return (
            Stance.UNCLEAR,
            f"{head}, but the question or who was asked changed ({changes}), so they can't be compared.",
        )
    change = difference(second.sample, first.sample)
    if change.direction in UNSURE:
        return Stance.UNCLEAR, f"{head}; the difference, {points(change)}, is within sampling noise."
    way = "a fall" if change.value < 0 else "a rise"
    world = _worldwide(sides, first.framework, until, first.edition, second.edition)
    return (Stance.FOR if change.value < 0 else Stance.AGAINST), f"{head}: {way} of {points(change)}.{world}"


def _share(side: Side) -> str:
    return f"{wording.percent(side.sample.share)} in {side.edition} (n = {side.sample.base:,.0f})"


def _alone(sides: _SurveyShares, side: Side, region: str, until: date | None, claim: ParsedClaim) -> Evidence:
    """The one edition known there, and why it is not enough."""
    a, bounds = wording.framework(sides.context.catalog, side.framework), wilson(side.sample.share, side.sample.base)
    by = f" up to {until.year}" if until else ""
    text = (
        f"In {sides.place(region)} {a} had {_share(side)} in {wording.phrase(sides.metric)} (95% interval "
        f"{wording.percent(bounds.low)} to {wording.percent(bounds.high)}). No other edition{by} has regional "
        f"results here, so we can't say whether it {claim.kind}."
        f"{_worldwide(sides, side.framework, until, side.edition)}"
    )
    return sides.evidence(Stance.UNCLEAR, text, (_dimension(sides.context.catalog, region),), [side.edition])


def _worldwide(sides: _SurveyShares, name: str, until: date | None, since: int = 0, through: int = 0) -> str:
    """The change among all who answered, in the same editions or in two that compare: no evidence on the region."""
    shares = [one for (one,) in sides.shown("", name, until=until)]
    pairs = [p for p in pairwise(shares) if not _parting(sides, *p)]
    same = [(a, b) for a in shares for b in shares if (a.edition, b.edition) == (since, through)]
    ends = same if since and through else [p for p in pairs if p[0].edition == since] if since else pairs
    if not ends:
        return ""
    first, second = ends[-1]
    change = difference(second.sample, first.sample)
    return (
        f" Worldwide it {verb(change)} from {wording.percent(first.sample.share)} in {first.edition} to "
        f"{wording.percent(second.sample.share)} in {second.edition}."
    )


# -- alike -------------------------------------------------------------------------------------------------------------


def _likeness(context: ClaimContext, claim: ParsedClaim, metric: Metric) -> Evidence:
    sides, until = _SurveyShares(context, metric, (claim.a,)), context.until(claim)
    places = [_dimension(context.catalog, region) for region in claim.regions]
    a, what = wording.framework(context.catalog, claim.a), wording.phrase(metric)
    names = [sides.place(region) for region in claim.regions]
    here, there = ({one.edition: one for (one,) in sides.shown(p, claim.a, until=context.on)} for p in places)
    years = sorted(here.keys() & there.keys())
    first, last = (day.year if day else end for day, end in ((claim.since, 0), (until, 9999)))
    if not (shared := [year for year in years if first <= year <= last]):
        when, near = _when(first, last), _nearest(years, first, last)
        text = f"{wording.capital(what)} has no edition{when} with data on both {names[0]} and {names[1]}{near}."
        return sides.evidence(Stance.UNCLEAR, text, (), ())
    year = shared[-1]
    one, other = here[year].sample, there[year].sample
    apart = difference(one, other)
    text = (
        f"In {year} {a} had {wording.percent(one.share)} in {names[0]} (n = {one.base:,.0f}) and "
        f"{wording.percent(other.share)} in {names[1]} (n = {other.base:,.0f}) in {what}: {points(apart)} apart."
    )
    stance = Stance.of_sign(_sign(apart)) if claim.size == "over" else _alike(apart, max(one.share, other.share))
    return sides.evidence(stance, text, places, [year])


def _when(first: int, last: int) -> str:
    """The years meant, with a space before: 0 and 9999 where none is."""
    if first == last:
        return f" for {first}"
    begins, ends = f" from {first}" if first else "", f" to {last}" if last < 9999 else ""
    return f"{begins}{ends}" if begins and ends else f"{begins} on" if begins else f" up{ends}" if ends else ""


def _nearest(years: Sequence[int], first: int, last: int) -> str:
    """The editions next to the years meant, before and after."""
    near = [*[year for year in years if year < first][-1:], *[year for year in years if year > last][:1]]
    named = wording.join_words(str(year) for year in near) if near else ""
    return f"; the nearest {'is that' if len(near) == 1 else 'are those'} of {named}" if near else ""


def _sign(apart: Difference) -> float:
    return 0.0 if apart.direction in UNSURE else apart.value


def _alike(apart: Difference, share: float) -> Stance:
    """As common: the whole interval is within a tenth of the larger share. That nothing was found is no likeness."""
    if apart.interval is None:
        return Stance.UNCLEAR
    within = max(abs(apart.interval.low), abs(apart.interval.high)) <= (1 - ALMOST) * share
    if apart.direction == "chance":
        return Stance.FOR if within else Stance.UNCLEAR
    return Stance.PARTLY if within else Stance.AGAINST
