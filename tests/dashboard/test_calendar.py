"""Every question at the ends of the calendar, and about days that have not been: an answer or a sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from answers.parameter_types import DAY, MOMENT, YEAR, YEAR_OR_DAY, Parameter, parameters_of
from answers.questions import (
    QUESTIONS,
    AgreementQuestion,
    AnomaliesQuestion,
    AnyQuestion,
    GrowthQuestion,
    OvertakesQuestion,
    Question,
    RegionsQuestion,
    in_words,
)
from tests.support.serving import Server

DATES = {
    DAY: ("0001-01-01", "1969-12-31", "2007-01-01", "9999-12-31"),
    MOMENT: ("0001-01-01", "0001-01-01T00:00Z", "1969-12-31", "9999-12-31", "9999-12-31T23:59:59Z"),
    YEAR: ("0001", "1900", "9999"),
    YEAR_OR_DAY: ("0001", "0001-01-01", "1900", "9999", "9999-12-31"),
}
WHOLE = {
    "series": {"metric": "stars"},
    "growth": {"metric": "stars"},
    "compare": {"a": "flask", "b": "django"},
    "claims": {"claim": "django passed flask in stars"},
    "regions": {"framework": "flask,django"},
    "surveys": {},
    "forecast": {"metric": "stars", "framework": "flask"},
    "trace": {"metric": "stars", "framework": "flask", "period": "2020-01-01"},
}
DATED = [(question, p) for question in QUESTIONS for p in parameters_of(question) if p.kind in DATES]
BY_NAME = pytest.mark.parametrize(("question", "parameter"), DATED, ids=lambda it: getattr(it, "name", it))


def ask(api: Server, question: type[AnyQuestion], **changed: str) -> tuple[int, str]:
    query = WHOLE.get(question.address, {}) | changed
    answer = api.get(f"/api/v1/{question.address}.json?{urlencode(query)}")
    return answer.status, str(answer.json.get("error", ""))


@BY_NAME
def test_at_the_ends_of_the_calendar_there_is_an_answer_or_a_sentence(
    deep_server: Server, question: type[AnyQuestion], parameter: Parameter
) -> None:
    for text in DATES[parameter.kind]:
        status, error = ask(deep_server, question, **{parameter.name: text})
        assert status in (200, 400), text
        assert (status == 400) is bool(error)


@pytest.mark.parametrize(
    ("question", "name"),
    [(question, p.name) for question, p in DATED if p.name in ("on", "as_of")],
    ids=lambda it: getattr(it, "address", it),
)
def test_of_a_day_that_has_not_been_nothing_is_said(
    deep_server: Server, question: type[AnyQuestion], name: str
) -> None:
    today = datetime.now(UTC).date()
    for day in (today + timedelta(days=1), today + timedelta(days=400)):
        status, error = ask(deep_server, question, **{name: day.isoformat()})
        assert (status, error) == (400, f"{in_words(day)} is in the future: there are no data yet.")
    assert ask(deep_server, question, **{name: today.isoformat()})[1] == ""


@pytest.mark.parametrize("question", [GrowthQuestion, OvertakesQuestion, AnomaliesQuestion, Question])
@pytest.mark.parametrize("ahead", [1, 400])
def test_since_a_day_that_has_not_been_nothing_is_said(
    deep_server: Server, question: type[AnyQuestion], ahead: int
) -> None:
    day = datetime.now(UTC).date() + timedelta(days=ahead)
    status, error = ask(deep_server, question, since=day.isoformat())
    if question is Question:  # a table of no rows states nothing
        assert (status, error) == (200, "")
    else:
        assert (status, error) == (400, f"{in_words(day)} is in the future: there are no data yet.")


def test_the_year_that_is_going_on_can_be_asked_about(deep_server: Server) -> None:
    assert ask(deep_server, RegionsQuestion, on=str(datetime.now(UTC).year))[0] == 200


@pytest.mark.parametrize("metric", ["so_worked_with", "pds_use", "downloads_all"])
@pytest.mark.parametrize("on", ["1971-01-01", "2007-01-01", "2024-06-01"])
def test_a_day_before_the_first_figure_is_answered_for_surveys_too(deep_server: Server, metric: str, on: str) -> None:
    assert ask(deep_server, AgreementQuestion, y=metric, on=on)[0] in (200, 400)
    assert ask(deep_server, AgreementQuestion, x=metric, on=on)[0] in (200, 400)
