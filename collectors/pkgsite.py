"""pkg.go.dev: how many packages import a Go module, as its index knows them today.

Stream `importers`, one request a module and day, with the shortest list it gives: only its total is taken.
Facts: two clients' tests; the interface is a beta, and whether the total is capped is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote

import msgspec

from collectors._runtime.contract import Fetch, Task
from collectors._runtime.counters import running_total
from collectors._runtime.errors import Changed
from storage import Batch

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Importers(msgspec.Struct):
    """How many packages import a module, as far as the service says."""

    total: Count | None = None


class Module(msgspec.Struct, rename="camel"):
    """What is read of a module."""

    module_path: str
    imported_by: Importers


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """Today's total, in one batch."""
    answer = fetch(f"/v1beta/imported-by/{quote(task.name)}", {"limit": "1"})
    try:
        module = msgspec.json.decode(answer.body, type=Module)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Changed(f"pkg.go.dev's response has changed: {error}.") from error
    if module.module_path != task.name:
        raise Changed(f"pkg.go.dev answered about {module.module_path[:60]!r}, not {task.name}.")
    if module.imported_by.total is None:
        raise Changed(f"pkg.go.dev gave no number of importers of {task.name} today; that is not zero.")
    yield running_total(task, answer, "pkgsite", "go_importers", module.imported_by.total, "pkg.go.dev")
