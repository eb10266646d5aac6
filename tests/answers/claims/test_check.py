"""Claims: the grammar, the verdicts that a careful reader would sign, and none that the data cannot bear."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from answers.claims.check import CheckedClaim, ClaimVerdict, check, checked_json, claim_json, judge
from answers.claims.check import verdict_of_statements as all_of
from answers.claims.claimed_numbers import fits
from answers.claims.evidence import Stance, is_meant
from answers.claims.grammar.parser import ParsedClaim, understood
from answers.questions import QuestionError
from catalog import CatalogError, load, read_claims, shipped_claims
from storage import Batch, Counts, Observation, Payload, Period, Store
from tests.support.planting import put
from uptake.cli import commands

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
POST = date(2020, 11, 25)
CATALOG = load()


def ask(store: Store, text: str, on: date | None = None) -> CheckedClaim:
    return check(store, CATALOG, text, NOW, on)


class TestSizes:
    @pytest.mark.parametrize(
        ("lead", "size", "says"),
        [
            (900, "almost", Stance.FOR),
            (899, "almost", Stance.PARTLY),
            (749, "almost", Stance.AGAINST),
            (1000, "almost", Stance.AGAINST),
            (1000, "over", Stance.PARTLY),
            (1000, "least", Stance.FOR),
            (1000, "most", Stance.FOR),
            (1000, "under", Stance.PARTLY),
            (950, "over", Stance.PARTLY),
            (899, "over", Stance.AGAINST),
            (1090, "about", Stance.FOR),
            (1240, "about", Stance.PARTLY),
            (1260, "about", Stance.AGAINST),
        ],
    )
    def test_what_a_number_stands_for(self, lead: float, size: str, says: Stance) -> None:
        assert fits(lead, 1000, size) is says


class TestVerdicts:
    @pytest.mark.parametrize(
        ("text", "on", "verdict"),
        [
            ("django passed flask in stars in 2020", None, "supported"),
            ("django passed flask in stars in 2020", date(2020, 9, 1), "contradicted"),  # not yet
            ("django passed flask in stars in 2019", None, "contradicted"),
            ("django passed flask in stars in 2021", None, "contradicted"),  # it had before
            ("django passed flask in stars on 2020-09-26", None, "not enough data"),  # the bracket is wider
            ("flask passed django in stars in 2020", None, "contradicted"),
            ("django recently passed flask in stars", POST, "supported"),
            ("django recently passed flask in stars", None, "contradicted"),
            ("django passed flask in downloads", None, "contradicted"),
            ("django never passed flask in downloads", POST, "supported"),
            ("django passed flask", None, "disputed"),
            ("fastapi passed django in downloads in 2022", None, "supported"),
            ("fastapi passed django in downloads in 2022", POST, "not enough data"),  # nobody knew
            ("fastapi passed flask in downloads in october 2025", None, "not enough data"),  # 09-30 .. 10-31
            ("fastapi passed flask in downloads in 2025", None, "supported"),
            ("fastapi grows faster than django", None, "supported"),
            ("flask leads downloads in 2020", None, "disputed"),  # Tornado and aiohttp came ahead of it
            ("flask leads django in downloads in 2020", None, "supported"),
            ("flask leads django in stars in 2020", None, "disputed"),
            ("flask leads django in stars in 2019", None, "supported"),
            ("flask leads django in stars in 2018", None, "not enough data"),  # only its last week is known
            ("django leads flask in stars by over 16000", None, "supported"),
            ("django leads flask in stars by 828", POST, "supported"),  # read that very day
            ("django leads flask in surveys in 2020", POST, "not enough data"),  # PDS came later
            ("django leads flask in surveys in 2020", date(2021, 12, 31), "contradicted"),  # PDS
            ("flask fell in europe", POST, "contradicted"),
            ("litestar leads quart in surveys", None, "not enough data"),
            ("django passed flask in stars by 10,000,000", None, "contradicted"),
            ("django passed flask in stars by over 16,000", None, "supported"),
            ("django passed flask in stars by 828 in 2020", POST, "supported"),
            ("fastapi leads django in stars by 5,000,000 since 2026", None, "contradicted"),
            ("fastapi leads django in stars by over 7000 since 2026", None, "supported"),  # 7,277 on 1 January
            ("fastapi leads django in stars by over 8000 since 2026", None, "disputed"),  # only later
            ("flask does not lead django in stars", None, "supported"),
            ("stars are no measure of use", POST, "not enough data"),  # the interval holds every answer
            ("stars are no measure of use", None, "not enough data"),
            ("stars are a measure of use", None, "not enough data"),
            ("flask is more popular than django", None, "disputed"),  # downloads and surveys for, stars against
            ("django has almost 1000 more stars than flask", POST, "disputed"),
            ("fastapi is exploding in stars", POST, "supported"),
            ("fastapi is exploding in stars", None, "contradicted"),
            ("fastapi grows fastest in stars", POST, "supported"),
            ("flask is dying in stars", None, "contradicted"),  # it gains less than it did, and does not fall
            ("flask is growing in surveys", POST, "supported"),
            ("flask recently fell in stars", None, "not enough data"),  # the last were read three months ago
            ("fastapi grows faster than flask in pds_use in the last 2 years", None, "supported"),  # 2022 to 2024
            (
                "flask fell in so_worked_with in the last 3 years",
                date(2020, 12, 31),
                "not enough data",
            ),  # 2018: another list
            ("flask led django in stars between 2018-09 and 2020-08", POST, "not enough data"),  # known since December
            ("django struggled for years to catch up with flask in stars", POST, "disputed"),
            ("flask turned 10", POST, "supported"),
            ("flask turned 10 in 2021", None, "contradicted"),
            ("flask turned 10", date(2020, 4, 15), "contradicted"),
            ("flask fell in stars since 0001", None, "not enough data"),  # the calendar has no day before
            ("flask led django in stars for 99 years", date(1970, 1, 1), "not enough data"),
            ("fastapi grows faster than flask in stars in the last 99 years", None, "not enough data"),
            ("flask turned 99", None, "contradicted"),
            ("gin turned 10", None, "not enough data"),  # none of its releases is known
        ],
    )
    def test_of_the_almanac(self, dated: Store, text: str, on: date | None, verdict: str) -> None:
        assert str(ask(dated, text, on).verdict) == verdict

    def test_nothing_after_the_day_is_told(self, dated: Store) -> None:
        """But for the next sighting, by which the size of a lead on the day is bounded."""
        for claim in shipped_claims():
            for text in (*claim.checks, *claim.also):
                for e in ask(dated, text, POST).evidence:
                    assert e.until is None or e.until <= date(2020, 12, 31), e  # an edition serves for its year
                    assert "2021" not in e.sentence

    def test_a_year_that_is_judged_is_the_year_that_was_named(self, dated: Store) -> None:
        (e,) = ask(dated, "stars are no measure of use in 2020").evidence
        assert e.sentence.startswith("On 31 December 2020, stars and")
        assert "The interval allows other verdicts too" in e.sentence
        (e,) = ask(dated, "django is as common in europe as in the us in 2023").evidence
        assert e.sentence.startswith("The Stack Overflow survey has no edition for 2023 with data on both")

    def test_how_words_were_taken_is_said(self, dated: Store) -> None:
        assert (
            "“more popular” is taken as: ahead in stars, downloads"
            in ask(dated, "flask is more popular than django").sentence
        )
        assert "“recently” is taken as: in the 183 days" in ask(dated, "django recently passed flask in stars").sentence
        assert "“europe” is taken as: EU27, UK, Switzerland and Norway" in ask(dated, "flask fell in europe").sentence

    def test_growth_over_less_than_a_year_says_so(self, dated: Store) -> None:
        django, fastapi = ask(dated, "django and fastapi grow faster than flask in stars", POST).evidence
        assert "from 26 November 2019 to 25 November 2020" in django.sentence
        assert "months" not in django.sentence
        assert "That is 9 months, not a year" in fastapi.sentence

    def test_an_overtake_on_unusual_days_is_no_support(self, sqlite_store: Store) -> None:
        """A counter that read 0 for two days: the other side \"passed\" it, and it \"passed\" the other again."""
        first = date(2026, 9, 1)
        readings = {"flask": [72_600] * 15 + [0, 0] + [72_685] * 4, "tornado": [22_400] * 21}
        seen = tuple(
            Observation("stars", name, Period.day(first + timedelta(days=k)), value)
            for name, values in readings.items()
            for k, value in enumerate(values)
        )
        run = sqlite_store.start_run("github", trigger="cli", now=NOW)
        for name in readings:
            own = tuple(o for o in seen if o.framework == name)
            sqlite_store.write(run.id, name, "stars", Batch(Payload("github", f"test:{name}", b"x", NOW), own))
        sqlite_store.finish(run.id, "ok", counts=Counts(), failures=[], now=NOW)
        for text in ("tornado passed flask in stars", "flask passed tornado in stars"):
            answer = ask(sqlite_store, text)
            assert str(answer.verdict) == "not enough data"
            assert (
                "rests on readings of Flask's counter that differ by more than a tenth" in answer.evidence[0].sentence
            )

    def test_evidence_has_its_origin_and_its_doubts(self, dated: Store) -> None:
        (e,) = ask(dated, "django passed flask in stars in 2020").evidence
        assert (e.metric, e.stance, e.retrieved_at) == ("stars", Stance.FOR, NOW)
        assert "almanac:github-ranking" in e.sources
        assert set(CATALOG.metrics["stars"].caveats) & set(e.caveats)
        assert "between 25 and 27 September 2020" in e.sentence

    def test_growth_over_a_break_is_told_by_the_ratio_to_the_peer(self, dated: Store) -> None:
        """By hand: 3,933,717 / 10,895,529 = 0.361 in October 2019, 4,484,337 / 10,809,343 = 0.415 a year later."""
        (e,) = ask(dated, "django grows faster than flask in downloads", POST).evidence
        assert "so growth can't be measured" in e.sentence
        assert "0.36 times Flask's figure before and 0.41 times after" in e.sentence
        assert "pypi-sinking-table" in e.caveats

    @pytest.mark.parametrize(
        ("text", "verdict"),
        [
            ("flask never led django in stars", "contradicted"),  # it did until September 2020
            ("django never led flask in stars", "contradicted"),
            ("django never led flask in downloads_pip_30d in 2020", "supported"),
            ("flask never led django in stars in 2021", "supported"),
            ("flask never led django in stars in 2020", "contradicted"),
            ("flask never led django in stars by 100,000", "supported"),
            ("rails never led flask in stars", "contradicted"),
        ],
    )
    def test_never_is_about_all_that_is_known(self, dated: Store, text: str, verdict: str) -> None:
        assert ask(dated, text).verdict == verdict

    def test_who_leads_a_survey_is_judged_by_its_newest_edition(self, dated: Store) -> None:
        (found,) = ask(dated, "express leads so_worked_with").evidence
        assert (found.stance, found.since, found.until) == (Stance.FOR, date(2025, 1, 1), date(2025, 12, 31))

    def test_led_without_a_time_says_which_day_is_meant(self, dated: Store) -> None:
        assert (
            "“led” is taken as: on the day the claim is checked for" in ask(dated, "flask led django in stars").sentence
        )

    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("flask leads django in surveys in 2027", "1 January 2027"),
            ("django passed flask since 2027-01-05", "5 January 2027"),
        ],
    )
    def test_a_time_to_come_is_refused(self, dated: Store, text: str, day: str) -> None:
        with pytest.raises(QuestionError, match=f"^{day} is in the future: there are no data yet"):
            ask(dated, text)

    def test_a_bracket_wider_than_the_day_meant_is_named(self, dated: Store) -> None:
        (found,) = ask(dated, "django passed flask in stars on 2020-09-26").evidence
        assert found.stance is Stance.UNCLEAR
        assert "between 25 and 27 September 2020, which may lie outside the time meant" in found.sentence

    @pytest.mark.parametrize(
        "text", ["blazor is dying", "blazor is growing", "flask grows faster than blazor in stars"]
    )
    def test_an_archived_repository_tells_nothing_of_growing_or_falling(self, dated: Store, text: str) -> None:
        catalog = replace(CATALOG, frameworks={
            name: replace(f, archived=name == "blazor") for name, f in CATALOG.frameworks.items()
        })  # fmt: skip
        of_stars = [e for e in check(dated, catalog, text, NOW).evidence if e.metric.startswith("stars")]
        assert [(e.stance, "archived" in e.sentence) for e in of_stars] == [(Stance.UNCLEAR, True)]

    def test_a_year_after_the_last_edition_is_not_judged_by_that(self, dated: Store) -> None:
        assert ask(dated, "flask fell in pds_use in 2025").evidence == ()

    def test_what_was_counted_is_no_worse_for_being_a_whole_per_cent(self, sqlite_store: Store) -> None:
        """16 % and then 15 % of 60,000 people each, counted and not rounded: more than chance brings."""
        rows = (
            Observation("so_worked_with", "flask", Period.year(year), share, 60_000)
            for year, share in ((2022, 0.16), (2023, 0.15))
        )
        put(sqlite_store, *rows, at=NOW, source="stackoverflow")
        (found,) = ask(sqlite_store, "flask fell in so_worked_with").evidence
        assert (found.stance, "rounding" in found.sentence) == (Stance.FOR, False)

    def test_whole_per_cent_are_no_better_than_that(self, dated: Store) -> None:
        """47 % of 20,000 and 46 % of 28,000 are apart by chance alone one time in thirty, but may be 46.5 and 46.4."""
        found = ask(dated, "flask fell in pds_use", date(2021, 9, 30)).evidence
        assert [(e.stance, "rounding" in e.sentence) for e in found] == [(Stance.UNCLEAR, True)]


