"""Scanning for alerts and delivering them: once per event and receiver, again and again until the receiver took it.

An alert is noted before it is delivered, and marked as sent after every receiver took it. Between a receiver's answer
and our note of it a crash is possible: then that one receiver gets it again, under the same id (`Message.id`). Nothing
else doubles an alert, and nothing loses one. Of several processes on one store one delivers at a time.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from catalog import Catalog
from collectors import Clock, acquire_lease
from storage import KeptAlert, Lease, LeaseLost, Store
from uptake.alerts.detection import alert_page, find_alerts
from uptake.alerts.transport import DEADLINE_S, Message, scheme, send
from uptake.frameworks.tracked_catalog import tracked_catalog
from uptake.scheduler.scheduler_lease import running_scheduler
from uptake.settings.settings import Settings

log = logging.getLogger(__name__)

LEASE = "alerts"
LEASE_S = 4 * DEADLINE_S  # renewed before each message
CURSOR = "alerts"  # what belongs to no source is remembered under this name
NOBODY = "no receiver is set up"
TITLES = {"overtake": "An overtake", "milestone": "A milestone", "anomaly": "An unusual day", "stale": "A source"}
HOURLY_S = 3600.0  # a source grows stale without any run
RETRY_S = 900.0
SETTLE_S = 3.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round of delivery did: alerts that every receiver has, those that wait, and why, one per receiver."""

    sent: int
    waiting: int
    errors: tuple[str, ...]


def scan(store: Store, catalog: Catalog, settings: Settings, now: datetime) -> list[KeptAlert]:
    """Detect and note new alerts, and return them, silent ones too. `catalog`: the one that came with the program."""
    first_scan = not store.cursor(CURSOR, "", "looked")
    alerts = find_alerts(
        store, tracked_catalog(catalog, store), now, kinds=settings.alert_kinds, first_scan=first_scan,
        scheduled=running_scheduler(store, now) is not None,
    )  # fmt: skip
    new = store.note_alerts(alerts, now)
    if first_scan:  # after they are noted: a process killed in between makes the first scan again
        store.remember(CURSOR, "", "looked", {"first_at": now.isoformat()})
    return new


def message(alert: KeptAlert, settings: Settings) -> Message:
    """An alert as a message. Without a public address there is no link."""
    link = f"{settings.public_url}{alert_page(alert)}" if settings.public_url else ""
    title = f"Uptake: {TITLES.get(alert.kind, alert.kind).lower()}"
    return Message(alert.key, alert.kind, alert.happened.isoformat(), title, alert.text, link)


def send_test(settings: Settings, now: datetime) -> list[tuple[str, str]]:
    """Send every receiver a test message: its name and why it failed, empty if it did not."""
    link = f"{settings.public_url}/events" if settings.public_url else ""
    text = "This is a test: alerts of Uptake will arrive here."
    test = Message(f"test:{now:%Y%m%dT%H%M%SZ}", "test", now.date().isoformat(), "Uptake: a test", text, link)
    return [
        (receiver_name(settings, place), send(receiver, test, trust_env=settings.trust_env))
        for place, receiver in enumerate(settings.alert_urls)
    ]


def receiver_name(settings: Settings, place: int) -> str:
    """A receiver in words: its number among the settings and its kind of address, never the address."""
    return f"receiver {place + 1} ({scheme(settings.alert_urls[place])})"


def deliver(store: Store, settings: Settings, clock: Clock, stop: Callable[[], bool] = lambda: False) -> Delivery:
    """Send every receiver what it lacks. One that fails is left alone for the rest of the round."""
    lease = acquire_lease(store, LEASE, LEASE_S, clock.now())
    if lease is None:
        return Delivery(0, len(store.unsent()), ("another process is delivering",))
    try:
        return _Round(store, settings, clock, lease).deliver(store.unsent(), stop)
    except LeaseLost:
        return Delivery(0, len(store.unsent()), ("another process took over",))
    finally:
        store.release(lease)


