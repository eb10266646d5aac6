"""The scheduler's child that fits forecasts: one at a time, and none that outlives its parent."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from migrations import migrate
from storage import Store
from tests.support.forecasts import last_month, put, walk
from tests.support.serving import ROOT, copied
from uptake.clock import SystemClock
from uptake.scheduler.forecast_schedule import LEASE, Refit
from uptake.settings.settings import load_settings

# In a thread that goes on, as in the scheduler, whose clock calls it.
PARENT = """
import sys, threading
from storage import Store
from uptake.clock import SystemClock
from uptake.scheduler.forecast_schedule import Refit
from uptake.settings.settings import load_settings

def work():
    with Store.open(sys.argv[1]) as store:
        Refit(store, load_settings({"UPTAKE_DATABASE_URL": sys.argv[1]}), SystemClock(), first_after_s=0.0).beat()
        threading.Event().wait(120)

threading.Thread(target=work).start()
"""


def test_the_scheduler_has_them_fitted_by_a_child_once(tmp_path: Path) -> None:
    copy = f"sqlite:///{tmp_path / 'uptake.db'}"
    migrate(copy)
    with Store.open(copy) as store:
        store.mirror_frameworks([("flask", "Flask")])
        put(store, "flask", walk(13, 40_000, 70), last_month())
        settings = load_settings({"UPTAKE_DATABASE_URL": copy})
        refit = Refit(store, settings, SystemClock(), first_after_s=0.0)
        refit.beat()
        assert busy(refit)
        wait(lambda: ended(refit))
        assert [f.framework for f in store.forecasts()] == ["flask"]
        refit.due_now()
        refit.beat()
        assert not busy(refit)  # nothing was written since
        put(store, "flask", [41_000.0], last_month())
        refit.due_now()
        refit.beat()
        assert busy(refit)
        began = time.monotonic()
        refit.terminate()
        refit.wait(20)
        assert not busy(refit)
        assert time.monotonic() - began < 20


@pytest.mark.fault
@pytest.mark.skipif(sys.platform != "linux", reason="nothing stops the child elsewhere")
def test_the_child_ends_with_a_parent_that_was_killed(months_store: str, tmp_path: Path) -> None:
    """It finishes the series in hand, as when it is asked to stop, and begins none of the other four."""
    url = copied(months_store, tmp_path)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")} | {"PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, "-c", PARENT, url], env=environment)
    try:
        with Store.open(url, read_only=True) as store:
            wait(lambda: store.lease(LEASE) is not None)
            lease = store.lease(LEASE)
            assert lease is not None
            child = int(lease.holder.rpartition(":")[2])
            assert child != parent.pid
            parent.kill()
            parent.wait()
            wait(lambda: not is_alive(child))
            assert len(store.forecasts()) < 2
    finally:
        parent.kill()
        parent.wait()


def is_alive(process: int) -> bool:
    """Whether it runs: a zombie that nobody has buried does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def busy(refit: Refit) -> bool:
    return refit.busy


def ended(refit: Refit) -> bool:
    refit.beat()
    return not refit.busy


def wait(done: Callable[[], bool], seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < give_up, "it never came"
        threading.Event().wait(0.05)
