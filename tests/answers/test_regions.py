"""At least in Europe? From a real store: what 2019 can tell, what planted editions tell, and why there is no answer."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from answers.overtakes.history import overtakes
from answers.questions import QuestionError
from answers.regions.answer import RegionsAnswer, regions, regions_json
from answers.regions.places import Edition, placed, places
from answers.surveys.differences import Shares
from answers.surveys.editions import survey_editions
from catalog import almanac, load
from storage import Batch, Counts, Observation, Payload, Period, Store
from uptake.cli import commands

CATALOG = load()
NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
EUROPE, STATES = "eu27-uk-ch-no", "united-states"
PAIR = ("flask", "django")


def put(store: Store, told: Sequence[Observation], source: str = "stackoverflow") -> None:
    """Store made-up figures."""
    run = store.start_run(source, trigger="cli", now=NOW)
    for name in {o.framework for o in told}:
        mine = tuple(o for o in told if o.framework == name)
        store.write(run.id, name, "published", Batch(Payload(source, f"test:{name}", b"x", NOW), mine))
    store.finish(run.id, "ok", counts=Counts(), failures=[], now=NOW)


def edition(year: int, **shares: tuple[float, float]) -> list[Observation]:
    """Shares of (Flask, Django) in a year: `europe` of 20,000, `states` of 10,000, `world` of 50,000."""
    where = {"europe": (EUROPE, 20_000), "states": (STATES, 10_000), "world": ("", 50_000)}
    return [
        Observation("so_worked_with", name, Period.year(year), share, base, f"region={region}" if region else "")
        for place, pair in shares.items()
        for region, base in [where[place]]
        for name, share in zip(PAIR, pair, strict=True)
    ]


def ask(store: Store, *frameworks: str, **more: object) -> RegionsAnswer:
    return regions(store, CATALOG, frameworks or PAIR, NOW, **more)  # type: ignore[arg-type]  # as given by each test


def of(answer: RegionsAnswer, year: int) -> Edition:
    return next(e for e in answer.editions if e.year == year)


# -- what comes with the program ---------------------------------------------------------------------------------------


def newcombe(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float, float]:
    """How many points the second share is above the first, and Newcombe's 95 % interval, by the textbook."""

    def wilson(count: int, base: int) -> tuple[float, float]:
        z, p = 1.959963984540054, count / base
        centre, reach = p + z * z / (2 * base), z * math.sqrt(p * (1 - p) / base + z * z / (4 * base * base))
        return (centre - reach) / (1 + z * z / base), (centre + reach) / (1 + z * z / base)

    (p, (low, high)), (q, (below, above)) = ((c / n, wilson(c, n)) for c, n in (first, second))
    down, up = math.hypot(q - below, high - p), math.hypot(above - q, p - low)
    return round(100 * (q - p), 2), round(100 * (q - p - down), 2), round(100 * (q - p + up), 2)


def test_at_least_in_europe_is_answered_by_the_almanac_alone(dated: Store) -> None:
    """Of full-time employees in eighteen countries, recomputed from the table with the standard library."""
    inside = set(CATALOG.regions[EUROPE].countries)
    counts: dict[int, tuple[int, int]] = {}
    for row in almanac("survey_fulltime_by_country"):
        if row["framework"] == "flask" and row["country"] in inside:
            count, base = counts.get(int(row["year"]), (0, 0))
            counts[int(row["year"])] = (count + int(row["worked_with"]), base + int(row["answered"]))
    shares = {year: (round(100 * count / base, 2), base) for year, (count, base) in counts.items()}
    assert shares[2019] == (7.31, 16_646)
    assert (shares[2020][0], shares[2021][0], shares[2023][0]) == (8.21, 9.96, 7.96)
    answer = ask(dated)
    assert answer.employees is not None
    assert len(answer.employees.countries) == 18
    told = {p.year: p.sample for p in answer.employees.placed if p.framework == "flask" and p.shown}
    assert {year: (round(100 * s.share, 2), int(s.base)) for year, s in told.items()} == shares
    rise, fall, alone = (newcombe(counts[a], counts[b]) for a, b in ((2019, 2021), (2021, 2023), (2019, 2020)))
    assert answer.sentence.startswith(
        "Flask both gained and lost ground among full-time employees in 18 countries of Europe. It rose from 7.3% in "
        f"2019 to 10.0% in 2021, by {rise[0]:.2f} points (95% interval {rise[1]:.2f} to {rise[2]:.2f}). It then fell "
        f"to 8.0% in 2023, by {-fall[0]:.2f} points (95% interval {-fall[2]:.2f} to {-fall[1]:.2f}). "
        f"From 2019 to 2020 alone it rose by {alone[0]:.2f} points (95% interval {alone[1]:.2f} to {alone[2]:.2f}); "
        "against Django the change is within sampling noise. These are shares of 11,360 to 16,972 people an edition. "
        "Among all who answered: we can't say whether Flask lost ground in Europe: no two editions with regional "
        "results can be compared."
    )


