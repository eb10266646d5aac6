"""Frameworks of the user's own: added, asked for, collected, shown, exported, removed, and told apart from others."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import stamina

import uptake
from answers.claims.check import check
from answers.collection.failures import open_failures
from answers.events import events
from answers.leaders.answer import leaders
from answers.overtakes.compare import compare
from answers.questions import Question
from answers.series.answer import series
from catalog import Framework, Source, load
from collectors import probe
from storage import Identity, Run, Store
from tests.answers.csv_text import csv_lines
from tests.support.serving import out_of_reach
from tests.support.upstream import (
    NOON,
    Exchange,
    FakeClock,
    Rule,
    Upstream,
    by_lasting_id,
    instead,
    recorded,
    redirect,
    status,
)
from uptake.cli import main
from uptake.collection.collect import access, collect, user_agent
from uptake.frameworks.own_frameworks import (
    Added,
    FrameworkRequest,
    add_framework,
    remove_framework,
)
from uptake.frameworks.source_names import AddError
from uptake.frameworks.tracked_catalog import tracked_catalog
from uptake.settings.settings import Settings, SettingsError, load_settings

CATALOG = load()
NOVEL = FrameworkRequest(
    "Novel", github="acme/novel", ids={"pypistats": "Novel_Web"}, title="Novel Web", language="Python"
)


def turned(exchange: Exchange, repository: str, lasting_id: int, package: str) -> Exchange:
    """Flask's recorded answer as that of a framework nobody has heard of."""
    names = {"pallets/flask": repository, "596892": str(lasting_id), "packages/flask": f"packages/{package}"}
    names |= {'"package": "flask"': f'"package": "{package}"', 'W/\\"': f'W/\\"{lasting_id}'}
    text = json.dumps(dataclasses.asdict(exchange))
    for old, new in names.items():
        text = text.replace(old, new)
    return Exchange(**json.loads(text))


def answers(source: str, repository: str = "acme/novel", lasting_id: int = 777) -> tuple[Exchange, ...]:
    return tuple(turned(e, repository, lasting_id, "novel-web") for e in recorded(source) if e.framework == "flask")


@dataclass
class World:
    """A store, the two services, and the settings with which they are reached."""

    store: Store
    github: Upstream
    pypistats: Upstream
    settings: Settings
    clock: FakeClock

    def ask(self, source: Source, framework: Framework) -> Identity | None:
        reached = access(self.settings, source)
        assert reached is not None
        return probe(self.store, source, framework, access=reached, clock=self.clock)

    def add(self, wish: FrameworkRequest = NOVEL) -> Added:
        return add_framework(self.store, CATALOG, wish, ask=self.ask, now=self.clock.now())

    def refused(self, wish: FrameworkRequest) -> str:
        before = self.store.own_frameworks()
        with pytest.raises(AddError) as caught:
            self.add(wish)
        assert self.store.own_frameworks() == before
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def collect(self, source: str, *frameworks: str, full: bool = False) -> Run:
        run = self.store.start_run(source, trigger="cli", frameworks=frameworks, now=self.clock.now(), full=full)
        return collect(self.store, CATALOG, self.settings, run, clock=self.clock, stop=lambda: False)

    @property
    def known(self) -> Mapping[str, Framework]:
        return tracked_catalog(CATALOG, self.store, removed=True).frameworks


