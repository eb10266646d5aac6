"""What we track and what it means: frameworks, sources, metrics, caveats, breaks, almanac.

Imports nothing of ours.
"""

from __future__ import annotations

from catalog._claims import Claim, read_claims, shipped_claims
from catalog._errors import CatalogError
from catalog._load import almanac, load
from catalog._model import (
    ARCHIVED,
    ARCHIVED_MARK,
    Break,
    Cadence,
    Catalog,
    Caveat,
    Country,
    Credential,
    Direction,
    Family,
    Framework,
    Kind,
    Metric,
    Region,
    Reservation,
    Source,
    Stream,
    SurveyFile,
)

__all__ = [
    "ARCHIVED",
    "ARCHIVED_MARK",
    "Break",
    "Cadence",
    "Catalog",
    "CatalogError",
    "Caveat",
    "Claim",
    "Country",
    "Credential",
    "Direction",
    "Family",
    "Framework",
    "Kind",
    "Metric",
    "Region",
    "Reservation",
    "Source",
    "Stream",
    "SurveyFile",
    "almanac",
    "load",
    "read_claims",
    "shipped_claims",
]