def test_the_day_of_the_post_knew_of_a_rise_only(dated: Store) -> None:
    answer = ask(dated, on=date(2020, 11, 25))
    assert answer.sentence.startswith(
        "Flask did not lose ground among full-time employees in 18 countries of Europe. It rose from 7.3% in 2019"
    )
    assert answer.employees is not None
    assert [(leg.first.year, leg.second.year) for leg in answer.employees.legs] == [(2019, 2020)]


def test_a_country_that_is_missing_leaves_no_sum(dated: Store) -> None:
    """FastAPI of 2021 is not known of Bulgaria: seventeen countries are not the eighteen."""
    answer = ask(dated, "fastapi", "flask")
    assert answer.employees is not None
    status = {p.year: p.status for p in answer.employees.placed if p.framework == "fastapi"}
    assert status == {
        2018: "not_asked",
        2019: "not_asked",
        2020: "not_asked",
        2021: "unknown",
        2022: "shown",
        2023: "shown",
    }
    assert any(d.startswith("FastAPI has no data for Bulgaria in 2021") for d in answer.doubts)
    told = regions_json(answer)["fulltime"]
    assert next(s for s in told["shares"] if (s["framework"], s["edition"]) == ("fastapi", 2021))["share"] is None


def test_the_two_bases_never_share_a_line(dated: Store) -> None:
    told = regions_json(ask(dated))
    assert {s["framework"] for s in told["fulltime"]["shares"]} == set(PAIR)
    assert (told["fulltime"]["metric"], told["fulltime"]["place"]) == ("so_worked_with_fulltime", EUROPE)
    assert "fulltime-base" in {c["code"] for c in told["caveats"]}
    assert all(s["base"] not in {16_646, 11_360} for e in told["editions"] for s in e["shares"])
    with pytest.raises(QuestionError):
        overtakes(dated, CATALOG, NOW, "so_worked_with_fulltime")


def test_2019_and_2024_are_told_and_not_stretched(dated: Store) -> None:
    answer = ask(dated)
    later = of(answer, 2024)
    got = {(p.place, p.framework): (round(100 * p.sample.share, 2), int(p.sample.base)) for p in later.placed}
    assert got[EUROPE, "flask"] == (12.39, 17_928)
    assert got[STATES, "django"] == (11.15, 7_865)
    assert got["elsewhere", "flask"][1] == 45_161 - 17_928 - 7_865
    assert [(s.first.year, s.second.year, s.difference) for s in answer.steps if s.place == EUROPE] == [
        (2019, 2024, None)
    ] * 2
    told = of(answer, 2019)
    got = {
        (p.place, p.framework): (round(100 * p.sample.share, 2), int(p.sample.base))
        for p in told.placed
        if p.place != "elsewhere"
    }
    assert got == {
        (EUROPE, "flask"): (10.65, 23_328),
        (EUROPE, "django"): (10.83, 23_328),
        (STATES, "flask"): (14.22, 15_302),
        (STATES, "django"): (12.30, 15_302),
        ("", "flask"): (11.83, 65_022),
        ("", "django"): (12.69, 65_022),
    }
    assert "in Europe Flask 10.6% and Django 10.8% (n = 23,328), too close to call" in told.sentence
    assert "In the United States Flask 14.2% and Django 12.3% (n = 15,302), Flask ahead by 1.92" in told.sentence
    assert told.sentence.endswith("does better against Django in the United States than in Europe, by 2.10 points "
                                  "(95% interval 1.09 to 3.11).")  # fmt: skip
    leads = {place: found.direction for place, found in told.leads.items() if found}
    assert leads == {EUROPE: "chance", STATES: "more", "elsewhere": "less", "": "less"}
    assert told.apart is not None
    assert told.apart.direction == "less"


