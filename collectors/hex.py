"""hex.pm: how often an Elixir package has been downloaded in all, as it says today.

Stream `total`, one request a package and day. Only the running total is taken: the recent counts beside it overlap. Any
key may be missing, and a package without a total is an error, not a zero.
Facts: hexpm's source.
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

PER_MINUTE = 100  # the server's limit for one address

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Downloads(msgspec.Struct):
    """Downloads of a package, as far as the service says."""

    all: Count | None = None


class Package(msgspec.Struct):
    """What is read of a package."""

    name: str
    downloads: Downloads


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """Today's total, in one batch."""
    answer = fetch(f"/api/packages/{quote(task.name, safe='')}")
    try:
        package = msgspec.json.decode(answer.body, type=Package)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Changed(f"hex.pm's response has changed: {error}.") from error
    if package.name != task.name:
        raise Changed(f"hex.pm answered about {package.name[:60]!r}, not {task.name}.")
    if package.downloads.all is None:
        raise Changed(f"hex.pm gave no total for {task.name} today; that is not zero downloads.")
    yield running_total(task, answer, "hex", "hex_downloads_total", package.downloads.all, "hex.pm")
