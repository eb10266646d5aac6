"""How the product speaks: words to avoid, each with what to write instead, and how numbers and dates look in prose."""

from __future__ import annotations

import re

INSTEAD = {
    r"told": "shown, reported",
    r"tells?|telling": "reports, shows",
    r"knows?|knew": "has, covers",
    r"known (of|on)": "available, as of",
    r"learn(s|ed|t)?": "collected, retrieved",
    r"seen|sees": "recorded",
    r"holes?": "gap",
    r"breaks? in the counting": "change in counting method",
    r"doubts?": "caveat",
    r"odd": "unusual",
    r"uprights?": "vertical line",
    r"beside": "compared with, next to",
    r"asked alike": "same question",
    r"register(ed)?": "list of known issues, known",
    r"of (one's|your|our) own": "custom, your",
    r"cannot be told|can be told": "too close to call, cannot be said",
    r"(taken|takes|took) (it )?back": "withdrawn",
    r"wholes?(?! (percent|number))": "full",
    r"ended (failed|partial|aborted)": "failed",
    r"v": "vs in tables, against in text",
    r"reckon(ed)?": "counted",
}
BANNED = re.compile(rf"\b({'|'.join(INSTEAD)})\b", re.IGNORECASE)
SPACE_BEFORE_PERCENT = re.compile(r"\d\s%")
ISO_DAY = re.compile(r"\b\d{4}-\d{2}(-\d{2})?\b")
CODE = re.compile(r"```.*?```|`[^`]*`|<!--.*?-->|\]\([^)]*\)|<[^>]+>|https?://\S+|“[^”]*”", re.DOTALL)


def faults(text: str) -> list[str]:
    """What a sentence says otherwise than it should, each with what to write instead; code in it is passed over."""
    prose = CODE.sub(" ", text)
    found = [f"{match[0]!r}: write {_instead(match[0])}" for match in BANNED.finditer(prose)]
    found += [f"{match[0]!r}: no space before %" for match in SPACE_BEFORE_PERCENT.finditer(prose)]
    return found + [f"{match[0]!r}: write the date in words" for match in ISO_DAY.finditer(prose)]


def word_count(text: str) -> int:
    """How many words a text has."""
    return len(text.split())


def _instead(word: str) -> str:
    return next(use for pattern, use in INSTEAD.items() if re.fullmatch(pattern, word, re.IGNORECASE))
