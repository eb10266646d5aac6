"""Loaded by pytest before anything of ours, and so before numpy."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

# Forecasts are made of tiny matrices: a library that shares them out among cores spends ten times as long on that.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Stores are made and thrown away by the thousand, and each of their commits waits for the disk: they are made in memory
# where there is a folder for that with room enough. TMPDIR=/tmp keeps them on disk.
_MEMORY, _ROOM = "/dev/shm", 4 << 30  # noqa: S108 - the folder in memory, on purpose
if "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = _MEMORY

# Where Python may not leave bytecode beside its source, as in CI, each of the many processes that tests start would
# compile every module anew, for seconds: they, the workers of pytest and the next run share a folder for it.
if sys.dont_write_bytecode and not sys.pycache_prefix:
    sys.pycache_prefix = str(Path(__file__).parent / ".pytest_cache" / "bytecode")
    sys.dont_write_bytecode = False
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # What was compiled of copies of the tree, which are gone, is of no use to the next run.
    if not Path(__file__).is_relative_to(tempfile.gettempdir()):
        atexit.register(shutil.rmtree, sys.pycache_prefix + tempfile.gettempdir(), ignore_errors=True)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: Streamlit, which looks for garbage after every page, need not go through it."""
    gc.collect()
    gc.freeze()
