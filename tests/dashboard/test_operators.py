"""Who may press a button: nobody, without a token, where more than this machine's visitors may come in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import streamlit as st

from dashboard import authorization, operator_actions
from dashboard.authorization import NotAllowedError
from uptake.settings.settings import SettingsError, load_settings

pytestmark = pytest.mark.usefixtures("loopback")


def test_on_this_machine_alone_every_visitor_may(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store, UPTAKE_ALLOWED_HOSTS="localhost, [::1]", UPTAKE_PUBLIC_URL="http://127.0.0.1:8501")
    assert not authorization.closed()
    authorization.allow("")


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
    assert authorization.closed()
    with pytest.raises(NotAllowedError, match="UPTAKE_OPERATOR_TOKEN"):
        operator_actions.cancel(1, "")
    at_store(full_store, UPTAKE_OPERATOR_TOKEN="right-" * 3, **settings)
    assert not authorization.closed()
    authorization.allow("right-" * 3)
    with pytest.raises(NotAllowedError):
        authorization.allow("wrong")


def test_who_guesses_often_has_to_wait(
    full_store: str, at_store: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the right token is not looked at meanwhile: an answer to each guess is what a guesser needs."""
    at_store(full_store, UPTAKE_OPERATOR_TOKEN="right-" * 3)
    now = 1_000.0
    monkeypatch.setattr(authorization, "_wrong_guesses", authorization.GuessLimit(20, 300.0, lambda: now))
    for n in range(20):
        with pytest.raises(NotAllowedError, match="That is not"):
            authorization.allow(f"wrong {n}")
        if n < 19:
            authorization.allow("right-" * 3)
    for token in ("wrong", "right-" * 3):
        with pytest.raises(NotAllowedError, match="Too many wrong tokens were given: try again in 5 minutes"):
            authorization.allow(token)
    now += 300.0
    authorization.allow("right-" * 3)


def test_who_enters_nothing_is_asked_to_and_has_not_guessed(full_store: str, at_store: Callable[..., None]) -> None:
    at_store(full_store, UPTAKE_OPERATOR_TOKEN="right-" * 3)
    for _ in range(authorization.MOST_GUESSES + 1):
        with pytest.raises(NotAllowedError, match="Enter the operator token first"):
            authorization.allow("")
    authorization.allow("right-" * 3)


def test_a_short_token_is_no_token() -> None:
    with pytest.raises(SettingsError, match="UPTAKE_OPERATOR_TOKEN must have at least 16 characters"):
        load_settings({"UPTAKE_OPERATOR_TOKEN": "correct-horse"})


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"])
def test_a_request_that_a_proxy_passed_on_is_nobodys_of_this_machine(
    header: str, full_store: str, at_store: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some proxies write their own address into Host, so that no name of ours need be set."""
    at_store(full_store)
    monkeypatch.setattr(type(st.context), "headers", {header: "192.0.2.1"})
    assert authorization.closed()
