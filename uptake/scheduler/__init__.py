"""What runs on: the scheduler, the forecasts it has refitted, and the processes it starts."""

from __future__ import annotations
