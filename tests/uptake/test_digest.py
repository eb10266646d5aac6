"""The report of a month: true to one vintage, every sentence with its doubt and a query that gives it again."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from answers.overtakes.history import overtakes_among
from answers.questions import Question, QuestionError
from answers.series.answer import series
from answers.wording import moment
from catalog import load
from dashboard.charts.figure import Style
from dashboard.export.render import picture
from dashboard.views.trends.figure import Extras, figure
from storage import Batch, Counts, Observation, Payload, Period, Store
from tests.support import serving
from tests.support.planting import at, plant
from uptake.cli import commands
from uptake.clock import SystemClock
from uptake.digest import html_and_markdown
from uptake.digest.month_digest import Digest, month_digest
from uptake.settings.permissions import permitted_catalog
from uptake.settings.settings import load_settings

THREE = ("flask", "django", "fastapi")
NOVEMBER = date(2023, 11, 1)
CATALOG = permitted_catalog(load(), load_settings({}))  # as the command has it without any setting


@pytest.fixture(scope="module")
def filled_at(deep_store: str) -> datetime:
    """A moment at which the store knew all that it knows."""
    return SystemClock().now()


@cache
def told(url: str, as_of: datetime, month: date = NOVEMBER, now: datetime | None = None) -> Digest:
    """The digest of a month, made once for all tests that read the same one: what it says is of a vintage."""
    with Store.open(url, read_only=True) as store:
        return month_digest(store, CATALOG, THREE, month, as_of, now or as_of)


@cache
def drawn(url: str, of: Digest) -> tuple[bytes, ...]:
    """The charts of a digest, drawn once for all tests that read it."""
    with Store.open(url, read_only=True) as store:
        found = [
            (
                series(store, load(), chart, of.as_of),
                overtakes_among(store, load(), of.as_of, chart.metric, chart.frameworks, chart.as_of),
            )
            for chart in of.charts
        ]
    return tuple(
        picture(figure(answer, load(), Style(), Extras(overtakes=overtakes)), "svg", Style())
        for answer, overtakes in found
    )


def section(of: Digest, title: str) -> list[str]:
    return [s.text for one in of.sections if one.title.startswith(title) for s in one.statements]


def test_the_overtake_of_november_2023_is_told(deep_store: str, filled_at: datetime) -> None:
    found = told(deep_store, filled_at)
    [passed] = section(found, "Overtakes")
    assert passed == "FastAPI passed Flask in GitHub stars between 27 and 30 November 2023."
    assert found.lead.startswith(passed)
    assert any("Django had" in text and "30 November 2023" in text for text in section(found, "Who leads"))


def test_a_month_without_an_overtake_says_so(deep_store: str, filled_at: datetime) -> None:
    found = told(deep_store, filled_at, date(2022, 2, 1))
    assert section(found, "Overtakes") == []
    assert "No overtake this month." in html_and_markdown.markdown(found, drawn(deep_store, found)).decode()


def test_of_a_month_without_figures_it_is_not_said_that_nobody_passed(full_store: str, filled_at: datetime) -> None:
    """The counters that come with Uptake end in August 2026."""
    for month, said in ((date(2026, 9, 1), "We can't say whether there was one"), (date(2026, 8, 1), "No overtake")):
        found = told(full_store, filled_at, month)
        overtakes = next(one for one in found.sections if one.title.startswith("Overtakes"))
        assert (overtakes.statements, said in overtakes.nothing) == ((), True)


def test_an_overtake_is_told_in_the_month_its_end_was_seen(deep_store: str, filled_at: datetime) -> None:
    """Django passed Flask in stars between the 25th and the 27th of September 2020; it is told once."""
    months = [date(2020, month, 1) for month in (8, 9, 10)]
    stars = [[t for t in section(told(deep_store, filled_at, m), "Overtakes") if "stars" in t] for m in months]
    assert [len(texts) for texts in stars] == [0, 1, 0]
    assert "between 25 and 27 September 2020" in stars[1][0]


def test_gains_are_those_of_the_series(deep_store: str, filled_at: datetime) -> None:
    question = Question("stars", THREE, "", NOVEMBER, date(2023, 11, 30), filled_at, "gained")
    with Store.open(deep_store, read_only=True) as store:
        frame = series(store, load(), question, filled_at).frame
    [text] = [
        t
        for t in section(told(deep_store, filled_at), "Gains")
        if t.startswith("GitHub stars gained in November 2023:")
    ]
    assert len(frame) == 3
    for value in frame["value"]:
        assert f"+{value:,.0f}" in text


def test_the_same_vintage_gives_the_same_bytes_whenever_it_is_asked(deep_store: str, filled_at: datetime) -> None:
    at_once, later = told(deep_store, filled_at), told(deep_store, filled_at, now=filled_at + timedelta(days=400))
    assert at_once == later
    assert html_and_markdown.html(at_once, drawn(deep_store, at_once)) == html_and_markdown.html(
        later, drawn.__wrapped__(deep_store, later)
    )


def test_what_is_learned_later_changes_nothing_of_an_earlier_vintage(sqlite_url: str) -> None:
    learned = datetime(2026, 9, 30, 12, tzinfo=UTC)
    _tell(sqlite_url, learned, {"flask": 100, "django": 200})
    before = told(sqlite_url, datetime.combine(date(2026, 9, 30), time.max, UTC), date(2026, 9, 1))
    _tell(sqlite_url, learned + timedelta(days=3), {"flask": 300, "django": 200})
    after = told(sqlite_url, before.as_of, date(2026, 9, 1), now=learned + timedelta(days=30))
    assert before == after
    assert before.lead.startswith("Django had the most GitHub stars (200).")
    october = told(sqlite_url, learned + timedelta(days=20), date(2026, 10, 1))
    assert "Flask: 1 revised figure of GitHub stars." in section(october, "Revised")[0]
    assert "The largest change: 100 to 300 for " in section(october, "Revised")[0]


def _tell(url: str, at: datetime, stars: dict[str, int]) -> None:
    """GitHub says at a moment how many stars there were on 2026-09-29."""
    with Store.open(url) as store:
        store.mirror_frameworks([(f.id, f.title) for f in load().frameworks.values()])
        run = store.start_run("github", trigger="schedule", now=at)
        for name, value in stars.items():
            seen = (Observation("stars", name, Period.day(date(2026, 9, 29)), value),)
            payload = Payload("github", "https://example.org/", f"{name} {value}".encode(), at)
            store.write(run.id, name, "snapshot", Batch(payload, seen))
        store.finish(run.id, "ok", counts=Counts(new=1), failures=[], now=at)


def test_a_stale_source_is_named(sqlite_url: str) -> None:
    learned = datetime(2026, 9, 29, 12, tzinfo=UTC)
    _tell(sqlite_url, learned, {"flask": 100, "django": 200})
    fresh, stale = (
        [
            t
            for t in section(told(sqlite_url, learned + timedelta(days=n), date(2026, 9, 1)), "State of")
            if "GitHub" in t
        ]
        for n in (0, 15)
    )
    assert fresh == ["GitHub was up to date: it had data up to 29 September 2026."]
    assert stale == ["GitHub was late: it had data up to 29 September 2026, 15 days earlier."]


def test_a_moment_that_is_yet_to_come_is_refused(deep_store: str, filled_at: datetime) -> None:
    with pytest.raises(QuestionError, match="is in the future"):
        told(deep_store, filled_at + timedelta(days=1), now=filled_at)


def test_the_last_month_of_the_calendar_is_yet_to_come(deep_store: str, filled_at: datetime) -> None:
    with Store.open(deep_store, read_only=True) as store, pytest.raises(QuestionError, match="is in the future"):
        month_digest(store, load(), THREE, date(9999, 12, 1), None, filled_at)


def test_a_vintage_before_everything_says_so(deep_store: str) -> None:
    ended = datetime.combine(date(2023, 11, 30), time.max, UTC)
    found = told(deep_store, ended, now=SystemClock().now())
    assert found.as_of == ended
    assert "No comparable data had been collected by 30 November 2023, 23:59 UTC." in found.lead
    assert found.charts == ()
    assert html_and_markdown.html(found, [])
    assert "[^1]: " in html_and_markdown.markdown(found, []).decode()


def test_it_works_on_the_first_day_with_what_is_known_now(deep_store: str) -> None:
    """At the month's end a store made later knew nothing: so it is told as known now, and said so."""
    now = SystemClock().now()
    with Store.open(deep_store, read_only=True) as store:
        found = month_digest(store, load(), THREE, NOVEMBER, None, now)
    assert (found.as_of, found.as_known_now) == (now, True)
    assert found.lead.startswith("FastAPI passed Flask in GitHub stars between")
    words = html_and_markdown.markdown(found, drawn(deep_store, found)).decode()
    assert f"*1 to 30 November 2023; data as of {moment(now)}, the time of writing: none had been collected" in words


