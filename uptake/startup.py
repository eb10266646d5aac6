"""`uptake up`: everything from one command. `uptake dashboard`: the dashboard alone."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NoReturn

from catalog import Catalog
from uptake.clock import SystemClock
from uptake.collection.collect import Report
from uptake.collection.shipped_readings import Say, load_shipped
from uptake.scheduler.processes import Child, command, environment, stop_all
from uptake.scheduler.signals import stopping_on_signals
from uptake.settings.settings import Settings, secret_settings

ANSWERS_WITHIN_S = 90.0
LOOK_S = 0.2
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - how a server on every address is reached from here

Showing = Callable[[], AbstractContextManager[Report]]


class CannotServe(Exception):
    """The dashboard cannot listen where it should, or a process ended by itself: one sentence that says what to do."""


def run_everything(settings: Settings, catalog: Catalog, *, showing: Showing, say: Say) -> None:
    """Make the store, load what we ship, run scheduler and dashboard until a signal to stop.

    `showing` shows the progress of loading, `say` gets the good news. Raises CannotServe or StoreError; nothing of
    ours runs on then.
    """
    check_port(settings)
    with stopping_on_signals() as stopping:
        with showing() as report:
            load_shipped(settings, catalog, stopping, report, say)
        if stopping.is_set():
            return
        children: list[Child] = []
        try:
            children.append(Child("scheduler", ["uptake", "schedule"], environment(settings.environment())))
            children.append(Child("dashboard", dashboard_module(settings), dashboard_environment(settings)))
            _watch(children, settings, stopping, say)
        finally:
            stop_all(children)


def check_port(settings: Settings) -> None:
    """Raises CannotServe if the dashboard cannot listen."""
    family = socket.AF_INET6 if ":" in settings.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.address, settings.port))
        except OSError as error:
            raise CannotServe(_port_fault(settings, error)) from None


def dashboard_module(settings: Settings) -> list[str]:
    """The dashboard as a module with its arguments: a process of its own, of which nothing is imported here."""
    return ["dashboard.server", "--address", settings.address, "--port", str(settings.port)]


def dashboard_environment(settings: Settings) -> dict[str, str]:
    """The dashboard collects nothing and sends nothing, so it holds no token and no receiver's address."""
    return environment(settings.environment(without=(*secret_settings(), "UPTAKE_ALERT_URLS")))


def become_dashboard(settings: Settings) -> NoReturn:
    """Replace this process by the dashboard's, so that every signal reaches it. Raises CannotServe."""
    check_port(settings)
    sys.stdout.flush()
    started = command(dashboard_module(settings))
    os.execve(started[0], started, dashboard_environment(settings))  # noqa: S606 - no shell is wanted


def address(settings: Settings) -> str:
    """What to type into a browser on this machine."""
    host = _ANY.get(settings.address, settings.address)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _port_fault(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        other = settings.port + 1 if settings.port < 65535 else settings.port - 1
        return (
            f"port {settings.port} is in use, perhaps by another Uptake: stop it, or choose another port "
            f"(`make up PORT={other}`, `uptake up --port {other}`)"
        )
    return f"cannot listen on {settings.address}, port {settings.port}: {error.strerror or error}; choose another"


def _watch(children: list[Child], settings: Settings, stopping: threading.Event, say: Say) -> None:
    """Until a signal to stop. Raises CannotServe if a child ends by itself or the dashboard never answers."""
    clock = SystemClock()
    give_up = clock.monotonic() + ANSWERS_WITHIN_S
    answered = False
    while not stopping.wait(LOOK_S):
        ended = next((child for child in children if child.ended is not None), None)
        if ended:
            raise CannotServe(
                f"the {ended.name} ended unexpectedly (exit code {ended.ended}); everything else was stopped"
            )
        if not answered and (answered := _answers(settings)):
            say(f"Uptake is at {address(settings)} (Ctrl-C stops it)")
        elif not answered and clock.monotonic() > give_up:
            raise CannotServe(f"the dashboard did not answer within {ANSWERS_WITHIN_S:.0f} s; everything was stopped")
    say("Stopping.")


def _answers(settings: Settings) -> bool:
    host = _ANY.get(settings.address, settings.address)
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
