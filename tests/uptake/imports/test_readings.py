"""A file is understood without doubt, or every fault of it is named with its line and what to write."""

from __future__ import annotations

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import load
from storage.audit import FILE_CAP
from uptake.imports import cells
from uptake.imports.csv_file import FileRefused
from uptake.imports.readings import Readings, read

TODAY = date(2026, 11, 22)
CATALOG = load()


def told(text: str | bytes, metric: str = "stars") -> Readings:
    body = text if isinstance(text, bytes) else text.encode()
    return read(body, CATALOG, CATALOG.metrics[metric], TODAY)


def faults(text: str | bytes, metric: str = "stars") -> list[tuple[int, str]]:
    with pytest.raises(FileRefused) as refused:
        told(text, metric)
    return [(fault.line, fault.message) for fault in refused.value.faults]


def values(text: str | bytes, metric: str = "stars") -> list[tuple[str, str, float | None]]:
    return [(o.framework, str(o.period.start), o.value) for o in told(text, metric).observations]


PLAIN = [("flask", "2024-01-01", 12345.0), ("django", "2024-01-01", 7.0), ("flask", "2024-01-08", 12400.0)]


@pytest.mark.parametrize(
    "text",
    [
        "date,flask,django\n2024-01-01,12345,7\n2024-01-08,12400,\n",
        "\ufeffdate;flask;django;;\r\n2024-01-01;12345;7;;\r\n2024-01-08;12400;;;\r\n;;;;\r\n",
        "Date\tFlask\tDjango\r2024-01-01\t12 345\t7\r2024-01-08\t12'400\t\r",
        'date,flask,django\n2024-01-01,"12345.0",7\n2024-01-08,"12,400.00",\n'.replace("12,400.00", "12400,0"),
        "date,framework,value\n2024-01-01,flask,12345\n2024-01-01,Django,7\n2024-01-08,flask,12400\n",
        "framework;value;date;period_end\nflask;12345;2024-01-01;2024-01-01\ndjango;7;2024-01-01;\nflask;12400;2024-01-08;",
    ],
)
def test_the_forms_of_spreadsheets_say_the_same(text: str) -> None:
    assert values(text) == PLAIN
    assert told(text).frameworks == ("flask", "django")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("12,345", "12345"),
        ("12.345", "12345"),
        ("12.5", "fraction"),
        ("-5", "negative"),
        ("(5)", "negative"),
        ("=SUM(A1:A9)", "formula"),
        ("@x", "formula"),
        ("nan", "digits alone"),
        ("inf", "digits alone"),
        ("1.2E+05", "lost digits"),
        ("n/a", "digits alone"),
        ("１２３", "digits alone"),
        ("9" * 40, "not exact"),
        ("1,23,456", "digits alone"),
    ],
)
def test_what_is_no_count_is_refused_with_what_to_write(cell: str, words: str) -> None:
    (fault,) = faults(f"date;flask\n2024-01-01;5\n2024-01-08;{cell}\n")
    assert fault[0] == 3
    assert words in fault[1]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("31/01/2024,flask,5", "write 2026-01-31"),
        ("2024-02-30,flask,5", "calendar"),
        ("2024-01-31T00:00:00,flask,5", "write 2026-01-31"),
        ("2026-11-23,flask,5", "has not been yet"),
        ("2008-04-09,flask,5", "too early"),
        ("2024-01-31,flaskk,5", "did you mean flask?"),
        ("2024-01-31,flask,", "leave the line out"),
        ("2024-01-31,flask", "2 cells"),
        ("2024-01-31,flask,1,234", "needs quotes"),
        ('2024-01-31,flask,"5', "quotes"),
    ],
)
def test_what_is_wrong_with_a_line_is_named(line: str, words: str) -> None:
    ((at, fault),) = faults(f"date,framework,value\n2024-01-01,flask,5\n{line}\n")
    assert at == 3
    assert words in fault


