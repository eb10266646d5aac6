"""A child before it becomes what it is to run: `python -m uptake.scheduler.child PARENT COMMAND...`.

What it asks of the kernel outlasts the change. It asks in a process of its own, since a parent with threads must run
nothing between fork and exec.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def become(parent: int, command: list[str]) -> None:
    """Run a command that ends when `parent` does: on Linux the kernel sends it SIGTERM, elsewhere nothing does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:  # else it died before we asked
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
