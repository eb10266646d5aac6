"""The two databases that a store may live in: connections to them, and the tables."""

from __future__ import annotations
