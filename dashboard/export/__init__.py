"""Charts as files: the registry of figures, SVG, PNG, HTML and badges."""

from __future__ import annotations
