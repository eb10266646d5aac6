"""Alerts: what happened lately, detected once, and delivered to the receivers of the settings."""

from __future__ import annotations
