"""Surveys: differences with their intervals against reference figures, what is refused, lineage, page, API, command."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import binomtest

from analysis import Refused, Sample, difference, newcombe, rest, widest
from answers.question import QuestionError, SurveyQuestion
from answers.surveys.answer import Surveys, surveys, surveys_json
from answers.surveys.differences import ShareDifference
from answers.surveys.editions import survey_editions
from catalog import Catalog, almanac, load
from dashboard import cache
from dashboard.charts import dot_chart
from dashboard.charts.line_chart import LABEL_SIZE, Line
from dashboard.views.surveys import differences
from migrations import migrate
from storage import Batch, Observation, Payload, Period, Store
from tests.support.serving import Server, copied, serving
from tests.support.visiting import alts, charts, opened, words
from uptake.cli import commands

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CATALOG = load()
# Stack Overflow 2019, counted from the edition's answers: who ticked Flask, of how many
EUROPE_2019, STATES_2019, ALL_2019 = (2_772, 25_803), (2_176, 15_302), (7_694, 65_022)


def share(ticked: int, base: int, step: float = 0.0) -> Sample:
    return Sample(ticked / base, base, step)


# -- the intervals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "low", "high", "told"),
    [  # statsmodels 0.15.0, confint_proportions_2indep(method="newcomb", compare="diff")
        (STATES_2019, EUROPE_2019, 0.02811400657753, 0.04151693393747, "more"),
        ((6_245, 45_161), (8_734, 66_938), 0.00373458368324, 0.01189506791883, "more"),
        ((5, 400), (9, 350), -0.03675247443148, 0.00720212321844, "chance"),
        ((300, 300), (290, 310), 0.03882308563769, 0.09754399674049, "more"),
        ((0, 500), (3, 400), -0.02181572072403, 0.00158815600474, "chance"),
        ((8_734, 66_938), (6_245, 45_161), -0.01189506791883, -0.00373458368324, "less"),
    ],
)
def test_two_samples_as_the_reference_has_them(
    a: tuple[int, int], b: tuple[int, int], low: float, high: float, told: str
) -> None:
    found = difference(share(*a), share(*b))
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-12)
    assert found.value == pytest.approx(a[0] / a[1] - b[0] / b[1])
    assert found.direction == told


def test_all_others_are_a_sample_of_their_own() -> None:
    others = rest(share(*ALL_2019), share(*EUROPE_2019))
    assert (others.base, round(others.share * others.base)) == (39_219, 4_922)
    found = difference(share(*EUROPE_2019), others)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((-0.02305406496349, -0.01304779771015), abs=1e-12)


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        (share(10, 1_000), share(11, 500)),  # more ticked in the part than in the whole
        (share(500, 1_000), share(10, 1_001)),  # more people
        (share(990, 1_000), share(1, 400)),  # more ticks left than people
        (Sample(0.5), share(1, 400)),
    ],
)
def test_a_part_that_is_none_is_refused(whole: Sample, part: Sample) -> None:
    with pytest.raises(Refused):
        rest(whole, part)


@pytest.mark.parametrize("apart", [difference, widest])
def test_too_few_people_and_unknown_shares_are_refused(apart: Callable[[Sample, Sample], object]) -> None:
    with pytest.raises(Refused, match="Only 299 people"):
        apart(share(50, 299), share(50, 400))
    with pytest.raises(Refused, match="not known"):
        apart(Sample(math.nan, 400), share(50, 400))
    assert apart(share(50, 300), share(50, 300))


@pytest.mark.parametrize("apart", [difference, widest])
def test_without_a_base_there_is_no_interval(apart: Callable[[Sample, Sample], object]) -> None:
    found = difference(Sample(0.61), Sample(0.28)) if apart is difference else widest(Sample(0.61), Sample(0.28))
    assert (found.interval, found.direction) == (None, "unknown")
    assert found.value == pytest.approx(0.33)


def test_the_interval_of_rounded_shares_holds_whatever_was_rounded() -> None:
    found = difference(Sample(0.35, 29_000, 0.01), Sample(0.33, 25_000, 0.01))
    assert found.interval is not None
    for a in (0.345, 0.35, 0.355):
        for b in (0.325, 0.33, 0.335):
            exact = newcombe(a, 29_000, b, 25_000)
            assert found.interval.low <= exact.low + 1e-12
            assert exact.high <= found.interval.high + 1e-12
    corner = newcombe(0.345, 29_000, 0.335, 25_000)
    assert found.interval.low == pytest.approx(corner.low, abs=1e-12)  # and no wider than it takes


def test_the_widest_is_newcombes_for_pairs_that_nobody_ticked_both_of() -> None:
    """By the published formula, from the table of a pair, with scipy's Wilson intervals."""
    only_a, only_b, base = 120, 90, 1_000
    p, q = only_a / base, only_b / base
    (l1, u1), (l2, u2) = (tuple(binomtest(k, base).proportion_ci(0.95, method="wilson")) for k in (only_a, only_b))
    neither = base - only_a - only_b
    phi = (0 * neither - only_a * only_b) / math.sqrt(only_a * (base - only_a) * only_b * (base - only_b))
    low = p - q - math.sqrt((p - l1) ** 2 - 2 * phi * (p - l1) * (u2 - q) + (u2 - q) ** 2)
    high = p - q + math.sqrt((u1 - p) ** 2 - 2 * phi * (u1 - p) * (q - l2) + (q - l2) ** 2)
    found = widest(share(only_a, base), share(only_b, base))
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-9)


