"""How the product speaks: words to avoid, each with what to write instead, and how numbers and dates look in prose."""

from __future__ import annotations

import re

INSTEAD = {
    r"told": "shown, reported",
    r"(?<!can't )tells?|telling": "reports, shows",
    r"(?<!don't )knows?|knew": "has, covers",
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
    r"told apart": "too close to call",
    r"since between": "since, passed between",
    r"nothing is known": "no data",
    r"no rule of it": "",
    r"chance (may bring|allows|could not)": "beyond chance, within chance",
    r"might well be": "may",
    r"as it stood": "as of",
    r"those chosen": "selection",
}
BANNED = re.compile(rf"\b({'|'.join(INSTEAD)})\b", re.IGNORECASE)
SPACE_BEFORE_PERCENT = re.compile(r"\d\s%")
ISO_DAY = re.compile(r"\b\d{4}-\d{2}(-\d{2})?\b")
SHAPES = {
    r"[\d…] %": "a space before a per cent sign",
    r"\d\.\d\d+%": "more than one decimal of a percentage",
    r"\S  +\S": "two spaces",
    r"\(\s*\)|\[\s*\]|“”": "empty brackets",
    r"(?<![\d.,])1 (days|months|weeks|years|stars|points|frameworks|metrics|counts|pairs|readings)\b": "one of many",
    r"\bNone\b(?! of)|\bnan\b|\bNaT\b": "what is no word",
    r" [.,;:](\s|$)": "a space before a stop",
    r"\.\.(?!\.)": "two stops",
}
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
MOST_FIGURES = 3  # in a sentence: more of them are a table
_NO_FIGURE = re.compile(  # days, editions, intervals, scales, and what stands in brackets or quotes
    r"“[^”]*”|'[^']*'|\([^)]*\)"
    rf"|(?:\d+ (?:or|to|and) )?\d+ {_MONTH}(?: \d+)?|\d+ (?:to|and) (?={_MONTH})|{_MONTH} \d{{4}}"
    r"|\b(?:19|20)\d\d\b|\d\d:\d\d|\d+% (?:range|interval)|on a scale from −1 to 1|(?:in|per) (?:the )?\d+ days"
    r"|EU27|\d+ (?:more|others)\b"
)
_FIGURE = re.compile(r"[−+]?\d[\d,]*(?:\.\d+)?(?: million)?%?")
LAST_DIGITS = re.compile(r"0\.0\d%|\(\d+\.\d\d% and \d+\.\d\d%\)")  # a very small share, two that look the same
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z“\d])")
TYPED = re.compile(r"https?://\S+|\S*/\S+\.\w+\S*|--?[\w-]+ \S+|'[^']*'|“[^”]*”|`[^`]*`|\buptake [a-z].*")
CODE = re.compile(r"```.*?```|`[^`]*`|<!--.*?-->|\]\([^)]*\)|<[^>]+>|https?://\S+|“[^”]*”", re.DOTALL)


def faults(text: str) -> list[str]:
    """What a sentence says otherwise than it should, each with what to write instead; code in it is passed over."""
    prose = CODE.sub(" ", text)
    found = [f"{match[0]!r}: write {_instead(match[0])}" for match in BANNED.finditer(prose)]
    found += [f"{match[0]!r}: no space before %" for match in SPACE_BEFORE_PERCENT.finditer(prose)]
    return found + [f"{match[0]!r}: write the date in words" for match in ISO_DAY.finditer(prose)]


def slips(text: str) -> list[str]:
    """What went wrong where a sentence was put together: its digits, brackets, spaces and stops."""
    plain = LAST_DIGITS.sub("…", text)
    return [f"{found[0]!r}: {what}" for shape, what in SHAPES.items() if (found := re.search(shape, plain))]


def crowded(text: str) -> list[str]:
    """The sentences of a text with more figures than one can take in."""
    return [one for one in _SENTENCE_END.split(text) if len(_FIGURE.findall(_NO_FIGURE.sub("…", one))) > MOST_FIGURES]


def without_what_is_typed(text: str) -> str:
    """A sentence without addresses, commands, quotations, and the patterns of claims that end a refusal."""
    return TYPED.sub("…", text.partition("Sentences we can check:")[0])


def first_sentence(text: str) -> str:
    return _SENTENCE_END.split(text, maxsplit=1)[0]


def word_count(text: str) -> int:
    """How many words a text has."""
    return len(text.split())


def _instead(word: str) -> str:
    return next(use for pattern, use in INSTEAD.items() if re.fullmatch(pattern, word, re.IGNORECASE))