@pytest.fixture
def world(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        stack.enter_context(stamina.set_testing(True, attempts=2, cap=True))
        github = stack.enter_context(Upstream((*recorded("github"), *answers("github"))))
        pypistats = stack.enter_context(Upstream((*recorded("pypistats"), *answers("pypistats"))))
        environ = out_of_reach() | {"UPTAKE_GITHUB_URL": github.url, "UPTAKE_PYPISTATS_URL": pypistats.url}
        yield World(store, github, pypistats, load_settings(environ), FakeClock())


# -- adding -----------------------------------------------------------------------------------------------------------


def test_added_collected_and_told_like_any_other(world: World) -> None:
    added = world.add()
    assert (added.id, added.sources, added.warnings) == ("novel", ("github", "pypistats"), ())
    assert added.framework.ids == {"github": "acme/novel", "pypistats": "novel-web"}
    assert "Novel Web is tracked as novel" in added.sentence

    for source in added.sources:
        run = world.collect(source, "novel")
        assert (run.status, run.failures) == ("ok", ())
        assert run.new > 0
    catalog = tracked_catalog(CATALOG, world.store)
    assert list(catalog.frameworks)[-1] == "novel"
    for metric in ("stars", "downloads_no_mirrors"):
        answer = series(world.store, catalog, Question(metric, ("novel",)), NOON)
        assert set(answer.frame["framework"]) == {"novel"}
        assert answer.sentence.count("Novel Web")

    world.collect("github", "flask")
    comparison = compare(world.store, catalog, "novel", "flask", NOON)
    assert {"stars"} <= {entry.metric for entry in comparison.entries}


def test_a_package_is_one_at_every_source_of_packages(world: World) -> None:
    wish = FrameworkRequest("Novel", pypi="Novel_Web", survey="Novel")
    added = add_framework(world.store, CATALOG, wish, ask=None, now=NOON)
    assert added.framework.ids == {"pypistats": "novel-web", "clickhouse": "novel-web", "stackoverflow": "Novel"}


def test_a_whole_run_takes_it_too(world: World) -> None:
    world.add()
    only = {"flask", "django", "novel"}  # whose answers are recorded; the others are not there, which costs nobody else
    run = world.collect("pypistats")
    assert {f.framework for f in run.failures}.isdisjoint(only)
    assert set(world.store.read("downloads_no_mirrors")["framework"]) == only


@pytest.mark.parametrize(
    "wish", [FrameworkRequest("x", github="acme/nothing"), FrameworkRequest("x", pypi="no-such-thing")]
)
def test_a_name_that_no_source_knows_is_refused(world: World, wish: FrameworkRequest) -> None:
    assert "has no" in world.refused(wish)


def test_a_renamed_repository_is_taken_by_its_new_name(world: World) -> None:
    world.github.rules.append(Rule("^/repos/acme/older$", redirect("/repos/acme/novel")))
    added = world.add(FrameworkRequest("novel", github="acme/older"))
    assert added.framework.ids["github"] == "acme/novel"
    assert added.warnings == ("acme/older is now called acme/novel at GitHub, and is tracked under that name.",)


def test_address_alone_names_the_framework_too(world: World) -> None:
    for pasted in ("https://github.com/acme/novel/stargazers", "acme / novel"):
        added = world.add(FrameworkRequest(pasted))
        assert (added.id, added.framework.title, added.framework.ids) == ("novel", "novel", {"github": "acme/novel"})
        remove_framework(world.store, CATALOG, "novel", NOON)


def test_a_service_that_does_not_answer_costs_a_warning(world: World) -> None:
    world.github.rules.append(Rule("", status(503, "down")))
    added = world.add(FrameworkRequest("novel", github="acme/novel"))
    assert added.framework.ids["github"] == "acme/novel"
    assert "could not be checked" in added.warnings[0]


def test_the_page_asks_nobody_and_says_so(world: World) -> None:
    added = add_framework(world.store, CATALOG, FrameworkRequest("ghost", github="acme/ghost"), ask=None, now=NOON)
    assert "the requested runs will show it" in added.sentence
    assert added.sources == ("github",)
    assert not world.github.log
    run = world.collect("github", "ghost")
    assert {f.kind for f in run.failures} == {"gone"}
    assert {(a.framework, a.kind) for a in open_failures(world.store, tracked_catalog(CATALOG, world.store))} == {
        ("ghost", "gone")
    }


@pytest.mark.parametrize(
    ("wish", "whose"),
    [
        (FrameworkRequest("x", github="PALLETS/Flask"), "Flask (flask)"),
        (FrameworkRequest("x", pypi="Flask"), "Flask (flask)"),
        (FrameworkRequest("x", github="tiangolo/fastapi"), "FastAPI (fastapi)"),
        (FrameworkRequest("Flask", github="acme/novel"), "flask is already tracked"),
        (FrameworkRequest("x", ids={"stackoverflow": "Flask"}), "Flask (flask)"),
        (FrameworkRequest("x", survey="Flask"), "Flask (flask)"),
        (FrameworkRequest("x", packages={"gem": "rails"}), "gem rails is already tracked, as Ruby on Rails (rails)"),
        (FrameworkRequest("x", packages={"npm": "express"}), "Express (express)"),
        (FrameworkRequest("x", github="acme/novel", title="Flask"), "Flask (flask)"),
        (FrameworkRequest("x", github="acme/novel", title=" fLASK"), "Flask (flask)"),
        (FrameworkRequest("x", github="acme/novel", title="asp.net  core"), "ASP.NET Core (aspnet-core)"),
        (FrameworkRequest("x", github="acme/novel", title="aspnet-CORE"), "ASP.NET Core (aspnet-core)"),
        (FrameworkRequest("Ruby on Rails", github="acme/novel", title="x"), "Ruby on Rails (rails)"),
        (FrameworkRequest("x", github="acme/novel", title="tiangolo/FastAPI"), "FastAPI (fastapi)"),
    ],
)
def test_what_is_tracked_already_is_refused_by_name(world: World, wish: FrameworkRequest, whose: str) -> None:
    assert whose in world.refused(wish)


def test_a_repository_that_is_followed_by_another_name_is_known_by_its_id(world: World) -> None:
    world.collect("github", "flask")  # teaches the store Flask's id
    world.github.rules.append(Rule("^/repos/acme/flask-mirror$", redirect("/repos/pallets/flask")))
    assert "Flask (flask)" in world.refused(FrameworkRequest("x", github="acme/flask-mirror"))


@pytest.mark.parametrize(
    ("wish", "hint"),
    [
        (FrameworkRequest("x"), "at one source or more"),
        (FrameworkRequest("x", ids={"crates": "x"}), "no source 'crates'"),
        (FrameworkRequest("x", packages={"crates": "x"}), "no registry 'crates'; choose from pypi, npm, gem, hex, go"),
        (FrameworkRequest("x", pypi="x", packages={"gem": "x"}), "one name at clickhouse"),
        (FrameworkRequest("x", ids={"almanac": "a\nb" * 60}), "one line"),
        (FrameworkRequest("x", github="acme/novel", title="a\x1b[31m"), "one line"),
        (FrameworkRequest("x", github="acme/novel", replaces="nobody"), "no framework 'nobody'"),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, wish: FrameworkRequest, hint: str) -> None:
    assert hint in world.refused(wish)


def test_former_name_at_a_source_is_taken(world: World) -> None:
    world.github.rules.append(Rule("^/repos/acme/older$", redirect("/repos/acme/novel")))
    world.add(FrameworkRequest("novel", github="acme/older"))
    world.collect("github", "novel")
    world.github.rules.append(Rule("^/repositories/777$", instead(lambda body: {**body, "full_name": "acme/newer"})))
    world.clock.passed += 86_400
    world.collect("github", "novel")
    for name in ("acme/newer", "ACME/Novel"):
        with pytest.raises(AddError, match=r"novel \(novel\)"):
            add_framework(world.store, CATALOG, FrameworkRequest("x", github=name), ask=None, now=NOON)


def test_what_no_source_knows_is_asked_for_once_a_week(world: World) -> None:
    add_framework(world.store, CATALOG, FrameworkRequest("ghost", github="acme/ghost"), ask=None, now=NOON)
    asked = []
    for _ in range(9):
        before = len([seen for seen in world.github.log if "ghost" in seen.path])
        run = world.collect("github")
        assert {f.kind for f in run.failures if f.framework == "ghost"} == {"gone"}
        asked.append(len([seen for seen in world.github.log if "ghost" in seen.path]) - before)
        world.clock.passed += 86_400
    assert asked == [1, 0, 0, 0, 0, 0, 0, 1, 0]
    world.collect("github", "ghost")  # whoever asks for it by name is not put off
    assert "ghost" in world.github.log[-1].path
    world.github.exchanges |= {e.path: e for e in answers("github", "acme/ghost", 999)}
    assert world.collect("github", "ghost").new > 0


# -- removing ---------------------------------------------------------------------------------------------------------


def test_removed_it_is_not_collected_but_stays_and_is_marked(world: World) -> None:
    world.add()
    world.collect("github", "novel")
    question = Question("stars", ("novel",))
    before = list(csv_lines(series(world.store, tracked_catalog(CATALOG, world.store), question, NOON)))
    remove_framework(world.store, CATALOG, "novel", NOON)

    assert "novel" not in tracked_catalog(CATALOG, world.store).frameworks
    asked = len(world.github.log)
    world.collect("github", "novel", full=True)
    assert len(world.github.log) == asked
    kept = tracked_catalog(CATALOG, world.store, removed=True)
    assert (kept.frameworks["novel"].removed, kept.frameworks["novel"].title) == (True, "Novel Web (removed)")
    assert list(csv_lines(series(world.store, kept, question, NOON))) == before
    assert "novel" in set(series(world.store, kept, Question("stars", ()), NOON).frame["framework"])


def test_it_comes_back_as_what_it_was_or_not_at_all(world: World) -> None:
    world.add()
    world.collect("github", "novel")
    remove_framework(world.store, CATALOG, "novel", NOON)
    assert "was acme/novel at github" in world.refused(FrameworkRequest("novel", github="django/channels"))
    world.add()
    assert not world.known["novel"].removed
    assert len(world.store.read("stars", ["novel"])) == 1


def test_only_own_ones_can_be_removed(world: World) -> None:
    for name, hint in (("flask", "in the catalog"), ("nobody", "No tracked framework is called 'nobody'")):
        with pytest.raises(AddError, match=hint):
            remove_framework(world.store, CATALOG, name, NOON)


# -- identity ---------------------------------------------------------------------------------------------------------


def replace_repository(world: World) -> None:
    """Another repository takes the name, as after a deletion."""
    other = answers("github", lasting_id=888)
    world.github.exchanges |= {e.path: e for e in (*other, *by_lasting_id(other))}
    world.github.rules.append(Rule("^/repositories/777", status(404, "Not Found")))
    world.clock.passed += timedelta(days=1).total_seconds()


def test_another_repository_under_the_name_is_an_alarm_until_it_is_accepted(world: World) -> None:
    world.add()
    world.collect("github", "novel")
    assert "still the repository" in world.refused(FrameworkRequest("novel two", github="acme/novel", replaces="novel"))
    replace_repository(world)
    run = world.collect("github", "novel")
    assert "replaced" in {f.kind for f in run.failures}
    standing = [a for a in open_failures(world.store, tracked_catalog(CATALOG, world.store)) if a.kind == "replaced"]
    assert {(a.source, a.framework) for a in standing} == {("github", "novel")}
    assert "--replaces novel" in standing[0].message

    assert "already tracked" in world.refused(FrameworkRequest("novel two", github="acme/novel"))
    world.add(FrameworkRequest("novel two", github="acme/novel", replaces="novel"))
    assert "github" not in world.known["novel"].ids
    assert world.known["novel"].ids["pypistats"] == "novel-web"
    assert world.collect("github", "novel-two").status == "ok"
    assert open_failures(world.store, tracked_catalog(CATALOG, world.store)) == ()
    days = {name: set(world.store.read("stars", [name])["period"].dt.date) for name in ("novel", "novel-two")}
    assert days == {"novel": {NOON.date()}, "novel-two": {NOON.date() + timedelta(days=1)}}


def test_the_page_may_accept_it_once_a_run_has_found_it(world: World) -> None:
    world.add()
    world.collect("github", "novel")
    wish = FrameworkRequest("novel two", github="acme/novel", replaces="novel")
    with pytest.raises(AddError, match="No run has found"):
        add_framework(world.store, CATALOG, wish, ask=None, now=NOON)
    replace_repository(world)
    world.collect("github", "novel")
    assert add_framework(world.store, CATALOG, wish, ask=None, now=NOON).id == "novel-two"


def test_an_alarm_ends_with_the_next_run_that_finds_all_well(world: World) -> None:
    world.github.rules.append(Rule("^/repos/pallets/flask", status(404), times=50))
    world.collect("github", "flask", "django")
    assert {a.framework for a in open_failures(world.store, CATALOG)} == {"flask"}
    world.collect("github", "django", full=True)
    assert {a.framework for a in open_failures(world.store, CATALOG)} == {"flask"}
    world.github.rules.clear()
    world.collect("github", "flask", full=True)
    assert open_failures(world.store, CATALOG) == ()


# -- archived ---------------------------------------------------------------------------------------------------------


def test_archived_repository_is_marked_wherever_it_is_named_and_leads_only_if_asked_for(world: World) -> None:
    world.add()
    world.github.rules.append(
        Rule("/acme/novel$", instead(lambda b: {**b, "archived": True, "stargazers_count": 10**6}))
    )
    world.collect("github", "novel", "flask", "django")
    catalog = tracked_catalog(CATALOG, world.store)
    assert (catalog.frameworks["novel"].archived, catalog.frameworks["novel"].title) == (
        True,
        "Novel Web (repository archived)",
    )
    assert catalog.frameworks["blazor"].archived  # known before GitHub was asked
    assert (
        "Novel Web (repository archived)" in series(world.store, catalog, Question("stars", ("novel",)), NOON).sentence
    )
    later = NOON + timedelta(hours=1)
    assert "Novel" in leaders(world.store, catalog, ("novel", "flask", "django"), later).sentence
    everybody = leaders(world.store, catalog, (), later)
    assert "Novel" not in everybody.sentence
    assert "novel" not in next(row for row in everybody.rows if row.metric == "stars").spark["framework"].to_list()
    verdict = check(world.store, catalog, "flask leads stars", later)
    assert "Novel" not in str(verdict.evidence)
    assert "Novel Web" in str(check(world.store, catalog, "novel web leads flask in stars", later).evidence)
    world.github.rules.clear()
    world.collect("github", "novel", full=True)
    assert not tracked_catalog(CATALOG, world.store).frameworks["novel"].archived


# -- notes and events -------------------------------------------------------------------------------------------------


def test_events_have_the_register_beside_the_releases(world: World) -> None:
    world.collect("github", "flask")
    told = events(world.store, CATALOG, ("flask",))
    assert {"release", "break"} <= {mark.kind for mark in told}
    assert [m.since for m in told] == sorted(m.since for m in told)
    assert all(not m.frameworks or "flask" in m.frameworks for m in told)


# -- the shell --------------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """`shell("frameworks", "--json")`: exit code, answer, standard error."""
    monkeypatch.setattr("uptake.clock.SystemClock.now", lambda _: world.clock.now())
    for name, address in out_of_reach().items():
        monkeypatch.setenv(name, address)
    monkeypatch.setenv("UPTAKE_DATABASE_URL", _url(world.store))
    monkeypatch.setenv("UPTAKE_GITHUB_URL", world.github.url)
    monkeypatch.setenv("UPTAKE_PYPISTATS_URL", world.pypistats.url)

    def run(*arguments: str) -> tuple[int, Any, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, json.loads(told.out) if "--json" in arguments and told.out else told.out, told.err

    return run


def _url(store: Store) -> str:
    return store._url.render_as_string(hide_password=False).replace("+psycopg", "")


def test_from_the_shell_in_one_command(shell: Any, world: World) -> None:
    code, told, _ = shell("frameworks", "add", "Novel", "--github", "acme/novel", "--language", "Go", "--json")
    assert code == 0
    assert (told["framework"]["id"], told["framework"]["own"], told["warnings"]) == ("novel", True, [])
    assert [(run["source"], run["status"]) for run in told["runs"]] == [("github", "ok")]
    assert told["runs"][0]["new"] > 0
    _, listed, _ = shell("frameworks", "--json")
    assert listed["frameworks"][-1]["ids"] == {"github": "acme/novel"}
    code, csv, _ = shell("export", "stars", "--framework", "novel")
    assert csv.count("\n") == 2
    assert shell("collect", "github", "--framework", "novel", "--json")[0] == 0

    assert shell("frameworks", "remove", "novel", "--json")[1] == {"removed": "novel", "title": "Novel"}
    assert shell("export", "stars", "--framework", "novel")[1] == csv
    assert shell("collect", "github", "--framework", "novel")[0] == 2
    assert "removed" in shell("frameworks")[1]


def test_with_a_scheduler_at_work_the_run_is_left_to_it(shell: Any, world: World) -> None:
    world.store.acquire("schedule", "someone", 60, world.clock.now())
    code, told, _ = shell("frameworks", "add", "Novel", "--github", "acme/novel", "--json")
    assert (code, [run["status"] for run in told["runs"]]) == (0, ["requested"])
    assert [run.frameworks for run in world.store.requested()] == [("novel",)]


def test_what_cannot_be_added_is_one_sentence_and_wrong_usage(shell: Any) -> None:
    for arguments in (["x"], ["x", "--github", "a"], ["x", "--github", "acme/nothing"], ["x", "--id", "github"]):
        code, out, err = shell("frameworks", "add", *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)


def test_status_raises_the_alarm(shell: Any, world: World) -> None:
    world.add()
    world.collect("github", "novel")
    replace_repository(world)
    world.collect("github", "novel")
    code, told, _ = shell("status", "--json")
    assert (code, told["ok"]) == (1, False)
    assert "replaced" in {alarm["kind"] for alarm in told["alarms"]}
    assert "alarm: github novel replaced: " in shell("status")[1]


def test_notes_and_events_from_the_shell(shell: Any) -> None:
    code, note, _ = shell("notes", "add", "flask", "2024-05-01", "we moved", "--json")
    assert (code, note["title"], note["day"]) == (0, "we moved", "2024-05-01")
    assert shell("notes", "--json")[1] == {"notes": [note]}
    _, told, _ = shell("events", "--framework", "flask", "--json")
    mine = [event for event in told["events"] if event["kind"] == "note"]
    assert [(event["note"], event["frameworks"]) for event in mine] == [(note["id"], ["flask"])]
    assert "we moved" in shell("events")[1]
    assert shell("notes", "remove", str(note["id"]))[0] == 0
    assert shell("notes", "--json")[1] == {"notes": []}
    assert shell("notes", "remove", "99")[0] == 2
    assert shell("events", "--framework", "flaks")[0] == 2


# -- who asks ---------------------------------------------------------------------------------------------------------


def test_who_asks_says_so(world: World) -> None:
    world.collect("github", "flask")
    assert {seen.headers["user-agent"] for seen in world.github.log} == {f"Uptake/{uptake.__version__}"}
    settings = load_settings({"UPTAKE_CONTACT": "mailto:ops@example.org"})
    assert user_agent(settings) == f"Uptake/{uptake.__version__} (+mailto:ops@example.org)"
    for wrong in ("a b", "x)", "ü", "x\r\nCookie: y"):
        with pytest.raises(SettingsError, match="UPTAKE_CONTACT"):
            load_settings({"UPTAKE_CONTACT": wrong})
