"""Who may press a button: nobody, without a token, where more than this machine's visitors may come in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import streamlit as st

from dashboard import commands
from dashboard.commands import NotAllowedError

pytestmark = pytest.mark.usefixtures("loopback")


def test_on_this_machine_alone_every_visitor_may(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store, UPTAKE_ALLOWED_HOSTS="localhost, [::1]", UPTAKE_PUBLIC_URL="http://127.0.0.1:8501")
    assert not commands.closed()
    commands.allow("")


@pytest.mark.parametrize(
    "settings",
    [
        {"UPTAKE_PUBLIC_URL": "https://uptake.example.org"},
        {"UPTAKE_ALLOWED_HOSTS": "localhost,uptake.example.org"},
        {"UPTAKE_ALLOWED_HOSTS": "192.0.2.7"},
    ],
)
def test_behind_a_proxy_nobody_may_until_a_token_is_set(
    settings: dict[str, str], full_store: str, at_store: Callable[..., None]
) -> None:
    at_store(full_store, **settings)
    assert commands.closed()
    with pytest.raises(NotAllowedError, match="UPTAKE_OPERATOR_TOKEN"):
        commands.cancel(1, "")
    at_store(full_store, UPTAKE_OPERATOR_TOKEN="right", **settings)
    assert not commands.closed()
    commands.allow("right")
    with pytest.raises(NotAllowedError):
        commands.allow("wrong")


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"])
def test_a_request_that_a_proxy_passed_on_is_nobodys_of_this_machine(
    header: str, full_store: str, at_store: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some proxies write their own address into Host, so that no name of ours need be set."""
    at_store(full_store)
    monkeypatch.setattr(type(st.context), "headers", {header: "192.0.2.1"})
    assert commands.closed()
