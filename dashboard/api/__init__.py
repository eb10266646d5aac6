"""The HTTP API: the same answers as the pages, the CSV and the command line."""

from __future__ import annotations
