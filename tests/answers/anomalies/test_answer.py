"""What looks odd: the known ones found in real figures, and every mouth saying so."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner

from analysis.anomalies.detection import Flag
from answers.anomalies.answer import Anomalies, anomalies
from answers.anomalies.json_and_csv import anomalies_csv, anomalies_json
from answers.anomalies.wording import FALSE_ALARMS, RULE, anomalies_in_bracket
from answers.overtakes.compare import compare
from answers.questions import QuestionError
from catalog import load
from dashboard.views.anomalies import chart
from storage import Store
from tests.support.serving import Server
from tests.support.visiting import alts, links, opened, words
from uptake.cli import commands

CATALOG = load()
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
STARS, DOWNLOADS = CATALOG.metrics["stars"], CATALOG.metrics["downloads_no_mirrors"]
DAY0 = date(2024, 1, 1)
Values = npt.NDArray[np.float64]
Random = np.random.Generator


# -- real figures ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def every(full: Store) -> Anomalies:
    return anomalies(full, CATALOG, NOW)


def of(found: Anomalies, metric: str, framework: str, day: str) -> list[tuple[str, bool, bool]]:
    """Kind, whether it rose and whether it is shared, of what is odd that day."""
    at = date.fromisoformat(day)
    mine = [f for f in found.flags if (f.metric, f.framework) == (metric, framework) and f.since <= at <= f.until]
    return [(f.kind, f.rose, f.shared) for f in mine]


@pytest.mark.parametrize(
    ("metric", "framework", "day", "expected"),
    [
        ("stars", "flask", "2026-06-26", ("spike", False, False)),  # 122 lost, the day after 112 came
        ("stars", "flask", "2026-07-01", ("spike", False, True)),
        ("stars", "django", "2026-07-01", ("spike", False, True)),
        ("stars", "django", "2020-09-27", ("spike", True, False)),  # the burst that carried it past Flask
        ("downloads_pip_30d", "sanic", "2020-07-02", ("change", True, False)),  # from 4,674 a day to 109,279
    ],
)
def test_what_is_known_to_be_odd_is_found(
    every: Anomalies, metric: str, framework: str, day: str, expected: tuple[str, bool, bool]
) -> None:
    assert expected in of(every, metric, framework, day)


def test_sanics_high_level_spans_september_2020(every: Anomalies) -> None:
    (one,) = [f for f in every.flags if f.framework == "sanic" and f.since == date(2020, 7, 2)]
    assert one.lasts_until == date(2021, 12, 1)
    assert one.sentence.startswith(
        "Possible level shift: Sanic went from 4,674 to 109,279 downloads a day "
        "about 2 July 2020, until about 1 December 2021"
    )


def test_batches_that_github_removed_are_source_incidents(every: Anomalies) -> None:
    """On 2026-07-01 five of the nine seen that day fell, on 2026-03-14 five: the register has entries about both."""
    fell = {i.since: i for i in every.incidents if i.metric == "stars" and not i.rose}
    assert fell[date(2026, 7, 1)].frameworks == ("aspnet-core", "django", "express", "flask", "rails")
    assert fell[date(2026, 7, 1)].seen == 9
    assert "stars-removed-2026-07-01" in {b.id for b in fell[date(2026, 7, 1)].known_breaks}
    assert "stars-removed-2026-03-14" in {b.id for b in fell[date(2026, 3, 14)].known_breaks}


def test_the_new_download_table_is_a_source_incident(every: Anomalies) -> None:
    (one,) = [i for i in every.incidents if i.since == date(2021, 4, 1)]
    assert {"flask", "fastapi", "starlette"} <= set(one.frameworks)
    assert one.rose
    assert "pypi-sinking-table" in {b.id for b in one.known_breaks}


def test_no_sentence_states_a_cause_or_a_change_as_a_fact(every: Anomalies) -> None:
    for sentence in [one.sentence for one in every.flags] + [one.sentence for one in every.incidents]:
        said = sentence.lower()
        assert not any(word in said for word in ("fake", "fraud", "bought", "manipul", "suspicious", "cheat", "bot "))
    assert all(f.sentence.startswith("Possible level shift: ") for f in every.flags if f.kind == "change")
    assert "The rule is the same for every framework" in RULE


def test_days_and_frameworks_choose_what_is_told_not_what_is_seen(full: Store, every: Anomalies) -> None:
    """The neighbourhood of a day is not cut off by asking for that day alone."""
    june = anomalies(
        full, CATALOG, NOW, metrics=["stars"], frameworks=["flask"], since=date(2026, 6, 20), until=date(2026, 7, 2)
    )
    assert set(june.flags) == {
        f
        for f in every.flags
        if (f.metric, f.framework) == ("stars", "flask")
        and f.until >= date(2026, 6, 20)
        and f.since <= date(2026, 7, 2)
    }
    assert [i.since for i in june.incidents] == [date(2026, 7, 1)]
    assert june.series == 1


def test_as_known_before_anything_was_nothing_is_odd(full: Store) -> None:
    early = anomalies(full, CATALOG, NOW, as_of=datetime(2019, 1, 1, tzinfo=UTC))
    assert (early.flags, early.incidents, early.series, early.last) == ((), (), 0, None)
    assert early.sentence.startswith("We can't look for unusual values: that takes")


@pytest.mark.parametrize(
    ("framework", "since", "until", "said"),
    [
        (
            "flask",
            date(2026, 11, 1),
            None,
            "We can't look for unusual values of Flask since 1 November 2026: data end on 22 August 2026.",
        ),
        (
            "flask",
            None,
            date(2018, 1, 1),
            "We can't look for unusual values of Flask until 1 January 2018: data begin on 18 December 2018.",
        ),
        ("express", date(2026, 8, 1), None, "No unusual values of Express between 1 and 22 August 2026, by "),
        (
            "express",
            date(2026, 8, 1),
            date(2027, 1, 1),
            "No unusual values of Express between 1 and 22 August 2026, by ",
        ),
        ("flask", date(2026, 8, 1), None, "1 unusual value of Flask since 1 August 2026."),
        ("flask", None, date(2027, 1, 1), "unusual values of Flask. Known issues cover "),
    ],
)
def test_of_days_without_figures_nothing_is_said(
    full: Store, framework: str, since: date | None, until: date | None, said: str
) -> None:
    found = anomalies(full, CATALOG, NOW, metrics=["stars"], frameworks=[framework], since=since, until=until)
    assert said in found.sentence


def test_what_cannot_be_asked_is_said(full: Store) -> None:
    for metrics, frameworks, why in (
        (["starz"], [], "did you mean stars"),
        (["so_worked_with"], [], "comes once a year"),
        (["downloads_all_by_country"], [], "no total"),
        (["stars"], ["flusk"], "did you mean flask"),
    ):
        with pytest.raises(QuestionError, match=why):
            anomalies(full, CATALOG, NOW, metrics=metrics, frameworks=frameworks)
    with pytest.raises(QuestionError, match="reversed"):
        anomalies(full, CATALOG, NOW, since=date(2026, 2, 1), until=date(2026, 1, 1))


def test_an_overtake_says_that_its_bracket_holds_odd_days(full: Store) -> None:
    """Django passed Flask in stars during its burst; FastAPI passed Django in stars on days like any other."""
    entry = {e.metric: e for e in compare(full, CATALOG, "django", "flask", NOW).entries}["stars"]
    assert entry.on_anomaly
    assert "Those days were unusual: Django gained up to 106 stars a day from 26 to 29 September 2020" in entry.sentence
    quiet = {e.metric: e for e in compare(full, CATALOG, "fastapi", "django", NOW).entries}["stars"]
    assert quiet.first_after == date(2025, 4, 11)
    assert (quiet.on_anomaly, quiet.anomalies) == (False, ())
    assert "odd" not in quiet.sentence


def test_it_is_quick(full: Store) -> None:
    """Forty series and almost four thousand figures: a fifth of a second on a free machine."""
    start = time.perf_counter()
    anomalies(full, CATALOG, NOW)
    assert time.perf_counter() - start < 5


# -- files, API, command -----------------------------------------------------------------------------------------------


def test_json_and_csv_say_the_same(every: Anomalies) -> None:
    told = json.loads(json.dumps(anomalies_json(every), allow_nan=False))
    rows = list(csv.DictReader(io.StringIO("".join(anomalies_csv(every)))))
    assert len(rows) == len(told["flags"]) + len(told["incidents"])
    assert sum(row["kind"] == "possible-change" for row in rows) == sum(f["kind"] == "change" for f in told["flags"])
    one = next(f for f in told["flags"] if (f["framework"], f["since"]) == ("flask", "2026-06-26"))
    (row,) = [r for r in rows if (r["framework"], r["since"]) == ("flask", "2026-06-26")]
    assert (float(row["value"]), float(row["expected"])) == (one["value"], one["expected"])
    assert (one["value"], one["rose"], one["known"]) == (-122.0, False, ["stars-removed-2026-06-26"])
    assert one["known"][0] in {b["id"] for b in told["breaks"]}
    assert told["rule"] == RULE
    assert {"stars", "downloads_pip_30d"} <= {m["id"] for m in told["metrics"]}
    assert told["caveats"]
    assert {s["id"] for s in told["sources"]} == {"almanac"}  # GitHub itself gave no figure here


def test_the_command_says_what_the_answer_says(full_store: str) -> None:
    def ask(*arguments: str) -> str:
        done = CliRunner().invoke(commands, ["anomalies", *arguments], env={"UPTAKE_DATABASE_URL": full_store})
        assert done.exit_code == 0, done.output
        return done.output

    said = ask("stars", "--framework", "flask", "--since", "2026-06-20", "--until", "2026-06-27")
    assert said.startswith("2 unusual values of Flask between 20 and 27 June 2026.")
    assert "Flask lost 122 stars on 26 June 2026, against a gain of about " in said
    assert "Known issue: “Stars removed” (26 June 2026)." in said
    assert RULE in said
    assert FALSE_ALARMS in said
    told = json.loads(ask("stars", "--framework", "flask", "--since", "2026-06-20", "--until", "2026-06-27", "--json"))
    assert [f["since"] for f in told["flags"]] == ["2026-06-26", "2026-06-25"]
    reversed_ = CliRunner().invoke(commands, ["anomalies", "--since", "2026-02-01", "--until", "2026-01-01"])
    assert reversed_.exit_code == 2


def test_the_api_answers_with_both(full_server: Server) -> None:
    asked = "metric=stars&framework=flask&since=2026-06-20&until=2026-07-02"
    answer = full_server.get(f"/api/v1/anomalies.json?{asked}")
    assert answer.status == 200
    told = json.loads(answer.body)
    assert [one["since"] for one in told["incidents"]] == ["2026-07-01"]
    table = full_server.get(f"/api/v1/anomalies.csv?{asked}")
    assert table.headers["content-type"].startswith("text/csv")
    assert len(list(csv.reader(io.StringIO(table.body.decode())))) == 1 + 1 + len(told["flags"])
    for wrong, why in (("metric=starz", "stars"), ("frameworks=flask", "frameworks"), ("since=June", "since")):
        refused = full_server.get(f"/api/v1/anomalies.json?{wrong}")
        assert refused.status == 400
        assert why in str(refused.json["error"])


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("shown")
def test_the_page_answers_first_and_leads_on() -> None:
    app = opened("anomalies", metric="stars")
    said = words(app)
    assert len(app.title) == 1
    assert re.match(r"\d+ unusual values and \d+ possible level shifts? since ", app.title[0].value)
    assert re.search(r"On \d+ occasions several frameworks moved together, which suggests a problem at the", said)
    assert "1 July 2026 · ASP.NET Core, Django, Express, Flask and Ruby on Rails fell together" in said.replace("*", "")
    assert FALSE_ALARMS in said
    (alt,) = alts(app)
    assert alt.rstrip(".") == app.title[0].value.replace("\\", "")
    assert any("anomalies.csv?metric=stars" in link for link in links(app))
    assert [fold.label for fold in app.expander][-1] == "The rule, and how often it is wrong"
    app.button(key="about_on").click().run()
    assert "uptake anomalies stars --since" in words(app)


@pytest.mark.usefixtures("shown")
def test_the_page_without_anything_odd_says_so() -> None:
    said = words(opened("anomalies", metric="stars", framework="pyramid", range="all"))
    assert "No unusual values of Pyramid, by the same rule for every framework" in said
    table = opened("anomalies", metric="downloads_pip_30d", framework="sanic", range="all", table="on")
    assert "possible change" in set(table.dataframe[0].value["Kind"])


def test_the_chart_has_a_row_for_each_framework_and_a_mark_for_each_kind(every: Anomalies) -> None:
    titles = {f.id: f.title for f in CATALOG.frameworks.values()}
    rows = chart.event_rows(every, titles)
    assert len(rows) == len(every.flags) + len(every.incidents)
    assert set(rows["kind"]) == set(chart.KINDS)
    names = [title for title in titles.values() if title in set(rows["row"])]
    spec = chart.draw(rows, names, (date(2018, 1, 1), date(2026, 8, 22)), dark=False).to_dict()
    rowed = next(layer["encoding"]["y"] for layer in spec["layer"] if "shape" in layer["encoding"])
    assert rowed["scale"]["domain"] == [chart.TOGETHER, *names]
    still = chart.draw(rows, names, (date(2018, 1, 1), date(2026, 8, 22)), dark=True, still=True).to_dict()
    assert "tooltip" not in json.dumps(still["layer"])


def test_a_level_shift_within_a_bracket_is_a_sentence_of_its_own() -> None:
    """Not "That day was unusual: Possible level shift: ..."."""
    catalog = load()
    day = date(2025, 9, 25)
    shift = Flag("change", day, day, 5.8e6, 4.5e6, 9.0, ())
    text = anomalies_in_bracket(catalog, catalog.metrics["downloads_all"], [("fastapi", shift)])
    assert text.startswith("That day was unusual. Possible level shift: FastAPI went from ")
