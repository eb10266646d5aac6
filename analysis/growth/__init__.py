"""How fast a series grows: measures, figures with their reasons, and growth as a series."""

from __future__ import annotations
