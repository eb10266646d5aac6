"""What is collected: what is due, how fresh the figures are, what fails, and what a source has no more."""

from __future__ import annotations
