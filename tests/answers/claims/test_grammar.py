"""The grammar of claims: what is understood, what is refused by name, and what is offered instead."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answers.claims.grammar.parser import ParsedClaim, understood
from answers.claims.suggestions import NotUnderstood, statements
from answers.questions import QuestionError
from catalog import load

CATALOG = load()
IN_2020 = (date(2020, 1, 1), date(2020, 12, 31))
SENTENCES = (
    "django passed flask in stars by over 1000 in 2020",
    "flask leads django in germany in surveys by 2 points since 2019",
    "fastapi grows faster than django in downloads between 2019 and 2021",
    "flask is as common in europe as in the us in 2019",
    "stars are no measure of use in 2020",
    "django struggled for years to catch up with flask in stars",
    "flask turned 10 in 2020",
    "flask recently fell in surveys",
    "flask has at least twice as many downloads as django",
    "fastapi django and flask grew on 25 november 2020",
    "was flask overtaken by django in stars in 2020",
    "fastapi has more stars than any other framework",
)


class TestGrammar:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("django passed flask in stars in 2020", ParsedClaim("", "passed", "django", "flask", "stars", *IN_2020)),
            (
                "Django overtook Flask by stars in 2020.",
                ParsedClaim("", "passed", "django", "flask", "stars", *IN_2020),
            ),
            (
                "django never passed flask in downloads",
                ParsedClaim("", "passed", "django", "flask", "downloads", denied=True, ever=True),
            ),
            ("Django recently passed Flask", ParsedClaim("", "passed", "django", "flask", back=183)),
            ("fastapi grows faster than django", ParsedClaim("", "grows", "fastapi", "django")),
            ("flask leads downloads in 2020", ParsedClaim("", "led", "flask", "", "downloads", *IN_2020)),
            (
                "django leads flask in stars by almost 1,000 stars",
                ParsedClaim("", "led", "django", "flask", "stars", amount=1000, size="almost"),
            ),
            (
                "django leads flask in downloads_all_window by over 2.5m",
                ParsedClaim("", "led", "django", "flask", "downloads_all_window", amount=2.5e6, size="over"),
            ),
            (
                "phoenix liveview leads blazor in stars since 2021-02",
                ParsedClaim("", "led", "phoenix-liveview", "blazor", "stars", date(2021, 2, 1)),
            ),
            (
                "fastapi passed flask in september 2023",
                ParsedClaim("", "passed", "fastapi", "flask", since=date(2023, 9, 1), until=date(2023, 9, 30)),
            ),
            (
                "fastapi passed flask between 2019 and 2020-02",
                ParsedClaim("", "passed", "fastapi", "flask", since=date(2019, 1, 1), until=date(2020, 2, 29)),
            ),
            (
                "flask fell in surveys in europe",
                ParsedClaim("", "fell", "flask", what="survey", regions=("eu27-uk-ch-no",)),
            ),
            (
                "django passed flask in the Stack Overflow survey in 2020",
                ParsedClaim("", "passed", "django", "flask", "so_worked_with", *IN_2020),
            ),
            (
                "django passed flask in pip downloads per 30 days",
                ParsedClaim("", "passed", "django", "flask", "downloads_pip_30d"),
            ),
            ("flask took a hit in the us", ParsedClaim("", "fell", "flask", regions=("united-states",))),
            (
                "flask is as common in Europe as in the United States",
                ParsedClaim("", "alike", "flask", regions=("eu27-uk-ch-no", "united-states")),
            ),
            ("stars are no measure of use", ParsedClaim("", "measures", "stars", denied=True)),
            ("stars are a measure of use", ParsedClaim("", "measures", "stars")),
            (
                "stars are no measure of use in 2020",
                ParsedClaim("", "measures", "stars", "", "", *IN_2020, denied=True),
            ),
            ("Flask isn't ahead of Django", ParsedClaim("", "led", "flask", "django", denied=True)),
            (
                "django passed flask by over 1,000 in stars since 2019",
                ParsedClaim("", "passed", "django", "flask", "stars", date(2019, 1, 1), amount=1000, size="over"),
            ),
            (
                "django has almost 1000 more stars than flask",
                ParsedClaim("", "led", "django", "flask", "stars", amount=1000, size="almost"),
            ),
            ("flask has fewer downloads than fastapi", ParsedClaim("", "led", "fastapi", "flask", "downloads")),
            ("flask is more popular than django", ParsedClaim("", "led", "flask", "django")),
            ("Is Flask really losing to FastAPI?", ParsedClaim("", "led", "fastapi", "flask")),
            ("django is less popular than flask", ParsedClaim("", "led", "flask", "django")),
            (
                "fastapi is more used than flask in germany",
                ParsedClaim("", "led", "fastapi", "flask", "use", regions=("DE",)),
            ),
            ("fastapi is exploding", ParsedClaim("", "exploded", "fastapi")),
            ("fastapi's growth is explosive in stars", ParsedClaim("", "exploded", "fastapi", what="stars")),
            ("flask is dying", ParsedClaim("", "fell", "flask")),
            ("Flask has been losing users?", ParsedClaim("", "fell", "flask")),
            ("flask is growing", ParsedClaim("", "rose", "flask")),
            ("fastapi grows fastest", ParsedClaim("", "grows", "fastapi")),
            (
                "flask fell in the netherlands in 2020",
                ParsedClaim("", "fell", "flask", "", "", *IN_2020, regions=("NL",)),
            ),
            ("django struggled for years to catch up with flask", ParsedClaim("", "led", "flask", "django", back=731)),
            ("flask fell in stars in the last 6 months", ParsedClaim("", "fell", "flask", what="stars", back=183)),
            (
                "flask is less common in germany than in the us",
                ParsedClaim("", "alike", "flask", size="over", regions=("united-states", "DE")),
            ),
            ("flask turned 10 in 2020", ParsedClaim("", "turned", "flask", "", "", *IN_2020, amount=10)),
        ],
    )
    def test_understood(self, text: str, expected: ParsedClaim) -> None:
        (found,) = understood(CATALOG, text)
        assert (
            ParsedClaim(**{n: getattr(found, n) for n in ParsedClaim.__slots__} | {"text": "", "taken": ()}) == expected
        )

    @pytest.mark.parametrize(
        ("text", "plainly"),
        [
            ("in europe flask is more popular than django", "flask is more popular than django in europe"),
            ("In the United States, flask leads django", "flask leads django in the united states"),
            ("in stars django leads flask by 100", "django leads flask by 100 in stars"),
            ("since 2019 flask leads django in downloads", "flask leads django in downloads since 2019"),
            ("in september 2020, django passed flask", "django passed flask in september 2020"),
            ("between 2019 and 2021 django never passed flask", "django never passed flask between 2019 and 2021"),
        ],
    )
    def test_a_part_may_stand_first(self, text: str, plainly: str) -> None:
        said, meant = ([replace(part, text="") for part in understood(CATALOG, each)] for each in (text, plainly))
        assert said == meant

    @pytest.mark.parametrize(
        "text",
        [
            "at least in europe flask is more popular than django",
            "flask is more popular than django, at least in Europe",
        ],
    )
    def test_at_least_in_a_place_is_that_place_and_says_so(self, text: str) -> None:
        (part,) = understood(CATALOG, text)
        assert part.regions == ("eu27-uk-ch-no",)
        assert any("at least in" in taken for taken in part.taken)

    def test_two_subjects_are_two_statements(self) -> None:
        found = understood(CATALOG, "django and fastapi grow faster than flask in stars")
        assert [(s.a, s.b, s.what) for s in found] == [("django", "flask", "stars"), ("fastapi", "flask", "stars")]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("flask is nice", "Sentences we can check: A passed B"),
            ("", "Sentences we can check"),
            ("djagno passed flask", "did you mean django"),
            ("django passed django", "itself"),
            ("django passed flask in likes", "neither a metric nor a region 'likes'"),
            ("django passed flask on 2020-02-30", "no such day"),
            ("django passed flask between 2021 and 2020", "reversed"),
            ("django leads flask by 1.2.3", "no such number"),
            ("flask is as common in europe as in atlantis", "no region 'atlantis'"),
            ("flask never fell in stars", "“never” can't be combined with “flask fell”"),
            ("flask never led django in germany", "“never” can't be combined with “flask led django in a place”"),
            ("gin never leads stars", "“never” can't be combined with “gin leads stars”"),
            ("in atlantis flask leads django", "does not begin with a place, metric or time"),
            ("x" * 201, "at most 200"),
            ("django grows faster than flask by 10000 stars", "“by 10000 stars” can't be combined"),
            ("stars are no measure of use since 2019", "“since 2019” can't be combined"),
            ("flask is as common in europe as in the us since 2019", "“since 2019” can't be combined"),
            ("django passed flask in 2020 since 2019", "combine “in 2020” with “since 2019”"),
            ("django recently passed flask in 2020", "combine “in 2020” with “recently”"),
            ("django leads flask in stars in downloads", "combine “in stars” with “in downloads”"),
            ("flask leads downloads in stars", "with another metric"),
            (
                "django has more stars than flask in downloads",
                "combine “django has more stars than flask” with “in downloads”",
            ),
            ("django has 1000 more stars than flask by 500", "with “by 500”"),
            ("django leads flask in stars by 1000 downloads", "“by 1000 downloads” does not fit “in stars”"),
            ("django leads flask in stars by 5 points", "does not fit"),
            ("django leads flask by 5 %", "'5 %'"),
            ("django has 1000 more users than flask", "no metric 'users'"),
            ("flask recently fell in germany", "“recently” can't be combined with “flask fell in a place”"),
            ("flask turned 10 in stars", "“in stars” can't be combined with “flask turned 10”"),
            ("fastapi will pass django in surveys", "We can't check the future"),
        ],
    )
    def test_not_understood(self, text: str, reason: str) -> None:
        with pytest.raises(QuestionError, match=reason):
            understood(CATALOG, text)

    @given(st.permutations(["in stars", "by over 1000", "in 2020"]))
    def test_the_parts_may_come_in_any_order(self, parts: list[str]) -> None:
        (found,) = understood(CATALOG, f"django leads flask {' '.join(parts)}")
        assert (found.what, found.amount, found.since) == ("stars", 1000, date(2020, 1, 1))

    @given(st.data())
    @settings(deadline=None)
    def test_a_word_too_many_is_never_dropped(self, data: st.DataObject) -> None:
        """Whatever stands where, a sentence with one strange word in it is refused, and the word is named."""
        tokens = data.draw(st.sampled_from(SENTENCES)).split()
        tokens.insert(data.draw(st.integers(0, len(tokens))), "xyzzy")
        with pytest.raises(QuestionError, match="xyzzy"):
            statements(CATALOG, " ".join(tokens))

    @pytest.mark.parametrize(
        ("text", "nearest"),
        [
            ("flask is much more popular than django", ("flask is more popular than django",)),
            (
                "fastapi will pass django in surveys",
                (
                    "fastapi leads django in surveys",
                    "fastapi passed django in surveys",
                    "fastapi grows faster than django in surveys",
                ),
            ),
            (
                "nobody uses pyramid anymore",
                ("pyramid is the most popular framework", "pyramid is growing", "pyramid fell"),
            ),
            ("djang passed flask", ("django passed flask",)),
            ("express.js has more downloads than django", ("express has more downloads than django",)),
            ("django, flask and fastapi all grew in 2024", ("django, flask and fastapi grew in 2024",)),
            ("hello", ()),
        ],
    )
    def test_the_nearest_that_can_be_judged_is_offered(self, text: str, nearest: tuple[str, ...]) -> None:
        with pytest.raises(NotUnderstood) as refused:
            statements(CATALOG, text)
        assert tuple(sentence.lower() for sentence in refused.value.nearest) == tuple(map(str.lower, nearest))

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("flask weighs 72k stars", "“weighs” and “72k”"),
            ("15% of developers use flask", "“15%”, “of”, “developers” and “use”"),
            ("django is nearly as popular as flask", "“is”, “nearly”, “as” and “popular”"),
        ],
    )
    def test_words_of_no_use_are_named(self, text: str, words: str) -> None:
        with pytest.raises(NotUnderstood, match=f"We have no use for {words} here"):
            statements(CATALOG, text)

    def test_the_words_in_the_way_are_named(self) -> None:
        with pytest.raises(NotUnderstood, match=r"The part “much” is in the way\. We can check: “Flask is more"):
            statements(CATALOG, "flask is much more popular than django")

    @given(st.text(max_size=80))
    @settings(deadline=None)  # a busy machine is no fault
    def test_whatever_is_written_is_understood_or_refused(self, text: str) -> None:
        with contextlib.suppress(QuestionError):
            assert all(sentence.kind for sentence in understood(CATALOG, text))
