"""Panels of many frameworks: what is skipped to be quick is nothing that would have been found."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from answers.panel import Panel, panels
from answers.questions import final_through
from catalog import load
from storage import Store
from tests.support.clocks import NOW

CATALOG = load()
FIRST = date(2024, 1, 1)


def made(metric: str, random: np.random.Generator, frameworks: int, days: int) -> Panel:
    """Frameworks near to each other, each seen on days of its own."""
    seen: dict[str, pd.DataFrame] = {}
    for name in list(CATALOG.frameworks)[:frameworks]:
        first, last = np.sort(random.integers(0, days, 2))
        kept = np.flatnonzero(random.random(days) < random.choice([0.1, 0.9, 1.0]))
        kept = kept[(kept >= first // 2) & (kept <= max(last, days // 2))]
        values = 500 + np.cumsum(random.integers(-1, 4, days)) if metric == "stars" else random.poisson(800, days)
        moments = [pd.Timestamp(FIRST + timedelta(days=int(day))) for day in kept]
        numbers = {"value": values[kept].astype("float64"), "base": np.nan}
        frame = pd.DataFrame({"framework": name, "period": moments, "period_end": moments} | numbers)
        if len(frame):
            seen[name] = frame
    return Panel(CATALOG, CATALOG.metrics[metric], seen, FIRST + timedelta(days=days))


@pytest.mark.parametrize("metric", ["stars", "downloads_no_mirrors"])
def test_no_overtake_is_missed_by_looking_only_at_those_that_cross(metric: str) -> None:
    overtakes = skipped = 0
    for seed in range(40):
        panel = made(metric, np.random.default_rng(seed), 6, 400 if metric == "stars" else 900)
        every = [panel.head_to_head(a, b) for a, b in combinations(panel.seen, 2)]
        crossed = list(panel.crossed())
        assert [o for pairing in crossed for o in pairing.overtakes] == [o for p in every for o in p.overtakes]
        overtakes += sum(len(pairing.overtakes) for pairing in every)
        skipped += len(every) - len(crossed)
    assert skipped
    assert overtakes or metric != "stars"  # levels that are alike do cross; flows that are alike must not


@pytest.mark.parametrize("metric", ["stars", "downloads_no_mirrors"])
def test_the_newest_day_is_that_of_all_pairs(metric: str) -> None:
    days = set()
    for seed in range(40):
        panel = made(metric, np.random.default_rng(seed), 5, 120)
        lasts = [pair.last for a, b in combinations(panel.seen, 2) if (pair := panel.head_to_head(a, b).last)]
        assert panel.newest() == max(lasts, default=None), seed
        days.add(panel.newest())
    assert len(days) > 5


def test_of_the_almanac_nothing_is_missed(full: Store) -> None:
    for panel in panels(full, CATALOG, tuple(CATALOG.frameworks), final_through(NOW), None).values():
        every = [o for a, b in combinations(panel.seen, 2) for o in panel.head_to_head(a, b).overtakes]
        assert [o for pairing in panel.crossed() for o in pairing.overtakes] == every
