"""ClickHouse's public copies of package indexes: downloads by every client, and who requires whom, summed there."""

from __future__ import annotations

from collectors.clickhouse import dependents
from collectors.clickhouse.errors import fault
from collectors.clickhouse.source import collect, retell

SHARED = {dependents.STREAM: 0}
PAGES = {dependents.STREAM: dependents.requests_left}

__all__ = ["PAGES", "SHARED", "collect", "fault", "retell"]
