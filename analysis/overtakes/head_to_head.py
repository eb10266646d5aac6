"""Who passed whom, and when: an overtake is a bracket, not a day.

Two series of one metric are laid beside each other as *pairs*, moments at which both were seen. The bracket of an
overtake runs from the last moment at which the one still led to the first at which the other leads; a tie is no lead.
Of a level a moment is any reading of either: a reading lies between two of the other side, and where it is above both
or below both, who led that day is certain. Of a flow only leads count that are more than chance and last
(`analysis.overtakes.noise`); of a share only those beyond sampling noise and rounding, and of one that is pooled over
months only those that last until no month of it is left in the pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from analysis.anomalies.detection import Flag
from analysis.arrays import Days, Points, number
from analysis.breaks import forbidding
from analysis.gaps import Hole
from analysis.overtakes.counter_leads import undisputed
from analysis.overtakes.noise import can_turn, lasting_turns
from analysis.overtakes.pairs import TRAILING_DAYS, Pair, Pairs, PreparedSeries, is_trailing, moments_of, pairs_of
from catalog import Break, Kind, Metric


@dataclass(frozen=True, slots=True)
class Overtake:
    """`winner` passed `loser` after `last_before` and not later than `first_after`.

    `on_gap`: the bracket is wider than the metric's gap, or one side has a hole in it. `breaks`: ids of the registered
    breaks that overlap it, which forbid to call it an overtake. `anomalies`: which framework's figures stand out of
    their neighbourhood within it (`with_anomalies` fills it). `fallen`: whose counter lost more than a tenth between
    two readings without having come back, where there is no overtake but for what was read meanwhile. `lasted`: when
    the lead had lasted long enough, of a flow.
    """

    winner: str
    loser: str
    last_before: date
    first_after: date
    on_gap: bool
    breaks: tuple[str, ...]
    anomalies: tuple[tuple[str, Flag], ...] = ()
    fallen: str | None = None
    lasted: date | None = None

    @property
    def called_on(self) -> date:
        """The first day on which it could be called an overtake: of a flow, once the lead had lasted."""
        return self.lasted or self.first_after

    def overlaps(self, other: Overtake) -> bool:
        """Whether the two brackets have a day in common."""
        return self.last_before <= other.first_after and other.last_before <= self.first_after

    @property
    def width(self) -> int:
        """How many days the bracket spans."""
        return (self.first_after - self.last_before).days

    @property
    def on_break(self) -> bool:
        return bool(self.breaks)

    @property
    def on_anomaly(self) -> bool:
        return bool(self.anomalies)


@dataclass(frozen=True, slots=True)
class HeadToHead:
    """Who leads by one metric, and since when, of two frameworks. `trailing`: its values are sums over 28 days, else as
    observed. `moments`: of levels, every day on which either was read, with the last readings of both by then.
    """

    a: str
    b: str
    metric: Metric
    pairs: Pairs
    overtakes: tuple[Overtake, ...]
    trailing: bool
    moments: Pairs | None = None

    @property
    def last(self) -> Pair | None:
        pair = self.pairs[-1] if len(self.pairs) else None
        return self._newer(pair, number(date.max))

    def leader(self, pair: Pair) -> str | None:
        return {1: self.a, -1: self.b}.get(pair.sign)

    def at(self, on: date) -> Pair | None:
        """What was last seen on that day, or None where there is nothing to go by.

        The last pair that was over by then serves until its successor is due: for as long as its own period and the
        metric's gap together. A survey's edition stands for its whole year; so does a window where nothing else serves.
        """
        now = number(on)
        running = np.flatnonzero((self.pairs.start <= now) & (self.pairs.last >= now))
        if len(running) and self.metric.has_editions:
            return self.pairs[int(running[-1])]
        over = int(np.searchsorted(self.pairs.last, now, side="right")) - 1
        seen = self.pairs[over] if over >= 0 else None
        newer = self._newer(seen if seen is not None and self._serves(seen, on) else None, now)
        if newer is not None and self._serves(newer, on):
            return newer
        return self.pairs[int(running[-1])] if len(running) else None

    def seen_by(self, on: date) -> Pair | None:
        """The last pair by a day, however long ago it was."""
        over = int(np.searchsorted(self.pairs.last, number(on), side="right")) - 1
        return self._newer(self.pairs[over] if over >= 0 else None, number(on))

    def _newer(self, pair: Pair | None, now: int) -> Pair | None:
        """That pair, or what is certain of a later day by which the lead had changed hands."""
        if self.moments is None:
            return pair
        certain = np.flatnonzero((self.moments.last <= now) & (self.moments.sign != 0))
        if not len(certain):
            return pair
        latest = self.moments[int(certain[-1])]
        return latest if pair is None or (latest.last > pair.last and latest.sign != pair.sign) else pair

    def _serves(self, pair: Pair, on: date) -> bool:
        """Readings of a counter are of a day each, however far apart the two lie."""
        counter = self.metric.kind is Kind.STOCK and self.metric.period == "day"
        length = 1 if counter else (pair.last - pair.start).days + 1
        return (on - pair.last).days <= length + self.metric.gap_after_days

    def after(self, on: date) -> Pair | None:
        """The first pair seen after that day."""
        later = int(np.searchsorted(self.pairs.last, number(on), side="right"))
        return self.pairs[later] if later < len(self.pairs) else None

    def change_by(self, on: date) -> Overtake | None:
        """The last change of lead that was over on that day, on a break or not."""
        return next((o for o in reversed(self.overtakes) if o.first_after <= on), None)

    def held(self, overtake: Overtake) -> bool | None:
        """Whether the winner has led ever since: False after a later overtake, True when nothing known since takes it
        back, None when that is unclear (the last pair is undecided, or a break lies in between).
        """
        later = [o for o in self.overtakes if o.first_after > overtake.first_after]
        if any(not o.on_break for o in later):
            return False
        last = self.last
        if later or last is None:
            return None
        return True if last.last < overtake.first_after or self.leader(last) == overtake.winner else None


def head_to_head(
    a: PreparedSeries, b: PreparedSeries, metric: Metric, names: tuple[str, str], breaks: Sequence[Break] = ()
) -> HeadToHead:
    """Lay two series of one metric and one dimension beside each other."""
    pairs, missing = pairs_of(a.compared, b.compared, metric), (*a.holes, *b.holes)
    if metric.kind is Kind.STOCK:
        moments = moments_of(a.compared, b.compared)
        overtakes = _overtakes_of_levels(moments, (a.compared, b.compared), names, metric, missing, breaks)
        return HeadToHead(*names, metric, pairs, overtakes, trailing=False, moments=moments)
    if metric.pooled_months:
        overtakes = tuple(_lasting_overtakes(pairs, names, metric, missing, breaks))
        return HeadToHead(*names, metric, pairs, overtakes, trailing=False)
    if metric.kind is Kind.SHARE:
        return head_to_head_of(pairs, metric, names, missing, breaks)
    turns = _turns(pairs)
    overtakes = tuple(
        replace(_overtake(pairs[i], pairs[j], names, metric, missing, breaks), lasted=pairs[k].last)
        for i, j, k in turns
    )
    return HeadToHead(*names, metric, pairs, overtakes, is_trailing(metric))


def _turns(pairs: Pairs) -> list[tuple[int, int, int]]:
    """The changes of lead of a flow that last."""
    if not can_turn(pairs.a, pairs.b, pairs.start, pairs.last):
        return []
    return lasting_turns(pairs.sign, np.sign(pairs.a - pairs.b), pairs.last)


def head_to_head_of(
    pairs: Pairs, metric: Metric, names: tuple[str, str], missing: Sequence[Hole] = (), breaks: Sequence[Break] = ()
) -> HeadToHead:
    """The head-to-head of pairs already laid beside each other, with every change between decided ones an overtake;
    `missing` are the holes of either side.
    """
    return HeadToHead(*names, metric, pairs, _overtakes(pairs, names, metric, missing, breaks), is_trailing(metric))


def with_anomalies(comparison: HeadToHead, flags: Mapping[str, Sequence[Flag]]) -> HeadToHead:
    """The same head-to-head, its overtakes with the anomalies of either side (`flags`) within their brackets."""
    overtakes = tuple(
        replace(o, anomalies=tuple(_anomalies_within(comparison, o, flags))) for o in comparison.overtakes
    )
    return replace(comparison, overtakes=overtakes)


def _anomalies_within(
    comparison: HeadToHead, o: Overtake, flags: Mapping[str, Sequence[Flag]]
) -> Iterator[tuple[str, Flag]]:
    """A counter's gains count from the day after the bracket begins, a flow's periods from where the sums begin."""
    first = o.last_before + timedelta(days=comparison.metric.kind is Kind.STOCK)
    first -= timedelta(days=TRAILING_DAYS - 1 if comparison.trailing else 0)
    for name in (o.winner, o.loser):
        for flag in flags.get(name, ()):
            if flag.since <= o.first_after and flag.until >= first:
                yield name, flag


def _overtakes_of_levels(
    moments: Pairs,
    sides: tuple[Points, Points],
    names: tuple[str, str],
    metric: Metric,
    missing: Sequence[Hole],
    breaks: Sequence[Break],
) -> tuple[Overtake, ...]:
    """The overtakes by all readings; those that doubtful readings of one side alone made are marked `fallen`."""
    overtakes = _overtakes(moments, names, metric, missing, breaks)
    for place, name in enumerate(names):
        steady = undisputed(sides[place])
        if not overtakes or len(steady) == len(sides[place]):
            continue
        without = moments_of(steady, sides[1]) if place == 0 else moments_of(sides[0], steady)
        standing = _overtakes(without, names, metric, missing, breaks)
        overtakes = tuple(
            o if any(o.winner == s.winner and o.overlaps(s) for s in standing) else replace(o, fallen=name)
            for o in overtakes
        )
    return overtakes


def _overtakes(
    pairs: Pairs, names: tuple[str, str], metric: Metric, missing: Sequence[Hole], breaks: Sequence[Break]
) -> tuple[Overtake, ...]:
    """Wherever a decided pair and the next decided one disagree."""
    decided = np.flatnonzero(pairs.sign)
    turned = np.flatnonzero(np.diff(pairs.sign[decided]))
    return tuple(
        _overtake(pairs[int(before)], pairs[int(after)], names, metric, missing, breaks)
        for before, after in zip(decided[turned], decided[turned + 1], strict=True)
    )


def _lasting_overtakes(
    pairs: Pairs, names: tuple[str, str], metric: Metric, missing: Sequence[Hole], breaks: Sequence[Break]
) -> Iterator[Overtake]:
    """The changes between leads of a pooled share that last: two pools that share no month agree, and none between them
    says otherwise. Pools that overlap are alike, and of many one is decided by chance alone.
    """
    apart = np.searchsorted(pairs.start, pairs.last, side="right")  # the first pool that begins after each
    decided = [int(k) for k in np.flatnonzero(pairs.sign) if apart[k] < len(pairs)]
    lasting = [k for k in decided if _holds(pairs.sign[k : apart[k] + 1])]
    for old, new in pairwise(lasting):
        if pairs.sign[old] != pairs.sign[new]:
            before = old + int(np.flatnonzero(pairs.sign[old:new] == pairs.sign[old])[-1])
            overtake = _overtake(pairs[before], pairs[new], names, metric, missing, breaks)
            yield replace(overtake, lasted=pairs[int(apart[new])].last)


def _holds(signs: Days) -> bool:
    """Whether a lead is there at both ends and nothing in between is the other's."""
    return bool(signs[0] == signs[-1] and not (signs == -signs[0]).any())


def _overtake(
    before: Pair, after: Pair, names: tuple[str, str], metric: Metric, missing: Sequence[Hole], breaks: Sequence[Break]
) -> Overtake:
    ahead = after.sign or np.sign(after.a - after.b)  # of a flow the first row may be less than chance brings
    winner, loser = names if ahead > 0 else names[::-1]
    level = metric.kind is Kind.STOCK
    wide = ((after.first if level else after.start) - before.last).days - 1 > metric.gap_after_days
    hole = any(h.first <= after.last and h.last >= before.first for h in missing)
    # Editions of a survey are broken between years; a flow's window is spoilt by a break within it as well.
    begin = before.first if level else before.start
    span = (before.last, after.start) if metric.has_editions else (begin, after.last)
    forbidden = forbidding(breaks, *span, *names)
    return Overtake(winner, loser, before.first, after.last, wide or hole, tuple(b.id for b in forbidden))