def test_elsewhere_is_what_the_two_regions_leave(dated: Store) -> None:
    """By hand, out of the almanac's counts."""
    by_region = {(r["region"], r["framework"]): r for r in almanac("survey_by_region") if r["year"] == "2019"}
    whole = {r["framework"]: r for r in almanac("surveys") if (r["survey"], r["year"]) == ("stackoverflow", "2019")}
    told = of(ask(dated), 2019)
    for name in PAIR:
        rows = [by_region[EUROPE, name], by_region[STATES, name]]
        base = int(whole[name]["answered"]) - sum(int(r["answered"]) for r in rows)
        ticked = int(whole[name]["worked_with"]) - sum(int(r["worked_with"]) for r in rows)
        asked = told.at("elsewhere", name).sample
        assert (asked.base, round(asked.share * asked.base)) == (base, ticked)
    assert told.at("elsewhere", "flask").sample.base == 26_392


def test_later_editions_are_told_as_far_as_they_are_known(dated: Store) -> None:
    answer = ask(dated)
    later = {e.year: e for e in answer.editions if e.year > 2019}
    assert list(later) == [2020, 2021, 2022, 2023, 2024, 2025, 2026]
    for year in (2020, 2021, 2022, 2023, 2025):
        assert later[year].reason == "not counted by region here"
        assert later[year].sentence.startswith(f"{year}: not counted by region here. Worldwide Flask ")
        assert {p.status for p in later[year].placed if p.place} == {"unknown"}
    assert later[2026].sentence == "2026: its answers are not published yet."
    assert any("uptake collect stackoverflow --year 2020" in doubt for doubt in answer.doubts)
    assert "Worldwide Flask rose from 11.8% in 2019 to 14.2% in 2020. It fell from" in answer.sentence
    assert [s for s in answer.runs if s.place] == []
    parted = [
        (s.first.year, s.second.year) for s in answer.steps if s.framework == "flask" and s.breaks and not s.place
    ]
    assert parted == [(2020, 2021), (2021, 2022), (2024, 2025)]


def test_every_share_has_scipys_wilson_interval(dated: Store) -> None:
    shown = [s for e in regions_json(ask(dated))["editions"] for s in e["shares"] if s["share"] is not None]
    assert len(shown) == 2 * (4 + 4 + 5)  # 2019 and 2024 in four places, the four between and 2025 worldwide
    for s in shown:
        found = stats.binomtest(round(s["share"] * s["base"]), s["base"]).proportion_ci(method="wilson")
        assert (s["low"], s["high"]) == (pytest.approx(found.low), pytest.approx(found.high))


def test_not_asked_is_said_and_is_no_zero(dated: Store) -> None:
    answer = ask(dated, "fastapi", "flask")
    told = of(answer, 2019)
    assert {p.status for p in told.placed if p.framework == "fastapi"} == {"not_asked"}
    assert told.sentence.startswith("2019: FastAPI was not among the options. In Europe Flask 10.6%")
    assert "we can't say whether FastAPI lost ground in Europe: regional results exist only for 2024" in answer.sentence


def test_countries_are_those_with_enough_answers_the_most_first(dated: Store) -> None:
    answer = ask(dated)
    assert answer.countries_of == 2024
    assert [(c.code, c.shares[0].sample.base) for c in answer.countries[:3]] == [
        ("US", 7_865),
        ("DE", 3_475),
        ("IN", 3_274),
    ]
    assert len(answer.countries) == 29
    assert all(p.sample.base >= 300 for c in answer.countries for p in c.shares)


