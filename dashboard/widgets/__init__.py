"""What every page has around its chart: the state in the URL, caveats, provenance, tables, downloads."""

from __future__ import annotations
