"""The verdict on a lead by the other metrics of its family."""

from __future__ import annotations

from analysis.overtakes.verdict import VerdictWord, verdict


class TestVerdicts:
    def test_words(self) -> None:
        assert verdict("a", {"X": "a", "Y": None}).word is VerdictWord.CONFIRMED
        assert verdict("a", {}).word is VerdictWord.SINGLE_SOURCE
        assert verdict("a", {"X": None}).word is VerdictWord.SINGLE_SOURCE
        assert verdict("a", {"X": "a", "Y": "b"}).word is VerdictWord.DISPUTED
        assert verdict(None, {"X": "a"}, "within sampling noise").word is VerdictWord.UNDECIDABLE
        assert verdict("a", {"X": "a"}, "the counting changed").word is VerdictWord.UNDECIDABLE

    def test_reasons_name_who_disagrees(self) -> None:
        assert verdict("a", {"X": "b", "Y": "b"}).reason == "X and Y said the opposite at that date"
        assert verdict("a", {"X": None}).reason == "no other count of the same thing could tell at that date"
        assert verdict("a", {"X": "a", "Y": "a", "Z": None}).reason == "confirmed by X and Y"
