"""One way to write an answer as JSON, and one guard for those who open a table in a spreadsheet."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

import pandas as pd
import pytest

from answers.json_and_csv import IN_FULL, caveats_and_sources, escape_formula, to_json
from catalog import Metric, load
from dashboard.widgets import data_table


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Inner:
    day: date | None
    share: float

    @property
    def percent(self) -> float:
        return 100 * self.share


@dataclass(frozen=True, slots=True)
class Outer:
    name: str
    colour: Colour
    inner: tuple[Inner, ...]
    by_id: dict[str, Inner]
    moment: datetime
    count: int = 3


OUTER = Outer(
    "a", Colour.RED, (Inner(date(2026, 1, 2), math.nan),), {"x": Inner(None, 0.5)}, datetime(2026, 1, 2, 3, tzinfo=UTC)
)


def test_a_dataclass_is_an_object_of_its_fields_in_their_order() -> None:
    assert json.dumps(to_json(OUTER)) == (
        '{"name": "a", "colour": "red", "inner": [{"day": "2026-01-02", "share": null}], '
        '"by_id": {"x": {"day": null, "share": 0.5}}, "moment": "2026-01-02T03:00:00+00:00", "count": 3}'
    )


def test_named_fields_alone_in_the_order_they_are_named() -> None:
    assert list(to_json(OUTER, "count", "name")) == ["count", "name"]


@dataclass(frozen=True, slots=True)
class Renamed:
    year: int = field(metadata={"json": "edition"})
    inner: tuple[Inner, ...] = field(metadata={"of": ("share", "percent")})
    metric: Metric


def test_a_field_may_have_another_name_and_what_of_it_is_written() -> None:
    written = to_json(Renamed(2026, (Inner(None, 0.25),), load().metrics["stars"]))
    assert list(written) == ["edition", "inner", "metric"]
    assert written["inner"] == [{"share": 0.25, "percent": 25.0}]
    assert tuple(written["metric"]) == IN_FULL[Metric]


def test_what_is_named_more_than_once_is_in_full_once() -> None:
    catalog = load()
    about = caveats_and_sources(catalog, [catalog.metrics[name] for name in ("stars", "stars", "forks")])
    codes = [caveat["code"] for caveat in about["caveats"]]
    assert codes == list(dict.fromkeys(catalog.metrics["stars"].caveats + catalog.metrics["forks"].caveats))
    ids = [source["id"] for source in about["sources"]]
    assert len(ids) == len(set(ids)) > 0


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_is_neutralised_in_files_and_in_tables(start: str) -> None:
    texts = [f"{start}1+1", f"a{start}"]
    assert [escape_formula(text) for text in texts] == [f"'{start}1+1", f"a{start}"]
    assert data_table.escape_formulas(pd.Series(texts)).tolist() == [escape_formula(text) for text in texts]
