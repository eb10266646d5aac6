"""What is not an error of ClickHouse's is left to those who know it by its status."""

from __future__ import annotations

from collectors import Answer
from collectors.clickhouse.errors import TooMuch, fault
from tests.support.upstream import NOON


def test_what_is_not_clickhouses_is_left_to_others() -> None:
    def answer(status: int, body: bytes, **headers: str) -> Answer:
        return Answer("http://127.0.0.1/", status, headers, body, NOON)

    assert fault(answer(502, b"<html>Bad Gateway</html>")) is None
    assert fault(answer(200, b"<html>Log in</html>")) is None
    assert fault(answer(500, b"x", **{"x-clickhouse-exception-code": "no number"})) is None
    told_both = answer(404, b"Code: 60. DB::Exception", **{"x-clickhouse-exception-code": "241"})
    assert "241" in str(fault(told_both))
    for code in (158, 159, 160, 241, 307, 396):
        assert isinstance(fault(answer(500, b"Code: %d. DB::Exception: no" % code)), TooMuch)
