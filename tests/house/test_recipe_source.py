"""The recipe "Add a source in two files", carried out: the source collects, is tested and is documented."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.source_tree import ROOT
from tests.support.tree_copy import carry_out, copied_tree, run

DAYS = [{"day": "2026-11-20", "fetches": 650}, {"day": "2026-11-21", "fetches": 90}]
KEY = "CANARY-key"


class Registry(ThreadingHTTPServer):
    """A registry on 127.0.0.1 that has two days of every package; `requests` are the paths and keys it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers one request, and says nothing on standard error."""

    server: Registry

    def do_GET(self) -> None:
        body = json.dumps({"package": self.path.split("/")[2], "days": DAYS}).encode()
        self.server.requests.append((self.path, self.headers.get("X-Registry-Key")))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of http.server
        """Nothing to say."""


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source tree with the recipe carried out in it."""
    copy = copied_tree(tmp_path_factory.mktemp("source") / "tree")
    shutil.copytree(ROOT / "docs", copy / "docs", ignore=shutil.ignore_patterns("__pycache__", "screenshots"))
    carry_out("Add a source in two files", copy)
    return copy


def test_the_source_collects_and_a_second_time_brings_nothing_new(
    tree: Path, registry: Registry, tmp_path: Path
) -> None:
    settings = {
        "UPTAKE_DATABASE_URL": f"sqlite:///{tmp_path}/uptake.db",
        "UPTAKE_EXAMPLE_URL": registry.url,
        "UPTAKE_EXAMPLE_KEY": KEY,
    }

    def collected() -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(
            run(tree, "-m", "uptake", "collect", "example", "--full", "--json", **settings)
        )
        return answer

    first, again = collected(), collected()
    assert registry.requests == [("/packages/flask/days", KEY), ("/packages/django/days", KEY)] * 2
    counts = [(each["new"], each["revised"], each["unchanged"]) for each in (*first["sources"], *again["sources"])]
    assert counts == [(4, 0, 0), (0, 0, 4)]
    exported = run(tree, "-m", "uptake", "export", "example_fetches", **settings)
    assert "flask,example_fetches,,2026-11-20,2026-11-20,650,,,,final,example," in exported
    assert KEY not in exported


def test_the_key_goes_to_its_source_alone_and_the_dashboard_holds_none(tree: Path) -> None:
    program = (
        "from catalog import load\n"
        "from uptake.collection.collect import access\n"
        "from uptake.settings.settings import load_settings\n"
        "from uptake.startup import dashboard_environment\n"
        "settings = load_settings()\n"
        "ways = {name: access(settings, source) for name, source in load().sources.items()}\n"
        "print(sorted(name for name, way in ways.items() if way and 'X-Registry-Key' in way.headers))\n"
        "print('CANARY' in repr(settings) + repr(ways) + str(dashboard_environment(settings)))\n"
    )
    assert run(tree, "-c", program, UPTAKE_EXAMPLE_KEY=KEY).split("\n") == ["['example']", "False", ""]


def test_the_conformance_suite_and_the_docs_take_it_in(tree: Path) -> None:
    run(tree, "-m", "docs.generate")
    run(tree, "-m", "docs.generate", "--check")
    assert "`UPTAKE_EXAMPLE_KEY`" in (tree / "docs" / "settings.md").read_text(encoding="utf-8")
    assert "## `example_fetches`" in (tree / "docs" / "metrics.md").read_text(encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UPTAKE_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "example and not postgresql"]
    done = subprocess.run(
        [*command, "tests/collectors/test_conformance.py"],
        cwd=tree, env=environment | {"PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
