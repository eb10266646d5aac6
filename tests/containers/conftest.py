"""The stack of compose.yaml on a real engine: collected by `make containers` alone."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Everything here, unless it is asked for."""
    return None if "containers" in config.option.markexpr else True