class TestRegions:
    @pytest.fixture
    def store(self, sqlite_store: Store) -> Store:
        """Made-up shares in two editions that compare: Europe falls, the United States do not move."""
        shares = {
            ("eu27-uk-ch-no", 2019): (0.16, 20_000),
            ("eu27-uk-ch-no", 2020): (0.13, 20_000),
            ("united-states", 2019): (0.14, 15_000),
            ("united-states", 2020): (0.14, 15_000),
        }
        told = tuple(
            Observation("so_worked_with", "flask", Period.year(year), share, base, f"region={region}")
            for (region, year), (share, base) in shares.items()
        )
        run = sqlite_store.start_run("stackoverflow", trigger="cli", now=NOW)
        batch = Batch(Payload("stackoverflow", "test:", b"x", NOW), told)
        sqlite_store.write(run.id, "flask", "published", batch)
        sqlite_store.finish(run.id, "ok", counts=Counts(), failures=[], now=NOW)
        return sqlite_store

    @pytest.mark.parametrize(
        ("text", "verdict"),
        [
            ("flask fell in europe", "supported"),
            ("flask fell in the us", "not enough data"),  # within noise
            ("flask fell in asia", "not enough data"),  # unknown
            ("flask is as common in europe as in the us", "contradicted"),  # 13 % v 14 %: beyond chance
        ],
    )
    def test_by_region(self, store: Store, text: str, verdict: str) -> None:
        found = ask(store, text, POST)
        assert str(found.verdict) == verdict
        if text == "flask fell in europe":
            assert "16.0% in 2019 (n = 20,000) and 13.0% in 2020 (n = 20,000)" in found.evidence[0].sentence
            assert "a fall of 3.00 points (95% interval 2.31 to 3.69)" in found.evidence[0].sentence


