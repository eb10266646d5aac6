"""Who passed whom, when, by which rule of counting, and how far that can be trusted."""

from __future__ import annotations
