"""The words of the catalog follow the style guide: short caveats that begin with their effect, no words to avoid."""

from __future__ import annotations

import re

import pytest

from catalog import Direction, load, shipped_claims
from tests.house.prose.words import faults, word_count

CATALOG = load()
EFFECT = re.compile(r"[A-Z][^.:]{5,60}: ")  # "Overstates use: …"
VERB = {Direction.OVER: "Overstates|Exaggerates", Direction.UNDER: "Understates"}


def texts() -> dict[str, str]:
    """Every text of the catalog that people read, by where it is."""
    found = {}
    for metric in CATALOG.metrics.values():
        for part in ("title", "phrase", "unit", "measures", "does_not_measure", "badge"):
            found[f"{metric.id} {part}"] = getattr(metric, part)
    for caveat in CATALOG.caveats.values():
        found[f"{caveat.code} title"], found[f"{caveat.code} text"] = caveat.title, caveat.text
    for entry in CATALOG.breaks:
        found[f"{entry.id} title"], found[f"{entry.id} text"] = entry.title, entry.text
    for source in CATALOG.sources.values():
        for part in ("title", "attribution", "terms", "memory"):
            found[f"{source.id} {part}"] = getattr(source, part)
        found.update({credential.setting: credential.help for credential in source.credentials})
    for family in CATALOG.families.values():
        found[family.id] = f"{family.title} {family.plural} {family.phrase}"
    found.update({region.id: region.definition for region in CATALOG.regions.values()})
    for claim in shipped_claims():
        found[f"{claim.id} says"], found[f"{claim.id} judged"] = claim.says, claim.judged
    return found


def test_no_text_of_the_catalog_has_a_word_to_avoid() -> None:
    found = [f"{place}: {fault}" for place, text in texts().items() for fault in faults(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", CATALOG.caveats)
def test_a_caveat_is_short_and_begins_with_its_effect(code: str) -> None:
    entry = CATALOG.caveats[code]
    assert word_count(entry.title) <= 6
    assert word_count(entry.text) <= 40
    assert EFFECT.match(entry.text), "the first sentence says what the caveat does to a reading"
    if entry.direction in VERB:
        assert re.match(VERB[entry.direction], entry.text)


def test_a_break_is_short() -> None:
    assert not [entry.id for entry in CATALOG.breaks if word_count(entry.title) > 6 or word_count(entry.text) > 40]


@pytest.mark.parametrize("metric", CATALOG.metrics)
def test_a_metric_fits_the_frame_of_a_chart(metric: str) -> None:
    """A title that is a noun, a line of what is measured, one sentence of caution, a phrase without brackets."""
    entry = CATALOG.metrics[metric]
    assert word_count(entry.title) <= 8
    assert "," not in entry.title
    assert not re.search(r"[,()]", entry.phrase)
    assert word_count(entry.measures) <= 26
    assert not entry.measures.endswith(".")
    assert word_count(entry.badge) <= 14
    assert entry.badge.endswith(".")