@dataclass
class _Round:
    """One round of delivery. `failing` are the receivers that failed in it, by place."""

    store: Store
    settings: Settings
    clock: Clock
    lease: Lease
    failing: dict[int, str] = field(default_factory=dict)

    def deliver(self, waiting: Sequence[KeptAlert], stop: Callable[[], bool]) -> Delivery:
        has_it = self._receivers_by_alert(waiting)
        sent = 0
        for alert in waiting:
            if stop():
                break
            sent += self._deliver(alert, has_it)
        return Delivery(sent, len(waiting) - sent, tuple(self.failing[place] for place in sorted(self.failing)))

    def _deliver(self, alert: KeptAlert, has_it: dict[str, list[str]]) -> bool:
        """Send one alert to all who lack it; whether none lacks it any more."""
        urls = self.settings.alert_urls
        for place, receiver in enumerate(urls):
            if place not in self.failing and _receiver_mark(receiver) not in has_it.get(alert.key, []):
                self._send(alert, place, has_it)
        missing = [place for place, url in enumerate(urls) if _receiver_mark(url) not in has_it.get(alert.key, [])]
        if missing:
            error = " ".join(self.failing[place] for place in missing)
            if error != alert.error:
                self.store.mark_sent(alert.key, None, error, lease=self.lease)
            return False
        self.store.mark_sent(alert.key, self.clock.now(), "" if urls else NOBODY, lease=self.lease)
        if has_it.pop(alert.key, None):
            self._remember(has_it)
        return True

    def _send(self, alert: KeptAlert, place: int, has_it: dict[str, list[str]]) -> None:
        """Send to one receiver, and remember that it took it or failed."""
        self._renew()
        receiver = self.settings.alert_urls[place]
        error = send(receiver, message(alert, self.settings), trust_env=self.settings.trust_env)
        self._renew()
        if error:
            self.failing[place] = f"{receiver_name(self.settings, place)}: {error}"
            log.warning("an alert could not be delivered to %s", self.failing[place])
        else:
            has_it.setdefault(alert.key, []).append(_receiver_mark(receiver))
            self._remember(has_it)

    def _renew(self) -> None:
        if not self.store.renew(self.lease, LEASE_S, self.clock.now()):
            raise LeaseLost("Another process has taken over delivery: this one must send and note nothing more.")

    def _receivers_by_alert(self, waiting: Sequence[KeptAlert]) -> dict[str, list[str]]:
        """Which receivers have which of the alerts that wait."""
        receivers = self.store.cursor(CURSOR, "", "told").get("receivers", {})
        keys = {alert.key for alert in waiting}
        return {key: list(of) for key, of in receivers.items() if key in keys} if isinstance(receivers, dict) else {}

    def _remember(self, has_it: dict[str, list[str]]) -> None:
        self.store.remember(CURSOR, "", "told", {"receivers": has_it}, lease=self.lease)


def _receiver_mark(receiver: str) -> str:
    """A receiver in the store: a mark that reveals nothing of its address."""
    return hashlib.sha256(receiver.encode()).hexdigest()[:12]


class PeriodicScan:
    """The scheduler's part: a scan after each run and every hour, and delivery again of what failed."""

    def __init__(self, store: Store, catalog: Catalog, settings: Settings, clock: Clock) -> None:
        self._store, self._catalog, self._settings, self._clock = store, catalog, settings, clock
        self._due_at = clock.monotonic()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def wake(self) -> None:
        """Something was collected: scan soon, once for several that end together."""
        self._due_at = self._clock.monotonic() + SETTLE_S

    def beat(self, *, idle: bool) -> None:
        """Scan and deliver if it is time, in a thread of its own.

        While something is collected (not `idle`) it waits, an hour at most: half of a source's answers show anomalies
        that the whole has not.
        """
        late = self._clock.monotonic() - self._due_at
        if self._stopping.is_set() or late < (0 if idle else HOURLY_S) or self._busy():
            return
        self._due_at = self._clock.monotonic() + HOURLY_S
        # A daemon: a receiver that hangs cannot keep a process alive which was asked to stop.
        self._thread = threading.Thread(target=self._work, name="alerts", daemon=True)
        self._thread.start()

    def stop(self, grace_s: float) -> None:
        """Send nothing more, and wait for what is being sent."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(grace_s)

    def _busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self) -> None:
        """One scan, in its own thread. Whatever goes wrong in it ends here."""
        try:
            new = scan(self._store, self._catalog, self._settings, self._clock.now())
            for alert in new:
                log.info("%s%s", "noted silently: " if alert.silent else "", alert.text)
            delivery = deliver(self._store, self._settings, self._clock, self._stopping.is_set)
        except Exception:
            log.exception("the scan for alerts failed and will be retried")
            self._due_at = min(self._due_at, self._clock.monotonic() + RETRY_S)
            return
        if delivery.waiting:
            self._due_at = min(self._due_at, self._clock.monotonic() + RETRY_S)