def test_one_overtake_by_two_rules_of_counting_is_told_once_and_levels_before_paces(sqlite_store: Store) -> None:
    now = at(date(2026, 12, 31))  # a lead in a flow is one when it has lasted for eight weeks
    rising = {"flask": (1000.0, 1000.0), "django": (700.0, 1600.0)}
    for metric in ("downloads_no_mirrors", "downloads_with_mirrors"):
        for name, (before, after) in rising.items():
            every = [date(2026, 1, 1) + timedelta(days=n) for n in range(360)]
            by_day = {day: (before if day < date(2026, 7, 10) else after) + day.day % 5 for day in every}
            plant(sqlite_store, metric, name, by_day, now)
    for name, stars in (("flask", 500.0), ("django", 490.0)):
        by_day = {date(2026, 9, day): stars + day * (name == "django") - 1 for day in range(1, 31)}
        plant(sqlite_store, "stars", name, by_day, now)
    found = month_digest(sqlite_store, load(), THREE, date(2026, 9, 1), now, now)
    [levels], [once] = section(found, "Overtakes"), section(found, "Earlier overtakes")
    assert "in GitHub stars" in levels
    assert "in PyPI downloads without mirrors" in once
    assert once.endswith("It did so in PyPI downloads with mirrors too.")
    codes = [caveat.code for caveat in found.caveats]
    assert len(codes) == len(set(codes))


