"""What is not an error of ClickHouse's is left to those who know it by its status."""

from __future__ import annotations

from collectors import Answer
from collectors.clickhouse.errors import TO_DO, TooMuch, fault
from tests.support.upstream import NOON


def answer(status: int, body: bytes, **headers: str) -> Answer:
    return Answer("http://127.0.0.1/", status, headers, body, NOON)


def test_what_is_not_clickhouses_is_left_to_others() -> None:
    assert fault(answer(502, b"<html>Bad Gateway</html>")) is None
    assert fault(answer(200, b"<html>Log in</html>")) is None
    assert fault(answer(500, b"x", **{"x-clickhouse-exception-code": "no number"})) is None
    told_both = answer(404, b"Code: 60. DB::Exception", **{"x-clickhouse-exception-code": "241"})
    assert "241" in str(fault(told_both))
    for code in (158, 159, 160, 241, 307, 396):
        assert isinstance(fault(answer(500, b"Code: %d. DB::Exception: no" % code)), TooMuch)


def test_what_is_missing_is_named_with_what_to_do() -> None:
    texts = {
        60: ("Unknown table expression identifier 'pypi.days' in scope SELECT 1", "table pypi.days"),
        81: ("Database rubygems does not exist. (UNKNOWN_DATABASE)", "database rubygems"),
        47: ("Missing columns: 'country_code' while processing query", "column country_code"),
        46: ("Function with name `toDay` does not exist.", "function toDay"),
    }
    for code, (text, lacking) in texts.items():
        said = str(fault(answer(404, f"Code: {code}. DB::Exception: {text}".encode())))
        assert said == f"ClickHouse has no {lacking}: {TO_DO}."
    assert "no table that is needed (code 60)" in str(fault(answer(404, b"Code: 60. DB::Exception: no")))