def test_the_widest_is_wider_than_that_of_two_samples_and_takes_one_base() -> None:
    a, b = share(3_402, 22_970), share(3_501, 22_970)
    pair, two = widest(a, b).interval, difference(a, b).interval
    assert pair is not None
    assert two is not None
    assert pair.low < two.low < two.high < pair.high
    with pytest.raises(Refused, match="different numbers"):
        widest(a, share(3_501, 22_969))


@pytest.mark.parametrize(
    ("p", "n", "q", "m"),
    [(0.14, 2_000, 0.12, 1_500), (0.02, 400, 0.03, 900), (0.5, 300, 0.5, 300), (0.005, 600, 0.01, 500)],
)
def test_the_interval_of_two_samples_covers_what_it_says(p: float, n: int, q: float, m: int) -> None:
    random = np.random.default_rng(1998)
    drawn = zip(random.binomial(n, p, 1_500), random.binomial(m, q, 1_500), strict=True)
    held = [_holds(difference(share(a, n), share(b, m)).interval, p - q) for a, b in drawn]
    assert 0.935 <= np.mean(held) <= 0.99


@pytest.mark.parametrize("both", ["none", "by chance", "as many as can"])
def test_the_widest_interval_covers_however_many_ticked_both(both: str) -> None:
    p, q, n = 0.15, 0.13, 1_500
    p11 = {"none": 0.0, "by chance": p * q, "as many as can": q}[both]
    cells = np.random.default_rng(2635).multinomial(n, [p11, p - p11, q - p11, 1 - p - q + p11], 1_500)
    held = [_holds(widest(share(c[0] + c[1], n), share(c[0] + c[2], n)).interval, p - q) for c in cells]
    assert np.mean(held) >= 0.94
    if both == "none":
        assert np.mean(held) <= 0.965  # and it is no wider than it must be


def test_rounding_is_covered_too() -> None:
    random, p, q, n = np.random.default_rng(7), 0.344, 0.336, 4_000
    held = []
    for a, b in zip(random.binomial(n, p, 1_500) / n, random.binomial(n, q, 1_500) / n, strict=True):
        found = difference(Sample(round(a, 2), n, 0.01), Sample(round(b, 2), n, 0.01))
        held.append(_holds(found.interval, p - q))
    assert np.mean(held) >= 0.95


