"""A question's parameters are declared once: command, HTTP API and links ask the same."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams
from starlette.routing import Route

from answers.parameter_types import Parameter, end_of, parameters_of, parse_moment, texts, write_moment
from answers.questions import (
    QUESTIONS,
    AgreementQuestion,
    AnyQuestion,
    ClaimQuestion,
    CompareQuestion,
    ForecastQuestion,
    OvertakesQuestion,
    Question,
    QuestionError,
    RegionsQuestion,
    SurveyQuestion,
)
from dashboard import links, request_parameters
from dashboard.api import handlers
from dashboard.export.figure_registry import FIGURES
from uptake.cli import commands

DAYS = st.dates(date(1000, 1, 1))
LETTERS = st.characters(codec="utf-8", exclude_characters=",", exclude_categories=["Z", "C"])
WORDS = st.text(LETTERS, min_size=1).filter(lambda word: not word.startswith("-"))  # no id does, no sentence
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": WORDS,
    "names": st.lists(WORDS, unique=True, max_size=4).map(tuple),
    "date": DAYS,
    "moment": st.one_of(DAYS.map(end_of), st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001
    "year": st.integers(1000, 9999),
    "year or date": DAYS,
    "flag": st.booleans(),
}
EVERY = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.address))


def values(parameter: Parameter) -> st.SearchStrategy[Any]:
    kind = parameter.kind
    if kind.choices:
        return st.sampled_from(kind.choices)
    every = st.integers(*kind.bounds) if kind.name == "number" else VALUES[kind.name]
    return every if parameter.required else st.one_of(st.just(parameter.default), every)


def questions(question: type[AnyQuestion]) -> st.SearchStrategy[AnyQuestion]:
    return st.builds(question, **{parameter.field: values(parameter) for parameter in parameters_of(question)})


@EVERY
@given(data=st.data())
def test_a_link_asks_what_was_asked(question: type[AnyQuestion], data: st.DataObject) -> None:
    asked = data.draw(questions(question))
    query = QueryParams(parse_qsl(urlsplit(links.api(asked)).query))
    assert request_parameters.parse(question, query) == asked


@EVERY
@given(data=st.data())
def test_the_shell_line_gives_the_command_what_was_asked(question: type[AnyQuestion], data: st.DataObject) -> None:
    asked = data.draw(questions(question))
    _, name, *words = shlex.split(links.shell(asked))
    assert name == question.command
    parent = click.Context(commands, **commands.context_settings)
    context = commands.commands[name].make_context(name, words, parent, resilient_parsing=True)
    for parameter in parameters_of(question):
        if parameter.in_command and parameter.name in texts(asked):
            assert context.params[parameter.field] == getattr(asked, parameter.field)


@EVERY
def test_a_command_takes_each_parameter_with_its_help(question: type[AnyQuestion]) -> None:
    taken = {p.name: p for p in commands.commands[question.command].params}
    for parameter in parameters_of(question):
        if not parameter.in_command:
            assert parameter.field not in taken
            continue
        command = taken[parameter.field]
        assert isinstance(command, click.Argument) is parameter.argument
        if isinstance(command, click.Option):
            assert command.opts == [parameter.option]
            assert command.help == parameter.help


@EVERY
def test_each_question_has_its_place_in_the_api(question: type[AnyQuestion]) -> None:
    paths = {route.path for route in handlers.routes() if isinstance(route, Route)}
    assert f"/api/v1/{question.address}.json" in paths


@pytest.mark.parametrize("of", FIGURES)
def test_a_picture_takes_the_parameters_of_its_question(of: str) -> None:
    question = FIGURES[of].question
    assert {parameter.name for parameter in parameters_of(question)} - set(FIGURES[of].parameters) <= {"months"}


def test_what_is_not_said_is_not_in_a_link() -> None:
    assert links.api(Question("stars", ("flask", "django"))) == (
        "/api/v1/series.json?metric=stars&framework=flask,django"
    )
    assert links.api(OvertakesQuestion(), "csv") == "/api/v1/overtakes.csv?"
    assert links.picture("compare", [("a", "django"), ("on", "")], "svg") == "/api/v1/compare.svg?a=django"


def test_a_picture_leaves_out_what_changes_nothing_in_it() -> None:
    question = AgreementQuestion(y="pds_use", months=24)
    assert links.drawn("agreement", question, show="tau", survey="") == [("y", "pds_use"), ("show", "tau")]


@pytest.mark.parametrize(
    ("question", "line"),
    [
        (CompareQuestion("django", "flask", date(2020, 11, 25)), "uptake compare django flask --on 2020-11-25"),
        (RegionsQuestion(("django", "flask"), on=date(2019, 12, 31)), "uptake regions django flask --on 2019"),
        (SurveyQuestion("pds_use", dimension="region=*"), "uptake surveys pds_use --dimension 'region=*'"),
        (ClaimQuestion("django passed flask in 2020"), 'uptake claim "django passed flask in 2020"'),
        (ClaimQuestion("is `flask` $dying?"), "uptake claim 'is `flask` $dying?'"),
        (OvertakesQuestion(held=True), "uptake overtakes --held"),
        (ForecastQuestion("stars", "flask", as_of=end_of(date(2026, 1, 1))), "uptake forecast stars --framework flask"),
    ],
)  # fmt: skip
def test_a_shell_line_is_as_one_would_write_it(question: AnyQuestion, line: str) -> None:
    assert links.shell(question) == line


@given(st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - the zone is the other argument
def test_a_moment_is_read_as_it_was_written(moment: datetime) -> None:
    assert parse_moment(write_moment(moment)) == moment


def test_a_date_means_its_last_instant_and_a_time_without_a_zone_is_utc() -> None:
    assert parse_moment("2020-11-25") == parse_moment("20201125") == end_of(date(2020, 11, 25))
    noon = datetime(2020, 11, 25, 12, tzinfo=UTC)
    for text in ("2020-11-25T12:00", "2020-11-25 12:00", "2020-11-25T12:00Z", "2020-11-25T14:00+02:00"):
        assert parse_moment(text) == noon
    assert parse_moment("2020-11-25T14:00 02:00") == noon  # the plus of an address that nobody escaped
    assert parse_moment("2020-11-25T14:00+02:00") == datetime(2020, 11, 25, 14, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("question", "query", "sentence"),
    [
        (CompareQuestion, "a=flask", "The parameter b is missing."),
        (Question, "metric=stars&metric=forks", "The parameter metric is given more than once."),
        (Question, "metric=stars&frameworks=flask", "Unknown parameter 'frameworks'; known here: metric, framework, "),
        (Question, "metric=stars&since=yesterday", "since is a date such as 2020-11-25, not 'yesterday'."),
        (Question, "metric=stars&as_of=never", "as_of is a date or a time such as 2020-11-25T12:00Z, not 'never'."),
        (Question, "metric=stars&as_of=0001-01-01T00:00%2B05:00", "as_of is a date or a time such as"),
        (SurveyQuestion, "from=20", "from is a year such as 2024, not '20'."),
        (RegionsQuestion, "on=0000", "on is a date such as 2020-11-25, not '0000'."),
        (OvertakesQuestion, "held=yes", "held is 0 or 1, not 'yes'."),
        (OvertakesQuestion, "most=1001", "most is a number from 1 to 1,000, not '1001'."),
        (AgreementQuestion, "months=121", "months is a number up to 120, not '121'."),
        (AgreementQuestion, "months=0000000999", "months is a number up to 120, not '0000000999'."),
        (ForecastQuestion, "metric=stars&framework=flask&months=0", "months is a number from 1 to 24, not '0'."),
    ],
)
def test_what_is_not_understood_is_refused(question: type[AnyQuestion], query: str, sentence: str) -> None:
    with pytest.raises(QuestionError, match=re.escape(sentence)):
        request_parameters.parse(question, QueryParams(query))
