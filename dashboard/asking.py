"""The only writing the dashboard does: asking for a run, and asking a run to stop. The scheduler does the work.

Every visitor can press every button, also by a hand-made message to the server. So who may ask is decided here, again,
when it is asked, and not by the button's looks.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from streamlit import config

from dashboard import reading
from storage import Run, Store

CLOSED = (
    "This server can be reached from other machines and no operator token is set (`UPTAKE_OPERATOR_TOKEN`), "
    "so nobody may start a run from here. `uptake collect` on the server still can."
)
WRONG_TOKEN = "That is not the operator token."  # noqa: S105 - a sentence about one


class NotAllowedError(Exception):
    """This visitor may not ask for runs, in one sentence."""


def closed() -> bool:
    """Whether nobody may ask: the server is reachable from elsewhere and there is no token to tell visitors apart."""
    return reading.settings().operator_token is None and not is_loopback(config.get_option("server.address"))


def needs_token() -> bool:
    """Whether a visitor must give the operator token."""
    return reading.settings().operator_token is not None


def is_loopback(address: str | None) -> bool:
    """Whether only this machine reaches a server that listens on `address` (None: all addresses)."""
    try:
        return address == "localhost" or ip_address(address or "0.0.0.0").is_loopback  # noqa: S104 - what None means
    except ValueError:
        return False


def allow(token: str) -> None:
    """Raises NotAllowedError unless this visitor may ask. The comparison takes as long for any wrong token."""
    secret = reading.settings().operator_token
    if secret is None:
        if closed():
            raise NotAllowedError(CLOSED)
    elif not hmac.compare_digest(secret.encode(), token.encode()):
        raise NotAllowedError(WRONG_TOKEN)


def collect(source: str, frameworks: tuple[str, ...], token: str) -> Run:
    """Ask for a run of a source for these frameworks (none: all). An equal one under way is returned instead."""
    allow(token)
    known = reading.catalog()
    if (
        source not in known.sources
        or not known.sources[source].available
        or not set(frameworks) <= set(known.frameworks)
    ):
        raise NotAllowedError("There is no such source or framework.")
    with Store.open(reading.settings().database_url) as store:
        return store.request_run(source, trigger="page", frameworks=frameworks, now=reading.now())


def cancel(run: int, token: str) -> Run:
    """Ask a run to stop: what it has collected so far stays."""
    allow(token)
    with Store.open(reading.settings().database_url) as store:
        return store.cancel(run)