def test_every_fault_is_named_and_a_day_twice_with_both_lines() -> None:
    rows = ("2024-01-01,flask,5", "2024-01-01,flask,5", "x,flask,1", "2024-01-02,nope,1", "2024-01-03,nope,1")
    text = "\n".join(("date,framework,value", *rows))
    assert [line for line, _ in faults(text)] == [3, 4, 5]  # an unknown framework once
    assert "line 2" in faults(text)[0][1]


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        (b"", 0, "empty"),
        (b"date,flask\n", 0, "no figure"),
        (b"date\n2024-01-01\n", 1, "no framework"),
        (b"day,flask\n2024-01-01,1\n", 1, "'date'"),
        (b"date,flask,Flask\n2024-01-01,1,2\n", 1, "twice"),
        (b"date,framework,value,note\n2024-01-01,flask,2,x\n", 1, "'note'"),
        (b"date,flask\n2024-01-01,1\n2024-01-02,\xe9\n", 3, "UTF-8"),
        ("date,flask\n".encode("utf-16"), 1, "UTF-8"),
        (b"date,flask\n2024-01-01,\x00\n", 2, "no text"),
        (b"date,flask\n" + b"2024-01-01,1\n" * (FILE_CAP // 13 + 1), 0, "has 4.0 MB, and at most 4 MB are read"),
    ],
)
def test_what_is_no_such_file_is_refused(body: bytes, line: int, words: str) -> None:
    found = faults(body)
    assert found[0][0] == line
    assert words in found[0][1]


@pytest.mark.parametrize(
    ("metric", "row", "words"),
    [
        ("stars", "2024-01-01,2024-01-07,flask,5,", "one figure a day"),
        ("stars", "2024-01-01,,flask,5,10", "base"),
        ("stars", "2024-01-01,,rails,5,", ""),
        ("downloads_no_mirrors", "2024-01-01,,rails,5,", "no name at"),
        ("downloads_no_mirrors", "2026-11-22,,flask,5,", "not over"),
        ("npm_downloads", "2024-01-01,,flask,5,", "no name at"),
        ("downloads_pip_30d", "2024-01-01,,flask,5,", "period_end"),
        ("downloads_pip_30d", "2024-01-01,2024-01-31,flask,5,", "31 days"),
        ("downloads_pip_30d", "2024-01-01,2024-01-30,flask,5,", ""),
        ("dependents", "2024-01-15,,flask,5,", "first day of a month"),
        ("dependents", "2024-01,,flask,5,", ""),
        ("dependents", "2026-11,,flask,5,", "has not been"),
        ("hiring_mentions", "2024-01,2024-01-31,flask,0.01,500", ""),
        ("hiring_mentions", "2018-11,,fastapi,0.01,500", "too early"),
        ("hiring_mentions", "2024-01,,flask,1%,500", "0.25"),
        ("hiring_mentions", "2024-01,,flask,1.5,500", "0.25"),
        ("hiring_mentions", "2024-01,,flask,0.01,", "base is missing"),
        ("hiring_mentions", "2024-01,,flask,0.01,0", "nobody"),
        ("so_worked_with", "2016,,flask,0.05,20000", ""),
        ("so_worked_with", "2016-06-01,,flask,0.05,20000", "first day of a year"),
    ],
)
def test_the_rules_of_the_metric_hold(metric: str, row: str, words: str) -> None:
    text = f"date,period_end,framework,value,base\n{row}\n"
    if words:
        assert [words in fault for _, fault in faults(text, metric)] == [True]
    else:
        assert len(told(text, metric).observations) == 1


def test_shares_need_their_base_in_a_column() -> None:
    assert "base" in faults("date,flask\n2024,0.5\n", "so_worked_with")[0][1]
    assert "base" in faults("date,framework,value\n2024,flask,0.5\n", "so_worked_with")[0][1]
    assert told("date;framework;value;base\n2024;flask;0,25;1000\n", "so_worked_with").observations[0].value == 0.25


@given(st.integers(0, 10**12), st.sampled_from(["{}", "{:,}", " {} ", "{}.0", "{}.000000"]))
def test_a_count_is_read_as_it_is_or_refused(number: int, form: str) -> None:
    """Never as another number."""
    cell = form.format(number).strip()
    if form == "{:,}" and 1_000 <= number < 1_000_000:  # one mark, which can mean two numbers
        with pytest.raises(cells.Unclear):
            cells.count(cell)
    else:
        assert cells.count(cell) == number


@given(st.text(string.printable + "é\u2028\ufeff", max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for body in (text, f"date,flask\n{text}", f"date,framework,value,base\n{text}"):
        try:
            found = len(told(body).observations)
        except FileRefused as refused:
            found = len(refused.faults)
        assert found
