"""Two frameworks by every metric, on the day of the post and today."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from answers.leaders.answer import leaders
from answers.overtakes.compare import Comparison, Entry, compare, comparison_json
from answers.questions import QuestionError
from catalog import load
from storage import Batch, Observation, Payload, Period, Store
from tests.support.planting import daily, put

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
POST = date(2020, 11, 25)
THREE = ("flask", "django", "fastapi")
CATALOG = load()


def entry(comparison: Comparison, metric: str) -> Entry:
    return next(e for e in comparison.entries if e.metric == metric)


@pytest.fixture(scope="module")
def then(dated: Store) -> Comparison:
    """Flask and Django as they stood on the day of the post that began it all."""
    return compare(dated, CATALOG, "flask", "django", NOW, on=POST)


class TestCompareOnTheDayOfThePost:
    def test_stars(self, then: Comparison) -> None:
        stars = entry(then, "stars")
        assert (stars.leader, stars.lead, stars.seen) == ("django", 828, date(2020, 11, 25))
        assert (stars.next_lead, stars.next_seen) == (849, date(2020, 11, 27))
        assert (stars.last_before, stars.first_after) == (date(2020, 9, 25), date(2020, 9, 27))
        assert (stars.held, stars.on_break, stars.on_gap, stars.verdict) == (True, False, False, "single_source")
        assert stars.sentence.startswith("Django had 53,772 GitHub stars on 25 November 2020, 828 more than Flask. ")
        assert "It passed Flask between 25 and 27 September 2020. Those days were unusual: " in stars.sentence

    def test_downloads_never(self, then: Comparison) -> None:
        pip = entry(then, "downloads_pip_30d")
        assert (pip.leader, pip.verdict, pip.overtakes) == ("flask", "single_source", ())
        assert (pip.last_before, pip.first_after, pip.held) == (None, None, None)

    def test_the_survey_cannot_tell(self, then: Comparison) -> None:
        worked = entry(then, "so_worked_with")
        assert (worked.leader, worked.lead, worked.verdict) == (None, None, "undecidable")
        assert "sampling noise" in worked.reason
        assert "too close to call in Stack Overflow 2020 (14.20% and 14.22%)" in worked.sentence

    def test_what_was_not_seen_that_day_is_said(self, then: Comparison) -> None:
        later = entry(then, "downloads_all_window")
        assert (later.verdict, later.leader, later.seen, later.value_a) == ("undecidable", None, None, None)
        assert "no figures of both near 25 November 2020, only between 30 November 2024" in later.reason

    def test_one_sentence(self, then: Comparison) -> None:
        first = "On 25 November 2020, Flask led in 1 of 4 metrics, Django in 2 and the other is too close to call. "
        assert then.sentence.startswith(first)
        assert "Flask: pip downloads per 30 days; Django: GitHub stars" in then.sentence

    def test_the_other_way_round_says_the_same(self, dated: Store, then: Comparison) -> None:
        swapped = compare(dated, CATALOG, "django", "flask", NOW, on=POST)
        for e in then.entries:
            other = entry(swapped, e.metric)
            assert (e.leader, e.lead, e.verdict, e.last_before) == (
                other.leader,
                other.lead,
                other.verdict,
                other.last_before,
            )
            assert (e.value_a, e.value_b, e.next_lead) == (
                other.value_b,
                other.value_a,
                other.next_lead,
            ) or not e.leader

    def test_json_has_the_promised_keys(self, then: Comparison) -> None:
        told = json.loads(json.dumps(comparison_json(then)))
        assert {"a", "b", "on", "as_of", "entries"} <= told.keys()
        stars = next(e for e in told["entries"] if e["metric"] == "stars")
        assert {"verdict", "leader", "lead", "last_before", "first_after", "held", "caveats"} <= stars.keys()
        assert (stars["lead"], stars["last_before"], told["on"]) == (828, "2020-09-25", "2020-11-25")
        assert {c["code"] for c in told["caveats"]} >= set(stars["caveats"]) & set(CATALOG.caveats)


class TestCompareToday:
    def test_fastapi_passed_both(self, dated: Store) -> None:
        flask = compare(dated, CATALOG, "fastapi", "flask", NOW)
        django = compare(dated, CATALOG, "fastapi", "django", NOW)
        found = [
            entry(flask, "stars"),
            entry(flask, "downloads_all_window"),
            entry(django, "stars"),
            entry(django, "downloads_pip_30d"),
        ]
        assert [(str(e.last_before), str(e.first_after), e.leader) for e in found] == [
            ("2023-11-27", "2023-11-30", "fastapi"),
            ("2025-09-30", "2025-10-31", "fastapi"),
            ("2025-04-10", "2025-04-11", "fastapi"),
            ("2022-08-31", "2022-09-30", "fastapi"),
        ]

    def test_before_anything_was_known_nothing_is(self, dated: Store) -> None:
        assert compare(dated, CATALOG, "flask", "django", NOW, as_of=NOW - timedelta(days=1)).entries == ()

    @pytest.mark.parametrize(("a", "b", "hint"), [("djagno", "flask", "django"), ("flask", "flask", "itself")])
    def test_bad_questions(self, dated: Store, a: str, b: str, hint: str) -> None:
        with pytest.raises(QuestionError, match=hint):
            compare(dated, CATALOG, a, b, NOW)

    def test_two_counting_rules_that_disagree_are_disputed(self, sqlite_store: Store) -> None:
        first = date(2026, 6, 1)
        for metric, a, b in (("downloads_no_mirrors", 5e3, 4e3), ("downloads_with_mirrors", 6e3, 7e3)):
            put(sqlite_store, *daily(metric, "flask", first, [a] * 40), at=NOW)
            put(sqlite_store, *daily(metric, "django", first, [b] * 40), at=NOW)
        found = compare(sqlite_store, CATALOG, "flask", "django", NOW).entries
        assert [(e.leader, e.verdict, e.lead) for e in found] == [
            ("flask", "disputed", 28_000.0),
            ("django", "disputed", 28_000.0),
        ]
        assert "PyPI downloads with mirrors" in found[0].reason


def test_a_wish_is_no_counting_rule_of_use_nor_a_pace_of_a_level() -> None:
    """Of a family only what counts the same thing may contest a lead."""
    metrics = load().metrics
    assert metrics["so_worked_with"].is_rule_beside(metrics["pds_use"])
    assert not metrics["so_worked_with"].is_rule_beside(metrics["so_want_to_work_with"])
    assert not metrics["stars"].is_rule_beside(metrics["stars_kept"])
    assert metrics["downloads_no_mirrors"].is_rule_beside(metrics["downloads_all"])


def test_the_history_in_the_sentence_is_of_levels_not_of_pace(dated: Store, tmp_path: Path) -> None:
    """With GitHub's daily counts in the store, who gained more some week is not who passed whom in stars."""
    with sqlite3.connect(dated.place) as known, sqlite3.connect(tmp_path / "copy.db") as copy:
        known.backup(copy)
    for opened in (known, copy):
        opened.close()
    with Store.open(f"sqlite:///{tmp_path / 'copy.db'}") as store:
        run = store.start_run("github", trigger="cli", now=NOW).id
        for name, before, after in (("flask", 30.0, 30.0), ("django", 20.0, 40.0)):
            days = [date(2019, 1, 1) + timedelta(days=n) for n in range(460)]
            told = [Observation("stars_kept", name, Period.day(d), before if d.year == 2019 else after) for d in days]
            payload = Payload("github", "http://127.0.0.1/history", b"[]", NOW)
            store.write(run, name, "history", Batch(payload, tuple(told)))
        found = leaders(store, CATALOG, THREE, NOW)
    assert "new GitHub stars" not in found.sentence
    assert "Django passed Flask in GitHub stars between 25 and 27 September 2020" in found.sentence
    assert any("new GitHub stars per day" in sentence for sentence in found.past)
