"""Asking over the network: one client, which obeys rate limits and keeps to a budget of requests."""

from __future__ import annotations
