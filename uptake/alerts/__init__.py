"""Alerts: what happened lately, found once, and told to those who asked for it."""

from __future__ import annotations
