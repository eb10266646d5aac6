"""What is laid over the lines of a chart: rules, rings, bands, axes."""

from __future__ import annotations