def _holds(interval: object, value: float) -> bool:
    low, high = getattr(interval, "low"), getattr(interval, "high")  # noqa: B009 - None would be a fault
    return bool(low <= value <= high)


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def regions_store(full_store: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What comes with Uptake, and the regions of one edition as its own file has them."""
    url = copied(full_store, tmp_path_factory.mktemp("surveys"))
    with Store.open(url) as store:
        run = store.start_run("stackoverflow", trigger="cli", now=NOW)
        payload = Payload("stackoverflow:microdata", "results.csv", b"counts", NOW)
        store.write(run.id, "flask", "microdata-2019", Batch(payload, tuple(_cells())))
    return url


def _cells() -> Iterator[Observation]:
    places = {"region=europe": EUROPE_2019, "region=united-states": STATES_2019, "region=eu27": (1_893, 18_059)}
    for dimension, (ticked, base) in (places | {"country=AD": (90, 120)}).items():
        yield Observation("so_worked_with", "flask", Period.year(2019), ticked / base, base, dimension)
    yield Observation("so_want_to_work_with", "flask", Period.year(2019), 8_163 / 62_944, 62_944)


@pytest.fixture
def ask(regions_store: str) -> Iterator[Callable[..., Surveys]]:
    with Store.open(regions_store, read_only=True) as store:
        yield lambda *asked, **more: surveys(store, CATALOG, SurveyQuestion(*asked, **more), NOW)


def only(found: tuple[ShareDifference, ...]) -> ShareDifference:
    assert len(found) == 1
    return found[0]


def test_the_last_two_editions_that_compare_are_told_with_their_interval(ask: Callable[..., Surveys]) -> None:
    found = ask("so_worked_with", ("flask", "django", "fastapi"))
    assert found.span == (2023, 2024)
    assert found.sentence == (
        "In the Stack Overflow survey (worked with), 2023 to 2024: FastAPI up 2.7 points to 10.6 %, Flask up 0.8 "
        "points to 13.8 % and Django up 0.6 points to 12.9 %. In 2025, which does not compare with 2024 (a question "
        "before the question): FastAPI 15.2 %, Flask 14.8 % and Django 13.0 %."
    )
    assert found.changes[0].sentence == (
        "Flask rose from 13.0 % to 13.8 % between 2023 and 2024: 0.8 points more, 95 % interval 0.4 to 1.2 (sampling "
        "noise only)."
    )


def test_a_fall_and_what_chance_allows_are_said(ask: Callable[..., Surveys]) -> None:
    fell = only(ask("so_worked_with", ("flask",), first=2022, second=2023).changes)
    assert fell.sentence.startswith("Flask fell from 14.9 % to 13.0 % between 2022 and 2023: 1.9 points less, 95 % int")
    same = only(ask("so_worked_with", ("blazor",)).changes)
    assert same.outcome == "chance"
    assert same.sentence.endswith("0.2 less to 0.3 more: cannot be told from chance.")
    assert "Blazor not beyond what chance allows" in ask("so_worked_with", ("blazor",)).sentence


@pytest.mark.parametrize(
    ("metric", "first", "second", "why"),
    [
        ("so_worked_with", 2018, 2019, "A list of web frameworks only"),
        ("so_worked_with", 2020, 2021, "Libraries joined the question"),
        ("so_worked_with", 2021, 2022, "Technologies joined the question"),
        ("so_worked_with", 2024, 2025, "A question before the question"),
        ("so_worked_with", 2019, 2025, "Libraries joined the question; Technologies joined the question; A question b"),
        ("pds_use", 2017, 2018, "Another base"),
    ],
)
def test_no_difference_across_a_changed_wording_base_or_gate(
    ask: Callable[..., Surveys], metric: str, first: int, second: int, why: str
) -> None:
    refused = only(ask(metric, ("django",), first=first, second=second).changes)
    assert refused.outcome == "refused"
    assert refused.difference is None
    assert refused.reason.startswith(why)
    assert f"Django in {first} and in {second} are not compared. {why}" in refused.sentence


def test_an_unknown_wording_is_a_doubt(ask: Callable[..., Surveys]) -> None:
    found = only(ask("so_worked_with", ("flask",), first=2019, second=2020).changes)
    assert found.outcome == "more"
    assert any("worded the question is not known" in doubt for doubt in found.doubts)


def test_not_asked_is_no_zero(ask: Callable[..., Surveys]) -> None:
    flask, fastapi = ask("so_worked_with", ("flask", "fastapi"), first=2019, second=2020).changes
    assert flask.difference is not None
    assert fastapi.reason == "Not asked in 2019 and 2020, or not known."


def test_wishes_of_two_kinds_of_base_do_not_compare(ask: Callable[..., Surveys]) -> None:
    refused = only(ask("so_want_to_work_with", ("flask",), first=2019, second=2020).changes)
    assert (
        "In 2019 wishes are divided by those who told what they want, in 2020 by those who told what" in refused.reason
    )
    assert only(ask("so_want_to_work_with", ("flask",), first=2022, second=2023).changes).outcome == "less"


def test_whole_percents_count_as_what_they_may_have_been(ask: Callable[..., Surveys]) -> None:
    found = ask("pds_use", ("flask", "django"))
    assert [c.outcome for c in found.changes] == ["chance", "more"]
    assert all("Printed in whole percents" in c.doubts[0] for c in found.changes)


def test_groups_without_a_common_member_are_told_and_others_refused(ask: Callable[..., Surveys]) -> None:
    found = only(
        ask("so_worked_with", ("flask",), edition=2019, here="region=europe", there="region=united-states").groups
    )
    assert found.sentence == (
        "Flask in 2019: 10.7 % in Europe, 14.2 % in the United States: there 3.5 points more, 95 % interval 2.8 to 4.2 "
        "(sampling noise only)."
    )
    overlap = only(ask("so_worked_with", ("flask",), edition=2019, here="region=europe", there="region=eu27").groups)
    assert "both have Austria, Belgium and Bulgaria and 23 more" in overlap.reason
    country = only(ask("so_worked_with", ("flask",), edition=2019, here="region=europe", there="country=AD").groups)
    assert "both have Andorra" in country.reason


def test_a_group_against_all_others_leaves_it_out_of_them(ask: Callable[..., Surveys]) -> None:
    found = only(ask("so_worked_with", ("flask",), edition=2019, here="region=europe").groups)
    assert found.second.sample.base == 39_219
    assert "10.7 % in Europe, 12.6 % outside Europe: there 1.8 points more, 95 % interval 1.3 to 2.3" in found.sentence


def test_a_small_group_is_not_told(ask: Callable[..., Surveys]) -> None:
    found = only(
        ask("so_worked_with", ("flask",), edition=2019, here="country=AD", there="region=united-states").groups
    )
    assert found.reason == "Only 120 people answered on one side; below 300 no share is told."
    assert "75" not in found.sentence


def test_segments_have_no_interval(ask: Callable[..., Surveys]) -> None:
    here, there = "segment=data-scientists", "segment=web-developers"
    found = only(ask("pds_use", ("django",), edition=2024, here=here, there=there).groups)
    assert found.outcome == "unknown"
    assert found.sentence == (
        "Django in 2024: 28.0 % among data scientists, 61.0 % among web developers: there 33.0 points more, no "
        "interval, as it is not known how many people answered."
    )


def test_frameworks_of_one_edition_are_the_same_people(ask: Callable[..., Surveys]) -> None:
    pairs = ask("so_worked_with", ("flask", "django", "fastapi")).pairs
    told = {(c.first.framework, c.second.framework): c.outcome for c in pairs}
    assert told == {("django", "flask"): "more", ("django", "fastapi"): "more", ("flask", "fastapi"): "chance"}
    assert all("The same people answered for both" in c.doubts[-1] for c in pairs)


def test_wishes_beside_use(ask: Callable[..., Surveys]) -> None:
    found = ask("so_worked_with", ("flask", "fastapi"))
    row = next(
        r
        for r in almanac("surveys")
        if r["year"] == "2024" and r["framework"] == "fastapi" and r["survey"] == "stackoverflow"
    )
    last = next(a for a in found.wanted_next_year if (a.framework, a.edition) == ("fastapi", 2024))
    assert last.worked == pytest.approx(int(row["worked_with"]) / int(row["answered"]))
    assert last.more == pytest.approx((int(row["want_to_work_with"]) - int(row["worked_with"])) / int(row["answered"]))
    assert not [a for a in found.wanted_next_year if a.framework == "fastapi" and a.edition < 2021]
    assert ask("pds_use", ("flask",)).wanted_next_year == ()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("stars",), "is no survey"),
        (("so_worked",), "did you mean"),
        (("so_worked_with", ("flaskk",)), "did you mean flask"),
        (("so_worked_with", ("flask",), "", 2024, 2023), "reversed"),
        (("so_worked_with", ("flask",), "", 2018, 2019), "No share of 2018 is known"),
        (("so_worked_with", ("flask",), "", None, None, 2026), "No share of 2026"),
        (("so_worked_with", ("flask",), "", None, None, None, "region=atlantis"), "no region 'atlantis'"),
        (("so_worked_with", ("flask",), "", None, None, None, "planet=earth"), "is country=... or region=... or rest"),
        (("so_worked_with", ("flask",), "", None, None, None, "rest"), "All others than whom"),
        (("so_worked_with", ("flask",), "planet=earth"), "not split by 'planet'"),
    ],
)
def test_what_makes_no_sense_is_said(ask: Callable[..., Surveys], asked: tuple[object, ...], why: str) -> None:
    with pytest.raises(QuestionError, match=re.escape(why)):
        ask(*asked)


def test_what_was_not_known_then_is_not_told(ask: Callable[..., Surveys]) -> None:
    found = ask("so_worked_with", ("flask",), as_of=datetime(2020, 1, 1, tzinfo=UTC))
    assert (found.years, found.changes, found.pairs) == ((), (), ())


# -- what was asked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["so_worked_with", "pds_use"])
def test_the_lineage_has_every_edition_and_breaks_where_the_register_says(metric: str) -> None:
    catalog = CATALOG
    found = survey_editions(catalog, catalog.metrics[metric])
    assert [e.year for e in found] == list(range(found[0].year, found[-1].year + 1))
    assert {b for e in found for b in e.breaks} == {b for b in catalog.breaks_of(metric) if b.kind == "break"}
    for edition in found:
        assert all(b.until.year == edition.year for b in edition.breaks)
        rows = _printed(catalog, metric, edition.year)
        assert edition.is_known == bool(rows)
        assert {str(edition.base)} == {row["answered"] for row in rows} or not rows
    assert all(
        a.question == b.question
        for a, b in pairwise(found)
        if a.is_known and b.is_known and not b.breaks and a.year != 2019
    )


def _printed(catalog: Catalog, metric: str, year: int) -> list[dict[str, str]]:
    survey = catalog.metrics[metric].sources[0]
    return [r for r in almanac("surveys") if (r["survey"], r["year"], r["segment"]) == (survey, str(year), "")]


def test_the_lineage_knows_what_came_onto_the_list_and_who_saw_it() -> None:
    found = {e.year: e for e in survey_editions(CATALOG, CATALOG.metrics["so_worked_with"])}
    assert {y: e.added for y, e in found.items() if e.added} == {
        2019: ("flask", "express"), 2020: ("aspnet-core",), 2021: ("fastapi",), 2022: ("blazor",)
    }  # fmt: skip
    assert [y for y, e in found.items() if e.gate] == [2025, 2026]
    assert "web technologies" in found[2025].asked_of
    assert found[2024].asked_of == "everybody who took the survey"
    assert not any(e.removed for e in found.values())
    assert not found[2026].is_known


# -- the doors ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(regions_store: str, at_store: Callable[..., None]) -> str:
    at_store(regions_store)
    return regions_store


@pytest.mark.usefixtures("store")
def test_the_page_leads_with_what_changed() -> None:
    app = opened("surveys")
    said = words(app)
    assert (
        app.header[0].value.replace("\\", "").startswith("In the Stack Overflow survey (worked with), 2023 to 2024: F")
    )
    for title in (
        "What changed",
        "Two groups of one edition",
        "Two frameworks of one edition",
        "What was asked, and of",
    ):
        assert title in said
    assert "Flask rose from 13.0 % to 13.8 % between 2023 and 2024: 0.8 points more" in said
    assert "10.7 % in Europe, 14.2 % in the United States" in said
    assert "2025: web frameworks and web technologies · asked of those who first said" in said.replace("**", "")
    assert [alt.partition(":")[0] for alt in alts(app)] == [
        "Stack Overflow survey",
        "Change from 2023 to 2024",
        "2019, in the United States against in Europe",
        "Worked with against want to work with in 2025",
    ]
    assert "FastAPI 2.7 points more, 95 % interval 2.3 to 3.0" in alts(app)[1]
    assert dict(app.query_params) == {}
    assert not app.warning


@pytest.mark.usefixtures("store")
def test_the_choice_of_editions_and_groups_is_in_the_url() -> None:
    app = opened("surveys", **{"from": "2021", "to": "2022", "here": "region=eu27", "there": "rest", "edition": "2020"})
    said = words(app)
    assert "Flask, Django and FastAPI are not compared. Technologies joined the question." in said
    assert app.header[0].value.startswith("2021 and 2022 do not compare \\(technologies joined the question\\)")
    assert "outside the European Union (27)" in said
    assert "Worked with and want to work with, 2020" in said
    app.selectbox(key="control_from").select("2022").run()
    app.selectbox(key="control_to").select("2024").run()
    assert "between 2022 and 2024" in words(app)
    assert "2022" in str(app.query_params["from"])
    assert "to" not in app.query_params  # 2024 is what is shown anyway


@pytest.mark.usefixtures("store")
def test_a_split_with_one_edition_lists_every_group() -> None:
    app = opened("surveys", framework="flask", dimension="region=*")
    assert alts(app)[0].startswith("Stack Overflow survey: worked with, 2019, with 95 % intervals: United States 14.2")
    assert "What changed" not in words(app)


@pytest.mark.usefixtures("store")
def test_the_python_survey_says_what_it_cannot_tell() -> None:
    said = words(opened("surveys", survey="pds_use"))
    assert "no interval, as it is not known how many people answered" in said
    assert "2019: no trustworthy copy of its figures was found" in said.replace("**", "")
    assert "Printed in whole percents" in said


def test_one_edition_alone_is_shown(sqlite_url: str, at_store: Callable[..., None]) -> None:
    migrate(sqlite_url)
    with Store.open(sqlite_url) as store:
        run = store.start_run("stackoverflow", trigger="cli", now=NOW)
        seen = Observation("so_worked_with", "flask", Period.year(2024), 0.138, 45_161)
        store.write(run.id, "flask", "published", Batch(Payload("stackoverflow", "x", b"x", NOW), (seen,)))
    at_store(sqlite_url)
    app = opened("surveys", framework="flask")
    assert charts(app) == 1
    assert "It takes two frameworks with a share." in words(app)


def test_charts_keep_every_name_and_mark() -> None:
    names = [f"Framework {n}" for n in range(24)]
    frame = pd.DataFrame(
        {
            "line": names, "name": names, "value": np.linspace(0.03, -0.02, 24), "low": np.linspace(0.02, -0.03, 24),
            "high": np.linspace(0.04, -0.01, 24), "shown": "", "interval": "", "told": ["more"] * 20 + ["chance"] * 4,
        }
    )  # fmt: skip
    lines = [Line(name, name, "#000000") for name in names]
    drawn = dot_chart.differences(frame, lines, dark=False).to_dict()
    axis = drawn["layer"][0]["encoding"]["y"]
    assert axis["sort"] == names
    assert axis["axis"]["labelOverlap"] is False
    assert drawn["height"] / 24 >= LABEL_SIZE + 6  # each name has a line of its own
    hollow = [layer for layer in drawn["layer"] if layer["mark"].get("filled") is False]
    assert len(drawn["datasets"][hollow[0]["data"]["name"]]) == 4
    assert "Framework 0" in differences.summary(frame.assign(shown="3.0 points more", interval="x"), "Change")


@pytest.fixture(scope="module")
def server(regions_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(regions_store, tmp_path_factory.mktemp("server")) as running:
        yield running


def test_page_api_and_command_say_the_same(server: Server, store: str) -> None:
    asked = {"framework": "flask,django", "from": "2022", "to": "2023", "edition": "2019", "here": "region=europe"}
    answer = server.get("/api/v1/surveys.json?" + "&".join(f"{k}={v}" for k, v in asked.items()))
    assert answer.status == 200
    options = [text for name, value in asked.items() for text in (f"--{name}", value)]
    told = json.loads(CliRunner().invoke(commands, ["surveys", *options, "--json"]).output)
    question = SurveyQuestion("so_worked_with", ("flask", "django"), "", 2022, 2023, 2019, "region=europe")
    page = json.loads(json.dumps(surveys_json(cache.surveys(question))))
    assert answer.json == told == page
    assert [c["told"] for c in told["changes"]] == ["less", "less"]
    assert [c["told"] for c in told["groups"]] == ["more", "more"]
    assert {c["code"] for c in told["caveats"]} >= set(CATALOG.metrics["so_worked_with"].caveats)
    assert all(s["licence"] for s in told["sources"])
    assert [e["edition"] for e in told["lineage"] if not e["compares_with_the_one_before"]] == [
        2019,
        2021,
        2022,
        2025,
        2026,
    ]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("metric=stars", "is no survey"),
        ("from=2024a", "from is a year such as 2024"),
        ("from=2024&to=2023", "reversed"),
        ("year=2024", "Unknown parameter"),
        ("here=%3Cscript%3E", "A group of"),
    ],
)
def test_the_api_refuses_in_one_sentence(server: Server, query: str, why: str) -> None:
    answer = server.get(f"/api/v1/surveys.json?{query}")
    assert answer.status == 400
    assert why in str(answer.json["error"])


def test_the_command_tells_differences_doubts_and_lineage(store: str) -> None:
    done = CliRunner().invoke(commands, ["surveys", "--framework", "flask,fastapi", "--editions"])
    assert done.exit_code == 0, done.output
    for text in (
        "Between editions:\n  Flask rose from 13.0 % to 13.8 %",
        "Between frameworks, 2025:\n  Flask 14.8 % and FastAPI 15.2 % in 2025: FastAPI has 0.4 points more",
        "(The same people answered for both.",
        "FastAPI: 12.7 % want it, 15.2 % worked with it (2.5 points fewer want it)",
        "---- A question before the question",
        "2022  web frameworks and web technologies, of everybody who took the survey, 53,544 answers; new on the list",
    ):
        assert text in done.output
