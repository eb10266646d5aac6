"""Looking for news and telling it: once per event and receiver, again and again until the receiver took it.

An alert is noted before it is told, and marked as told after every receiver took it. Between a receiver's answer and
our note of it a crash is possible: then that one receiver is told again, under the same id (`Message.id`), by which it
can tell. Nothing else doubles an alert, and nothing loses one. Of several processes on one store one tells at a time.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from catalog import Catalog
from collectors import Clock, holder_here, is_dead
from storage import KeptAlert, Lease, Store
from uptake.alerts.detect import find, page
from uptake.alerts.transport import DEADLINE_S, Message, scheme, send
from uptake.collection.collect import is_working
from uptake.frameworks.tracked import tracked
from uptake.settings.table import Settings

log = logging.getLogger(__name__)

LEASE = "alerts"
LEASE_S = 4 * DEADLINE_S  # renewed before each message
CURSOR = "alerts"  # what belongs to no source is remembered under this name
NOBODY = "nobody was set up to be told"
TITLES = {"overtake": "An overtake", "milestone": "A milestone", "anomaly": "An odd day", "stale": "A source"}
HOURLY_S = 3600.0  # a source grows stale without any run
RETRY_S = 900.0
SETTLE_S = 3.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round of telling did: alerts that every receiver has, those that wait, and why, one per receiver."""

    sent: int
    waiting: int
    errors: tuple[str, ...]


def look(store: Store, catalog: Catalog, settings: Settings, now: datetime) -> list[KeptAlert]:
    """Find and note what is new; it is returned, the silent ones too. `catalog`: the one that came with the program."""
    first = not store.cursor(CURSOR, "", "looked")
    found = find(
        store, tracked(catalog, store), now, kinds=settings.alert_kinds, first_look=first,
        scheduled=is_working(store, now),
    )  # fmt: skip
    new = store.note_alerts(found, now)
    if first:  # after they are noted: who is killed in between looks for the first time again
        store.remember(CURSOR, "", "looked", {"first_at": now.isoformat()})
    return new


def message(alert: KeptAlert, settings: Settings) -> Message:
    """What is told of an alert. Without a public address there is no link."""
    link = f"{settings.public_url}{page(alert)}" if settings.public_url else ""
    title = f"Uptake: {TITLES.get(alert.kind, alert.kind).lower()}"
    return Message(alert.key, alert.kind, alert.happened.isoformat(), title, alert.text, link)


def try_out(settings: Settings, now: datetime) -> list[tuple[str, str]]:
    """Send every receiver a message that says it works: its name and why it failed, empty if it did not."""
    link = f"{settings.public_url}/events" if settings.public_url else ""
    text = "This is a test: what Uptake finds out will be told here."
    told = Message(f"test:{now:%Y%m%dT%H%M%SZ}", "test", now.date().isoformat(), "Uptake: a test", text, link)
    return [
        (named(settings, place), send(receiver, told, trust_env=settings.trust_env))
        for place, receiver in enumerate(settings.alert_urls)
    ]


def named(settings: Settings, place: int) -> str:
    """A receiver in words: its number among the settings and its kind of address, never the address."""
    return f"receiver {place + 1} ({scheme(settings.alert_urls[place])})"


def deliver(store: Store, settings: Settings, clock: Clock, stop: Callable[[], bool] = lambda: False) -> Delivery:
    """Tell every receiver what it was not told yet. One that fails is left alone for the rest of the round."""
    lease = _acquire(store, clock)
    if lease is None:
        return Delivery(0, len(store.unsent()), ("another process is telling",))
    try:
        return _Round(store, settings, clock, lease).tell(store.unsent(), stop)
    except _TakenOverError:
        return Delivery(0, len(store.unsent()), ("another process took over",))
    finally:
        store.release(lease)


def _acquire(store: Store, clock: Clock) -> Lease | None:
    """The right to tell. Of a process of this machine that was killed it is taken at once."""
    held = store.lease(LEASE)
    if held is not None and held.expires_at > clock.now() and is_dead(held.holder):
        store.release(held)
    return store.acquire(LEASE, holder_here(), LEASE_S, clock.now())


class _TakenOverError(Exception):
    """Another process tells by now: this one must neither tell nor note anything more."""