class TestRegionsOfTheAlmanac:
    """What comes with the program: those who answered in 2019 and 2024, full-time employees from 2019 to 2023."""

    @pytest.mark.parametrize(
        ("text", "verdict", "says"),
        [
            ("flask lost users in europe since 2019", "contradicted", "7.3% in 2019 (n = 16,646) and 8.0% in 2023"),
            ("flask fell in the united states", "not enough data", "14.2% in 2019 (n = 15,302)"),
            ("flask fell in the united states", "not enough data", "15.1% in 2024 (n = 7,865)"),
            ("flask took a hit in europe in 2020", "contradicted", "Worldwide it rose from 11.8% in 2019 to 14.2%"),
            (
                "flask took a hit in europe in 2020",
                "contradicted",
                "In 18 countries of EU27, UK, Switzerland and Norway",
            ),
            (
                "flask took a hit in europe in 2020",
                "contradicted",
                "a rise of 0.90 points (95% interval 0.27 to 1.55)",
            ),
            ("flask fell in europe", "supported", "9.3% in 2022 (n = 12,402) and 8.0% in 2023 (n = 16,972)"),
            ("flask fell in all of europe in 2020", "contradicted", "In 19 countries of Europe"),
            ("django leads flask in europe in 2019", "not enough data", "10.8% and Flask 10.6% of 23,328"),
            (
                "flask leads django in the us in 2019",
                "supported",
                "Flask led by 1.92 points (95% interval 1.11 to 2.74)",
            ),
            ("django leads flask in the us in 2019", "contradicted", "Flask led by 1.92 points"),
            ("django leads flask in asia by over 3 in 2019", "supported", "15.2% and Flask 11.9%"),
            ("flask leads django in the us since 2019", "not enough data", "Only 2019 and 2024 have data there"),
            (
                "flask leads django in the us in 2021",
                "not enough data",
                "has no figures of Flask and Django in the United States for 2021",
            ),
            ("fastapi leads flask in europe", "contradicted", "Flask led by 2.53 points"),
            ("flask leads django in downloads in europe", "not enough data", "where downloading machines are"),
            (
                "flask is as common in europe as in the us",
                "contradicted",
                "2.74 points (95% interval 1.82 to 3.68) apart",
            ),
            ("flask is as common in europe as in the us in 2019", "contradicted", "In 2019 Flask had 10.6%"),
            (
                "flask is more common in the us than in europe",
                "supported",
                "2.74 points (95% interval 1.82 to 3.68) apart",
            ),
            (
                "flask is more common in europe than in the us",
                "contradicted",
                "2.74 points (95% interval 1.82 to 3.68) apart",
            ),
            ("fastapi is more used than flask in germany", "contradicted", "In Germany in 2024 FastAPI had 10.9%"),
            ("flask leads django in the uk in 2019 by over 1 points", "supported", "of 4,160 who answered"),
            ("flask leads django in the uk in 2019 by over 3 points", "contradicted", "of 4,160 who answered"),
            ("flask did not fall in europe", "contradicted", "a fall of 1.34 points"),
        ],
    )
    def test_one_edition_is_not_stretched(self, dated: Store, text: str, verdict: str, says: str) -> None:
        found = ask(dated, text)
        assert str(found.verdict) == verdict
        assert any(says in e.sentence for e in found.evidence), [e.sentence for e in found.evidence]

    def test_before_its_edition_nothing_is_known(self, dated: Store) -> None:
        found = ask(dated, "flask leads django in the us", date(2018, 11, 25))
        assert (str(found.verdict), [e.since for e in found.evidence]) == ("not enough data", [None])

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("django passed flask in europe", "who leads there, who fell there"),
            ("django grows faster than flask in the eu", "who leads there, who fell there"),
            ("flask leads in europe", "We can't check this sentence"),
            ("flask fell in narnia", "neither a metric nor a region"),
        ],
    )
    def test_what_no_region_can_tell_is_refused(self, dated: Store, text: str, why: str) -> None:
        with pytest.raises(QuestionError, match=why):
            ask(dated, text)

    def test_it_says_where_it_comes_from(self, dated: Store) -> None:
        (e,) = ask(dated, "flask leads django in the us in 2019").evidence
        assert (e.sources, e.since, e.until) == (("stackoverflow",), date(2019, 1, 1), date(2019, 12, 31))
        assert {"self-selected-sample", "several-answers"} <= set(e.caveats)