@pytest.mark.parametrize("europe", ["europe", "eu27"])
def test_europe_may_mean_another_europe(dated: Store, europe: str) -> None:
    answer = ask(dated, europe=europe)
    rows = {(r["year"], r["region"], r["framework"]): r for r in almanac("survey_by_region")}
    row = rows["2019", europe, "flask"]
    assert of(answer, 2019).at(europe, "flask").sample.base == int(row["answered"])
    assert any(CATALOG.regions[europe].definition in doubt for doubt in answer.doubts)
    assert of(answer, 2019).at("elsewhere", "flask").sample.base == 65_022 - 15_302 - int(row["answered"])


def test_only_what_had_begun_by_the_day_counts(dated: Store) -> None:
    assert [e.year for e in ask(dated, on=date(2020, 11, 25)).editions] == [2019, 2020]
    assert ask(dated, on=date(2018, 11, 25)).sentence.startswith("We can't say whether")
    before = ask(dated, as_of=datetime(2015, 1, 1, tzinfo=UTC))
    assert "there are no regional results here of an edition" in before.sentence
    assert before.retrieved_at is None


@pytest.mark.parametrize(
    ("frameworks", "europe", "why"),
    [
        (("flask",), "", "Name 2 to 6 frameworks to compare, not 1"),
        (("flask", "flask"), "", "Name 2 to 6 frameworks to compare, not 1"),
        (tuple(list(CATALOG.frameworks)[:7]), "", "not 7"),
        (("flask", "djanko"), "", "did you mean django"),
        (PAIR, "asia", "Europe is one of"),
    ],
)
def test_what_cannot_be_asked_is_refused(dated: Store, frameworks: tuple[str, ...], europe: str, why: str) -> None:
    with pytest.raises(QuestionError, match=why):
        regions(dated, CATALOG, frameworks, NOW, europe=europe)


# -- planted editions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("europe", "states", "says"),
    [
        ((0.14, 0.11), (0.14, 0.14), "Flask lost ground in Europe. It fell from 14.0% in 2019 to 11.0% in 2020."),
        (
            (0.11, 0.14),
            (0.14, 0.11),
            "Flask did not lose ground in Europe. It rose from 11.0% in 2019 to 14.0% in 2020.",
        ),
        ((0.140, 0.141), (0.14, 0.14), "Flask did not change beyond chance in Europe. It went from 14.0%"),
    ],
)
def test_a_planted_change_is_found_and_none_is_invented(
    sqlite_store: Store, europe: tuple[float, float], states: tuple[float, float], says: str
) -> None:
    for n, year in enumerate((2019, 2020)):
        put(sqlite_store, edition(year, europe=(europe[n], 0.12), states=(states[n], 0.12), world=(0.13, 0.12)))
    answer = ask(sqlite_store)
    assert answer.sentence.startswith(says)
    verb = {0.14: "went", 0.11: "fell"}[states[1]]
    assert f"In the United States it {verb} from 14.0% in 2019" in answer.sentence
    assert any("We don't know how the 2019 edition worded the question" in d for d in answer.doubts)


def test_a_changed_question_breaks_the_line(sqlite_store: Store) -> None:
    for year, share in ((2019, 0.20), (2020, 0.15), (2021, 0.05), (2022, 0.11), (2023, 0.12), (2024, 0.14)):
        put(sqlite_store, edition(year, europe=(share, 0.12), states=(0.14, 0.12), world=(0.13, 0.12)))
    answer = ask(sqlite_store)
    runs = [(s.first.year, s.second.year) for s in answer.runs if (s.place, s.framework) == (EUROPE, "flask")]
    assert runs == [(2019, 2020), (2022, 2024)]
    steps = {(s.first.year, s.second.year): s for s in answer.steps if (s.place, s.framework) == (EUROPE, "flask")}
    assert steps[2020, 2021].difference is None
    assert [b.id for b in steps[2020, 2021].breaks] == ["so-wording-2021"]
    assert [b.id for b in steps[2021, 2022].breaks] == ["so-wording-2022"]
    assert answer.sentence.startswith("Flask both gained and lost ground in Europe. It fell from 20.0% in 2019")
    assert "2019 and 2024 can't be compared: the question, or who was asked it, changed in 2021" in answer.sentence
    assert of(answer, 2021).sentence.endswith(
        "It can't be compared with the edition before: libraries joined the question."
    )


