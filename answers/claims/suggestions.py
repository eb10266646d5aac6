"""What to ask instead of a sentence that is not understood: it without the words that stand in the way, or near it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches

from answers import wording
from answers.claims.grammar.parser import LONGEST, OfTheFuture, OfTwoSenses, ParsedClaim, bare, understood
from answers.questions import QuestionError
from catalog import Catalog

MOST_WORDS = 6  # that may be in the way
OF_TWO = ("{a} leads {b}", "{a} passed {b}", "{a} grows faster than {b}")
OF_ONE = ("{a} is the most popular framework", "{a} is growing", "{a} fell")
_OF_EXAMPLES = {word for sentence in (*OF_TWO, *OF_ONE) for word in sentence.split()}
SIMILAR = 0.75  # so alike is a name misspelt
_MISPLACED = re.compile(r"\b(?:not|never) (?:in|on|by|since)\b")  # what such a "not" denies is left out
SPELT = 4  # letters: "in" is not Gin misspelt


class NotUnderstood(QuestionError):
    """A sentence that cannot be judged. `nearest` are sentences that can."""

    def __init__(self, text: str, nearest: tuple[str, ...]) -> None:
        super().__init__(text)
        self.nearest = nearest


def statements(catalog: Catalog, text: str, on: date | None = None) -> tuple[ParsedClaim, ...]:
    """A sentence as `understood` on that day.

    Raises NotUnderstood: which words are in the way, and what can be judged near it.
    """
    try:
        return understood(catalog, text, on)
    except OfTwoSenses as fault:
        raise NotUnderstood(str(fault), ()) from fault
    except QuestionError as fault:
        plain = bare(text[:LONGEST]).replace(" %", "%").split()
        nearest: tuple[str, ...] = ()
        hint = ""
        if not isinstance(fault, OfTheFuture):
            nearest = tuple(_respelt(catalog, plain, on))
            rest, left = ("", "") if nearest else next(_shorter(catalog, plain, on), ("", ""))
            nearest = (rest,) if rest else nearest
            hint = f"The part “{left}” is in the way. " if left else ""
        if far := not nearest:
            nearest = tuple(_alike(catalog, " ".join(plain)))
            used = {word for sentence in nearest for word in sentence.split()} - _OF_EXAMPLES
            unused = [f"“{word}”" for word in dict.fromkeys(plain) if word not in used]
            hint = f"We have no use for {wording.join_words(unused)} here. " if unused else ""
        nearest = tuple(with_names(catalog, sentence, named(understood(catalog, sentence, on))) for sentence in nearest)
        if nearest:
            offer = _offer(catalog, plain) if far else "We can check"
            hint += f"{offer}: {wording.join_words(f'“{sentence}”' for sentence in nearest)}."
        first, _, more = str(fault).partition(". ") if ". " not in text else (str(fault), "", "")
        parts = (first if first.endswith("?") else f"{first.rstrip('.')}.", hint.strip(), more)
        raise NotUnderstood(" ".join(part for part in parts if part) if nearest else str(fault), nearest) from fault


def named(parts: Iterable[ParsedClaim]) -> list[str]:
    """The frameworks that statements are about."""
    return [name for part in parts for name in (part.a, part.b) if name]


def with_names(catalog: Catalog, text: str, names: Iterable[str]) -> str:
    """A sentence with these frameworks written as they are called: Django for django."""
    for framework in (catalog.frameworks[name] for name in names if name in catalog.frameworks):
        spelt = "|".join(map(re.escape, (framework.own_title, framework.id)))
        parts = re.split(rf"(?<![\w-])(?:{spelt})(?![\w-])", text, flags=re.IGNORECASE)
        text = framework.own_title.join(parts)
    return text


def _respelt(catalog: Catalog, tokens: list[str], on: date | None) -> Iterator[str]:
    """The sentence with misspelt names of frameworks put right."""
    names = {name.lower(): key for key, f in catalog.frameworks.items() for name in (key, f.own_title)}
    close = (
        (word, get_close_matches(word, names, 1, SIMILAR) if word not in names and len(word) >= SPELT else [])
        for word in tokens
    )
    sentence = " ".join(names[alike[0]] if alike else word for word, alike in close)
    if _is_understood(catalog, sentence, on):
        yield sentence


def _shorter(catalog: Catalog, tokens: list[str], on: date | None) -> Iterator[tuple[str, str]]:
    """The sentence without as few words in a row as will do, and those words."""
    for length in range(1, min(len(tokens) - 2, MOST_WORDS) + 1):
        for start in range(len(tokens) - length + 1):
            before = " ".join(tokens[:start]).rstrip(",")
            rest = " ".join([*before.split(), *tokens[start + length :]])
            if not _turned(tokens, start, start + length) and _is_understood(catalog, rest, on):
                yield rest, " ".join(tokens[start : start + length])


def _turned(tokens: list[str], start: int, end: int) -> bool:
    """Whether what is left denies what the sentence does not, or the reverse: a denial goes only with all behind it."""
    left, rest = set(tokens[start:end]), " ".join([*tokens[:start], *tokens[end:]])
    return bool(_MISPLACED.search(rest)) or (
        any(word in ("not", "never") or word.endswith("n't") for word in left) and end < len(tokens)
    )


def _offer(catalog: Catalog, tokens: list[str]) -> str:
    """That what follows are examples about the frameworks named, and no sentence like the one that was asked."""
    about = wording.join_words(wording.framework(catalog, name) for name in _mentioned(catalog, " ".join(tokens)))
    return f"No sentence that we can check is near it. About {about} we can check, for example"


def _alike(catalog: Catalog, text: str) -> Iterator[str]:
    """Sentences about the frameworks and the metric that a text names."""
    frameworks = _mentioned(catalog, text)
    metric = next((f" in {f.plural}" for f in catalog.families.values() if f.plural and f.plural in text), "")
    if frameworks:
        patterns = OF_TWO if len(frameworks) > 1 else OF_ONE
        sentences = (pattern.format(a=frameworks[0], b=frameworks[-1]) + metric for pattern in patterns)
        yield from (sentence for sentence in sentences if _is_understood(catalog, sentence))


def _mentioned(catalog: Catalog, text: str) -> list[str]:
    """The frameworks that a text names, in its order."""
    return sorted(
        {name for name, f in catalog.frameworks.items() if _place(name, text) >= 0 or _place(f.own_title, text) >= 0},
        key=lambda name: max(_place(name, text), _place(catalog.frameworks[name].own_title, text)),
    )


def _place(name: str, text: str) -> int:
    """Where a text has a name as a word of its own; -1 for nowhere."""
    match = re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", text)
    return match.start() if match else -1


def _is_understood(catalog: Catalog, text: str, on: date | None = None) -> bool:
    try:
        understood(catalog, text, on)
    except QuestionError:
        return False
    return True
