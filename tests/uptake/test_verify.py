"""Every number again from the answers that were kept: what was altered is found, and named."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina
from sqlalchemy import create_engine, text

from answers.provenance import trace, trace_json
from answers.questions import QuestionError
from catalog import load
from collectors import Access, collect_source
from storage import Run, Store
from tests.support.upstream import NOON, FakeClock, Rule, Upstream, instead
from uptake.cli import main
from uptake.verify import VerificationResult, verify

CATALOG = load()
LOCAL = [s.id for s in CATALOG.sources.values() if s.available and s.setting is None]
NETWORK = [s.id for s in CATALOG.sources.values() if s.available and s.setting is not None]


@dataclass
class World:
    """A store with recorded answers, and a door to its tables behind its back."""

    store: Store
    url: str
    upstream: dict[str, Upstream]
    clock: FakeClock

    def collect(self, source: str, *frameworks: str, full: bool = False, **window: Any) -> Run:
        known = [one.id for one in CATALOG.frameworks.values() if source in one.ids]
        two = ("flask", "django")
        wanted = frameworks or (tuple(known[:2]) if known and not set(two) <= set(known) else two)
        run = self.store.start_run(source, trigger="cli", frameworks=wanted, now=self.clock.now(), full=full, **window)
        reach = Access(self.upstream[source].url) if source in self.upstream else None
        ended = collect_source(self.store, CATALOG, source, run, access=reach, clock=self.clock, holder="test")
        assert ended.status == "ok", ended.failures
        return ended

    def alter(self, statement: str, **told: Any) -> None:
        engine = create_engine(self.url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as conn:
            assert conn.execute(text(statement), told).rowcount == 1
        engine.dispose()

    def verdict(self, source: str | None = None) -> VerificationResult:
        return verify(self.store, CATALOG, source)

    def one(self, statement: str) -> Any:
        engine = create_engine(self.url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as conn:
            row = conn.execute(text(statement)).one()
        engine.dispose()
        return row


@pytest.fixture
def world(store: Store, store_url: str) -> Iterator[World]:
    with ExitStack() as stack:
        stack.enter_context(stamina.set_testing(True, attempts=2, cap=True))
        upstream = {source: stack.enter_context(Upstream.of(source)) for source in NETWORK}
        yield World(store, store_url, upstream, FakeClock())


@pytest.fixture
def full_world(world: World) -> World:
    for source in ("almanac", "pydevsurvey", "github", "pypistats"):
        world.collect(source)
    return world


SERIES = (
    "SELECT o.series, o.period, o.value, o.payload FROM observation o JOIN series s ON s.id = o.series "
    "WHERE s.metric = '{metric}' AND s.framework = 'flask' AND s.dimension = '{dimension}' ORDER BY o.period LIMIT 1"
)
DAYS = (date(1970, 1, 1), timedelta(days=1))


def test_an_untouched_store_is_as_it_was_told(full_world: World) -> None:
    verdict = full_world.verdict()
    assert (verdict.ok, verdict.differences) == (True, ())
    for source in ("almanac", "pydevsurvey", "github", "pypistats"):
        tally = verdict.sources[source]
        assert tally.payloads > 0
        assert tally.rows == tally.rows_replayed > 0, f"{source}: {tally}"
        assert not tally.not_replayed


@pytest.mark.parametrize("source", [*LOCAL, *NETWORK])
def test_every_source_can_be_checked(world: World, source: str) -> None:
    """No false alarm for any source; what cannot be replayed is counted with a reason, never left out."""
    world.collect(source)
    verdict = world.verdict()
    assert verdict.ok, verdict.differences[:3]
    tally = verdict.sources[source]
    assert tally.replayed + tally.silent + sum(tally.not_replayed.values()) == tally.payloads > 0


@pytest.mark.parametrize(
    ("metric", "dimension"),
    [("stars", ""), ("stars_kept", ""), ("downloads_no_mirrors_by_python", "python=3.12"), ("downloads_pip_30d", "")],
)
def test_one_flipped_bit_is_found_and_named(full_world: World, metric: str, dimension: str) -> None:
    row = full_world.one(SERIES.format(metric=metric, dimension=dimension))
    flipped = float(int(row.value) ^ 1)
    full_world.alter(
        "UPDATE observation SET value = :value WHERE series = :series AND period = :period",
        value=flipped,
        series=row.series,
        period=row.period,
    )
    verdict = full_world.verdict()
    day = (DAYS[0] + row.period * DAYS[1]).isoformat()
    (found,) = verdict.differences
    assert (found.kind, found.metric, found.framework, found.dimension) == ("value", metric, "flask", dimension)
    assert (found.period, found.payload) == (day, row.payload)
    assert (found.stored, found.told) == (flipped, row.value)
    assert day in found.message


def test_a_number_that_was_deleted_is_missing(full_world: World) -> None:
    row = full_world.one(SERIES.format(metric="downloads_no_mirrors", dimension=""))
    full_world.alter(
        "DELETE FROM observation WHERE series = :series AND period = :period", series=row.series, period=row.period
    )
    assert [(d.kind, d.metric, d.stored) for d in full_world.verdict().differences] == [
        ("missing", "downloads_no_mirrors", None)
    ]


def test_a_number_under_another_day_is_both_unknown_and_missing(full_world: World) -> None:
    row = full_world.one(SERIES.format(metric="stars", dimension=""))
    full_world.alter(
        "UPDATE observation SET period = period - 900, period_end = period_end - 900 "
        "WHERE series = :series AND period = :period",
        series=row.series,
        period=row.period,
    )
    assert {d.kind for d in full_world.verdict().differences} == {"unknown", "missing"}


def test_a_flipped_base_is_found(full_world: World) -> None:
    row = full_world.one(SERIES.format(metric="pds_use", dimension=""))
    full_world.alter(
        "UPDATE observation SET base = base + 1 WHERE series = :series AND period = :period",
        series=row.series,
        period=row.period,
    )
    assert [(d.kind, d.metric) for d in full_world.verdict().differences] == [("value", "pds_use")]


def test_an_altered_answer_is_found_and_not_believed(full_world: World) -> None:
    row = full_world.one(
        SERIES.format(metric="stars", dimension="")
        .replace("LIMIT 1", "")
        .replace(
            "ORDER BY o.period", "AND o.payload = (SELECT max(id) FROM payload WHERE url LIKE '%/repos/pallets/flask')"
        )
    )
    (payload,) = [p for p in _payloads(full_world.store) if p.id == row.payload]
    told = json.loads(payload.body)
    told["stargazers_count"] += 1
    full_world.alter(
        "UPDATE payload SET body = :body WHERE id = :id", body=zlib.compress(json.dumps(told).encode()), id=row.payload
    )
    verdict = full_world.verdict()
    assert [(d.kind, d.payload) for d in verdict.differences] == [("body", row.payload)]
    assert verdict.sources["github"].not_replayed == {"the saved response is damaged": 1}


def test_an_answer_that_cannot_be_unpacked_is_found(full_world: World) -> None:
    row = full_world.one(SERIES.format(metric="downloads_no_mirrors", dimension=""))
    full_world.alter("UPDATE payload SET body = :body WHERE id = :id", body=b"\0\1\2", id=row.payload)
    assert [(d.kind, d.payload) for d in full_world.verdict().differences] == [("body", row.payload)]
    answer = trace(full_world.store, CATALOG, "downloads_no_mirrors", "flask", "", _day(row))
    assert (answer.preview, "damaged" in answer.no_preview) == ("", True)


def test_revisions_are_numbers_too(world: World) -> None:
    world.collect("pypistats", "flask")

    def corrected(body: Any) -> Any:
        return body | {"data": [point | {"downloads": point["downloads"] + 5} for point in body["data"]]}

    world.upstream["pypistats"].rules.append(Rule("overall", instead(corrected)))
    world.clock.passed += 86_400
    assert world.collect("pypistats", "flask", full=True).revised > 0
    assert world.verdict().ok
    row = world.one("SELECT id, value FROM revision ORDER BY id LIMIT 1")
    world.alter("UPDATE revision SET value = :value WHERE id = :id", value=row.value + 1, id=row.id)
    assert [d.kind for d in world.verdict().differences] == ["value"]


def test_an_unchanged_answer_is_held_against_what_was_known(world: World) -> None:
    """A second answer that told nothing new is not kept; one that told a little is, and must agree in all the rest."""
    world.collect("pypistats", "flask")
    row = world.one(SERIES.format(metric="downloads_no_mirrors", dimension=""))

    def later(body: Any) -> Any:
        last = max(point["date"] for point in body["data"])
        more = [
            p | {"date": (date.fromisoformat(last) + DAYS[1]).isoformat()} for p in body["data"] if p["date"] == last
        ]
        return body | {"data": body["data"] + more}

    world.upstream["pypistats"].rules.append(Rule("overall", instead(later)))
    world.clock.passed += 2 * 86_400
    assert world.collect("pypistats", "flask", full=True).new == 2
    verdict = world.verdict()
    assert verdict.ok, verdict.differences[:3]
    assert verdict.sources["pypistats"].silent == 2  # by Python and by system nothing was new
    world.alter(
        "UPDATE observation SET value = value + 1 WHERE series = :series AND period = :period",
        series=row.series,
        period=row.period,
    )
    assert len(world.verdict().differences) == 1  # not once more for the second answer


def test_a_sighting_without_a_body_is_read_through_the_answer_it_confirms(world: World) -> None:
    world.collect("github", "flask")
    world.clock.passed += 86_400
    assert world.collect("github", "flask").new >= 2
    row = world.one(SERIES.format(metric="forks", dimension="").replace("ORDER BY o.period", "ORDER BY o.period DESC"))
    empty = [p for p in _payloads(world.store) if p.id == row.payload]
    assert [p.body for p in empty] == [b""]
    verdict = world.verdict()
    assert verdict.ok
    assert verdict.sources["github"].rows == verdict.sources["github"].rows_replayed
    world.alter(
        "UPDATE observation SET value = value + 1 WHERE payload = :id AND value = :value",
        id=row.payload,
        value=row.value,
    )
    (found,) = world.verdict().differences
    assert (found.metric, found.period) == ("forks", (NOON.date() + DAYS[1]).isoformat())


def test_a_run_for_some_days_only_is_held_against_these_days(world: World) -> None:
    since = date(2026, 11, 19)
    world.collect("pypistats", "flask", since=since, until=since)
    verdict = world.verdict()
    assert verdict.ok, verdict.differences[:3]
    assert verdict.sources["pypistats"].rows_replayed > 0
    assert set(world.store.read("downloads_no_mirrors")["period"].dt.date) == {since}


def test_one_source_alone(full_world: World) -> None:
    row = full_world.one(SERIES.format(metric="downloads_no_mirrors", dimension=""))
    full_world.alter(
        "UPDATE observation SET value = value + 1 WHERE series = :series AND period = :period",
        series=row.series,
        period=row.period,
    )
    assert full_world.verdict("github").ok
    assert list(full_world.verdict("github").sources) == ["github"]
    assert not full_world.verdict("pypistats").ok


def test_a_framework_that_left_the_catalog_is_counted_not_forgotten(full_world: World) -> None:
    from dataclasses import replace

    without = {name: f for name, f in CATALOG.frameworks.items() if name != "flask"}
    verdict = verify(full_world.store, replace(CATALOG, frameworks=without))
    assert verdict.ok
    assert verdict.sources["pypistats"].not_replayed == {"its framework is no longer in the catalog": 3}


# -- where a number comes from ----------------------------------------------------------------------------------------


def test_a_number_leads_to_its_run_and_its_answer(full_world: World) -> None:
    answer = trace(full_world.store, CATALOG, "stars", "flask", "", NOON.date())
    assert answer.run.source == answer.source.id == "github"
    assert answer.payload.url.endswith("/repos/pallets/flask")
    assert len(answer.preview.encode()) <= 2048
    assert '"stargazers_count"' in answer.preview
    told = trace_json(answer)
    assert json.loads(json.dumps(told)) == told
    assert told["payload"]["sha256"] == answer.payload.sha256
    assert told["value"] == full_world.store.read("stars", ["flask"])["value"].iloc[-1]


def test_any_day_of_a_period_leads_to_it(full_world: World) -> None:
    answer = trace(full_world.store, CATALOG, "pds_use", "flask", "", date(2023, 7, 1))
    assert (answer.first, answer.last) == (date(2023, 1, 1), date(2023, 12, 31))


def test_what_was_said_before_is_told(world: World) -> None:
    world.collect("pypistats", "flask")
    before = world.store.read("downloads_no_mirrors", ["flask"]).iloc[0]
    day = before["period"].date()

    def corrected(body: Any) -> Any:
        points = [p | {"downloads": p["downloads"] + 5 * (p["date"] == day.isoformat())} for p in body["data"]]
        return body | {"data": points}

    world.upstream["pypistats"].rules.append(Rule("overall", instead(corrected)))
    world.clock.passed += 86_400
    world.collect("pypistats", "flask", full=True)
    answer = trace(world.store, CATALOG, "downloads_no_mirrors", "flask", "", day)
    assert [said.value for said in answer.versions] == [before["value"] + 5, before["value"]]
    assert answer.sentence.endswith(" Revised 1 time.")


def test_what_nobody_knows_has_no_origin(full_world: World) -> None:
    for asked, hint in (
        (("starz", "flask", "", NOON.date()), "did you mean stars"),
        (("stars", "flaks", "", NOON.date()), "did you mean flask"),
        (("stars", "flask", "", date(1999, 1, 1)), "There is no figure of"),
    ):
        with pytest.raises(QuestionError, match=hint):
            trace(full_world.store, CATALOG, *asked)


# -- the shell --------------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UPTAKE_DATABASE_URL", sqlite_url)

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert isinstance(ended.value.code, int)
        return ended.value.code, capsys.readouterr().out

    assert run("collect", "almanac", "pydevsurvey", "--framework", "flask")[0] == 0
    return run


def test_from_the_shell(shell: Any, sqlite_url: str) -> None:
    code, out = shell("verify")
    assert code == 0
    last = out.rstrip().splitlines()[-1]
    assert last.startswith("OK: every value matches its saved response. Not covered: ")
    for part in ("runs", "cursors", "former names", "notes", "forecasts", "alerts"):
        assert part in last
    assert "almanac" in out
    assert json.loads(shell("verify", "--source", "almanac", "--json")[1])["sources"].keys() == {"almanac"}
    assert shell("verify", "--source", "nobody")[0] == 2

    engine = create_engine(sqlite_url)
    with engine.begin() as conn:
        row = conn.execute(text(SERIES.format(metric="stars", dimension=""))).one()
        conn.execute(
            text("UPDATE observation SET value = value + 1 WHERE series = :s AND period = :p"),
            {"s": row.series, "p": row.period},
        )
    engine.dispose()
    code, out = shell("verify")
    day = (DAYS[0] + row.period * DAYS[1]).isoformat()
    assert code == 1
    assert f"stars flask {day}: the store has {int(row.value) + 1}, the response {int(row.value)}." in out
    told = json.loads(shell("verify", "--json")[1])
    assert (told["ok"], [d["metric"] for d in told["differences"]]) == (False, ["stars"])
    assert told["sources"]["almanac"]["differences"] == 1

    assert json.loads(shell("trace", "stars", "flask", day, "--json")[1])["run"]["source"] == "almanac"
    assert "almanac/stars.csv" in shell("trace", "stars", "flask", day)[1]
    assert shell("trace", "stars", "flask", "1999-01-01")[0] == 2


def _payloads(store: Store) -> list[Any]:
    return [answer.payload for answer in store.recorded_answers()]


def _day(row: Any) -> date:
    return DAYS[0] + int(row.period) * DAYS[1]
