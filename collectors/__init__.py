"""How we learn: one public module per source, and the runner that collects them. Private folders begin with `_`."""

from __future__ import annotations

from collectors._runtime.contract import Answer, Collect, Fetch, Task
from collectors._runtime.cost import CostEstimate, cost_estimate
from collectors._runtime.errors import (
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
from collectors._runtime.held_lease import acquire_lease, holder_here
from collectors._runtime.http.client import Access, Clock
from collectors._runtime.probe import probe
from collectors._runtime.replay import NotReplayable, replay
from collectors._runtime.runner import Progress, collect_source, sources
from collectors.stackoverflow.survey_edition import collect_microdata

__all__ = [
    "Access",
    "Answer",
    "Changed",
    "Clock",
    "ClockWrong",
    "Collect",
    "CollectError",
    "CostEstimate",
    "Empty",
    "Fetch",
    "Forgotten",
    "Gone",
    "HumanMustLook",
    "Interrupted",
    "NotReplayable",
    "Progress",
    "RateLimited",
    "Refused",
    "Replaced",
    "Task",
    "TryLater",
    "Unavailable",
    "acquire_lease",
    "collect_microdata",
    "collect_source",
    "cost_estimate",
    "holder_here",
    "probe",
    "replay",
    "sources",
]
