"""Commands that answer a question, one module each."""

from __future__ import annotations
