"""Every page, run as Streamlit runs it, on a real store: full, empty, missing, and with nonsense in the URL."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from streamlit import config

from answers.parameter_types import end_of
from answers.questions import Question
from catalog import Framework, load
from dashboard import authorization, cache, operator_actions
from dashboard.charts import framework_styles, theme
from dashboard.charts.end_labels import Axis, spread
from dashboard.charts.line_points import points
from dashboard.display_text import age, literal, number
from dashboard.links import api
from migrations import migrate
from storage import Counts, Store
from tests.support.planting import plant
from tests.support.serving import ROOT, fill
from tests.support.visiting import charts, links, opened, words

PAGES = ("overview", "trends", "surveys", "events", "metrics", "collection")
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_renders(page: str, full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    app = opened(page)
    assert len(app.title) == 1
    assert not app.warning
    if page in ("overview", "trends", "surveys"):
        assert charts(app) >= 1


def test_every_chart_carries_title_unit_badge_source_licence_and_retrieval(
    full_store: str, at_store: Callable[..., None]
) -> None:
    at_store(full_store)
    catalog = load()
    for metric, observer in (
        ("stars", "github-ranking"),
        ("downloads_pip_30d", "top-pypi-packages-bigquery"),
        ("downloads_all_window", "top-pypi-packages-clickhouse"),
    ):
        [named] = catalog.sources_named([f"almanac:{observer}"])
        known, app = catalog.metrics[metric], opened("trends", metric=metric)
        said = words(app)
        assert f"{known.title} · " in said
        assert known.unit in said
        assert f":orange-badge[Read with care] {known.badge}" in said
        credit = re.escape(f"{named.title} ({named.licence})")
        assert re.search(rf"^Source: {credit}.*, \d+ \w+ 20\d\d$", said, re.MULTILINE)
        app.button(key="about_on").click().run()
        about = words(app)
        assert f"[{named.title}]({named.homepage}), [{named.licence}]({named.licence_url})" in about
        assert re.search(r"^Retrieved \d+ \w+ 20\d\d\.", about, re.MULTILINE)


def test_charts_have_a_text_summary(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    for page in ("overview", "trends", "surveys"):
        for chart in opened(page).get("vega_lite_chart"):
            assert len(chart.proto.alt) > 30


def test_what_is_chosen_is_in_the_url_under_the_catalogs_ids(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    app = opened("trends")
    assert dict(app.query_params) == {}
    app.selectbox(key="control_metric").select("downloads_pip_30d").run()
    app.multiselect(key="control_framework").set_value(["rails", "flask"]).run()
    app.segmented_control(key="control_log").set_value("on").run()
    assert not app.exception
    assert app.query_params["metric"] in ("downloads_pip_30d", ["downloads_pip_30d"])
    assert app.query_params["framework"] == ["rails", "flask"]
    assert app.query_params["log"] in ("on", ["on"])
    app.segmented_control(key="control_log").set_value("auto").run()
    assert "log" not in app.query_params


def test_a_link_shows_what_it_says(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    query: dict[str, str | list[str]] = {
        "metric": "downloads_pip_30d", "framework": ["flask", "tornado"], "view": "index", "log": "on", "range": "own",
        "since": "2020-01-01", "until": "2022-12-31", "as_of": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    app = opened("trends", **query)
    assert app.selectbox(key="control_metric").value == "downloads_pip_30d"
    assert app.multiselect(key="control_framework").value == ["flask", "tornado"]
    assert app.segmented_control(key="control_log").value == "on"
    assert not app.warning
    assert next(link for link in links(app) if "/series.csv" in link) == api(
        Question(
            "downloads_pip_30d", ("flask", "tornado"), "", datetime(2020, 1, 1).date(), datetime(2022, 12, 31).date(),  # noqa: DTZ001
            end_of(min(datetime(2026, 12, 31, tzinfo=UTC).date(), cache.now().date())), "index",
        ),
        "csv",
    ) + "&download=1"  # fmt: skip


@pytest.mark.parametrize(
    ("page", "query", "word"),
    [
        ("trends", {"metric": "starz"}, "stars"),
        ("trends", {"framework": "flaskk,django"}, "flask"),
        ("trends", {"framework": ["nothing-like-it"]}, "Flask"),
        ("trends", {"view": "sideways"}, "Total"),
        ("trends", {"range": "own", "since": "soon"}, "date"),
        ("trends", {"log": "maybe"}, "Automatic"),
        ("surveys", {"survey": "nobody"}, "Stack Overflow"),
        ("metrics", {"family": "kin"}, "All"),
        ("metrics", {"metric": "starz"}, "Did you mean stars?"),
        ("overview", {"framework": "djanko"}, "django"),
        ("overview", {"framework": "<img src=x onerror=alert(1)>"}, "not among"),
        ("overview", {"framework": "![x](http://evil.example/x.png)"}, "not among"),
    ],
)
def test_nonsense_in_the_url_is_said_and_survived(
    page: str, query: dict[str, str | list[str]], word: str, full_store: str, at_store: Callable[..., None]
) -> None:
    at_store(full_store)
    app = opened(page, **query)
    assert len(app.warning) == 1
    assert word in app.warning[0].value
    assert not re.search(r"(?<!\\)[<\]]", app.warning[0].value)  # nothing that markdown or HTML would act on


def test_a_metric_is_a_line_and_a_link_opens_all_about_it(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    catalog, app = load(), opened("metrics")
    said = words(app)
    for metric in catalog.metrics.values():
        assert literal(metric.title) in "\n".join(m.value for m in app.markdown)
        assert metric.badge in said
        assert metric.measures not in said
        assert app.button(key=f"metric_{metric.id}").label == "Details"
    app.button(key="metric_stars").click().run()
    clicked, linked = words(app), words(opened("metrics", metric="stars"))
    assert app.query_params["metric"] in ("stars", ["stars"])
    stars = catalog.metrics["stars"]
    for text in (stars.measures, stars.does_not_measure, *(c.text for c in catalog.caveats_of("stars"))):
        assert text in clicked
        assert text in linked
    for entry in catalog.breaks_of("stars"):
        assert entry.text in linked
    for name in stars.sources:
        assert catalog.sources[name].attribution in linked
        assert catalog.sources[name].licence in linked


def test_reversed_days_get_a_sentence(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    app = opened("trends", range="own", since="2022-01-01", until="2020-01-01")
    assert "The days are reversed: 1 January 2022 is after 1 January 2020." in words(app)
    assert charts(app) == 0


@pytest.mark.parametrize("view", ["level", "gained", "index", "share"])
def test_each_view_draws(view: str, full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    app = opened("trends", view=view, metric="stars")
    assert charts(app) == 1
    assert not app.warning


def test_the_table_shows_the_same_rows_as_the_csv(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    app = opened("trends", table="on", framework=["flask", "django"])
    answer = cache.series(Question("stars", ("flask", "django")))
    assert charts(app) == 0
    assert len(app.dataframe[0].value) == len(answer.frame)


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_store_is_said(page: str, tmp_path: Path, at_store: Callable[..., None]) -> None:
    url = f"sqlite:///{tmp_path / 'uptake.db'}"
    migrate(url)
    at_store(url)
    app = opened(page)
    assert charts(app) == 0
    if page in ("overview", "trends", "surveys"):
        assert "No observations here yet" in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_store_that_is_not_there_is_said(page: str, tmp_path: Path, at_store: Callable[..., None]) -> None:
    at_store(f"sqlite:///{tmp_path / 'uptake.db'}")
    said = words(opened(page))
    assert "uptake.db" in said
    assert not (tmp_path / "uptake.db").exists()


def test_a_store_of_something_else_is_said(tmp_path: Path, at_store: Callable[..., None]) -> None:
    (tmp_path / "x.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    at_store(f"sqlite:///{tmp_path / 'x.db'}")
    assert "The store cannot be read" in words(opened("trends"))


def test_new_figures_appear_without_a_restart(tmp_path: Path, at_store: Callable[..., None]) -> None:
    url = f"sqlite:///{tmp_path / 'uptake.db'}"
    migrate(url)
    at_store(url)
    assert charts(opened("trends")) == 0
    fill(url)
    assert charts(opened("trends")) == 1


# -- asking for runs ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("loopback")
def test_collect_now_writes_one_request_and_nothing_else(sqlite_url: str, at_store: Callable[..., None]) -> None:
    at_store(sqlite_url)
    app = opened("collection")
    app.button(key="collect_github").click().run()
    assert not app.exception
    with Store.open(sqlite_url) as store:
        (run,) = store.requested()
        assert (run.source, run.trigger, run.frameworks) == ("github", "page", ())
        assert not store.series()
    app.run()
    app.button(key=f"cancel_{run.id}").click().run()
    with Store.open(sqlite_url) as store:
        assert store.run(run.id).status == "cancelled"


@pytest.mark.usefixtures("loopback")
def test_a_run_under_way_shows_how_far_it_is(sqlite_url: str, at_store: Callable[..., None]) -> None:
    with Store.open(sqlite_url) as store:
        run = store.start_run("github", trigger="schedule", now=NOW)
        store.progress(run.id, done=7, planned=18, counts=Counts(new=12), note="falcon")
    at_store(sqlite_url)
    app = opened("collection")
    (bar,) = app.get("progress")
    assert "7 of 18" in bar.text
    assert "12 new" in words(app)
    assert app.button(key="collect_github").disabled


@pytest.mark.usefixtures("loopback")
def test_the_operator_token_is_asked_for_and_checked(sqlite_url: str, at_store: Callable[..., None]) -> None:
    at_store(sqlite_url, UPTAKE_OPERATOR_TOKEN="correct-horse-battery")
    app = opened("collection")
    app.text_input(key="operator_token").set_value("wrong").run()
    app.button(key="collect_github").click().run()
    with Store.open(sqlite_url) as store:
        assert not store.requested()
    assert "correct-horse-battery" not in str(app.query_params)
    app.text_input(key="operator_token").set_value("correct-horse-battery").run()
    app.button(key="collect_github").click().run()
    with Store.open(sqlite_url) as store:
        assert [run.source for run in store.requested()] == ["github"]


@pytest.mark.parametrize("address", ["0.0.0.0", None, "192.0.2.7", "::"])
def test_on_an_open_address_without_a_token_nobody_may_ask(
    address: str | None, sqlite_url: str, at_store: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_store(sqlite_url)
    before = config.get_option("server.address")
    config.set_option("server.address", address)
    try:
        app = opened("collection")
        assert app.button(key="collect_github").disabled
        assert "UPTAKE_OPERATOR_TOKEN" in words(app)
        with pytest.raises(authorization.NotAllowedError):  # a hand-made message does not pass either
            operator_actions.collect("github", (), "")
    finally:
        config.set_option("server.address", before)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(("source", "frameworks"), [("nowhere", ()), ("github", ("nothing",))])
def test_only_what_exists_can_be_asked_for(
    source: str, frameworks: tuple[str, ...], sqlite_url: str, at_store: Callable[..., None]
) -> None:
    at_store(sqlite_url)
    with pytest.raises(authorization.NotAllowedError):
        operator_actions.collect(source, frameworks, "")


# -- the parts ---------------------------------------------------------------------------------------------------------


def test_every_framework_has_a_look_of_its_own() -> None:
    names = [*load().frameworks, *(f"framework-{n}" for n in range(42))]
    styles = framework_styles.line_styles(names)
    assert set(framework_styles.LOOKS) <= set(styles)
    assert len(set(styles.values())) == len(names) == 60
    lines = [(styles[name].hue, styles[name].dash) for name in names]
    assert len(set(lines[:24])) == 24  # as many as there are hues and dashes: these differ even without their marks
    for most in (18, 19, 30, 59):
        assert framework_styles.line_styles(names[:most]).items() <= styles.items()  # what comes later changes none


def test_thirty_frameworks_more_take_entries_in_the_catalog_and_nothing_else(
    own_full_store: str, monkeypatch: pytest.MonkeyPatch, at_store: Callable[..., None]
) -> None:
    new = {
        f"framework-{n}": Framework(f"framework-{n}", f"Framework {n}", "Python", {"github": f"some/framework-{n}"})
        for n in range(30)
    }
    more = replace(load(), frameworks={**load().frameworks, **new})
    with Store.open(own_full_store) as store:
        store.mirror_frameworks([(one.id, one.title) for one in more.frameworks.values()])
        seen = store.read("stars", ["flask"])
        for n, name in enumerate(new):
            days = {day.date(): 900.0 * n + 10 * at for at, day in enumerate(seen["period"].tail(250))}
            plant(store, "stars", name, days, NOW)
    monkeypatch.setattr("dashboard.cache.load", lambda: more)
    at_store(own_full_store)
    lines = framework_styles.lines(more.frameworks, more, dark=False)
    assert len({(line.colour, line.dash, line.shape) for line in lines}) == len(more.frameworks) == 48
    for page in sorted(path.parent.name for path in (ROOT / "dashboard" / "views").glob("*/page.py")):
        app = opened(page, framework=list(new)) if page in ("trends", "anomalies") else opened(page)
        assert not app.warning, page
        if page == "trends":
            (chart,) = app.get("vega_lite_chart")
            assert all(name in chart.proto.spec for name in new)
        if page == "anomalies":
            options = {option.removesuffix(" (repository archived)") for option in app.multiselect[0].options}
            assert options == {one.title for one in more.frameworks.values()}
            assert len(app.multiselect[0].value) == len(new)


def test_colours_are_legible_on_both_pages() -> None:
    for light, dark in theme.HUES.values():
        assert _contrast(light, "#ffffff") >= 4.4
        assert _contrast(dark, "#12161c") >= 4.5


def _contrast(a: str, b: str) -> float:
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("wanted", [[10.0, 10.0, 10.0], [0.0, 1.0, 299.0], [300.0] * 18, [float(i) for i in range(18)]])
def test_labels_never_overlap(wanted: list[float]) -> None:
    placed = sorted(spread(wanted, 16, 300))
    assert all(b - a >= 16 - 1e-9 for a, b in pairwise(placed))
    assert placed[0] >= 0
    assert placed[-1] <= 300


@pytest.mark.parametrize("axis", [Axis(0, 100, 440), Axis(1, 1e6, 440, log=True)])
def test_an_axis_goes_there_and_back(axis: Axis) -> None:
    for value in (1.5, 7.0, 99.0):
        assert axis.value(axis.pixel(value)) == pytest.approx(value)


def test_text_from_outside_is_only_text() -> None:
    assert literal("[x](javascript:alert(1)) ![](http://e.x/p) :red[a] <b> $x$ `c`").count("\\") >= 15
    assert len(literal("x" * 100_000)) <= 301
    assert literal("a\u202eb\u200bc\x00d") == "a b c d"


def test_numbers_and_ages_read_well() -> None:
    assert [number(12345.0), number(1_234_567.0), number(0.1234, "share"), number(None)] == [
        "12,345",
        "1.2 million",
        "12.3%",
        "–",
    ]
    assert [age(timedelta(days=1)), age(timedelta(hours=3)), age(None)] == ["1 day ago", "3 hours ago", "never"]


# -- what is drawn -----------------------------------------------------------------------------------------------------


def flow(days: list[str], values: list[float], status: str = "final") -> pd.DataFrame:
    period = pd.to_datetime(days)
    return pd.DataFrame(
        {"framework": "flask", "dimension": "", "period": period, "period_end": period, "value": values}
    ).assign(status=status, source="pypistats")


def test_a_long_flow_is_drawn_by_week_without_made_up_days() -> None:
    days = pd.date_range("2026-01-05", "2026-04-28", freq="D")  # Monday to Tuesday
    kept = [f"{day:%Y-%m-%d}" for day in days if day != pd.Timestamp("2026-02-11")]
    metric = load().metrics["downloads_no_mirrors"]
    drawn, sentence = points(
        flow(kept, [7.0 if pd.Timestamp(d).day_of_week < 5 else 0.0 for d in kept]), metric, {}, "x"
    )
    assert "week" in sentence
    by_week = {f"{when:%Y-%m-%d}": value for when, value in zip(drawn["when"], drawn["value"], strict=True)}
    assert by_week["2026-01-08"] == pytest.approx(5.0)  # the mean of all seven days, in their middle
    assert pd.isna(by_week["2026-02-12"])  # a week with a hole is a hole, not a mean of the rest
    assert drawn["status"].iloc[-1] == "provisional"  # two days are no week
    assert len(drawn) == 17


def test_a_short_flow_is_drawn_by_day() -> None:
    kept = [f"2026-03-{day:02}" for day in range(1, 31)]
    drawn, sentence = points(flow(kept, [1.0] * 30), load().metrics["downloads_no_mirrors"], {}, "x")
    assert (len(drawn), sentence) == (30, "")


def test_a_gap_row_breaks_the_line_and_draws_nothing() -> None:
    rows = flow(["2026-03-01", "2026-03-02", "2026-03-09"], [1.0, float("nan"), 3.0])
    rows.loc[1, "status"] = "gap"
    rows.loc[1, "period_end"] = pd.Timestamp("2026-03-08")
    drawn, _ = points(rows, load().metrics["downloads_no_mirrors"], {}, "x")
    assert drawn["value"].isna().tolist() == [False, True, False]


def test_no_chart_sends_more_points_than_it_needs(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store)
    answer = cache.series(Question("stars", tuple(load().frameworks)))
    drawn, sentence = points(answer.frame, answer.metric, {}, "stars")
    assert sentence == "Drawn as the last value of each month; the table and the CSV have every day."
    months = drawn.groupby("line")["when"].agg(lambda days: days.dt.to_period("M").is_unique)
    assert months.all()
