"""Commands that collect, serve, tell and check."""

from __future__ import annotations
