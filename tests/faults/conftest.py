"""What takes long runs with `make fault` alone."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the folder of long tests, unless faults are asked for."""
    return True if collection_path.name == "long" and "fault" not in config.option.markexpr else None
