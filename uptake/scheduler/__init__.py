"""What goes on running: the scheduler, the fitting of forecasts, and the processes it starts."""

from __future__ import annotations
