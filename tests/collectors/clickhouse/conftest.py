"""Shared by the tests of ClickHouse: a real engine for each module, and no waiting between attempts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from tests.collectors.clickhouse.engine import Engine


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine
