"""Answers of the HTTP API over one open connection, against the shortest answer that the same server gives."""

from __future__ import annotations

import http.client
from pathlib import Path

from bench import stage
from bench.read import CHART, METRIC
from tests.support.serving import Server, serving

TIMES = 50  # requests a round
SMALL = f"/api/v1/series.json?metric={METRIC}&framework=scale-1&since=2026-09-01"


def rows(url: str, frameworks: int, days: int, rounds: int, folder: Path) -> list[stage.Row]:
    """A small answer and one series, both kept, a request each; and a whole chart as CSV."""
    names = ",".join(f"scale-{number}" for number in range(min(CHART, frameworks)))
    chart = f"/api/v1/series.csv?metric={METRIC}&framework={names}"
    with serving(url, folder) as server:
        one = f"/api/v1/series.csv?metric={METRIC}&framework=scale-1"
        asked = {
            "API, a small answer": (SMALL, f"{TIMES} requests", 0.005 * TIMES),
            "API, one series": (one, f"{TIMES} × {days:,} days", TIMES / 300),
            "API, a full chart": (chart, f"{TIMES} × {min(CHART, frameworks)} series × {days:,} days", 0.1 * TIMES),
        }
        for address, _, _ in asked.values():
            server.get(address)
        return [
            stage.row(path, size, goal, lambda: _ask(server, address), rounds=rounds)  # noqa: B023  # called at once
            for path, (address, size, goal) in asked.items()
        ]


def _ask(server: Server, address: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        for _ in range(TIMES):
            connection.request("GET", address)
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise RuntimeError(f"{address} answered {answer.status}")
    finally:
        connection.close()