class TestBuiltIn:
    def test_the_claims_of_the_post(self, dated: Store) -> None:
        found = {a.claim.id: (str(a.then), str(a.now)) for a in judge(dated, CATALOG, shipped_claims(), NOW)}
        assert found == {
            "django-passed-flask": ("supported", "contradicted"),  # recent no more
            "django-struggled-for-years": ("not enough data", "not enough data"),  # one year and a half are known
            "django-leads-by-almost-1000": ("disputed", "contradicted"),
            "both-grow-faster-than-flask": ("supported", "supported"),
            "flask-fell-in-europe": ("contradicted", "contradicted"),
            "united-states-similar": ("not enough data", "not enough data"),
            "stars-no-measure-of-use": ("not enough data", "not enough data"),
            "fastapi-explosive": ("supported", "contradicted"),
            "flask-turned-10": ("supported", "supported"),
            "django-async-release": ("beyond the data", "beyond the data"),
            "extensions-not-mature": ("beyond the data", "beyond the data"),
            "liveview-and-blazor-next": ("beyond the data", "beyond the data"),
            "way-of-the-dodo": ("beyond the data", "beyond the data"),
            "node-and-go": ("beyond the data", "beyond the data"),
        }

    def test_almost_a_thousand(self, dated: Store) -> None:
        (e,) = ask(dated, "django leads flask in stars by almost 1000", POST).evidence
        assert e.stance is Stance.PARTLY
        assert "on 25 November 2020 by 828 stars" in e.sentence
        assert "849 stars on 27 November 2020: 83% and 85% of the 1,000 claimed" in e.sentence
        (e,) = ask(dated, "django leads flask in stars by almost 1000").evidence
        assert e.sentence.endswith("16.5 times the 1,000 claimed.")

    def test_their_sentences_are_understood(self) -> None:
        for claim in shipped_claims():
            assert claim.said_on == POST
            for text in (*claim.checks, *claim.also):
                understood(CATALOG, text)

    def test_json(self, dated: Store) -> None:
        (answer, *_) = judge(dated, CATALOG, shipped_claims()[:1], NOW)
        told = json.loads(json.dumps(claim_json(answer)))
        assert (told["then"], told["checks"][0]["then"]["evidence"][0]["says"]) == ("supported", "for")
        checked = json.loads(json.dumps(checked_json(CATALOG, ask(dated, "django passed flask"))))
        assert {c["code"] for c in checked["caveats"]} >= {"windows-differ-in-length", "self-selected-sample"}
        assert {s["id"] for s in checked["sources"]} == {"almanac", "stackoverflow", "pydevsurvey"}


