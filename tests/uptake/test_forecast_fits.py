"""What is fitted and kept, what is not fitted again, and who may fit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analysis.forecast.monthly_history import month_end
from answers.forecast import forecast_json
from catalog import load
from collectors import holder_here
from migrations import migrate
from storage import Store
from tests.support.forecasts import fitted, last_month, put, told, walk
from tests.support.serving import ROOT, copied
from uptake.cli import commands
from uptake.clock import SystemClock
from uptake.forecast_fits import Fits, ForecastRequest, Unit, fit_forecasts
from uptake.scheduler.forecast_schedule import LEASE, BusyForecasting

# -- fitted and kept ---------------------------------------------------------------------------------------------------


def documents(url: str) -> dict[tuple[str, str], str]:
    with Store.open(url, read_only=True) as store:
        return {(f.framework, f.rival): json.dumps(f.document, sort_keys=True) for f in store.forecasts()}


def test_each_alone_and_those_near_each_other_are_kept_and_the_short_one_refused(forecast_store: str) -> None:
    told = {key: json.loads(text) for key, text in documents(forecast_store).items()}
    assert set(told) == {("flask", ""), ("django", ""), ("gin", ""), ("bottle", ""), ("flask", "django")}
    assert told["bottle", ""]["refusal"]["code"] == "short"
    assert told["flask", "django"]["chance"]["ahead"] == "django"
    for document in told.values():
        assert document["refusal"] or len(document["months"]) in (12, 24)


def test_what_is_known_is_not_fitted_again_and_again_gives_the_same_bytes(forecast_store: str) -> None:
    before = documents(forecast_store)
    assert fitted(forecast_store) == Fits(made=0, refused=0, unchanged=5)
    assert fitted(forecast_store, ForecastRequest("stars", "flask", "django", again=True)).made == 3
    assert documents(forecast_store) == before


def test_a_new_whole_month_is_fitted_anew(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'uptake.db'}"
    migrate(url)
    values = walk(13, 40_000, 70)
    with Store.open(url) as store:
        store.mirror_frameworks([("flask", "Flask")])
        put(store, "flask", values[:-1], last_month() - 1)
    assert fitted(url).made == 1
    with Store.open(url) as store:
        put(store, "flask", values, last_month())
    assert fitted(url).made == 1
    assert fitted(url).unchanged == 1
    with Store.open(url, read_only=True) as store:
        found = store.forecast("stars", "flask")
        assert found is not None
        assert found.through == month_end(last_month())


def test_revised_months_are_fitted_anew(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'uptake.db'}"
    migrate(url)
    values = walk(13, 40_000, 70)
    with Store.open(url) as store:
        store.mirror_frameworks([("flask", "Flask")])
        put(store, "flask", values, last_month())
    assert fitted(url).made == 1
    with Store.open(url) as store:
        put(store, "flask", [*values[:-2], values[-2] - 300, values[-1]], last_month())
    assert fitted(url).made == 1
    assert fitted(url).unchanged == 1


def test_what_was_last_seen_long_ago_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'uptake.db'}"
    migrate(url)
    with Store.open(url) as store:
        store.mirror_frameworks([("flask", "Flask")])
        put(store, "flask", walk(13, 40_000, 70), last_month() - 14)
    assert fitted(url) == Fits(made=0, refused=1, unchanged=0)
    assert json.loads(documents(url)["flask", ""])["refusal"]["code"] == "ended"


def test_one_process_at_a_time_may_fit_and_a_dead_one_is_not_waited_for(forecast_store: str) -> None:
    now = datetime.now(UTC)
    with Store.open(forecast_store) as store:
        lease = store.acquire(LEASE, holder_here(), 60, now)
        assert lease is not None
        with pytest.raises(BusyForecasting, match="already"):
            fitted(forecast_store)
        store.release(lease)
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        host = holder_here().partition(":")[0]
        assert store.acquire(LEASE, f"{host}:{ended.pid}", 3600, now) is not None
    assert fitted(forecast_store).unchanged == 5


def test_being_told_to_stop_it_finishes_the_one_in_hand(forecast_store: str) -> None:
    asked = iter([False, True])
    told = fitted(forecast_store, ForecastRequest("stars", again=True), stop=lambda: next(asked))
    assert (told.made + told.refused, told.stopped) == (1, True)


def test_who_is_taken_over_keeps_nothing_more(forecast_store: str) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    with Store.open(forecast_store) as store:
        before = store.forecasts("stars")

        def report(*_: object) -> None:
            store.acquire(LEASE, "another:1", 60, later)

        wanted = ForecastRequest("stars", again=True)
        fits = fit_forecasts(store, load(), SystemClock(), wanted, report=report, stop=lambda: False)
        assert (fits.made, fits.stopped) == (0, True)
        assert store.forecasts("stars") == before
        taken = store.lease(LEASE)
        assert taken is not None
        assert taken.holder == "another:1"
        store.release(taken)


@pytest.mark.fault
def test_a_kill_leaves_nothing_half_and_the_next_goes_on(forecast_store: str, tmp_path: Path) -> None:
    target = copied(forecast_store, tmp_path)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UPTAKE_")}
    environment |= {"UPTAKE_DATABASE_URL": target, "PYTHONPATH": str(ROOT)}
    before = documents(target)
    process = subprocess.Popen([sys.executable, "-m", "uptake", "forecast", "--again", "--quiet"], env=environment)
    with Store.open(target, read_only=True) as store:
        give_up, first = time.monotonic() + 60, store.generation()
        while process.poll() is None and time.monotonic() < give_up and store.generation() < first + 1:
            time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    told = {key: json.loads(text) for key, text in documents(target).items()}
    assert told
    assert all("months" in document and "refusal" in document for document in told.values())
    done = fitted(target)  # at once: the lease of the dead one is taken over
    assert done.made + done.refused + done.unchanged == 5
    assert before.items() <= documents(target).items()


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_fits_and_says(forecast_store: str) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(commands, ["forecast", *arguments], env={"UPTAKE_DATABASE_URL": forecast_store})

    done = run("stars", "--framework", "flask", "--against", "django", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["unchanged"] == 3
    assert answer["forecasts"] == [json.loads(json.dumps(forecast_json(told(forecast_store, "flask", "django"))))]
    assert "Only 20 full months are available" in run("stars").stdout
    assert run("--framework", "flask").exit_code == 2
    assert run("strs").exit_code == 2
    assert run("stars", "--quiet").output == ""


def test_fitting_is_reported_unit_by_unit(forecast_store: str) -> None:
    seen: list[tuple[int, int, Unit]] = []
    with Store.open(forecast_store) as store:
        fit_forecasts(
            store, load(), SystemClock(), ForecastRequest("stars", "flask", "django"), report=lambda *a: seen.append(a),
            stop=lambda: False,
        )  # fmt: skip
    assert [(done, planned) for done, planned, _ in seen] == [(0, 3), (1, 3), (2, 3)]
    assert seen[-1][2] == Unit("stars", "flask", "django")
