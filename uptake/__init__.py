"""The door: command line, settings, scheduler. Where the clock and the environment come in."""

from __future__ import annotations

__version__ = "0.1.0"