@given(st.lists(st.sampled_from([v for v in ClaimVerdict if v is not ClaimVerdict.BEYOND]), min_size=1, max_size=4))
def test_a_claim_needs_all_of_its_statements(verdicts: list[ClaimVerdict]) -> None:
    found = all_of(verdicts)
    assert (found is ClaimVerdict.SUPPORTED) == all(v is ClaimVerdict.SUPPORTED for v in verdicts)
    assert found in verdicts or found is ClaimVerdict.DISPUTED


class TestFile:
    def test_a_file_of_ones_own(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.toml"
        path.write_text('[[claim]]\nid = "mine"\nsays = "It is so."\nchecks = ["django passed flask"]\n')
        (claim,) = read_claims(path)
        assert (claim.id, claim.said_on, claim.also, claim.judged) == ("mine", None, (), "")

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ('[[claim]]\nid = "a"\nsays = "x"\nchecks = []', "checks is empty"),
            ('[[claim]]\nid = "a"\nsays = "x"\nchecks = ["y"]\nwhen = 1', "when is not a key"),
            ('[[claim]]\nid = "a"\nsays = "x"\nchecks = ["y"]\n' * 2, "claim a is there twice"),
            ("[[claim", "is not TOML"),
        ],
    )
    def test_faults_are_named(self, tmp_path: Path, text: str, fault: str) -> None:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        with pytest.raises(CatalogError, match=fault):
            read_claims(path)