def test_a_source_that_counts_by_the_month_was_collected(sqlite_store: Store) -> None:
    """No day of it is known, only months: it is up to date, and late after that."""
    sqlite_store.mirror_frameworks([(one.id, one.title) for one in CATALOG.frameworks.values()])
    run = sqlite_store.start_run("hn", trigger="cli", now=at(date(2023, 12, 20)))
    for name in THREE:
        months = (Observation("hiring_mentions", name, Period.month(2023, month), 0.01, 400) for month in range(1, 12))
        payload = Payload("hn", "https://example.org", name.encode(), at(date(2023, 12, 20)))
        sqlite_store.write(run.id, name, "threads", Batch(payload, tuple(months)))
    sqlite_store.finish(run.id, "ok", counts=Counts(new=33), failures=[], now=at(date(2023, 12, 20)))
    for day, state in ((date(2023, 12, 21), "up to date"), (date(2024, 3, 21), "late")):
        digest = month_digest(sqlite_store, CATALOG, THREE, NOVEMBER, at(day), at(day))
        sources = [one.text for section in digest.sections for one in section.statements if "Who is hiring" in one.text]
        assert [text for text in sources if f"Who is hiring? was {state}: it had data up to 30 November 2023" in text]


def test_stars_kept_are_not_called_github_stars(sqlite_store: Store) -> None:
    now = at(date(2026, 11, 3))
    for name, stars in (("flask", 5.0), ("django", 50.0)):
        days_of_october = {date(2026, 10, day): stars for day in range(1, 32)}
        plant(sqlite_store, "stars_kept", name, days_of_october, now)
    found = month_digest(sqlite_store, load(), THREE, date(2026, 10, 1), now, now)
    assert "Django had the most new GitHub stars (1,400 in the 28 days to 31 October 2026)." in found.lead


