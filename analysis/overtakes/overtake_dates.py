"""When one passed the other: an overtake is a bracket, not a day.

The bracket runs from the last moment at which the one still led to the first at which the other leads; a tie is no
lead. Of a level a moment is any reading of either; of a flow only leads count that are more than chance and last; of a
share only those beyond sampling noise and rounding, and of one that is pooled over months only those that last until
no month of it is left in the pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np

from analysis.anomalies.detection import Flag
from analysis.arrays import Days, Points
from analysis.breaks import forbidding
from analysis.gaps import Hole
from analysis.overtakes.counter_leads import undisputed
from analysis.overtakes.noise import can_turn
from analysis.overtakes.paired_series import Pair, Pairs, moments_of
from analysis.overtakes.persistence import lasting_turns
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


def overtakes_of_levels(
    moments: Pairs,
    sides: tuple[Points, Points],
    names: tuple[str, str],
    metric: Metric,
    missing: Sequence[Hole],
    breaks: Sequence[Break],
) -> tuple[Overtake, ...]:
    """The overtakes by all readings; those that doubtful readings of one side alone made are marked `fallen`."""
    overtakes = decided_overtakes(moments, names, metric, missing, breaks)
    for place, name in enumerate(names):
        steady = undisputed(sides[place])
        if not overtakes or len(steady) == len(sides[place]):
            continue
        without = moments_of(steady, sides[1]) if place == 0 else moments_of(sides[0], steady)
        standing = decided_overtakes(without, names, metric, missing, breaks)
        overtakes = tuple(
            o if any(o.winner == s.winner and o.overlaps(s) for s in standing) else replace(o, fallen=name)
            for o in overtakes
        )
    return overtakes


def decided_overtakes(
    pairs: Pairs, names: tuple[str, str], metric: Metric, missing: Sequence[Hole], breaks: Sequence[Break]
) -> tuple[Overtake, ...]:
    """Wherever a decided pair and the next decided one disagree."""
    decided = np.flatnonzero(pairs.sign)
    turned = np.flatnonzero(np.diff(pairs.sign[decided]))
    return tuple(
        _overtake(pairs[int(before)], pairs[int(after)], names, metric, missing, breaks)
        for before, after in zip(decided[turned], decided[turned + 1], strict=True)
    )


def overtakes_of_flows(
    pairs: Pairs, names: tuple[str, str], metric: Metric, missing: Sequence[Hole], breaks: Sequence[Break]
) -> Iterator[Overtake]:
    """The changes of lead that are more than chance and last."""
    if not can_turn(pairs.a, pairs.b, pairs.start, pairs.last):
        return
    for old, new, held in lasting_turns(pairs.sign, np.sign(pairs.a - pairs.b), pairs.last):
        yield replace(_overtake(pairs[old], pairs[new], names, metric, missing, breaks), lasted=pairs[held].last)


def overtakes_of_pools(
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
