"""Imports every module of ours: an environment from which too much was trimmed is not made into an image."""

from __future__ import annotations

import importlib
import pkgutil
import sys

STARTED = ("__main__", "dashboard.main", "uptake.scheduler.child")  # which do something when they are imported

for module in pkgutil.walk_packages(sys.argv[1:]):
    if not module.name.endswith(STARTED):
        importlib.import_module(module.name)