class _Page(HTMLParser):
    """Ids, links and addresses of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append(tag)
        self.ids += [named["id"] or ""] if "id" in named else []
        self.links += [named["href"] or ""] if "href" in named else []
        assert "src" not in named


def test_the_page_is_whole_and_fetches_nothing(deep_store: str, filled_at: datetime) -> None:
    found = told(deep_store, filled_at)
    page = _Page(html_and_markdown.html(found, drawn(deep_store, found)).decode())
    assert page.tags.count("svg") == len(found.charts) == 4
    assert "script" not in page.tags
    assert len(set(page.ids)) == len(page.ids)
    inner = {link[1:] for link in page.links if link.startswith("#")}
    assert inner == {name for name in page.ids if name.startswith("q") and name[1:].isdigit()}


def test_every_statement_has_its_doubt_and_its_query(deep_store: str, filled_at: datetime) -> None:
    found = told(deep_store, filled_at)
    html, markdown = (
        write(found, drawn(deep_store, found)).decode()
        for write in (html_and_markdown.html, html_and_markdown.markdown)
    )
    for one in found.sections:
        for statement in one.statements:
            assert statement.query
            assert statement.doubt or one.title.startswith("State of")
            assert statement.text in unescape(html)
            assert f"<code>{statement.query}</code>" in unescape(html)
            assert f"`{statement.query}`" in markdown
    assert set(re.findall(r"\[\^\d+\](?!:)", markdown)) == set(re.findall(r"^(\[\^\d+\]):", markdown, re.MULTILINE))


def test_every_query_is_answered(deep_store: str, filled_at: datetime, deep_server: serving.Server) -> None:
    """The footnotes are true: the API takes each of them, and a gain told is in the file it names."""
    found = told(deep_store, filled_at)
    this_month = told(deep_store, filled_at, filled_at.date())
    asked = {s.query for of in (found, this_month) for one in of.sections for s in one.statements}
    asked |= {html_and_markdown.chart_query(chart) for chart in found.charts}
    assert any("trace.json" in query for query in asked)
    for query in sorted(query for query in asked if query.startswith("/api/")):
        assert deep_server.get(query).status == 200, query
    [gained] = [s for one in found.sections for s in one.statements if s.text.startswith("GitHub stars gained")]
    first = re.search(r"FastAPI \+([\d,]+)", gained.text)
    assert first
    assert f",{first[1].replace(',', '')},".encode() in deep_server.get(gained.query).body
    commands_asked = [query.split()[1:] for query in asked if query.startswith("uptake ")]
    assert commands_asked
    for words in commands_asked:
        done = CliRunner().invoke(commands, words, env={"UPTAKE_DATABASE_URL": deep_store}, catch_exceptions=False)
        assert done.exit_code == 0


def test_text_from_outside_stays_text(deep_store: str, filled_at: datetime) -> None:
    from dataclasses import replace

    shipped = load()
    frameworks = dict(shipped.frameworks) | {"flask": replace(shipped.frameworks["flask"], title="<b>[x](y)*")}
    with Store.open(deep_store, read_only=True) as store:
        found = month_digest(store, replace(shipped, frameworks=frameworks), THREE, NOVEMBER, filled_at, filled_at)
    charts = [b"<svg></svg>"] * len(found.charts)
    assert "b" not in _Page(html_and_markdown.html(found, charts).decode()).tags
    assert r"\<b\>\[x\](y)\*" in html_and_markdown.markdown(found, charts).decode()


def test_the_overtakes_under_a_chart_are_told_apart(deep_store: str, filled_at: datetime) -> None:
    stars = drawn(deep_store, told(deep_store, filled_at))[0].decode()
    first, second = "FastAPI passed Flask between 27 and 30 November 2023", "Django passed Flask between 25 and 27 Sept"
    assert f"{first}; {second}ember 2020. Drawn" in stars


def test_the_command_writes_it(deep_store: str, filled_at: datetime, tmp_path: Path) -> None:
    asked = ["digest", "--month", "2023-11", "--as-of", f"{filled_at:%Y-%m-%dT%H:%M:%S.%fZ}"]
    asked += [f"--framework={name}" for name in THREE]
    file = tmp_path / "november.html"
    runner, environment = CliRunner(), {"UPTAKE_DATABASE_URL": deep_store}
    done = runner.invoke(commands, [*asked, "-o", str(file)], env=environment, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = told(deep_store, filled_at)
    assert file.read_bytes() == html_and_markdown.html(found, drawn(deep_store, found))
    spoken = runner.invoke(commands, asked, env=environment, catch_exceptions=False)
    assert spoken.stdout_bytes == html_and_markdown.markdown(found, drawn(deep_store, found))
    wrong = runner.invoke(commands, ["digest", "--month", "2023-13"], env=environment)
    assert wrong.exit_code == 2


@pytest.mark.parametrize(
    ("month", "title"),
    [
        (date(2025, 3, 1), "Overtakes this month"),
        (date(2025, 10, 1), "Earlier overtakes that became certain this month"),
    ],
)
def test_an_overtake_is_listed_where_its_bracket_ends_and_where_it_became_certain(
    deep_store: str, filled_at: datetime, month: date, title: str
) -> None:
    with Store.open(deep_store, read_only=True) as store:
        digest = month_digest(store, CATALOG, ("starlette", "fastapi"), month, filled_at, filled_at)
    listed = {s.title: " ".join(one.text for one in s.statements) for s in digest.sections if "vertakes" in s.title}
    passing = "Starlette passed FastAPI in monthly PyPI downloads between 28 February and 31 March 2025"
    assert [name for name, text in listed.items() if passing in text] == [title]
