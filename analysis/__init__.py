"""What the numbers say. Pure: a frame comes in, a frame or frozen data goes out; no store, no clock, no page."""

from __future__ import annotations
