"""Commands that list or change what is tracked."""

from __future__ import annotations
