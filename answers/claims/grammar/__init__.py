"""The sentences that can be checked."""

from __future__ import annotations
