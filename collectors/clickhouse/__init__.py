"""ClickHouse's public copy of the package index's log: downloads by every client since 2016, summed by that server."""

from __future__ import annotations

from collectors.clickhouse.errors import fault
from collectors.clickhouse.source import collect, retell

__all__ = ["collect", "fault", "retell"]
