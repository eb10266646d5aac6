"""What no sentence of the program has: words that only its authors know, dates for machines, digits nobody reads.

The words are from the style guide (rule 10) and of their like. Whoever writes for the reader holds to them: answers,
pages, commands, the catalog and the docs.
"""

from __future__ import annotations

import re

MOST_WORDS = 25  # of the first sentence of an answer
# What is not written, and what is written instead.
BANNED = {
    r"\bcan(?:not|'t)? be told\b": "we can't say, too close to call",
    r"\btold apart\b": "too close to call",
    r"\btold\b": "shown, reported",
    r"\bsince between\b": "since",
    r"\b(?:is|are|was|were) known of\b": "has data",
    r"\bknown (?:of|on)\b": "available, as of",
    r"\bnothing is known\b": "no data",
    r"\b(?:first|last|were|was|been|as|never|ever) seen\b": "recorded",
    r"\bholes?\b": "gap",
    r"\bbreaks? in the counting\b": "change in counting",
    r"\bodd\b": "unusual",
    r"\bupright\b": "vertical line",
    r"\bbeside\b": "compared with",
    r"\basked alike\b": "same question",
    r"\bregister\b": "list of known issues",
    r"\btaken back\b": "withdrawn",
    r"\bno rule of it\b": "",
    r"\bchance may bring\b|\bchance (?:allows|could not)\b": "beyond chance, within chance",
    r"\bmight well be\b": "may",
    r"\bas it stood\b": "as of",
    r"\bthose chosen\b": "selection",
    r"\bended failed\b": "failed",
    r" v ": "against, compared with",
}
ISO_DATE = re.compile(r"(?<![\w/=-])\d{4}-\d{2}-\d{2}(?![\w/])")
TYPED = "Sentences we can check:"  # after it stands what is typed
ADDRESS = re.compile(r"https?://\S+|\S*/\S+\.\w+\S*|--?[\w-]+ \S+|'[^']*'|“[^”]*”|`[^`]*`|\buptake [a-z].*")
SHAPES = {
    r"[\d…] %": "a space before a per cent sign",
    r"\d\.\d\d+%": "more than one decimal of a percentage",
    r"\S  +\S": "two spaces",
    r"\(\s*\)|\[\s*\]|“”": "empty brackets",
    r"(?<![\d.,])1 (?:days|months|weeks|years|stars|points|frameworks|metrics|counts|pairs|readings|values)\b":
        "one of many",
    r"\bNone\b(?! of)|\bnan\b|\bNaT\b": "what is no word",
    r" [.,;:](?:\s|$)": "a space before a stop",
    r"\.\.(?!\.)": "two stops",
}  # fmt: skip
LAST_DIGITS = re.compile(r"0\.0\d%|\(\d+\.\d\d% and \d+\.\d\d%\)")  # a very small share, and two that look the same


def faults(text: str) -> list[str]:
    """What is wrong with a sentence, each with what to write instead; commands, addresses and quotations aside."""
    plain = ADDRESS.sub("…", text)
    wrong = [f"{found[0].strip()!r} ({better})" for word, better in BANNED.items() if (found := _found(word, plain))]
    plain = LAST_DIGITS.sub("…", plain)
    return wrong + [f"{found[0]!r}: {what}" for shape, what in SHAPES.items() if (found := re.search(shape, plain))]


def dates(text: str) -> list[str]:
    """The dates in a sentence that are written as machines write them."""
    return ISO_DATE.findall(ADDRESS.sub("…", text.partition(TYPED)[0]))


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[.?!])\s+(?=[A-Z“])", text, maxsplit=1)[0]


def _found(word: str, text: str) -> re.Match[str] | None:
    return re.search(word, text, re.IGNORECASE)