@dataclass
class _Round:
    """One round of telling. `failing` are the receivers that failed in it, by place."""

    store: Store
    settings: Settings
    clock: Clock
    lease: Lease
    failing: dict[int, str] = field(default_factory=dict)

    def tell(self, waiting: Sequence[KeptAlert], stop: Callable[[], bool]) -> Delivery:
        partly = self._partly(waiting)
        sent = 0
        for alert in waiting:
            if stop():
                break
            sent += self._tell(alert, partly)
        return Delivery(sent, len(waiting) - sent, tuple(self.failing[place] for place in sorted(self.failing)))

    def _tell(self, alert: KeptAlert, partly: dict[str, list[str]]) -> bool:
        """Tell one alert to all who lack it; whether none lacks it any more."""
        urls = self.settings.alert_urls
        for place, receiver in enumerate(urls):
            if place not in self.failing and _mark(receiver) not in partly.get(alert.key, []):
                self._send(alert, place, partly)
        missing = [place for place, url in enumerate(urls) if _mark(url) not in partly.get(alert.key, [])]
        if missing:
            error = " ".join(self.failing[place] for place in missing)
            if error != alert.error:
                self.store.mark_sent(alert.key, None, error)
            return False
        self.store.mark_sent(alert.key, self.clock.now(), "" if urls else NOBODY)
        if partly.pop(alert.key, None):
            self._remember(partly)
        return True

    def _send(self, alert: KeptAlert, place: int, partly: dict[str, list[str]]) -> None:
        """Tell one receiver, and remember that it was told or failed."""
        self._hold()
        receiver = self.settings.alert_urls[place]
        error = send(receiver, message(alert, self.settings), trust_env=self.settings.trust_env)
        self._hold()
        if error:
            self.failing[place] = f"{named(self.settings, place)}: {error}"
            log.warning("an alert could not be told to %s", self.failing[place])
        else:
            partly.setdefault(alert.key, []).append(_mark(receiver))
            self._remember(partly)

    def _hold(self) -> None:
        if not self.store.renew(self.lease, LEASE_S, self.clock.now()):
            raise _TakenOverError

    def _partly(self, waiting: Sequence[KeptAlert]) -> dict[str, list[str]]:
        """Which receivers have which of the alerts that wait."""
        known = self.store.cursor(CURSOR, "", "told").get("receivers", {})
        keys = {alert.key for alert in waiting}
        return {key: list(of) for key, of in known.items() if key in keys} if isinstance(known, dict) else {}

    def _remember(self, partly: dict[str, list[str]]) -> None:
        self.store.remember(CURSOR, "", "told", {"receivers": partly})


def _mark(receiver: str) -> str:
    """A receiver in the store: a mark that tells nothing of its address."""
    return hashlib.sha256(receiver.encode()).hexdigest()[:12]


class Watch:
    """The scheduler's part: looks after each run and every hour, and tries again what could not be told."""

    def __init__(self, store: Store, catalog: Catalog, settings: Settings, clock: Clock) -> None:
        self._store, self._catalog, self._settings, self._clock = store, catalog, settings, clock
        self._due_at = clock.monotonic()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def wake(self) -> None:
        """Something was collected: look soon, once for several that end together."""
        self._due_at = self._clock.monotonic() + SETTLE_S

    def beat(self, *, idle: bool) -> None:
        """Look and tell if it is time, in a thread of its own.

        While something is collected (not `idle`) it waits, an hour at most: half of a source's answers look odder than
        the whole.
        """
        late = self._clock.monotonic() - self._due_at
        if self._stopping.is_set() or late < (0 if idle else HOURLY_S) or self._busy():
            return
        self._due_at = self._clock.monotonic() + HOURLY_S
        # A daemon: a receiver that hangs cannot keep a process alive which was told to stop.
        self._thread = threading.Thread(target=self._work, name="alerts", daemon=True)
        self._thread.start()

    def stop(self, grace_s: float) -> None:
        """Tell nothing more, and wait for what is being told."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(grace_s)

    def _busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self) -> None:
        """One look, in its own thread. Whatever goes wrong in it ends here."""
        try:
            new = look(self._store, self._catalog, self._settings, self._clock.now())
            for alert in new:
                log.info("%s%s", "noted silently: " if alert.silent else "", alert.text)
            told = deliver(self._store, self._settings, self._clock, self._stopping.is_set)
        except Exception:
            log.exception("looking for alerts broke; it is tried again")
            self._due_at = min(self._due_at, self._clock.monotonic() + RETRY_S)
            return
        if told.waiting:
            self._due_at = min(self._due_at, self._clock.monotonic() + RETRY_S)
