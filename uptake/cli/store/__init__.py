"""Commands that make, check, save and move the store."""

from __future__ import annotations