def test_no_two_editions_that_compare_is_said(sqlite_store: Store) -> None:
    for year in (2020, 2021):
        put(sqlite_store, edition(year, europe=(0.2, 0.1), states=(0.2, 0.1), world=(0.2, 0.1)))
    said = ask(sqlite_store).sentence
    assert said.startswith("We can't say whether Flask lost ground in Europe: no two editions with regional results")


def test_below_300_no_share_leaves(sqlite_store: Store) -> None:
    few = [Observation("so_worked_with", n, Period.year(2020), 0.5, 299, f"region={EUROPE}") for n in PAIR]
    put(sqlite_store, few + edition(2020, states=(0.2, 0.1), world=(0.2, 0.1)))
    answer = ask(sqlite_store)
    told = of(answer, 2020)
    assert {told.at(EUROPE, name).status for name in PAIR} == {"too_few"}
    assert told.reason == "only 299 people answered in Europe, too few to show a share"
    assert (told.leads[EUROPE], told.apart, told.between["flask"]) == (None, None, None)
    assert "50.0%" not in told.sentence
    assert "In the United States Flask 20.0%" in told.sentence
    (share,) = [
        s for s in next(e for e in regions_json(answer)["editions"] if e["edition"] == 2020)["shares"]
        if (s["place"], s["framework"]) == (EUROPE, "flask")
    ]  # fmt: skip
    assert (share["share"], share["low"], share["base"], share["status"]) == (None, None, 299, "too_few")


def test_another_file_is_said(sqlite_store: Store) -> None:
    put(sqlite_store, edition(2020, europe=(0.2, 0.1), states=(0.2, 0.1), world=(0.2, 0.1)), "stackoverflow:other-file")
    answer = ask(sqlite_store)
    assert of(answer, 2020).other_file
    assert "another-file" in {c.code for c in answer.caveats}
    assert any(d == "Counted from a file other than the published one: 2020." for d in answer.doubts)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(*[st.tuples(st.integers(1, 4_000), st.floats(0, 1), st.floats(0, 1)) for _ in range(3)]),
)
def test_places_add_up_and_thin_ones_stay_dark(parts: tuple[tuple[int, float, float], ...]) -> None:
    """Whatever was counted: Europe, the States and elsewhere are the whole, and below 300 nothing is shown."""
    every, metric = places(CATALOG), CATALOG.metrics["so_worked_with"]
    cells = [(n, round(a * n), round(b * n)) for n, a, b in parts]
    whole = tuple(sum(column) for column in zip(*cells, strict=True))
    rows = []
    for dimension, (n, a, b) in zip((every[0].dimension, every[1].dimension, ""), (*cells[:2], whole), strict=True):
        for name, count in (("flask", a), ("django", b)):
            rows.append((name, date(2020, 1, 1), dimension, count / n, n))
    shares = Shares(CATALOG, metric, _frame(rows), survey_editions(CATALOG, metric))
    for name, column in (("flask", 1), ("django", 2)):
        rest = placed(shares, every, every[2], name, 2020)
        assert (rest.sample.base, round(rest.sample.share * rest.sample.base)) == (cells[2][0], cells[2][column])
        for n, place in enumerate(every[:3]):
            assert placed(shares, every, place, name, 2020).shown == (cells[n][0] >= 300)


