"""A small answer, kept already, leaves at once: its head and body do not wait for the reader's acknowledgement."""

from __future__ import annotations

import http.client
import statistics
import time

import pytest

from tests.support.serving import Server

MOST_S = 0.030  # on a busy machine; a delayed acknowledgement alone takes 0.040
ADDRESSES = (
    "/healthz",
    "/api/v1/series.json?metric=so_worked_with&framework=flask&since=2023-01-01",
    "/api/v1/series.csv?metric=so_worked_with&framework=flask&since=2023-01-01",
    "/api/v1/nowhere",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_answers_on_one_connection_leave_at_once(full_server: Server, address: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", full_server.port, timeout=30)
    took = []
    try:
        for _ in range(21):
            started = time.perf_counter()
            connection.request("GET", address)
            connection.getresponse().read()
            took.append(time.perf_counter() - started)
    finally:
        connection.close()
    assert statistics.median(took) < MOST_S
