"""Whatever is asked, there is an answer or a sentence: every question with everything it offers, drawn from a seed."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import click
import httpx
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette

from answers.questions import (
    API,
    QUESTIONS,
    AlertsQuestion,
    AnyQuestion,
    EventsQuestion,
    ForecastQuestion,
    OvertakesQuestion,
    Question,
)
from catalog import Kind
from dashboard import cache
from dashboard.api import handlers
from dashboard.export.figure_registry import FIGURES
from storage import Store
from tests.house.asking import NONE, Asked, Asking
from tests.support.clocks import NOW
from tests.support.serving import copied
from uptake.cli import commands
from uptake.cli.errors import explain

pytestmark = pytest.mark.fault

BY_CLASS = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
SHORT, LONG = 5, 150  # questions of a class; the long way under `make fault` alone
# Those of which a command and the API are held to say the same: that asks each of them over HTTP and in a shell.
ALIKE = [q for q in QUESTIONS if q not in (Question, AlertsQuestion, EventsQuestion, ForecastQuestion)]
OTHERS = [q for q in QUESTIONS if q not in ALIKE]
ADDRESSES = ("series.csv", "series.csv", "series.parquet", "series.zip", "badge.svg")
Get = Callable[[str, list[tuple[str, str]]], httpx.Response]


@pytest.fixture(scope="module")
def asked_store(deep_store: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """`deep_store` with frameworks of one's own of which nothing is known."""
    url = copied(deep_store, tmp_path_factory.mktemp("asked"))
    with Store.open(url) as store:
        for name in NONE:
            store.add_framework(name, name.title(), {"github": f"acme/{name}"}, language="Python", now=NOW)
    return url


@pytest.fixture(autouse=True)
def _at_store(asked_store: str, at_store: Callable[..., None]) -> None:
    at_store(asked_store)


@pytest.fixture
def get() -> Iterator[Get]:
    """One request to the HTTP API, in this process: a fault that nobody foresaw is raised."""
    loop = asyncio.new_event_loop()
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=handlers.routes())), base_url="http://here"
    )
    yield lambda address, pairs: loop.run_until_complete(client.get(f"{API}/{address}?{urlencode(pairs)}"))
    loop.run_until_complete(client.aclose())
    loop.close()


def asking(seed: int) -> Asking:
    return Asking(seed, cache.catalog(), cache.store())


def hold(answer: httpx.Response, asked: Asked) -> None:
    """An answer of 200, or 400 or 404 with a sentence."""
    assert answer.status_code in (200, 400, 404), (asked.pairs, answer.text[:300])
    if answer.status_code != 200:
        sentence = answer.json()["error"]
        assert re.fullmatch(r"\S.{10,}[.?]", sentence), (asked.pairs, sentence)


def over_http(get: Get, question: type[AnyQuestion], seed: int, times: int) -> None:
    draw = asking(seed)
    for _ in range(times):
        asked = draw(question)
        hold_whole(get(f"{question.address}.json", asked.pairs), asked)


def hold_whole(answer: httpx.Response, asked: Asked) -> None:
    """The same of an answer as JSON, in which every number is one."""
    hold(answer, asked)
    if answer.status_code == 200:
        told = json.dumps(answer.json())
        assert not re.search(r"\bnan\b|\bNaT\b", told), (asked.pairs, told[:2000])
        metric = cache.catalog().metrics.get(dict(asked.pairs).get("metric", ""))
        if metric is not None and metric.step:  # published in whole percents
            assert not re.search(r"\d\.0+ %", told), (asked.pairs, told)


def by_command(question: type[AnyQuestion], seed: int, times: int) -> None:
    """As text; as JSON too where nothing else asks for that."""
    draw, takes_json = asking(seed), "as_json" in {p.name for p in commands.commands[question.command].params}
    for k in range(-(-times // 2) if question in ALIKE else times):
        name, *more = draw(question).arguments
        run(name, *(["--json"] if takes_json and k % 2 and question not in ALIKE else []), *more)


def run(*arguments: str) -> tuple[int, str, str]:
    """A command that ends well or with one sentence: its exit code, that sentence, and what it printed."""
    result = CliRunner().invoke(commands, arguments, standalone_mode=False)
    code, sentence = _end(result.exception)
    assert code in (0, 1, 2), arguments
    assert "unexpected error" not in sentence, (arguments, sentence)
    assert "Traceback" not in result.output
    return code, sentence, result.stdout


def ended(asked: Asked, *options: str) -> tuple[int, str, str]:
    """The command of a question, with more options before its own."""
    name, *more = asked.arguments
    return run(name, *options, *more)


def _end(fault: BaseException | None) -> tuple[int, str]:
    """The exit code and sentence of a command that ended so."""
    if isinstance(fault, click.ClickException):
        return fault.exit_code, fault.format_message()
    if isinstance(fault, SystemExit):
        return int(fault.code or 0), ""
    if fault is None:
        return 0, ""
    assert isinstance(fault, Exception)
    sentence, code = explain(fault)
    return code, sentence


@pytest.mark.parametrize(
    ("address", "pairs"),
    [
        ("agreement.json", [("y", "pds_use"), ("on", "2020-11-25")]),
        ("agreement.json", [("x", "so_worked_with"), ("y", "downloads_pip_30d")]),
        ("agreement.json", [("on", "2016-12-31")]),
        ("agreement.json", [("framework", "litestar,django"), ("x", "downloads_pip_30d"), ("on", "1971-12-31")]),
        ("claims.json", [("claim", "django is more used than flask in germany between 2023 and 2024")]),
    ],
)
def test_what_was_once_unforeseen_is_answered(get: Get, address: str, pairs: list[tuple[str, str]]) -> None:
    assert get(address, pairs).status_code == 200


def test_of_a_month_without_figures_nobody_is_said_to_have_had_both(get: Get) -> None:
    answer = get("agreement.json", [("on", "2015-01-01")]).json()
    assert answer["sentence"].startswith("Too few to say: in January 2015 no framework had both stars and downloads.")


def test_the_frameworks_where_two_shares_disagree_most_are_told_in_points(get: Get) -> None:
    answer = get("agreement.json", [("x", "stars"), ("y", "so_worked_with")]).json()
    assert " with more stars had a smaller share in the Stack Overflow survey in " in answer["sentence"]
    apart = r": .+ has \d+(\.\d+)? times as many stars, .+ \d+(\.\d+)? points more in the Stack Overflow survey\."
    assert re.search(apart, answer["sentence"])


@pytest.fixture
def times(request: pytest.FixtureRequest) -> int:
    """How many questions of a class are asked."""
    return LONG if "fault" in request.config.getoption("markexpr") else SHORT


@pytest.mark.parametrize("question", OTHERS, ids=lambda question: question.__name__)
def test_over_http_there_is_an_answer_or_a_sentence(get: Get, question: type[AnyQuestion], times: int) -> None:
    over_http(get, question, times, times)


@pytest.mark.parametrize("question", ALIKE, ids=lambda question: question.__name__)
def test_a_command_and_the_api_say_the_same_an_answer_or_a_sentence(
    get: Get, question: type[AnyQuestion], times: int
) -> None:
    draw = asking(times + 5)
    for _ in range(times):
        asked = draw(question)
        answer, (code, sentence, printed) = get(f"{question.address}.json", asked.pairs), ended(asked, "--json")
        hold_whole(answer, asked)
        if answer.status_code == 200 and code != 2:
            here, there = json.loads(printed), answer.json()
            if question is OvertakesQuestion:  # a terminal shows fewer unless told how many
                there["overtakes"] = there["overtakes"][: len(here["overtakes"])]
            assert here == there, asked.pairs
        else:
            assert (answer.status_code, code) in ((400, 1), (400, 2), (404, 1)), (asked.pairs, sentence)


def test_a_series_is_the_same_bytes_by_command_and_api(get: Get, times: int) -> None:
    draw = asking(times + 6)
    for _ in range(times):
        asked = draw(Question)
        answer, (code, sentence, printed) = get("series.csv", asked.pairs), ended(asked)
        assert (answer.status_code == 200) is (code == 0), (asked.pairs, sentence)
        if code == 0:
            assert answer.text == printed, asked.pairs


def test_the_time_zone_of_the_machine_changes_no_answer(get: Get, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = asking(times + 7)
    questions = [draw(question) for question in QUESTIONS for _ in range(max(1, times // SHORT // 5))]
    told = []
    for zone in ("UTC", "Pacific/Honolulu", "Pacific/Kiritimati"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        cache.forget()
        told.append([get(f"{asked.question.address}.json", asked.pairs).text for asked in questions])
    monkeypatch.delenv("TZ")
    time.tzset()
    for asked, *answers in zip(questions, *told, strict=True):
        assert len(set(answers)) == 1, (asked.question, asked.pairs)


@BY_CLASS
def test_a_command_ends_with_an_answer_or_a_sentence(question: type[AnyQuestion], times: int) -> None:
    by_command(question, times + 1, times)


def test_the_digest_of_any_month_is_told_or_refused_in_a_sentence(times: int) -> None:
    draw = asking(times + 4)
    for _ in range(max(1, times // SHORT)):
        day, asked = draw.day(), draw(EventsQuestion)
        run("digest", "--month", day[:7], "--as-of", draw.day(), *asked.arguments[1:])


def test_files_and_numbers_have_the_digits_of_their_source(get: Get, times: int) -> None:
    files(get, times + 2, 3 * times)


def test_a_picture_is_drawn_or_refused_in_a_sentence(get: Get, times: int) -> None:
    pictures(get, times + 3, times // SHORT)


def files(get: Get, seed: int, times: int) -> None:
    """The series as files; counts in them are whole, and shares printed in whole percents stay so."""
    draw, catalog = asking(seed), cache.catalog()
    for k in range(times):
        asked = draw(Question)
        answer = get(ADDRESSES[k % 5], asked.pairs)
        hold(answer, asked)
        given = dict(asked.pairs)
        if answer.status_code == 200 and k % 5 < 2 and given.get("view", "level") == "level":
            metric = catalog.metrics[given["metric"]]
            _hold_digits(answer.text, metric.step if metric.kind is Kind.SHARE else 1.0, asked)


def _hold_digits(text: str, step: float, asked: Asked) -> None:
    for row in csv.DictReader(io.StringIO(text)):
        if row["value"] and step:
            steps = float(row["value"]) / step
            assert abs(steps - round(steps)) < 1e-9, (asked.pairs, row)
            assert len(row["value"].partition(".")[2]) <= (2 if step < 1 else 0), (asked.pairs, row)


def pictures(get: Get, seed: int, times: int) -> None:
    draw = asking(seed)
    for name, drawable in FIGURES.items():
        for _ in range(times):
            asked = draw(drawable.question)
            hold(get(f"{name}.svg", [pair for pair in asked.pairs if pair[0] in drawable.parameters]), asked)
