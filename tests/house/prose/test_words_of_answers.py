"""Every sentence that the program can make is in plain English: no word of its authors, dates in words, few digits."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from answers.collection.freshness import freshness, freshness_sentence
from answers.forecast import forecast
from answers.questions import API, QUESTIONS, AnyQuestion, EventsQuestion, TraceQuestion
from catalog import load
from dashboard import cache
from dashboard.api import handlers
from storage import Store
from tests.house.asking import Asking
from tests.house.prose.words import crowded, faults, first_sentence, slips, without_what_is_typed, word_count
from tests.support.source_tree import modules, tree
from uptake.alerts.detection import find_alerts
from uptake.clock import SystemClock
from uptake.digest.month_digest import month_digest

# Whose text constants are held to it. The help of commands in `answers/questions.py` is of the commands.
SPEAKING = ("answers/", "analysis/", "uptake/digest/", "uptake/alerts/")
HELP = {"answers/questions.py", "answers/parameter_types.py"}
# The keys of JSON whose values are sentences of ours; what the catalog says of itself is held elsewhere.
SPOKEN = {
    "sentence", "answer", "brief", "reason", "why", "rhythm", "share_of_everything_why", "held", "doubts", "past",
    "verdict", "refusal", "note", "error", "choice", "memory", "odd", "text", "rule",
}  # fmt: skip
CATALOGS = {"caveats", "metrics", "metric", "sources", "breaks", "known", "lineage", "events"}
MOST_WORDS = 25  # of the first sentence of an answer
TIMES = 10  # questions of a class


# -- what is written in the code ---------------------------------------------------------------------------------------


def constants(module: str) -> Iterator[tuple[int, str]]:
    """Each text of a module that may be a sentence or a part of one; what is put into it is a dot of dots."""
    inner = {id(part) for node in ast.walk(tree(module)) if isinstance(node, ast.JoinedStr) for part in node.values}
    inner |= {id(_docstring(node)) for node in ast.walk(tree(module))}
    for node in ast.walk(tree(module)):
        if id(node) in inner:
            continue
        text = _text(node)
        if " " in text.strip() and any(letter.islower() for letter in text) and not _is_code(text):
            yield node.lineno, text  # type: ignore[attr-defined]


def _docstring(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and isinstance(node.body[0], ast.Expr):
        return node.body[0].value
    return None


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""


def _is_code(text: str) -> bool:
    """Patterns, markup and what a query is made of."""
    return any(mark in text for mark in ("(?", "\\", "<", "[WHEN]", "WHEN is", "datetime64"))


@pytest.mark.parametrize("module", [m for m in modules() if m.startswith(SPEAKING) and m not in HELP])
def test_no_text_in_the_code_has_a_word_of_its_authors(module: str) -> None:
    wrong = [f"{module}:{line} {text!r}: {', '.join(found)}" for line, text in constants(module)
             if (found := [*faults(text), *(slip for slip in slips(text) if "brackets" not in slip)])]  # fmt: skip
    assert not wrong, "\n".join(wrong)


# -- what is said of a filled store ------------------------------------------------------------------------------------


def sentences(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The sentences in an answer, each with its key."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in CATALOGS:
                yield from sentences(one, name if name in SPOKEN or key not in SPOKEN else key)
    elif isinstance(value, list):
        for one in value:
            yield from sentences(one, key)
    elif isinstance(value, str) and key in SPOKEN and " " in value:
        yield key, value


def hold(where: object, text: str, aside: str = "none") -> None:
    """A sentence without a fault; `aside`: but for those of that kind."""
    plain = without_what_is_typed(text)
    wrong = [*faults(plain), *(slip for slip in slips(plain) if aside not in slip)]
    assert not wrong, f"{where}: {text!r} has {wrong}"
    assert "digest" in str(where) or not (many := crowded(plain)), f"{where}: too many figures in {many}"


@pytest.fixture
def _at_deep(deep_store: str, at_store: Callable[..., None]) -> None:
    at_store(deep_store)


def asked(question: type[AnyQuestion], times: int) -> list[tuple[object, dict[str, Any]]]:
    """Questions at random, and their answers over the HTTP API, in this process."""
    answers: list[tuple[object, dict[str, Any]]] = []
    draw, loop = Asking(times, cache.catalog(), cache.store()), asyncio.new_event_loop()
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=handlers.routes())), base_url="http://here"
    )
    for _ in range(times):
        one = draw(question)
        answer = loop.run_until_complete(client.get(f"{API}/{question.address}.json?{urlencode(one.pairs)}"))
        answers.append((one.pairs, answer.json()))
    loop.run_until_complete(client.aclose())
    loop.close()
    return answers


@pytest.mark.usefixtures("_at_deep")
@pytest.mark.parametrize(
    "question", [q for q in QUESTIONS if q is not EventsQuestion], ids=lambda question: question.__name__
)
def test_every_answer_and_every_refusal_is_in_plain_words(question: type[AnyQuestion]) -> None:
    for pairs, answer in asked(question, TIMES):
        for key, text in sentences(answer):  # a number that is traced is given to its last digit
            hold((pairs, key), text, "decimal" if question is TraceQuestion else "none")
        first = first_sentence(str(answer.get("answer") or answer.get("sentence") or ""))
        assert word_count(first) <= MOST_WORDS, (pairs, first)


def test_a_forecast_is_in_plain_words(forecast_store: str, at_store: Callable[..., None]) -> None:
    at_store(forecast_store)
    store, catalog, now = cache.store(), cache.catalog(), SystemClock().now()
    for one, other in product(("flask", "django", "gin", "bottle", "rails"), ("", "flask", "django", "gin")):
        if one != other:
            for metric, then in (("stars", now), ("stars", now + timedelta(days=900)), ("pds_use", now)):
                answer = forecast(store, catalog, metric, one, other, then)
                hold((one, other), answer.sentence)
                hold((one, other), answer.held)
                hold((one, other), answer.reason)


def test_digest_alerts_and_freshness_are_in_plain_words(deep_store: str) -> None:
    catalog, now = load(), SystemClock().now()
    with Store.open(deep_store, read_only=True) as store:
        for months in (0, 3, 20, 50, 74):
            digest = month_digest(store, catalog, (), (now - timedelta(days=30 * months)).date(), now, now)
            hold("digest", digest.lead)
            for section in digest.sections:
                for text in (section.title, section.nothing, *(s.text for s in section.statements)):
                    hold(("digest", section.title), text)
        for alert in find_alerts(store, catalog, now, first_scan=True):
            hold(alert.key, alert.text)
        entries = freshness(store, catalog, now)
        for text in (freshness_sentence(catalog, entries), *(entry.note for entry in entries)):
            hold("freshness", text)


def test_the_list_finds_what_it_is_for() -> None:
    assert faults("It cannot be told whether Django led on 2020-09-25.")
    assert slips("A gap of 1 days ()  in 12.34%.")
    good = "FastAPI has the most GitHub stars (105,277). It passed Django on 10 or 11 April 2025."
    assert not faults(good) + slips(good) + crowded(good)
    assert crowded("Flask has 14.8%, Django 13.0%, Gin 2.1% and Rails 5.4%.")
    assert not faults(without_what_is_typed("Run uptake compare django flask --on 2020-11-25."))
    assert first_sentence("One. Two.") == "One."
