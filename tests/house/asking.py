"""Questions at random: every class of `answers.questions` with everything it offers, from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from answers import parameter_types
from answers.parameter_types import Parameter, parameters_of
from answers.questions import QUESTIONS, AnyQuestion, SurveyQuestion, dimension_keys
from answers.regions.places import EUROPES
from catalog import Catalog
from storage import Series, Store

NONE = ("bare", "hollow")  # frameworks of one's own, without any figure
FIRST = date(2015, 1, 1)
ENDS = ("0001-01-01", "9999-12-31")  # of the calendar
DAYS = (
    "1969-12-31", "2005-01-01", "2011-06-15", "2015-12-31", "2016-12-31", "2017-07-01", "2018-12-18", "2019-12-31",
    "2020-02-29", "2020-11-25", "2022-01-01", "2023-06-30", "2024-12-31", "2025-07-31", "2026-03-31", "2026-08-22",
)  # fmt: skip
SENTENCES = (
    "{a} passed {b} in {metric}", "{a} never passed {b}", "{a} recently passed {b}", "{a} leads {b} in {metric} {when}",
    "{a} leads {b} in surveys in {region} {when}", "{a} leads {b} by almost 1000 {when}", "{a} leads {metric}",
    "{a} grows faster than {b} in {metric} {when}", "{a} fell in {metric} {when}", "{a} fell in {region} {when}",
    "{a} is as common in {region} as in us {when}", "stars are no measure of use {when}", "{a} struggled for years",
    "{a} is more popular than {b}", "{a} is dying", "{a} is exploding {when}", "{a} grows fastest in {metric}",
    "{a} will pass {b} in {metric}", "{a} is more used than {b} in germany {when}", "{a} passed {b} in {metric} by 7",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its parameters as texts, several of a name where that may be repeated."""

    question: type[AnyQuestion]
    values: tuple[tuple[Parameter, str], ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What stands in an address."""
        return [(parameter.name, value) for parameter, value in self.values]

    @property
    def arguments(self) -> list[str]:
        """What follows `uptake`."""
        taken = [(p, value) for p, value in self.values if p.in_command]
        options = [word for p, value in taken if not p.argument for word in _option(p, value)]
        last = [word for p, value in taken if p.argument for word in _words(p, value)]
        return [self.question.command, *options, *(["--", *last] if last else [])]


def _option(parameter: Parameter, value: str) -> tuple[str, ...]:
    if parameter.kind is parameter_types.FLAG:
        return (parameter.option,) if value == "1" else ()
    return (parameter.option, value)


def _words(parameter: Parameter, value: str) -> Sequence[str]:
    return value.split(",") if parameter.kind is parameter_types.NAMES else (value,)


class Asking:
    """Draws questions about a store from a seed, mostly such as have an answer. `most`: so many frameworks at once."""

    def __init__(self, seed: int, catalog: Catalog, store: Store, most: int = 5) -> None:
        self._random, self._catalog, self._most = random.Random(seed), catalog, most
        self._metrics = sorted(catalog.metrics)
        self._frameworks = sorted(catalog.frameworks)
        self._regions = sorted(catalog.regions)
        self._series: dict[str, list[Series]] = {}
        for series in sorted(store.series(), key=lambda s: (s.metric, s.framework, s.dimension)):
            self._series.setdefault(series.metric, []).append(series)
        self._surveys = [name for name in self._series if catalog.metrics[name].family == "survey"]
        self._about = self._random.choice(self._series[self._surveys[0]])  # the series that is being asked about

    def __call__(self, question: type[AnyQuestion] | None = None) -> Asked:
        """One question, of that class or of any."""
        asked = question or self._random.choice(QUESTIONS)
        of = self._surveys if asked is SurveyQuestion else list(self._series)
        self._about = self._random.choice(self._series[self.one(of)])
        drawn = [(p, self._value(p)) for p in parameters_of(asked)]
        return Asked(asked, tuple((p, value) for p, value in drawn if value))

    def one(self, several: Sequence[str]) -> str:
        """One of several."""
        return self._random.choice(several)

    def _often(self, usual: str, other: Callable[[], str]) -> str:
        return usual if self._random.random() < 0.75 else other()

    def _value(self, parameter: Parameter) -> str:
        """A text for a parameter; empty where it is left out."""
        if not (parameter.required or parameter.argument) and self._random.random() < 0.6:
            return ""
        meant = next((name for name, fields in _MEANT.items() if parameter.field in fields), parameter.kind.name)
        return self._drawers()[meant](parameter)

    def _drawers(self) -> dict[str, Callable[[Parameter], str]]:
        return {
            "metric": lambda _: self._metric(),
            "metrics": lambda _: ",".join(self._metric() for _ in range(self._random.randrange(3))),
            "framework": lambda _: self._framework(),
            "frameworks": lambda p: ",".join(self._several(p)),
            "group": lambda _: self._group(),
            "other": lambda _: self.one((*NONE, *self._frameworks)),
            "europe": lambda _: self.one((*EUROPES, self.one(self._regions))),
            "sentence": lambda _: self._sentence(),
            "date": lambda p: self._often(str(self._about.last), self.day) if p.required else self.day(),
            "moment": lambda _: self.day(),
            "year": lambda _: self._year(),
            "year or date": lambda _: self.one([self._year(), self.day()]),
            "number": self._number,
            "flag": lambda _: self.one("01"),
            "choice": lambda p: self.one(p.kind.choices),
        }

    def _metric(self) -> str:
        return self._often(self._about.metric, lambda: self.one(self._metrics))

    def _framework(self) -> str:
        return self._often(self._about.framework, lambda: self.one((*NONE, *self._frameworks)))

    def _several(self, parameter: Parameter) -> list[str]:
        if self._random.random() < 0.1:
            return list(NONE)  # one's own alone
        others = self._random.sample(self._frameworks, self._random.randint(1 if parameter.argument else 0, self._most))
        return [self._framework(), *others]

    def _group(self) -> str:
        metric = self._catalog.metrics[self._about.metric]
        own = [s.dimension for s in self._series[metric.id] if s.dimension] or ["*"]
        whole = [f"{key}=*" for key in dimension_keys(metric)] or ["*"]
        regions = [f"region={name}" for name in self._regions]
        return self.one(self._random.choice((own, own, whole, regions, ["*", "rest"])))

    def day(self) -> str:
        """One of DAYS or any day since the first figures, now and then one of the calendar's ends or one to come."""
        drawn = self._random.random()
        if drawn < 0.1:
            return self.one(
                (*ENDS, (datetime.now(UTC).date() + timedelta(days=self._random.randint(1, 400))).isoformat())
            )
        if drawn < 0.5:
            return self.one(DAYS)
        return date.fromordinal(
            self._random.randint(FIRST.toordinal(), datetime.now(UTC).date().toordinal())
        ).isoformat()

    def _year(self) -> str:
        editions = sorted({str(s.last.year) for s in self._series[self._about.metric]})
        return self._often(self.one(editions), lambda: self.one(("0001", "2011", "2018", "2020", "2025", "9999")))

    def _number(self, parameter: Parameter) -> str:
        low, high = parameter.kind.bounds
        return str(self._random.randint(low, min(high, low + self._random.choice((1, 12, 1_000)))))

    def _sentence(self) -> str:
        when = self.one(("", "", f"in {self._year()}", f"since {self.day()}", f"between {self._year()} and 2024"))
        what = self.one(("stars", "downloads", "surveys", self._metric()))
        place = self.one(("europe", "us", "south asia"))
        sides = {"a": self._framework(), "b": self._framework()}
        return self.one(SENTENCES).format(**sides, metric=what, region=place, when=when).strip()


_MEANT = {
    "metric": ("metric", "x", "y"),
    "metrics": ("metrics",),
    "framework": ("a", "framework"),
    "other": ("b", "against"),
    "frameworks": ("frameworks",),
    "group": ("dimension", "here", "there"),
    "europe": ("europe",),
    "sentence": ("claim",),
}
