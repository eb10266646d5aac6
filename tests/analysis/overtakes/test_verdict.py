"""The verdict on a lead by the other metrics of its family."""

from __future__ import annotations

from analysis.overtakes.verdict import Opinion, VerdictWord, verdict

X, Y = Opinion("X", "a"), Opinion("Y", "a")
X_AGAINST, Y_AGAINST = Opinion("X", "b", "X had B ahead"), Opinion("Y", "b", "Y dates it to 2020")
UNDECIDED = Opinion("Z", None, "Z could not tell")


class TestVerdicts:
    def test_words(self) -> None:
        assert verdict("a", [X, UNDECIDED]).word is VerdictWord.CONFIRMED
        assert verdict("a", []).word is VerdictWord.SINGLE_SOURCE
        assert verdict("a", [UNDECIDED]).word is VerdictWord.SINGLE_SOURCE
        assert verdict("a", [X, Y_AGAINST]).word is VerdictWord.DISPUTED
        assert verdict(None, [X], "within sampling noise").word is VerdictWord.UNDECIDABLE
        assert verdict("a", [X], "the counting changed").word is VerdictWord.UNDECIDABLE

    def test_reasons_name_who_disagrees_and_how(self) -> None:
        assert verdict("a", [X_AGAINST, Y_AGAINST]).reason == "X had B ahead; Y dates it to 2020"
        assert verdict("a", [UNDECIDED]).reason == "Z could not tell"
        assert verdict("a", []).reason == "no other count covers that date"
        assert verdict("a", [X, Y, UNDECIDED]).reason == "confirmed by 2 other counts (X and Y)"
