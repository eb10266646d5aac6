"""What comes next, if it goes on as before: the model, its history, its back-test."""

from __future__ import annotations
