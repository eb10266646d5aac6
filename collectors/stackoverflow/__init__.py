"""Stack Overflow Developer Survey: who worked with a web framework, and who wants to, as counted from its files."""

from __future__ import annotations

from collectors.stackoverflow.source import collect, retell

__all__ = ["collect", "retell"]
