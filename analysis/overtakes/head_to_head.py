"""Two frameworks by one metric: who leads, since when, and on any day.

Two series of one metric are laid beside each other as *pairs*, moments at which both were seen. Of a level a moment is
any reading of either: a reading lies between two of the other side, and where it is above both or below both, who led
that day is certain. `analysis.overtakes.overtake_dates` dates the changes of lead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from analysis.anomalies.detection import Flag
from analysis.arrays import number
from analysis.gaps import Hole
from analysis.overtakes.overtake_dates import (
    Overtake,
    decided_overtakes,
    overtakes_of_flows,
    overtakes_of_levels,
    overtakes_of_pools,
)
from analysis.overtakes.paired_series import (
    TRAILING_DAYS,
    Pair,
    Pairs,
    PreparedSeries,
    is_trailing,
    moments_of,
    pairs_of,
)
from catalog import Break, Kind, Metric

LATE = 7  # days for which the newest reading of a counter serves at least: a source may publish its days late


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
        """Readings of a counter are of a day each, however far apart the two lie; the newest serves until the next is
        published, which may be some days later.
        """
        counter = self.metric.kind is Kind.STOCK and self.metric.period == "day"
        length = 1 if counter else (pair.last - pair.start).days + 1
        unpublished = 31 * max(self.metric.out_after_months - 12, 0)  # days after its year until the next one is out
        late = LATE if counter and number(pair.last) >= self.pairs.last[-1] else 0
        return (on - pair.last).days <= length + max(self.metric.gap_after_days, late) + unpublished

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
        overtakes = overtakes_of_levels(moments, (a.compared, b.compared), names, metric, missing, breaks)
        return HeadToHead(*names, metric, pairs, overtakes, trailing=False, moments=moments)
    if metric.pooled_months:
        overtakes = tuple(overtakes_of_pools(pairs, names, metric, missing, breaks))
        return HeadToHead(*names, metric, pairs, overtakes, trailing=False)
    if metric.kind is Kind.SHARE:
        return head_to_head_of(pairs, metric, names, missing, breaks)
    overtakes = tuple(overtakes_of_flows(pairs, names, metric, missing, breaks))
    return HeadToHead(*names, metric, pairs, overtakes, is_trailing(metric))


def head_to_head_of(
    pairs: Pairs, metric: Metric, names: tuple[str, str], missing: Sequence[Hole] = (), breaks: Sequence[Break] = ()
) -> HeadToHead:
    """The head-to-head of pairs already laid beside each other, with every change between decided ones an overtake;
    `missing` are the holes of either side.
    """
    return HeadToHead(
        *names, metric, pairs, decided_overtakes(pairs, names, metric, missing, breaks), is_trailing(metric)
    )


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
