"""The list of cases is whole, names tests that exist, and is what docs/faults.md says."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.faults.page import page
from tests.faults.registry import Case, cases, cases_of
from tests.faults.report import verdicts

ROOT = Path(__file__).parents[2]
COUNTS = {"U": 18, "S": 12, "M": 4, "J": 8, "D": 6, "X": 12, "Q": 4}
CASES = [pytest.param(case, id=case.id) for case in cases().values()]


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    classes = [(f"{node.name}::", node.body) for node in tree.body if isinstance(node, ast.ClassDef)]
    return {
        prefix + node.name
        for prefix, body in [("", tree.body), *classes]
        for node in body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_case_is_there_once() -> None:
    assert list(cases()) == [f"{group}{n:02d}" for group, count in COUNTS.items() for n in range(1, count + 1)]


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_checked_by_tests_that_exist_or_says_why_not(case: Case) -> None:
    assert case.tests or case.open
    for test in case.tests:
        file, _, name = test.partition("[")[0].partition("::")
        assert name in names_in(file), test


def test_the_page_says_what_the_registry_says() -> None:
    assert (ROOT / "docs" / "faults.md").read_text(encoding="utf-8") == page(), "run 'python -m tests.faults.page'"


def test_a_pattern_takes_its_parameters_and_no_others() -> None:
    case = Case("U01", "", "", ("a/test_b.py::test_c[429-*]", "a/test_b.py::test_d"))
    assert [case.covers(f"tests/a/test_b.py::test_{node}") for node in ("c[429-7]", "c[403-7]", "c", "d", "d[x]")] == [
        True,
        False,
        False,
        True,
        True,
    ]


def report(when: str, outcome: str, node: str = "tests/faults/test_made_up.py::test") -> pytest.TestReport:
    told = ("file", 1, "Skipped: no such thing here") if outcome == "skipped" else None
    return pytest.TestReport(node, ("file", 1, "test"), {}, outcome, told, when, duration=0.1)  # type: ignore[arg-type]  # words for literals


def test_a_case_passes_only_if_all_of_it_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    cases_of.cache_clear()
    monkeypatch.setattr("tests.faults.report.cases_of", lambda node: ("U01",) if "made_up" in node else ())
    whole = [report("setup", "passed"), report("call", "passed"), report("teardown", "passed")]
    for reports, word, reason in (
        (whole, "PASS", "1 tests"),
        ([], "FAIL", "no test of it ran"),
        ([report("setup", "passed")], "FAIL", "no test of it ran"),
        ([*whole, report("call", "failed")], "FAIL", "1 failed: tests/faults/test_made_up.py::test"),
        ([*whole, report("teardown", "failed")], "FAIL", "1 failed"),
        ([*whole, report("setup", "skipped")], "SKIP", "no such thing here"),
    ):
        verdict = verdicts(reports)["U01"]
        assert (verdict.word, verdict.reason[: len(reason)]) == (word, reason)


def test_make_fault_ends_with_a_line_for_each_case(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    command = [sys.executable, "-m", "pytest", "-p", "tests.faults.report", "-m", "case or fault", "-q"]
    tests = ["tests/collectors/test_http_client.py", "-k", "test_two_waits or test_drip_ends"]
    done = subprocess.run(
        [*command, *tests, "--fault-report", str(file)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    lines = re.findall(r"^([A-Z]\d\d) (PASS|FAIL|SKIP) \S.*$", done.stdout, re.MULTILINE)
    assert [case for case, _ in lines] == list(cases()), done.stdout
    passed = [case for case, word in lines if word == "PASS"]
    assert passed == ["U01", "U13"]
    told = json.loads(file.read_text())["cases"]
    assert [(entry["id"], entry["verdict"]) for entry in told] == lines
    assert "tests.faults.report" in (ROOT / "Makefile").read_text(encoding="utf-8")
