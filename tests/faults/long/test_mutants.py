"""Each case notices the mistake that is named for it: a test that cannot fail proves nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.long.mutants import MUTANTS
from tests.faults.registry import cases

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[3]


def outcome(mutant: str, test: str) -> str:
    """How a test ends under a mutant."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.faults.long.mutants", "--mutant", mutant]
    done = subprocess.run([*command, f"tests/{test}"], cwd=ROOT, capture_output=True, text=True, check=False)
    ended = re.findall(r"^(?:\d+ \w+, )*1 (passed|failed)", done.stdout, re.MULTILINE)
    assert ended, done.stdout[-2000:] + done.stderr[-2000:]
    return str(ended[-1])


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mistake_fails_its_case(mutant: str) -> None:
    broken = MUTANTS[mutant]
    assert cases()[broken.case].covers(f"tests/{broken.test}")
    assert outcome(mutant, broken.test) == "failed"


def test_without_a_mistake_they_pass() -> None:
    tests = [f"tests/{mutant.test}" for mutant in MUTANTS.values()]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.faults.long.mutants", *tests]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert f"{len(set(tests))} passed" in done.stdout, done.stdout[-2000:]
