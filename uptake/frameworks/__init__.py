"""The frameworks of the catalog and the user's own, and the user's notes on them."""

from __future__ import annotations
