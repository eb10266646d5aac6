"""The settings: one table of them, and how each is read."""

from __future__ import annotations