def _frame(rows: Sequence[tuple[str, date, str, float, int]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["framework", "period", "dimension", "value", "base"])
    found["period"] = pd.to_datetime(found["period"])
    return found.assign(source="stackoverflow")


# -- downloads ---------------------------------------------------------------------------------------------------------


def planted(months: Sequence[tuple[int, int]], **by_country: tuple[int, int]) -> list[Observation]:
    """Downloads of (Flask, Django) by country, alike in every month."""
    return [
        Observation("downloads_all_by_country", name, Period.month(*month), value, dimension=f"country={code}")
        for month in months
        for code, pair in by_country.items()
        for name, value in zip(PAIR, pair, strict=True)
    ]


def test_downloads_are_parts_within_a_place_by_hand(sqlite_store: Store) -> None:
    year = [(2020, month) for month in range(1, 13)]
    put(sqlite_store, planted(year, DE=(30, 10), GB=(10, 30), US=(90, 10), IN=(1, 3), JP=(1, 1)), "clickhouse")
    alone = Observation("downloads_all_by_country", "flask", Period.month(2021, 1), 5_000.0, dimension="country=DE")
    put(sqlite_store, [*planted([(2021, 2)], DE=(1, 3)), alone], "clickhouse")
    put(sqlite_store, planted([(2026, 11)], DE=(1, 0)), "clickhouse")  # not over yet
    found = ask(sqlite_store).downloads_by_country
    assert [(y.year, y.months) for y in found.years] == [(2020, 12), (2021, 1)]
    assert found.years[0].parts == {
        EUROPE: {"flask": 0.5, "django": 0.5},
        STATES: {"flask": 0.9, "django": 0.1},
        "elsewhere": {"flask": pytest.approx(1 / 3), "django": pytest.approx(2 / 3)},
    }
    assert (
        found.years[1].sentence
        == "2021 (1 of 12 months): Flask's share of Flask's and Django's downloads was 25.0% in Europe."
    )
    assert "downloads show where machines are, not people" in ask(sqlite_store).sentence
    by_place = found.frame.groupby(["place", "period"])["share"].sum()
    assert all(math.isclose(total, 1.0) for total in by_place)


def test_unknown_places_are_in_none(sqlite_store: Store) -> None:
    put(sqlite_store, planted([(2020, 1)], DE=(1, 1), ZZ=(1_000, 0), unknown=(1_000, 0)), "clickhouse")
    found = ask(sqlite_store).downloads_by_country
    assert found.years[0].parts == {EUROPE: {"flask": 0.5, "django": 0.5}}


def test_the_day_asked_about_bounds_downloads_too(sqlite_store: Store) -> None:
    put(sqlite_store, planted([(2020, 1), (2021, 1), (2018, 12)], DE=(1, 1)), "clickhouse")
    assert [y.year for y in ask(sqlite_store).downloads_by_country.years] == [2020, 2021]
    assert [y.year for y in ask(sqlite_store, on=date(2020, 12, 31)).downloads_by_country.years] == [2020]


def test_countries_have_both_kinds_of_evidence_side_by_side(sqlite_store: Store) -> None:
    put(sqlite_store, planted([(2020, 1), (2022, 1)], DE=(30, 10), US=(1, 1)), "clickhouse")
    told = [
        Observation("so_worked_with", n, Period.year(2020), s, 900, "country=DE")
        for n, s in zip(PAIR, (0.3, 0.2), strict=True)
    ]
    put(sqlite_store, told)
    found = {c.code: c for c in ask(sqlite_store).countries}
    assert list(found) == ["DE", "US"]
    assert (found["DE"].part, found["DE"].downloads) == (0.75, 40.0)  # of the last twelve months only
    assert found["DE"].lead is not None
    assert found["DE"].lead.direction == "more"
    assert (found["US"].shares, found["US"].lead) == ((), None)


# -- the command -------------------------------------------------------------------------------------------------------


def run(url: str, *arguments: str, folder: Path) -> tuple[int, str]:
    environment = {"UPTAKE_DATABASE_URL": url, "UPTAKE_DATA_DIR": str(folder)}
    told = CliRunner().invoke(commands, ["regions", *arguments], env=environment)
    return told.exit_code, told.output


def test_the_command_says_what_the_answer_says(dated_store: str, dated: Store, tmp_path: Path) -> None:
    code, said = run(dated_store, "flask", "django", "--on", "2019", folder=tmp_path)
    answer = ask(dated, on=date(2019, 12, 31))
    assert code == 0
    assert said.splitlines()[0] == answer.sentence
    assert f"  {of(answer, 2019).sentence}" in said
    code, said = run(dated_store, "flask", "django", "--on", "2019-12-31", "--json", folder=tmp_path)
    assert (code, json.loads(said)) == (0, json.loads(json.dumps(regions_json(answer), allow_nan=False)))


@pytest.mark.parametrize(
    ("arguments", "code"), [(("flask", "django", "--on", "next"), 2), ((), 2), (("flask", "django", "--on", "0000"), 2)]
)
def test_wrong_usage_is_said(dated_store: str, tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    assert run(dated_store, *arguments, folder=tmp_path)[0] == code
