"""Days that stand out of their own neighbourhood."""

from __future__ import annotations
