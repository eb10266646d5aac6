"""What we know: the types of a number, and the store that keeps them."""

from __future__ import annotations

from storage.alerts import KeptAlert, NewAlert
from storage.audit import Finding, RecordedAnswer, Row, Trace, ValueVersion
from storage.errors import (
    LeaseLost,
    StoreBusy,
    StoreDamaged,
    StoreEmpty,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreNewer,
    StoreOlder,
    StoreReadOnly,
    StoreUnreachable,
)
from storage.forecasts import KeptForecast
from storage.frameworks import IMPORT, ImportedFile, Note, OwnFramework, OwnSource
from storage.ingest import Contradicted, Contradiction, OwnRun, Part
from storage.leases import Lease
from storage.observations import Alias, PayloadRow, Series
from storage.records import EVER, Batch, Counts, Event, Identity, Observation, Payload, Period
from storage.runs import Failure, Run
from storage.store import DiskRoom, Store
from storage.store_copy import Content

__all__ = [
    "EVER",
    "IMPORT",
    "Alias",
    "Batch",
    "Content",
    "Contradicted",
    "Contradiction",
    "Counts",
    "DiskRoom",
    "Event",
    "Failure",
    "Finding",
    "Identity",
    "ImportedFile",
    "KeptAlert",
    "KeptForecast",
    "Lease",
    "LeaseLost",
    "NewAlert",
    "Note",
    "Observation",
    "OwnFramework",
    "OwnRun",
    "OwnSource",
    "Part",
    "Payload",
    "PayloadRow",
    "Period",
    "RecordedAnswer",
    "Row",
    "Run",
    "Series",
    "Store",
    "StoreBusy",
    "StoreDamaged",
    "StoreEmpty",
    "StoreError",
    "StoreForeign",
    "StoreFull",
    "StoreNewer",
    "StoreOlder",
    "StoreReadOnly",
    "StoreUnreachable",
    "Trace",
    "ValueVersion",
]
