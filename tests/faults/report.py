"""A pytest plugin for `make fault`: marks the tests of the cases, and ends with a line for each case.

    python -m pytest -p tests.faults.report -m "case or fault" [--fault-report FILE.json]

A case passes if all of its tests that were collected passed; is skipped, with the reason, if one of them was; and fails
otherwise, a case of whose tests none ran included. A case that has no test at all is skipped with what its entry says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.registry import cases, cases_of


@dataclass
class Verdict:
    """What became of a case."""

    id: str
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def word(self) -> str:
        if not cases()[self.id].tests:
            return "SKIP"
        if self.failed or not (self.passed or self.skipped):
            return "FAIL"
        return "SKIP" if self.skipped else "PASS"

    @property
    def reason(self) -> str:
        """Why it failed or was skipped, or how many tests there were."""
        match self.word:
            case "FAIL":
                return f"{len(self.failed)} failed: {self.failed[0]}" if self.failed else "no test of it ran"
            case "SKIP":
                return self.skipped[0] if self.skipped else cases()[self.id].open
        still = cases()[self.id].open
        return f"{self.passed} tests, {self.seconds:.1f} s" + (f"; open: {still}" if still else "")

    def add(self, report: pytest.TestReport) -> None:
        self.seconds += report.duration
        if report.failed:
            self.failed.append(report.nodeid)
        elif report.skipped:
            told = report.longrepr
            self.skipped.append(str(told[2] if isinstance(told, tuple) else told).removeprefix("Skipped: "))
        elif report.when == "call":
            self.passed += 1


def verdicts(reports: Iterable[pytest.TestReport]) -> dict[str, Verdict]:
    """What became of each case, by the reports of the tests."""
    found = {case: Verdict(case) for case in cases()}
    for report in reports:
        for case in cases_of(report.nodeid):
            found[case].add(report)
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault-report", metavar="FILE", help="where the verdict on each case is written as JSON")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for case in cases_of(item.nodeid):
            item.add_marker(pytest.mark.case(case))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    stats = terminalreporter.stats.values()
    found = verdicts(r for several in stats for r in several if isinstance(r, pytest.TestReport))
    terminalreporter.section("cases")
    for case, verdict in found.items():
        terminalreporter.write_line(f"{case} {verdict.word} {verdict.reason}")
    words = [verdict.word for verdict in found.values()]
    terminalreporter.write_line(", ".join(f"{words.count(word)} {word}" for word in ("PASS", "FAIL", "SKIP")))
    if file := config.getoption("--fault-report"):
        told = [{**asdict(verdict), "verdict": verdict.word, "reason": verdict.reason} for verdict in found.values()]
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(json.dumps({"cases": told}, indent=1), encoding="utf-8")
