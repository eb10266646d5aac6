"""Words of every day for what the grammar says in one way: "shrank" is "fell", "most downloaded" "the most downloads".

Only what means the same is put so. A word that may mean either of two things is refused with both.
"""

from __future__ import annotations

import re

_HAS = r"(?:(?:has|have|had) (not |never )?)?"
_IS = r"(is|are|was|were|has been|have been)"
_BY_WORD = (  # in their order; a later one sees what an earlier one put
    (rf"\b{_HAS}(?:shrank|shrunk|dropped|fallen|declined|slipped|sank|sunk|plunged|(?:went|gone) down)\b", r"\1fell"),
    (r"\b(?:shrinks?|drops?|declines?|slips?|plunges?|go(?:es)? down)\b", "falls"),
    (rf"\b{_IS} (not )?(?:shrinking|dropping|slipping|sinking|plunging|going down)\b", r"\1 \2falling"),
    (rf"\b{_HAS}(?:surged|climbed|soared|(?:went|gone) up)\b", r"\1rose"),
    (r"\b(?:surges?|climbs?|soars?|go(?:es)? up)\b", "rises"),
    (rf"\b{_IS} (not )?(?:surging|climbing|soaring|going up)\b", r"\1 \2rising"),
    (rf"\b{_HAS}skyrocketed\b", r"\1exploded"),
    (rf"\b{_IS} (not )?skyrocketing\b", r"\1 \2exploding"),
    (rf"\b{_HAS}(?:dethroned|t(?:ook|aken) the lead (?:over|from))\b", r"\1passed"),
    (r"\b(?:dethrones?|takes? the lead (?:over|from))\b", "passes"),
    (r"\b(?:outnumbers?|outranks?)\b", "leads"),
    (r"\b(?:outnumbered|outranked)\b", "led"),
    (r"\b(?:is|are) (not )?(?:the )?most (download|star)r?ed(?: framework)?\b", r"\1has the most \2s"),
    (r"\b(?:was|were) (not )?(?:the )?most (download|star)r?ed(?: framework)?\b", r"\1had the most \2s"),
    (r"\b(?:is|are) (not )?(more|less) (download|star)r?ed than\b", r"\1has \2 \3s than"),
    (r"\b(?:was|were) (not )?(more|less) (download|star)r?ed than\b", r"\1had \2 \3s than"),
)  # fmt: skip
_PLAIN = tuple((re.compile(pattern), plain) for pattern, plain in _BY_WORD)
_STILL = re.compile(
    r"\b(stagnate[sd]?|stagnating|plateau(?:s|ed|ing)?|stalled|stalling|flattened|flatlined|leveled off|levelled off)\b"
)


def in_plain_words(text: str) -> str:
    """A sentence in small letters with its everyday words as the grammar has them."""
    for pattern, plain in _PLAIN:
        text = pattern.sub(plain, text)
    return text


def standstill(text: str) -> str:
    """The word for standing still that a sentence has, which may mean no growth or less than before; else empty."""
    match = _STILL.search(text)
    return match[1] if match else ""
