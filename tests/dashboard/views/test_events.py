"""Events and alerts as Streamlit runs it: what was noted with its evidence, what could not be told, and nothing yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import cache
from dashboard.views.events import page as events_page
from storage import NewAlert, Store
from tests.support.visiting import links, opened, words

TODAY = datetime.now(UTC).date()
OVERTAKES = "/api/v1/compare.json?a=django&b=flask&on=2026-10-20"
SERIES = "/api/v1/series.json?metric=stars&framework=fastapi"
ANOMALIES = (
    "/api/v1/anomalies.json?metric=downloads_no_mirrors&framework=flask,django&since=2026-10-20&until=2026-10-20"
)


def noted(n: int, kind: str, text: str, query: str, *, silent: bool = False) -> NewAlert:
    return NewAlert(
        f"{kind}:stars:a{n}:b{n}:2026-10-19/2026-10-20", kind, TODAY - timedelta(days=n), text, query, silent
    )


ALERTS = (
    noted(1, "overtake", "Django passed Flask in GitHub stars; it led by 5 stars. Robust: all.", OVERTAKES),
    noted(2, "milestone", "FastAPI reached 100,000 in GitHub stars.", SERIES, silent=True),
    noted(3, "anomaly", "On 2026-10-20 Flask and Django fell at once.", ANOMALIES),
    noted(4, "stale", "GitHub is stale: <script>alert(1)</script> [x](javascript:alert(1)).", "/collection"),
)


@pytest.fixture
def at_store(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Points the dashboard at a store in which these alerts were noted."""

    def point(*alerts: NewAlert, error: str = "") -> None:
        with Store.open(sqlite_url) as store:
            store.note_alerts(alerts, datetime.now(UTC))
            for alert in alerts:
                if not alert.silent:
                    store.mark_sent(alert.key, None if error else datetime.now(UTC), error)
        cache.forget()

    monkeypatch.setenv("UPTAKE_DATABASE_URL", sqlite_url)
    yield point
    cache.forget()


def evidence(app: AppTest) -> list[tuple[str, str]]:
    """Where the page's links to other pages lead: page and query."""
    return [(str(link.proto.page), str(link.proto.query_string)) for link in app.get("page_link")]


def test_what_happened_is_told_latest_first_with_its_evidence(at_store: Callable[..., None]) -> None:
    at_store(*ALERTS)
    app = opened("events")
    said = words(app)
    assert [title.value.replace("\\", "") for title in app.title] == ["Django passed Flask in GitHub stars"]
    counts = "In the last 30 days: 1 overtake, 1 milestone, 1 unusual day and 1 change in a source's state."
    assert counts in said
    places = [said.index(alert.text) for alert in ALERTS]
    assert places == sorted(places)
    assert said.count("Not sent") == 1
    assert not app.warning
    assert [link for link in evidence(app) if link[1]] == [
        ("head-to-head", "a=django&b=flask&on=2026-10-20&by=stars"),
        ("trends", "metric=stars&framework=fastapi"),
        ("anomalies", "metric=downloads_no_mirrors&framework=flask%2Cdjango"),
    ]


def test_how_to_be_notified_is_a_segment_of_its_own(at_store: Callable[..., None]) -> None:
    at_store(*ALERTS)
    app = opened("events", kind="notify")
    assert "/api/v1/alerts.atom" in links(app)
    assert "/api/v1/alerts.json?download=1" in links(app)
    assert "UPTAKE_ALERT_URLS" in words(app)
    assert "uptake alerts --test" in words(app)
    assert ALERTS[0].text not in words(app)


def test_one_kind_may_be_chosen_and_is_in_the_url(at_store: Callable[..., None]) -> None:
    at_store(*ALERTS)
    app = opened("events", kind="milestone")
    assert ALERTS[1].text in words(app)
    assert ALERTS[2].text not in words(app)
    assert dict(app.query_params) == {"kind": "milestone"}
    assert "which is not among" in words(opened("events", kind="nonsense"))


def test_of_a_kind_there_may_be_none(at_store: Callable[..., None]) -> None:
    at_store(ALERTS[0])
    assert "No events of this kind yet: sources." in words(opened("events", kind="stale"))


@pytest.mark.parametrize("page", ["events", "collection"])
def test_what_could_not_be_told_is_said_here_and_on_collection(page: str, at_store: Callable[..., None]) -> None:
    at_store(*ALERTS, error="receiver 2 (discord): It answered with status 404.")
    said = words(opened(page))
    assert "3 alerts could not be sent. The last error: receiver 2 (discord): It answered with status 404." in said
    assert "They are tried again." in said


def test_a_store_at_which_nothing_was_noted_says_what_will_be(at_store: Callable[..., None]) -> None:
    at_store()
    said = words(opened("events"))
    assert "No events yet" in said
    assert "No data has been collected yet." in said


def test_where_there_are_no_events_the_pages_with_earlier_ones_are_a_click_away(at_store: Callable[..., None]) -> None:
    """Overview's link to all events leads here, and to no dead end."""
    at_store()
    found = {link.proto.label: link.proto.page for link in opened("events").get("page_link")}
    assert list(found) == ["All overtakes", "Unusual days", "Collection"]
    assert found["All overtakes"].endswith("head-to-head")


def test_many_events_are_folded_and_none_is_left_out(at_store: Callable[..., None]) -> None:
    many = [noted(n, "milestone", f"FastAPI reached {n},000 in GitHub stars.", SERIES) for n in range(1, 30)]
    at_store(*many)
    app = opened("events")
    assert [fold.label for fold in app.expander] == [f"Earlier events ({29 - events_page.SHOWN})"]
    assert all(alert.text in words(app) for alert in many)


def test_what_is_long_past_does_not_count_as_lately(at_store: Callable[..., None]) -> None:
    old = NewAlert("milestone:stars:flask:50000", "milestone", date(2018, 1, 1), "Flask reached 50,000.", SERIES, False)
    at_store(old)
    said = words(opened("events"))
    assert "No events in the last 30 days" in said
    assert "Flask reached 50,000." in said
