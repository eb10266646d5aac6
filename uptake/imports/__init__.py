"""Figures of the user's own: a CSV file read whole or not at all, kept as a source's, and removed again."""

from __future__ import annotations
