"""GitHub: a repository's counters as they stand today, the stars of each day since it began, and its releases."""

from __future__ import annotations

from collectors.github.source import PAGES, PER_HOUR, collect

__all__ = ["PAGES", "PER_HOUR", "collect"]
