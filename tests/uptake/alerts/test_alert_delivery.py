"""Alerts reach those who asked, once each, through failures, restarts and kills; no address of theirs is ever seen."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog import load
from storage import NewAlert, Store
from tests.support.planting import at, plant, ran
from tests.support.receiving import Hook, Post, hook, post
from tests.support.serving import ROOT
from tests.uptake.alerts.alerts_command import by_process, environment, uptake
from uptake.alerts import delivery
from uptake.alerts.backlog import undelivered_alerts
from uptake.alerts.delivery import NOBODY, PeriodicScan, deliver, scan
from uptake.alerts.transport import Message, send
from uptake.clock import SystemClock
from uptake.logs import set_up_logging
from uptake.settings.settings import Settings, SettingsError, load_settings

CLOCK = SystemClock()
TEXT = "Django passed Flask in GitHub stars <b>between</b> 2026-10-19 & 2026-10-20; *50 %* of them."
SECRET = "CANARY-path-0123456789"


@pytest.fixture
def web() -> Iterator[Hook]:
    with hook() as known:
        yield known


@pytest.fixture
def mail() -> Iterator[Post]:
    with post() as known:
        yield known


def settings_for(*urls: str, **more: str) -> Settings:
    return load_settings({"UPTAKE_ALERT_URLS": " ".join(urls)} | more, os.devnull)


def alert(n: int = 1, *, silent: bool = False) -> NewAlert:
    query = "/api/v1/compare.json?a=django&b=flask&on=2026-10-20"
    key = f"overtake:stars:django:flask:2026-10-19/2026-10-{20 + n}"
    return NewAlert(key, "overtake", date(2026, 10, 20 + n), TEXT, query, silent)


def note(store: Store, *alerts: NewAlert) -> None:
    store.note_alerts(alerts, datetime.now(UTC))


MESSAGE = Message("some:id/1", "overtake", "2026-10-20", "Uptake: an overtake", TEXT, "https://example.org/x?a=1&b=2")


# -- one message, one receiver -----------------------------------------------------------------------------------------


def test_a_webhook_gets_text_link_and_id(web: Hook) -> None:
    assert send(web.url(f"/{SECRET}?rto=5"), MESSAGE) == ""
    [(path, body)] = web.calls
    assert path == f"/{SECRET}"
    assert {name: body[name] for name in ("id", "kind", "happened", "link", "title")} == {
        "id": "some:id/1",
        "kind": "overtake",
        "happened": "2026-10-20",
        "link": "https://example.org/x?a=1&b=2",
        "title": "Uptake: an overtake",
    }
    assert body["message"] == f"{TEXT}\n\nhttps://example.org/x?a=1&b=2\n\nAlert some:id/1"


def test_a_mail_says_the_same(mail: Post) -> None:
    address = f"mailto://127.0.0.1:{mail.port}?from=uptake@example.org&to=me@example.org&mode=insecure&format=text"
    assert send(address, MESSAGE) == ""
    [got] = mail.mails
    assert (got["Subject"], got["To"], got["X-Uptake-Alert"]) == ("Uptake: an overtake", "me@example.org", "some:id/1")
    said = got.get_body(("plain",))
    assert said is not None
    assert TEXT in said.get_content().replace("\r\n", "\n")
    assert "https://example.org/x?a=1&b=2" in said.get_content()


def test_a_mail_as_html_shows_the_text_and_runs_nothing(mail: Post) -> None:
    address = f"mailto://127.0.0.1:{mail.port}?from=uptake@example.org&to=me@example.org&mode=insecure&format=html"
    assert send(address, MESSAGE) == ""
    said = mail.mails[0].get_body(("html",))
    assert said is not None
    assert "&lt;b&gt;between" in said.get_content()
    assert "<b>between" not in said.get_content()


@pytest.mark.parametrize("status", [404, 503])
def test_a_refusal_is_told_with_its_status(web: Hook, status: int) -> None:
    web.status = status
    assert send(web.url(f"/{SECRET}"), MESSAGE) == f"It answered with status {status}."


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"json://user:{SECRET}@127.0.0.1:9/x", "It could not be reached, or refused the connection."),
        (f"mailto://127.0.0.1:9?from=a@b.cd&to=e@f.gh&mode=insecure&pass={SECRET}", "It could not be reached"),
        (f"nonsense://{SECRET}", "Its address (nonsense://…) is not one that Apprise understands."),
    ],
)
def test_what_fails_is_told_without_the_address(address: str, said: str) -> None:
    told = send(address, MESSAGE)
    assert told.startswith(said)
    assert SECRET not in told


def test_a_receiver_that_drips_is_given_up(web: Hook) -> None:
    web.drip = True
    began = time.monotonic()
    assert send(web.url(), MESSAGE, deadline_s=3) == "It did not answer within 3 s."
    assert time.monotonic() - began < 6


def test_a_redirect_is_not_followed(web: Hook) -> None:
    with hook() as elsewhere:
        web.status, web.location = 307, f"http://127.0.0.1:{elsewhere.port}/taken"
        assert send(web.url(), MESSAGE) == "It answered with status 307."
        assert elsewhere.calls == []


def test_proxies_of_the_environment_count_only_if_it_is_trusted(web: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        assert send("json://receiver.invalid/x", MESSAGE) == "It could not be reached, or refused the connection."
        assert proxy.calls == []
        assert send(web.url(), MESSAGE) == ""
        assert send("json://receiver.invalid/x", MESSAGE, trust_env=True) == ""
        assert [path for path, _ in proxy.calls] == ["http://receiver.invalid/x"]


# -- rounds of telling -------------------------------------------------------------------------------------------------


def test_each_receiver_is_told_each_alert_once(store: Store, web: Hook, mail: Post) -> None:
    address = f"mailto://127.0.0.1:{mail.port}?from=uptake@example.org&to=me@example.org&mode=insecure"
    settings = settings_for(web.url(), address, UPTAKE_PUBLIC_URL="https://uptake.example.org/")
    note(store, alert(1), alert(2), alert(3, silent=True))
    told = deliver(store, settings, CLOCK)
    assert (told.sent, told.waiting, told.errors) == (2, 0, ())
    assert deliver(store, settings, CLOCK).sent == 0
    assert web.ids == [alert(1).key, alert(2).key]
    assert [m["X-Uptake-Alert"] for m in mail.mails] == [alert(1).key, alert(2).key]
    assert web.calls[0][1]["link"] == "https://uptake.example.org/head-to-head?a=django&b=flask&on=2026-10-20&by=stars"
    assert store.unsent() == []


def test_a_receiver_that_fails_is_tried_again_and_no_other_is_told_twice(sqlite_store: Store, web: Hook) -> None:
    with hook() as broken:
        settings = settings_for(broken.url(f"/{SECRET}"), web.url())
        broken.status = 500
        note(sqlite_store, alert(1), alert(2))
        told = deliver(sqlite_store, settings, CLOCK)
        assert (told.sent, told.waiting) == (0, 2)
        assert told.errors == ("receiver 1 (json): It answered with status 500.",)
        assert len(broken.calls) == 1  # left alone for the rest of the round
        assert undelivered_alerts(sqlite_store).waiting == 2
        assert undelivered_alerts(sqlite_store).error == "receiver 1 (json): It answered with status 500."
        for _ in range(2):
            assert deliver(sqlite_store, settings, CLOCK).sent == 0
        broken.status = 200
        assert deliver(sqlite_store, settings, CLOCK).sent == 2
        assert web.ids == [alert(1).key, alert(2).key]
        assert broken.ids[-2:] == [alert(1).key, alert(2).key]
    assert undelivered_alerts(sqlite_store).error == ""


def test_without_receivers_nothing_waits_for_those_of_tomorrow(sqlite_store: Store, web: Hook) -> None:
    note(sqlite_store, alert(1))
    assert deliver(sqlite_store, settings_for(), CLOCK).sent == 1
    assert sqlite_store.alerts()[0].error == NOBODY
    assert undelivered_alerts(sqlite_store).error == ""
    note(sqlite_store, alert(2))
    assert deliver(sqlite_store, settings_for(web.url()), CLOCK).sent == 1
    assert web.ids == [alert(2).key]


def test_of_two_that_tell_at_once_one_does(sqlite_store: Store, sqlite_url: str, web: Hook) -> None:
    settings = settings_for(web.url())
    note(sqlite_store, alert(1), alert(2))
    other: list[Any] = []

    def meanwhile() -> None:
        web.on_call = lambda: None
        with Store.open(sqlite_url) as second:
            other.append(deliver(second, settings, CLOCK))

    web.on_call = meanwhile
    assert deliver(sqlite_store, settings, CLOCK).sent == 2
    assert other[0].errors == ("another process is delivering",)
    assert web.ids == [alert(1).key, alert(2).key]


def test_who_was_overtaken_while_telling_notes_nothing(sqlite_store: Store, web: Hook) -> None:
    """A process that slept through its lease must not undo what another noted meanwhile."""
    note(sqlite_store, alert(1))

    def taken_over() -> None:
        held = sqlite_store.lease(delivery.LEASE)
        assert held is not None
        sqlite_store.release(held)
        assert sqlite_store.acquire(delivery.LEASE, "other:1", 60, CLOCK.now()) is not None
        sqlite_store.mark_sent(alert(1).key, CLOCK.now())

    web.on_call, web.status = taken_over, 500
    assert deliver(sqlite_store, settings_for(web.url()), CLOCK).errors == ("another process took over",)
    assert sqlite_store.unsent() == []
    assert sqlite_store.alerts()[0].error == ""


def test_told_to_stop_it_stops_and_goes_on_later(sqlite_store: Store, web: Hook) -> None:
    note(sqlite_store, alert(1), alert(2))
    answers = iter([False, True])
    assert deliver(sqlite_store, settings_for(web.url()), CLOCK, lambda: next(answers)).waiting == 1
    assert deliver(sqlite_store, settings_for(web.url()), CLOCK).sent == 1
    assert web.ids == [alert(1).key, alert(2).key]


# -- looking and telling, as processes ---------------------------------------------------------------------------------


def flask_passes(store: Store, days: int = 6) -> None:
    """Snapshots of the last days up to today, in which Flask passed Django in stars the day before yesterday."""
    today = datetime.now(UTC).date()
    for n in range(days, -1, -1):
        day = today - timedelta(days=n)
        plant(store, "stars", "django", {day: 3000.0}, at(day, 0))
        plant(store, "stars", "flask", {day: 3001.0 if n <= 2 else 2999.0}, at(day, 0))


def watched_since(store: Store) -> None:
    """A store at which somebody looked before, and whose sources were just collected."""
    store.remember(delivery.CURSOR, "", "looked", {"first_at": "2026-01-01"})
    for source in load().sources:
        ran(store, source, datetime.now(UTC))


def eventually(check: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_the_command_looks_tells_and_lists(sqlite_store: Store, sqlite_url: str, web: Hook) -> None:
    flask_passes(sqlite_store)
    watched_since(sqlite_store)
    done = uptake(sqlite_url, "alerts", "--send", urls=(web.url(f"/{SECRET}"),))
    assert done.returncode == 0, done.stderr
    assert "Flask passed Django in GitHub stars" in done.stdout
    assert "sent: 1, waiting: 0" in done.stdout
    assert uptake(sqlite_url, "alerts", "--send", urls=(web.url(f"/{SECRET}"),)).returncode == 0
    assert len(web.calls) == 1
    told = json.loads(uptake(sqlite_url, "alerts", "--json").stdout)
    [one] = told["alerts"]
    assert one["id"] == web.ids[0]
    assert one["sent_at"]
    assert (one["silent"], one["error"]) == (False, "")


def test_a_first_look_is_silent_and_the_second_is_not_blind(sqlite_store: Store, web: Hook) -> None:
    settings, catalog = settings_for(web.url()), load()
    assert scan(sqlite_store, catalog, settings, CLOCK.now()) == []  # nothing there yet: that was the first look
    flask_passes(sqlite_store)
    [told] = scan(sqlite_store, catalog, settings, CLOCK.now())
    assert not told.silent


def test_a_failing_receiver_shows_in_status_and_nowhere_with_its_address(
    sqlite_store: Store, sqlite_url: str, web: Hook
) -> None:
    note(sqlite_store, alert(1))
    watched_since(sqlite_store)
    web.status = 503
    urls = (f"json://me:{SECRET}@127.0.0.1:{web.port}/{SECRET}-2?x={SECRET}-3",)
    done = by_process(sqlite_url, "--debug", "alerts", "--send", urls=urls, UPTAKE_LOG_LEVEL="debug")
    assert done.returncode == 1
    assert "receiver 1 (json): It answered with status 503." in done.stdout
    status = uptake(sqlite_url, "status", urls=urls)
    assert status.returncode == 1
    error = "receiver 1 (json): It answered with status 503."
    assert f"1 alert could not be delivered: {error}" in status.stdout
    told = json.loads(uptake(sqlite_url, "status", "--json", urls=urls).stdout)
    assert told["alerts"] == {"waiting": 1, "error": error}
    assert "CANARY" not in done.stdout + done.stderr + status.stdout + status.stderr + json.dumps(told)
    sqlite_store.close()
    for file in Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("uptake.db*"):
        assert b"CANARY" not in file.read_bytes()


def test_the_test_message(sqlite_url: str, web: Hook) -> None:
    done = uptake(sqlite_url, "alerts", "--test", "--json", urls=(web.url(), "json://127.0.0.1:9"))
    assert done.returncode == 1
    assert [r["ok"] for r in json.loads(done.stdout)["receivers"]] == [True, False]
    assert web.calls[0][1]["kind"] == "test"
    assert uptake(sqlite_url, "alerts", "--test").returncode == 2


@pytest.mark.fault
def test_killed_before_the_answer_it_is_told_after_a_restart(sqlite_store: Store, sqlite_url: str, web: Hook) -> None:
    """Kill -9 while the receiver has the message but did not answer: told again, under the same id, and then never."""
    note(sqlite_store, alert(1), alert(2))
    command = [sys.executable, "-m", "uptake", "alerts", "--send"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(sqlite_url, web.url()), stdout=subprocess.DEVNULL)

    def kill() -> None:
        web.on_call = lambda: None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    web.on_call = kill
    eventually(lambda: process.poll() is not None)
    assert process.returncode == -signal.SIGKILL
    assert len(sqlite_store.unsent()) == 2
    for _ in range(2):  # at once: the lease of the one that was killed holds nobody up
        assert uptake(sqlite_url, "alerts", "--send", urls=(web.url(),)).returncode == 0
    assert web.ids == [alert(1).key, alert(1).key, alert(2).key]


@pytest.mark.fault
def test_the_scheduler_tells_once_through_kills_and_restarts(
    sqlite_store: Store, sqlite_url: str, web: Hook, tmp_path: Path
) -> None:
    flask_passes(sqlite_store)
    watched_since(sqlite_store)
    web.status = 500
    for n in range(3):
        with (tmp_path / f"log{n}").open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "uptake", "schedule"],
                cwd=ROOT, env=environment(sqlite_url, web.url(f"/{SECRET}")), stdout=out, stderr=out,
            )  # fmt: skip
            before = len(web.calls)
            try:
                if n < 2:
                    eventually(lambda before=before: len(web.calls) > before)  # type: ignore[misc]  # mypy cannot infer it
                else:
                    time.sleep(6)
            finally:
                process.send_signal(signal.SIGTERM if n == 1 else signal.SIGKILL)
                process.wait(30)
        web.status = 200
        log = (tmp_path / f"log{n}").read_text()
        assert "CANARY" not in log
        assert "Traceback" not in log, log
    assert len(set(web.ids)) == 1
    assert len(web.calls) in (2, 3)  # refused, taken, and perhaps once more if the end came before it was noted
    assert sqlite_store.unsent() == []


# -- the scheduler's part, and settings --------------------------------------------------------------------------------


class _Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_the_watch_looks_after_a_run_and_retries_and_waits_for_collections(sqlite_store: Store, web: Hook) -> None:
    note(sqlite_store, alert(1))
    clock = _Clock()
    web.status = 500
    watch = PeriodicScan(sqlite_store, load(), settings_for(web.url()), clock)

    def worked(seconds: float, *, idle: bool = True) -> int:
        clock.at += seconds
        before = len(web.calls)
        watch.beat(idle=idle)
        thread = watch._thread
        if thread is not None:
            thread.join(60)
        return len(web.calls) - before

    assert worked(0, idle=False) == 0
    assert worked(0) == 1
    assert worked(60) == 0
    assert worked(900) == 1  # what failed is tried again
    watch.wake()
    assert worked(1) == 0
    assert worked(3) == 1  # something was collected
    assert worked(3500, idle=False) == 0
    assert worked(3500, idle=False) == 1  # a collection of hours does not keep news back for ever
    watch.stop(0)
    assert worked(9999) == 0


def test_a_look_that_breaks_is_logged_and_tried_again(
    sqlite_store: Store, web: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    watch = PeriodicScan(sqlite_store, load(), settings_for(web.url()), _Clock())
    sqlite_store.mark_sent("nothing", None)
    with sqlite_store._engine.begin() as conn:
        conn.exec_driver_sql("DROP TABLE alert")
    watch.beat(idle=True)
    assert watch._thread is not None
    watch._thread.join(60)
    assert [record.message for record in caplog.records] == ["the scan for alerts failed and will be retried"]


def test_receivers_are_separated_by_blanks_and_may_hold_commas() -> None:
    text = "json://a.example/x?to=b,c  mailto://u:p@b.example?to=d@e.fg\njsons://c.example"
    settings = load_settings({"UPTAKE_ALERT_URLS": text}, os.devnull)
    assert settings.alert_urls == (
        "json://a.example/x?to=b,c",
        "mailto://u:p@b.example?to=d@e.fg",
        "jsons://c.example",
    )
    again = load_settings(settings.environment(), os.devnull)
    assert again.alert_urls == settings.alert_urls


@pytest.mark.parametrize("text", ["CANARY", "json://ok.example CANARY", "://CANARY", "json://a b/CANARY"])
def test_what_is_no_address_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_for(text)
    assert "UPTAKE_ALERT_URLS" in str(caught.value)
    assert "CANARY" not in str(caught.value)


def test_kinds_are_checked() -> None:
    assert settings_for(UPTAKE_ALERT_KINDS="stale, Overtake").alert_kinds == ("stale", "overtake")
    for wrong in ("stale,news", ","):
        with pytest.raises(SettingsError, match="must be some of overtake, milestone, anomaly, stale"):
            settings_for(UPTAKE_ALERT_KINDS=wrong)


def test_no_part_of_an_address_that_may_be_secret_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    urls = (
        f"discord://{SECRET}-id/{SECRET}-token",
        "json://me:CANARY@hooks.example/T0000/CANARY-path-2?key=CANARY-q-1",
    )
    settings = settings_for(*urls)
    set_up_logging(settings)
    try:
        for url in urls:
            logging.getLogger("urllib3").error("could not post to %s", url)
            logging.getLogger("x").error("https://discord.example/api/%s", f"{SECRET}-id/{SECRET}-token")
        logging.getLogger("x").error("POST /T0000/CANARY-path-2?key=CANARY-q-1 by CANARY")
    finally:
        logging.getLogger().handlers = []
    said = capsys.readouterr().err
    assert "CANARY" not in said
    assert "***" in said
    assert SECRET not in repr(settings)
