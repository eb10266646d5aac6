"""Loaded by pytest before anything of ours, and so before numpy."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile

# Forecasts are made of tiny matrices: a library that shares them out among cores spends ten times as long on that.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Where Python may not leave bytecode beside its source, as in CI, each of the many processes that tests start would
# compile every module anew, for seconds: they, and the workers of pytest, share a folder that ends with the tests.
if sys.dont_write_bytecode and not sys.pycache_prefix:
    sys.pycache_prefix = tempfile.mkdtemp(prefix="uptake-bytecode-")
    sys.dont_write_bytecode = False
    atexit.register(shutil.rmtree, sys.pycache_prefix, ignore_errors=True)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
