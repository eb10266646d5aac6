"""The server: the pages, the HTTP API and the guard in one process.

Run as `streamlit run dashboard/server.py`, as `python -m dashboard.server [--address A] [--port P]`, or give `app` to
any ASGI server.
"""

from __future__ import annotations

import argparse
import gc
import logging
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config
from streamlit import logger as streamlit_logger
from uvicorn.config import LOGGING_CONFIG

from dashboard import cache  # and with it charts and answers: heavy imports, before gc.freeze
from dashboard.api import handlers
from dashboard.api.security import Guard
from dashboard.api.stylesheet import Stylesheet
from dashboard.api.tcp_nodelay import without_delay
from dashboard.widgets import page_states
from uptake.logs import set_up_logging

HERE = Path(__file__).resolve().parent
THEME = HERE.parent / ".streamlit" / "config.toml"
SAFE: dict[str, Any] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    "logger.hideWelcomeMessage": True,
    "server.enableAgentApi": False,
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.headless": True,
}
_LOG = logging.getLogger("dashboard")


def on_script_error(fault: Exception) -> bool:
    """A page failed: the log gets the traceback, the reader one sentence."""
    _LOG.error("a page failed", exc_info=fault)
    page_states.broken()
    return True


def options(path: Path = THEME) -> dict[str, Any]:
    """The settings of `.streamlit/config.toml` by dotted name, for a start from a folder where it is not found."""
    try:
        return dict(_dotted(tomllib.loads(path.read_text(encoding="utf-8"))))
    except OSError:
        return {}


def _dotted(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    dotted: list[tuple[str, Any]] = []
    for key, value in table.items():
        dotted += _dotted(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return dotted


def harden() -> None:
    """Set what must hold however the server was started."""
    for name, value in SAFE.items():
        config.set_option(name, value)


def _logs_as_ours(logger: logging.Logger) -> None:
    """What Streamlit calls for each logger it makes; its own would give each a form of its own."""
    logger.handlers.clear()
    logger.propagate = True


def set_up_logs() -> None:
    """Log by the settings, Streamlit and its server included."""
    set_up_logging(cache.settings())
    streamlit_logger.setup_formatter = _logs_as_ours
    streamlit_logger.update_formatter()
    for described in LOGGING_CONFIG["loggers"].values():  # which the server configures its loggers by when it starts
        described |= {"handlers": [], "propagate": True}


def run(address: str | None = None, port: int | None = None) -> None:
    """Serve until stopped. Address and port are those of the settings unless given."""
    set_up_logs()
    settings = cache.settings()
    # Address and port of this start differ from the file's: Streamlit takes that for a change while it runs.
    logging.getLogger("streamlit.config").addFilter(
        lambda record: "option section was detected" not in record.getMessage()
    )
    served = {"server.address": address or settings.address, "server.port": port or settings.port}
    app.run(config={**options(), **SAFE, **served})


harden()
app = st.App(
    HERE / "main.py",
    lifespan=without_delay,
    routes=handlers.routes(),
    middleware=[Middleware(Guard, hosts=cache.settings().allowed_hosts), Middleware(Stylesheet)],
    on_script_error=on_script_error,
    exception_handlers={Exception: handlers.broken},
)
# Streamlit collects all garbage after every run; what was imported by now never becomes garbage.
gc.collect()
gc.freeze()

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m dashboard.server", description=__doc__)
    parser.add_argument("--address")
    parser.add_argument("--port", type=int)
    arguments = parser.parse_args()
    run(arguments.address, arguments.port)
