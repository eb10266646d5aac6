"""Known breaks on a chart: in their place, by their title where there is room for it, by their number elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from catalog import Break
from dashboard.charts.layers.break_bands import BreakBands

SPAN = (pd.Timestamp("2020-01-01"), pd.Timestamp("2024-12-31"))


def known(title: str, since: date, until: date, kind: str = "break") -> Break:
    """A break of some metric."""
    return Break(title, kind, title, "", since, until, ("stars",), "")


WIDE = known("The table sank", date(2020, 9, 1), date(2021, 3, 31))
NARROW = known("A day doubled", date(2022, 6, 1), date(2022, 6, 3), "incident")
NOTICE = known("One client", date(2023, 7, 1), date(2023, 7, 31), "notice")


def bands(*breaks: Break, small: bool = False) -> BreakBands:
    return BreakBands(breaks, SPAN, dark=False, small=small)


def test_a_wide_band_carries_its_title_in_lines_and_a_narrow_one_its_number() -> None:
    rows = bands(NARROW, WIDE).rows
    assert rows["number"].tolist() == ["1", "2"]
    assert [label.split() for label in rows["label"]] == [["The", "table", "sank"], []]
    assert rows["days"].tolist() == ["1 September 2020 to 31 March 2021", "1 to 3 June 2022"]


def test_a_title_too_long_for_its_band_is_not_cut_but_gives_way_to_the_number() -> None:
    long = replace(WIDE, title="The beginning of this is known only as about September of that very year")
    assert bands(long).rows["label"].tolist() == [""]


def test_a_band_in_which_another_lies_has_no_title() -> None:
    inside = replace(NARROW, since=date(2021, 1, 2), until=date(2021, 1, 5))
    assert bands(WIDE, inside).rows["label"].tolist() == ["", ""]


def test_a_notice_is_a_tick_and_no_band() -> None:
    (tick,) = (layer.to_dict() for layer in bands(NOTICE).bands())
    assert tick["mark"]["type"] == "rule"
    assert [layer.to_dict()["mark"]["type"] for layer in bands(NARROW, NOTICE).bands()] == ["rect", "rule"]


def test_breaks_outside_the_days_drawn_are_left_out_and_a_small_chart_has_no_labels() -> None:
    before = known("Before", date(2010, 1, 1), date(2010, 2, 1))
    assert not bands(before).bands()
    assert not bands(before).labels()
    assert bands(WIDE).labels()
    assert not bands(WIDE, small=True).labels()


def test_numbers_that_would_touch_on_a_phone_share_one_label() -> None:
    near = [known(f"{day}", date(2022, 6, day), date(2022, 6, day)) for day in (1, 5, 9)]
    far = known("Far", date(2024, 1, 1), date(2024, 1, 2))
    (label,) = bands(*near, far).labels()
    assert label.data["number"].tolist() == ["1–3", "4"]


def test_a_label_that_several_share_stands_over_their_middle() -> None:
    near = [known(f"{day}", date(2022, 6, day), date(2022, 6, day)) for day in (1, 5, 9)]
    (label,) = bands(*near).labels()
    assert label.data["when"].tolist() == [pd.Timestamp("2022-06-05 12:00")]


def test_where_there_is_room_each_mark_has_its_own_number() -> None:
    months = [known(f"{month}", date(2022, month, 1), date(2022, month, 1)) for month in (1, 5, 9)]
    narrow, wide = bands(*months).labels()
    assert narrow.data["number"].tolist() == ["1–3"]
    assert wide.data["number"].tolist() == ["1", "2", "3"]
    assert [layer.to_dict()["transform"] for layer in (narrow, wide)] == [
        [{"filter": "width < 600"}],
        [{"filter": "width >= 600"}],
    ]


def test_a_shared_label_names_only_its_own() -> None:
    between = replace(NOTICE, since=date(2022, 6, 2), until=date(2022, 6, 2))
    near = [known(f"{day}", date(2022, 6, day), date(2022, 6, day)) for day in (1, 5)]
    numbers = [label.data["number"].tolist() for label in bands(*near, between).labels()]
    assert numbers == [["1, 3"], ["2"]]
