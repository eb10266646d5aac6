"""How names are compared at sources that spell one thing in several ways."""

from __future__ import annotations

import re


def normalised(package: str) -> str:
    """A package name as PEP 503 compares it: lower case, runs of `-`, `_` and `.` as one `-`."""
    return re.sub(r"[-_.]+", "-", package).lower()
