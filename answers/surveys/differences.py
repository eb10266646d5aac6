"""Two shares of a survey beside each other, with the interval of their difference, or with the reason for none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.errors import Refused
from analysis.share_differences import Difference, Sample, difference, rest, widest
from answers import wording
from answers.json_and_csv import bounds, to_json
from answers.questions import EVERY_VALUE, REGION, QuestionError, dimension_keys
from answers.surveys.editions import UNKNOWN, Edition, parting
from catalog import Catalog, Metric

ELSEWHERE = "rest"  # stands for all who are not of the other group; it is no dimension
NOISE = "sampling noise only"
WORKED, WANTED = "so_worked_with", "so_want_to_work_with"
OTHER_FILE = ":other-file"
WHOLE_PERCENTS = "Published in whole percents, so each share may be half a point off."
ROUNDED = (
    "Published in whole percents; the interval allows for rounding. The number of respondents is a round figure for "
    "the full survey, so the true uncertainty is larger."
)
SAME_PEOPLE = (
    "Respondents could pick both. We don't know how many did, so these intervals are conservative: real differences "
    "may be missed, none is invented."
)


@dataclass(frozen=True, slots=True)
class Side:
    """One share: of a framework, in an edition, of a group (`dimension`; empty: all, `rest`: all but the other)."""

    framework: str
    edition: int
    dimension: str
    sample: Sample
    source: str


@dataclass(frozen=True, slots=True)
class ShareDifference:
    """How much more the second is than the first. `difference` is None where it is refused, with the `reason`.

    `kind` is editions, groups or frameworks. `outcome` is more, less, chance, unknown or refused; `doubts` are
    sentences.
    """

    kind: str
    first: Side
    second: Side
    difference: Difference | None
    reason: str
    doubts: tuple[str, ...]
    sentence: str

    @property
    def outcome(self) -> str:
        return self.difference.direction if self.difference else "refused"


class Shares:
    """The shares of one metric, by framework, edition and group, as the store has them: small cells included."""

    def __init__(self, catalog: Catalog, metric: Metric, rows: pd.DataFrame, editions: Sequence[Edition]) -> None:
        self.catalog, self.metric, self.editions = catalog, metric, {e.year: e for e in editions}
        self._rows = {
            (row["framework"], int(row["period"].year), row["dimension"]): row for row in rows.to_dict("records")
        }

    def side(self, framework: str, edition: int, dimension: str = "") -> Side:
        """The share there, as far as it is known; NaN for none."""
        row = self._rows.get((framework, edition, dimension))
        step = self.editions[edition].step if edition in self.editions else 0.0
        if row is None:
            return Side(framework, edition, dimension, Sample(math.nan), "")
        base = math.nan if pd.isna(row["base"]) else float(row["base"])
        return Side(framework, edition, dimension, Sample(float(row["value"]), base, step), str(row["source"]))

    def between_editions(self, framework: str, first: int, second: int, dimension: str = "") -> ShareDifference:
        """From one edition to a later one. Refused where the wording, the base or the gate changed in between."""
        a, b = self.side(framework, first, dimension), self.side(framework, second, dimension)
        cuts = parting(self.catalog, self.metric, first, second, framework)
        reason = f"{'; '.join(cut.title for cut in cuts)}. {' '.join(cut.text for cut in cuts)}" if cuts else ""
        reason = reason or self._bases_differ(a, b)
        doubts = self._doubts(a, b)
        if UNKNOWN in {self.editions[e].wording for e in (first, second) if e in self.editions}:
            doubts += ("We don't know how one of the two editions worded the question, so it may have changed.",)
        return _compared(self, "editions", a, b, reason, doubts, difference)

    def between_groups(self, framework: str, edition: int, here: str, there: str) -> ShareDifference:
        """Two groups of one edition. Refused where they share people; `rest` is all but the first."""
        a, b = self.side(framework, edition, here), self.side(framework, edition, there)
        reason = ""
        try:
            b = self._other(a, framework, edition, here, there)
        except Refused as refused:
            reason = _unknown(a, b) or str(refused)
        return _compared(self, "groups", a, b, reason, self._doubts(a, b), difference)

    def between_frameworks(self, one: str, other: str, edition: int, dimension: str = "") -> ShareDifference:
        """Two frameworks of one edition: the same people, so the widest interval that they may have."""
        a, b = self.side(one, edition, dimension), self.side(other, edition, dimension)
        return _compared(self, "frameworks", a, b, "", (*self._doubts(a, b), SAME_PEOPLE), widest)

    def _other(self, a: Side, framework: str, edition: int, here: str, there: str) -> Side:
        """The group to lay beside the first, without a common member."""
        if there == ELSEWHERE:
            whole = self.side(framework, edition)
            if math.isnan(whole.sample.share) or math.isnan(a.sample.share):
                raise Refused("One side has no share.")
            return Side(framework, edition, ELSEWHERE, rest(whole.sample, a.sample), whole.source)
        common = _common(self.catalog, here, there)
        if common:
            raise Refused(common)
        return self.side(framework, edition, there)

    def _bases_differ(self, a: Side, b: Side) -> str:
        """Why two editions of what is wanted do not compare: one is divided by the people of the other half."""
        own = [":" in side.source for side in (a, b)]
        if self.metric.id != WANTED or own[0] == own[1]:
            return ""
        counted, printed = (a, b) if own[0] else (b, a)
        return (
            f"Wishes in {counted.edition} are shares of those who answered what they want, in {printed.edition} of "
            "those who answered what they worked with. They can be compared once both editions' own files are counted."
        )

    def _doubts(self, a: Side, b: Side) -> tuple[str, ...]:
        doubts = []
        if a.sample.step or b.sample.step:
            unknown = math.isnan(a.sample.base) or math.isnan(b.sample.base)
            doubts.append(WHOLE_PERCENTS if unknown else ROUNDED)
        if any(OTHER_FILE in side.source for side in (a, b)):
            doubts.append("Counted from a file other than the published one.")
        return tuple(doubts)


def group(catalog: Catalog, dimension: str, other: str = "") -> str:
    """A group by name: Europe, web developers, all, all others."""
    if dimension == ELSEWHERE:
        return f"all but {group(catalog, other)}" if other else "all others"
    return wording.dimension(catalog, dimension) or "all who answered"


def among(catalog: Catalog, dimension: str, other: str = "") -> str:
    """Where or of whom a share is: in Europe, outside Europe, among web developers, among all others."""
    if dimension == ELSEWHERE:
        return "among all others" if _is_segment(other) else f"outside {place_name(catalog, other)}"
    if not dimension or _is_segment(dimension):
        return f"among {group(catalog, dimension)}"
    return f"in {place_name(catalog, dimension)}"


def place_name(catalog: Catalog, place: str) -> str:
    """A place (`region=...` or `country=...`) as a sentence names it: Europe, the United States."""
    return wording.with_article(group(catalog, place))


def _is_segment(dimension: str) -> bool:
    return not dimension.startswith(("country=", "region="))


def known_group(catalog: Catalog, metric: Metric, text: str) -> str:
    """That group. Raises QuestionError for what the metric is not split by."""
    key, _, value = text.partition("=")
    if text in ("", ELSEWHERE):
        return text
    keys_of = dimension_keys(metric)
    if key not in keys_of or not value or value == EVERY_VALUE:
        keys = " or ".join(f"{name}=…" for name in keys_of)
        raise QuestionError(f"A group in {wording.phrase(metric)} is {keys} or {ELSEWHERE}, not {text[:40]!r}.")
    if key == REGION and value not in catalog.regions:
        raise QuestionError(f"There is no region {value[:40]!r}; there are {', '.join(catalog.regions)}.")
    return text


def _common(catalog: Catalog, here: str, there: str) -> str:
    """Why two groups have members in common, in one sentence; empty if they have none."""
    if here == there:
        return "That is the same group twice."
    names = f"{group(catalog, here)} and {group(catalog, there)}"
    if not here or not there:
        return f"{names} overlap: members of one are in the other too. Compare it with all others instead."
    if _is_segment(here) or _is_segment(there):
        return ""
    shared = _countries(catalog, here) & _countries(catalog, there)
    if not shared:
        return ""
    countries = wording.join_words([catalog.countries[code].name for code in sorted(shared)[:3]])
    more = f" and {len(shared) - 3} more" if len(shared) > 3 else ""
    return f"{names} overlap: both include {countries}{more}. Compare either with all others instead."


def _countries(catalog: Catalog, dimension: str) -> set[str]:
    key, _, value = dimension.partition("=")
    return set(catalog.regions[value].countries) if key == REGION else {value}


def _compared(
    shares: Shares, kind: str, a: Side, b: Side, reason: str, doubts: tuple[str, ...],
    apart: Callable[[Sample, Sample], Difference],
) -> ShareDifference:  # fmt: skip
    """The second minus the first, or the reason why not."""
    difference = None
    if not reason:
        try:
            difference = apart(b.sample, a.sample)
        except Refused as refused:
            reason = _unknown(a, b) or str(refused)
    if difference is None:
        return ShareDifference(kind, a, b, None, reason, (), _refused(shares, kind, a, b, reason))
    return ShareDifference(kind, a, b, difference, reason, doubts, _SENTENCES[kind](shares, a, b, difference))


def _unknown(a: Side, b: Side) -> str:
    """In which edition there is no share; empty where both sides have one."""
    absent = [side for side in (a, b) if math.isnan(side.sample.share) and side.dimension != ELSEWHERE]
    years = sorted({str(side.edition) for side in absent})
    of = " of these people" if any(side.dimension for side in absent) else ""
    return f"No share{of} in {wording.join_words(years)}: not asked or not published." if absent else ""


# -- in words ----------------------------------------------------------------------------------------------------------


def points(value: float, finest: float = 1.0) -> str:
    """A difference in percentage points, without its sign, fine enough that `finest` (of a point) is not 0."""
    places = 0 if wording.is_whole_percent(value) else 2 if abs(100 * finest) < 0.05 else 1
    return f"{abs(100 * value):.{places}f}"


def in_points(value: float) -> str:
    """1 point, 2.4 points: the size of a difference."""
    size = points(value, value)
    return f"{size} {'point' if size == '1' else 'points'}"


def interval(difference: Difference) -> str:
    """95% interval 0.4 to 1.2; with what a bound means where the two differ in sign."""
    if difference.interval is None:
        return "no interval, because the number of respondents is not published"
    low, high = difference.interval.low, difference.interval.high
    finest = min(abs(low), abs(high), key=abs)
    if low > 0 or high < 0:
        near, far = sorted((abs(low), abs(high)))
        return f"95% interval {points(near, finest)} to {points(far, finest)}"
    return f"95% interval {points(low, finest)} less to {points(high, finest)} more"


def verb(difference: Difference) -> str:
    """What a share did: rose, fell, or went, where that may be chance."""
    return {"more": "rose", "less": "fell"}.get(difference.direction, "went")


def size(difference: Difference) -> str:
    """0.8 points more."""
    way = "less" if difference.value < 0 else "more"
    return f"{in_points(difference.value)} {way}" if difference.value else "no difference"


def _difference(difference: Difference) -> str:
    """0.8 points more (95% interval 0.4 to 1.2, sampling noise only)."""
    if difference.interval is None:
        return f"{size(difference)}, {interval(difference)}"
    if difference.direction == "chance":
        return f"{size(difference)}, within sampling noise ({interval(difference)})"
    return f"{size(difference)} ({interval(difference)}, {NOISE})"


def share(side: Side) -> str:
    """A share to one decimal, or as whole as it was published."""
    return wording.percent(side.sample.share, 0 if side.sample.step else 1)


def _of_editions(shares: Shares, a: Side, b: Side, difference: Difference) -> str:
    name = wording.framework(shares.catalog, a.framework)
    where = f" {among(shares.catalog, a.dimension)}" if a.dimension else ""
    first, second = (share(side) for side in (a, b))
    return (
        f"{name}{where} {verb(difference)} from {first} in {a.edition} to {second} in {b.edition}: "
        f"{_difference(difference)}."
    )


def _of_groups(shares: Shares, a: Side, b: Side, difference: Difference) -> str:
    name = wording.framework(shares.catalog, a.framework)
    here, there = among(shares.catalog, a.dimension), among(shares.catalog, b.dimension, a.dimension)
    one, other = (share(side) for side in (a, b))
    return f"{name} in {a.edition}: {one} {here}, {other} {there}: there {_difference(difference)}."


def _of_frameworks(shares: Shares, a: Side, b: Side, difference: Difference) -> str:
    one, other = (wording.framework(shares.catalog, side.framework) for side in (a, b))
    where = f" ({group(shares.catalog, a.dimension)})" if a.dimension else ""
    first, second = (share(side) for side in (a, b))
    return f"{one} {first} and {other} {second} in {a.edition}{where}: {other} has {_difference(difference)}."


def _refused(shares: Shares, kind: str, a: Side, b: Side, reason: str) -> str:
    name = wording.framework(shares.catalog, a.framework)
    if kind == "editions":
        return f"{name} can't be compared between {a.edition} and {b.edition}. {reason}"
    if kind == "groups":
        sides = f"{group(shares.catalog, a.dimension)} and {group(shares.catalog, b.dimension, a.dimension)}"
        return f"{wording.capital(sides)} can't be compared for {name} in {a.edition}. {reason}"
    return f"{name} and {wording.framework(shares.catalog, b.framework)} can't be compared in {a.edition}. {reason}"


_SENTENCES: dict[str, Callable[[Shares, Side, Side, Difference], str]] = {
    "editions": _of_editions,
    "groups": _of_groups,
    "frameworks": _of_frameworks,
}


def share_difference_json(compared: ShareDifference) -> dict[str, Any]:
    """Two shares and their difference as an object with stable keys, all as parts of 1, unknown ones null."""
    return {
        "kind": compared.kind,
        "told": compared.outcome,
        "first": _side_json(compared.first),
        "second": _side_json(compared.second),
        **difference_json(compared.difference),
        **to_json(compared, "reason", "doubts", "sentence"),
    }


def difference_json(difference: Difference | None) -> dict[str, float | None]:
    """A difference with its interval, in parts of 1; null where it is refused or has none."""
    if difference is None:
        return {"difference": None, **bounds(None)}
    return {"difference": difference.value, **bounds(difference.interval)}


def _side_json(side: Side) -> dict[str, Any]:
    sample = side.sample
    return {
        **to_json(side, "framework", "edition", "dimension"),
        "share": None if math.isnan(sample.share) else sample.share,
        "base": None if math.isnan(sample.base) else int(sample.base),
        "rounded_to": sample.step or None,
        "source": side.source,
    }