class TestCommands:
    def run(self, url: str, *arguments: str) -> str:
        result = CliRunner().invoke(commands, arguments, env={"UPTAKE_DATABASE_URL": url}, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    def test_claim(self, dated_store: str) -> None:
        out = self.run(dated_store, "claim", "django passed flask in stars in 2020", "--on", "2020-11-25")
        assert out.startswith(
            "Supported as of 25 November 2020: “Django passed Flask in stars in 2020”.\n  [for] Django passed"
        )
        told = json.loads(self.run(dated_store, "claim", "django passed flask in stars in 2020", "--json"))
        assert (told["verdict"], told["evidence"][0]["metric"]) == ("supported", "stars")
        assert told["sources"][0]["licence"]

    def test_claims(self, dated_store: str, tmp_path: Path) -> None:
        out = self.run(dated_store, "claims")
        assert "[on 2020-11-25: disputed; today: contradicted]" in out
        path = tmp_path / "mine.toml"
        path.write_text('[[claim]]\nid = "mine"\nsays = "Mine."\nchecks = ["fastapi grows faster than django"]\n')
        assert self.run(dated_store, "claims", "--file", str(path)).startswith("Mine.\n  [supported]\n")
        assert len(json.loads(self.run(dated_store, "claims", "--json"))["claims"]) == len(shipped_claims())

    def test_what_is_not_understood_is_wrong_usage(self, dated_store: str) -> None:
        with pytest.raises(QuestionError, match="Sentences we can check"):
            self.run(dated_store, "claim", "flask is nice")
        with pytest.raises(QuestionError, match="  uptake claim 'Flask is more popular than Django'"):
            self.run(dated_store, "claim", "flask is much more popular than django")


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("stars", {"stars", "stars_held"}),  # not the pace at which they are given
        ("stars_kept", {"stars_kept"}),
        ("survey", {"so_worked_with", "pds_use"}),  # not the wish
        ("so_want_to_work_with", {"so_want_to_work_with"}),
    ],
)
def test_a_family_means_the_metrics_of_what_it_is_first_about(named: str, meant: set[str]) -> None:
    sentence = ParsedClaim("", "passed", "django", "flask", named)
    assert {m.id for m in CATALOG.metrics.values() if is_meant(CATALOG, m, sentence)} == meant
