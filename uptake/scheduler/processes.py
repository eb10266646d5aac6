"""Child processes: started so that none outlives its parent, and stopped in order."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import uptake

GRACE_S = 12.0  # a scheduler needs ten to finish its unit in hand
ROOT = Path(uptake.__file__).resolve().parent.parent


class Child:
    """A process of ours: `name` for people, and what it was started with. It ends with the thread that started it."""

    def __init__(self, name: str, module: Sequence[str], environment: Mapping[str, str], *, mute: bool = False) -> None:
        self.name = name
        self._process = subprocess.Popen(
            command(["uptake.scheduler.child", str(os.getpid()), *command(module)]),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if mute else None,
            start_new_session=True,  # Ctrl-C reaches the parent alone, which stops its children in order
        )

    @property
    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Send SIGTERM, if it still runs."""
        if self.ended is None:
            self._process.terminate()

    def wait(self, seconds: float) -> None:
        """Wait for its end; after `seconds`, end it the hard way."""
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def command(module: Sequence[str]) -> list[str]:
    """How to run a module of ours with this interpreter. -P: a folder here that is called `catalog` is not ours."""
    return [sys.executable, "-P", "-m", *module]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process' environment with other settings, in which our packages are found from any working directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UPTAKE_")}
    paths = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return kept | dict(settings) | {"PYTHONPATH": os.pathsep.join(paths)}


def stop_all(children: Sequence[Child], grace_s: float = GRACE_S) -> None:
    """Ask all to stop at once, then wait for each; none is left."""
    deadline = time.monotonic() + grace_s
    for child in children:
        child.terminate()
    for child in children:
        child.wait(deadline - time.monotonic())
