"""Who may have the dashboard write: everybody on this machine alone, else whoever has the operator's token.

Every visitor can press every button, also by a hand-made message to the server. So who may ask is decided here, again,
when it is asked, and not by the button's looks.
"""

from __future__ import annotations

import hmac
import math
import time
from collections import deque
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st
from streamlit import config

from answers.wording import counted
from dashboard import cache

PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")  # what proxies add
CLOSED = (
    "This server can be reached from other machines, itself or through a proxy, and no operator token is set "
    "(`UPTAKE_OPERATOR_TOKEN`), so nobody may start a run from here. `uptake collect` on the server still can."
)
NO_TOKEN = "Enter the operator token first."  # noqa: S105 - a sentence about one
WRONG_TOKEN = "That is not the operator token."  # noqa: S105 - a sentence about one
TOO_MANY = "Too many wrong tokens were given: try again in {minutes}, or use the commands on the server."
MOST_GUESSES, GUESSES_WITHIN_S = 20, 300.0


class GuessLimit:
    """At most so many wrong guesses within so many seconds, of all visitors together: a proxy hides who is who."""

    def __init__(self, most: int, within_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._moments = deque[float](maxlen=most)
        self._within_s = within_s
        self._clock = clock

    def add(self) -> None:
        """One more wrong guess."""
        self._moments.append(self._clock())

    def wait_s(self) -> float:
        """Seconds until the next guess is looked at (0: now)."""
        moments = tuple(self._moments)
        if len(moments) < (self._moments.maxlen or 0):
            return 0.0
        return max(0.0, moments[0] + self._within_s - self._clock())


_wrong_guesses = GuessLimit(MOST_GUESSES, GUESSES_WITHIN_S)


class NotAllowedError(Exception):
    """This visitor may not ask for this, in one sentence."""


def closed() -> bool:
    """Whether nobody may ask: others than this machine's visitors come in, and there is no token by which they differ.

    A proxy on this machine lets them in under a name that is set for it, or says that it passes a visitor on.
    """
    settings = cache.settings()
    if settings.operator_token is not None:
        return False
    public = urlsplit(settings.public_url or "").hostname or "localhost"
    names = (config.get_option("server.address"), public, *settings.allowed_hosts)
    return not all(map(is_loopback, names)) or any(name in st.context.headers for name in PASSED_ON)


def needs_token() -> bool:
    """Whether a visitor must give the operator token."""
    return cache.settings().operator_token is not None


def is_loopback(address: str | None) -> bool:
    """Whether only this machine reaches a server that listens on `address` (None: all addresses) or has that name."""
    try:
        return address == "localhost" or ip_address((address or "0.0.0.0").strip("[]")).is_loopback  # noqa: S104 - what None means
    except ValueError:
        return False


def allow(token: str) -> None:
    """Raises NotAllowedError unless this visitor may ask. The comparison takes as long for any wrong token."""
    secret = cache.settings().operator_token
    if secret is None:
        if closed():
            raise NotAllowedError(CLOSED)
        return
    if not token:
        raise NotAllowedError(NO_TOKEN)
    if wait := _wrong_guesses.wait_s():
        raise NotAllowedError(TOO_MANY.format(minutes=counted(math.ceil(wait / 60), "minute")))
    if not hmac.compare_digest(secret.encode(), token.encode()):
        _wrong_guesses.add()
        raise NotAllowedError(WRONG_TOKEN)
