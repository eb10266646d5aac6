"""How we learn: one public module per source, and the runner that walks them. Private rooms begin with `_`."""

from __future__ import annotations

from collectors._contract import Answer, Collect, Fetch, Task
from collectors._errors import (
    Changed,
    ClockWrong,
    CollectError,
    Empty,
    Forgotten,
    Gone,
    HumanMustLook,
    Interrupted,
    RateLimited,
    Refused,
    Replaced,
    TryLater,
    Unavailable,
)
from collectors._http import Access, Clock
from collectors._microdata import collect_microdata
from collectors._price import Price, price
from collectors._probe import probe
from collectors._replay import NotReplayable, replay
from collectors._runner import Progress, collect_source, sources
from collectors._tenure import holder_here, is_dead

__all__ = [
    "Access",
    "Answer",
    "Changed",
    "Clock",
    "ClockWrong",
    "Collect",
    "CollectError",
    "Empty",
    "Fetch",
    "Forgotten",
    "Gone",
    "HumanMustLook",
    "Interrupted",
    "NotReplayable",
    "Price",
    "Progress",
    "RateLimited",
    "Refused",
    "Replaced",
    "Task",
    "TryLater",
    "Unavailable",
    "collect_microdata",
    "collect_source",
    "holder_here",
    "is_dead",
    "price",
    "probe",
    "replay",
    "sources",
]
