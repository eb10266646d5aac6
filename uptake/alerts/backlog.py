"""The alerts that wait to be delivered."""

from __future__ import annotations

from dataclasses import dataclass

from storage import Store


@dataclass(frozen=True, slots=True)
class Undelivered:
    """How many alerts wait to be delivered, and what went wrong the last time."""

    waiting: int
    error: str


def undelivered_alerts(store: Store) -> Undelivered:
    """The alerts that wait for delivery."""
    waiting = store.unsent()
    return Undelivered(len(waiting), next((alert.error for alert in waiting if alert.error), ""))
