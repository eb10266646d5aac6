"""Check a claim, as Streamlit runs it on a real store, and the API beside it over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from answers.claims.grammar.parser import PATTERNS
from answers.questions import API
from catalog import load, shipped_claims
from dashboard import cache
from dashboard.views.claims import evidence
from dashboard.views.claims import page as claims_page
from migrations import migrate
from tests.support.serving import Server
from tests.support.visiting import links, opened, words
from uptake.cli import commands

DAY = date(2020, 11, 25)
CLAIM = "django passed flask in stars in 2020"


@pytest.mark.usefixtures("shown")
def test_a_sentence_has_its_verdict_as_the_heading_and_its_evidence_beside_the_page() -> None:
    app = opened("claims", claim=CLAIM)
    assert app.title[0].value.replace("\\", "") == "Supported: “Django passed Flask in stars in 2020”"
    assert len(app.title) == 1
    said = words(app)
    assert ":green-badge[supported]" in said
    assert f"For: {load().metrics['stars'].title}." in said
    app.button[[button.label for button in app.button].index("Show the evidence")].click().run()
    checked, beside = cache.claim(CLAIM, None, None), words(app)
    assert checked.evidence
    for one in checked.evidence:
        assert one.sentence in beside
        assert load().metrics[one.metric].badge in beside
    assert ":green-badge[for]" in beside
    assert "EvanLi/Github-Ranking](https:" in beside
    assert f'uptake claim "{CLAIM}"' in beside
    assert app.query_params["evidence"] in ("own", ["own"])


@pytest.mark.usefixtures("shown")
def test_the_field_for_a_claim_comes_first_and_the_page_has_one_heading() -> None:
    app = opened("claims")
    assert app.text_input[0].label == "A claim to check"
    assert [title.value for title in app.title] == [claims_page.UNASKED]


@pytest.mark.usefixtures("shown")
def test_what_is_written_or_clicked_is_checked_and_in_the_url() -> None:
    app = opened("claims")
    app.text_input(key="control_claim").set_value("flask led django in stars in 2021").run()
    assert app.title[0].value.replace("\\", "") == "Contradicted: “Flask led Django in stars in 2021”"
    assert "flask led django in stars in 2021" in str(app.query_params["claim"])
    next(button for button in app.button if button.label == claims_page.EXAMPLES[0]).click().run()
    assert app.title[0].value.startswith("Supported\\:")
    assert app.text_input(key="control_claim").value == claims_page.EXAMPLES[0]
    app.date_input(key="control_on").set_value(DAY).run()
    assert app.title[0].value.startswith("Supported as of 25 November 2020\\:")
    assert "2020-11-25" in str(app.query_params["on"])


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("example", claims_page.EXAMPLES)
def test_every_example_can_be_checked(example: str) -> None:
    assert cache.claim(example, None, None).evidence


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize("claim", ["flask is best", "<img src=x onerror=alert(1)> passed flask", "x" * 300])
def test_what_is_not_understood_says_what_is(claim: str) -> None:
    app = opened("claims", claim=claim)
    assert app.title[0].value == "We can't check this sentence"
    said = words(app)
    assert said.count("We can't check this sentence") == 1
    for pattern in (part.strip() for line in PATTERNS for part in line.split(";")):
        assert pattern in said
    assert not re.search(r"(?<!\\)<img", "\n".join(str(e.value) for e in (*app.markdown, *app.info)))


@pytest.mark.usefixtures("shown")
def test_what_is_near_a_sentence_not_understood_is_a_link() -> None:
    app = opened("claims", claim="flask is much more popular than django")
    assert "/claims?claim=Flask+is+more+popular+than+Django" in links(app)


@pytest.mark.usefixtures("shown")
def test_the_claims_of_the_post_are_a_row_each_with_the_verdict_then_and_today() -> None:
    app = opened("claims")
    said = words(app)
    counts = (
        "4 are supported, 1 is disputed, 1 is contradicted, 5 are beyond the data and for 3 there is not enough data"
    )
    assert counts in said
    assert "Today “Django has recently gone past Flask in GitHub stars”, “Django's lead" in said
    assert "explosively” are contradicted." in said
    answers = cache.claims()
    assert [answer.claim for answer in answers] == list(shipped_claims())
    for answer in answers:
        assert answer.claim.says in said
        assert app.button(key=f"claim_{answer.claim.id}").label == "Evidence"
    verdicts = [evidence.ruling_badge(ruling) for a in answers for ruling in (a.then or a.now, a.now)]
    shown = [m.value for m in app.markdown if re.fullmatch(r":\w+-badge\[[^]]+\]", m.value)]
    assert shown == verdicts
    assert f"{API}/claims.json?download=1" in links(app)


@pytest.mark.usefixtures("shown")
def test_a_click_on_a_claim_shows_its_evidence_then_and_today_beside_the_page() -> None:
    for claim in shipped_claims():
        said = words(opened("claims", evidence=claim.id))
        assert claim.judged in said
        for pair in next(a for a in cache.claims() if a.claim == claim).checks:
            for checked in pair:
                assert checked is not None
                assert all(e.sentence in said for e in checked.evidence)
                metrics = [load().metrics[e.metric] for e in checked.evidence if e.metric in load().metrics]
                assert all(metric.badge in said for metric in metrics)
    app = opened("claims")
    app.button(key="claim_django-leads-by-almost-1000").click().run()
    said = words(app)
    assert "25 November 2020 :orange-badge[disputed] · today :red-badge[contradicted]" in said
    assert "828 stars" in said
    assert "849 stars" in said
    next(button for button in app.button if button.label == "Check this one").click().run()
    assert app.text_input(key="control_claim").value == "django leads flask in stars by almost 1000"
    assert "evidence" not in app.query_params


# -- the API -----------------------------------------------------------------------------------------------------------


def told(url: str, *arguments: str) -> dict[str, object]:
    done = CliRunner().invoke(commands, [*arguments, "--json"], env={"UPTAKE_DATABASE_URL": url})
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("claim", "on"), [(CLAIM, ""), ("django leads flask in stars by almost 1000", "2020-11-25")])
def test_the_api_says_what_the_command_says(claim: str, on: str, full_store: str, full_server: Server) -> None:
    day = f"&on={on}" if on else ""
    answer = full_server.get(f"/api/v1/claims.json?claim={quote(claim)}{day}")
    assert answer.status == 200
    assert answer.json["verdict"] == ("disputed" if on else "supported")
    assert answer.json == told(full_store, "claim", claim, *(("--on", on) if on else ()))


def test_without_a_claim_those_that_come_built_in_are_judged(full_store: str, full_server: Server) -> None:
    assert full_server.get("/api/v1/claims.json").json == told(full_store, "claims")


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("claim=flask+is+best", "Sentences we can check: "),
        ("claim=djanko+passed+flask", "django"),
        ("claim=", "missing"),
        ("on=2020-11-25", "missing"),
        (f"claim={quote(CLAIM)}&on=soon", "on is a date"),
        (f"claim={quote(CLAIM)}&clam=x", "clam"),
        (f"claim={'x' * 300}", "200 letters"),
    ],
)
def test_a_wrong_question_gets_one_sentence(query: str, word: str, full_server: Server) -> None:
    answer = full_server.get(f"/api/v1/claims.json?{query}")
    assert answer.status == 400
    assert word in str(answer.json["error"])


def test_the_page_is_served(full_server: Server) -> None:
    assert full_server.get(f"/claims?claim={quote(CLAIM)}").status == 200


def test_an_empty_store_gets_a_designed_answer(tmp_path: Path, at_store: Callable[[str], None]) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    migrate(url)
    at_store(url)
    assert "5 are beyond the data and for 8 there is not enough data" in words(opened("claims"))


def test_a_store_that_is_not_there_is_said(tmp_path: Path, at_store: Callable[[str], None]) -> None:
    at_store(f"sqlite:///{tmp_path / 'nowhere.db'}")
    assert "The store cannot be read" in words(opened("claims"))
