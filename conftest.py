"""Loaded by pytest before anything of ours, and so before numpy."""

from __future__ import annotations

import os

# Forecasts are made of tiny matrices: a library that shares them out among cores spends ten times as long on that.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
