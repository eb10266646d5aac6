"""Q04: two thousand sequences of telling, revising, withdrawing, failing and repeating, against a model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as some

from storage import Batch, Lease, LeaseLost, Observation, Payload, Period, Store
from tests.support.serving import copied

pytestmark = pytest.mark.fault
START, DAY, SPAN = datetime(2026, 1, 1, tzinfo=UTC), date(2025, 1, 1), 4
LOST = Lease("collect:github", "nobody", 99, START)  # never given to anyone: whatever is written under it fails
Said = dict[int, int]

tellings = some.dictionaries(some.integers(0, SPAN - 1), some.integers(0, 2), max_size=SPAN)
steps = some.lists(some.tuples(some.sampled_from(("some", "whole", "fails", "again")), tellings), max_size=7)


class Model:
    """What should be known: the days said last, and that after every step."""

    def __init__(self) -> None:
        self.known: Said = {}
        self.vintages: list[Said] = []

    def hear(self, kind: str, said: Said) -> None:
        """`whole`: a day that is not said is withdrawn. What fails was never said."""
        if kind != "fails":
            self.known = dict(said) if kind == "whole" else self.known | said
        self.vintages.append(dict(self.known))


def day(number: int) -> Period:
    return Period.day(DAY + timedelta(days=number))


def told(name: str, said: Said, at: datetime, *, whole: bool) -> Batch:
    days = tuple(Observation("stars", name, day(number), value) for number, value in said.items())
    body = f"{name} {at} {said}".encode()
    span = {"stars": Period(DAY, DAY + timedelta(days=SPAN))} if whole else {}
    return Batch(Payload("github", "http://x", body, at), days, {"said": len(said)}, whole=span)


def run_through(store: Store, name: str, sequence: Sequence[tuple[str, Said]]) -> None:
    model, run = Model(), store.start_run("github", trigger="cli", now=START).id
    for hour, (kind, said) in enumerate(sequence):
        batch = told(name, said, START + timedelta(hours=hour), whole=kind == "whole")
        with suppress(LeaseLost):
            store.write(run, name, "snapshot", batch, lease=LOST if kind == "fails" else None)
        if kind == "again":
            later = told(name, said, START + timedelta(hours=hour, minutes=1), whole=False)
            counts = store.write(run, name, "snapshot", later)
            assert (counts.new, counts.revised) == (0, 0)
        model.hear(kind, said)
    for hour, known in enumerate(model.vintages[:-1]):
        assert read(store, name, START + timedelta(hours=hour, minutes=30)) == known
    assert read(store, name, None) == model.known


def read(store: Store, name: str, as_of: datetime | None) -> Said:
    frame = store.read("stars", [name], as_of=as_of)
    return {(p.date() - DAY).days: int(v) for p, v in zip(frame["period"], frame["value"], strict=True)}


def test_q04_two_thousand_sequences_end_as_the_model_says(sqlite_url: str, tmp_path: Path) -> None:
    """Many small stores: what was known as of a moment is read from all of a store."""
    for part in range(20):
        folder = tmp_path / f"{part}"
        folder.mkdir()
        with Store.open(copied(sqlite_url, folder)) as store:
            a_hundred_sequences(store, part)
            assert not list(store.audit())
            assert len(store.runs(1000)) >= 100


def a_hundred_sequences(store: Store, part: int) -> None:
    numbers = count()

    @seed(part)
    @settings(max_examples=100, database=None)
    @given(steps)
    def sequence(said: list[tuple[str, Said]]) -> None:
        run_through(store, f"f{next(numbers)}", said)

    sequence()


def test_q04_in_any_order_the_latest_is_the_same(sqlite_store: Store) -> None:
    """Answers about different days: whichever comes first, all are known in the end, and once."""
    numbers = count()

    @settings(max_examples=30, database=None)
    @given(some.permutations(range(6)), some.lists(some.integers(0, 9), min_size=6, max_size=6))
    def order(places: Sequence[int], values: list[int]) -> None:
        name, run = f"g{next(numbers)}", sqlite_store.start_run("github", trigger="cli", now=START).id
        for hour, place in enumerate((*places, *places)):
            batch = told(name, {place: values[place]}, START + timedelta(hours=hour), whole=False)
            sqlite_store.write(run, name, "snapshot", batch)
        assert read(sqlite_store, name, None) == dict(enumerate(values))
        assert sqlite_store.revisions("stars", name).empty

    order()
