"""Check a claim: a sentence, checked against every metric that can judge it, and the claims that come built in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Literal
from urllib.parse import urlencode

import streamlit as st

from answers.claims.check import CheckedClaim, ClaimAnswer, ClaimVerdict
from answers.claims.evidence import Stance
from answers.claims.grammar.parser import LONGEST, PATTERNS
from answers.claims.grammar.sentence_parts import words
from answers.claims.suggestions import NotUnderstood
from answers.parameter_types import end_of
from answers.questions import API, ClaimQuestion, QuestionError
from answers.wording import counted, join_words
from dashboard import cache, links, page_url
from dashboard.charts.figure import parted
from dashboard.display_text import day_in_words, literal
from dashboard.views.claims import evidence
from dashboard.widgets import elements, page_states

EXAMPLES = (
    "Django passed Flask in stars in 2020",
    "FastAPI grows faster than Django",
    "Stars are no measure of use",
)
UNCLEAR = "We can't check this sentence"
UNASKED = "Check a claim against the data"
JUDGED = (ClaimVerdict.SUPPORTED, ClaimVerdict.DISPUTED, ClaimVerdict.CONTRADICTED, ClaimVerdict.BEYOND)
FIRST_DAY = date(2008, 1, 1)
LONGEST_IN_URL = 4_000
VERDICT, EVIDENCE = 150, 100  # pixels of a column of verdicts, and of the buttons
EXAMPLES_HEIGHT = 104  # pixels of two examples on a phone


@page_states.guarded
def show() -> None:
    """The page."""
    question = _controls()
    page_url.problems()
    if question.claim:
        _answered(question)
    else:
        elements.heading(UNASKED)
    with st.spinner("Checking the claims of 2020…"):
        answers = cache.claims()
    _built_in(answers)
    evidence.opened(question, answers)


def _controls() -> ClaimQuestion:
    """The sentence, the day it is judged for, and the vintage."""
    page_url.text("claim", lambda text: len(text) <= LONGEST_IN_URL)
    today = cache.now().date()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        claim = st.text_input(
            "A claim to check", key="control_claim", max_chars=LONGEST_IN_URL, placeholder=f"A claim: {EXAMPLES[0]}",
            label_visibility="collapsed",
        )  # fmt: skip
        with elements.settings():
            on = page_url.day("on", "On the day", FIRST_DAY, today, "Judged as of that day. Empty: today.")
            vintage = page_url.day(
                "as_of", "Data as of", FIRST_DAY, today, "Only what had been retrieved by the end of that day, UTC."
            )
    phone = elements.phone()
    height: int | Literal["content"] = EXAMPLES_HEIGHT if phone else "content"
    with st.container(horizontal=True, gap="small", vertical_alignment="center", height=height, border=False):
        for example in EXAMPLES[: 2 if phone else None]:
            st.button(example, on_click=page_url.set_text, args=("claim", example))
    return ClaimQuestion(claim.strip(), on, end_of(vintage) if vintage else None)


# -- one sentence ------------------------------------------------------------------------------------------------------


def _answered(question: ClaimQuestion) -> None:
    """The verdict on a sentence, or what can be understood."""
    try:
        checked = cache.claim(question.claim, question.on, question.as_of)
    except QuestionError as fault:
        elements.heading(UNCLEAR)
        _not_understood(fault)
        return
    headline, detail = parted(checked.sentence)
    elements.heading(headline)
    if detail:
        st.markdown(literal(detail, 1500))
    with st.container(horizontal=not elements.phone(), vertical_alignment="center", gap="medium"):
        st.markdown(f"{evidence.ruling_badge(checked.verdict)} {literal(_sides(checked), 600)}")
        st.button(
            "Show the evidence", icon=":material/fact_check:", type="primary",
            on_click=page_url.set_text, args=(evidence.KEY, evidence.OWN), disabled=not checked.evidence,
        )  # fmt: skip


def _sides(checked: CheckedClaim) -> str:
    """Which metrics speak for the claim, which against, and which say nothing clear."""
    metrics = cache.catalog().metrics
    titles_by_stance: dict[Stance, list[str]] = {}
    for e in checked.evidence:
        title = metrics[e.metric].title if e.metric in metrics else e.metric
        titles_by_stance.setdefault(e.stance, []).append(title)
    sides = [
        f"{str(stance).capitalize()}: {join_words(dict.fromkeys(titles_by_stance[stance]))}."
        for stance in Stance
        if stance in titles_by_stance
    ]
    return " ".join(sides) or "No metric has data on it."


def _not_understood(fault: QuestionError) -> None:
    """Why not, unless the heading says it all, what near it can be judged, and the patterns that are understood."""
    first = str(fault).partition(". ")[0].rstrip(".")
    if first != UNCLEAR:
        st.info(literal(f"{first}."))
    if isinstance(fault, NotUnderstood) and fault.nearest:
        st.markdown("**Claims near it that can be checked**")
        with st.container(horizontal=True, gap="small"):
            for sentence in fault.nearest:
                st.link_button(sentence, f"/claims?{urlencode({'claim': sentence})}")
    with st.expander("Claims that can be checked", expanded=not getattr(fault, "nearest", ())):
        patterns = [p.strip() for pattern in PATTERNS for p in pattern.split(";")]
        st.markdown("\n".join(f"- {literal(pattern)}" for pattern in patterns))
        st.caption(f"{literal(words(cache.catalog()), 600)}. At most {LONGEST} letters.")


# -- the claims that come with the program -----------------------------------------------------------------------------


def tally(answers: Sequence[ClaimAnswer]) -> str:
    """How the claims stand, in two sentences."""
    then = Counter(answer.then or answer.now for answer in answers)
    counts = [f"{then[ruling]} {_are(then[ruling])} {ruling}" for ruling in JUDGED if then[ruling]]
    if then[ClaimVerdict.NOT_ENOUGH]:
        counts.append(f"for {then[ClaimVerdict.NOT_ENOUGH]} there is not enough data")
    changed = [answer for answer in answers if answer.then is not None and answer.then != answer.now]
    today: dict[ClaimVerdict, list[str]] = {}
    for answer in changed:
        today.setdefault(answer.now, []).append(f"“{answer.claim.says.rstrip('.')}”")
    named = join_words(f"{join_words(these)} {_are(len(these))} {ruling}" for ruling, these in today.items())
    later = f"Today {named}." if changed else "No verdict has changed since."
    return f"On the data of that day, {join_words(counts)}. {later}"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _built_in(answers: Sequence[ClaimAnswer]) -> None:
    """A row for each claim: what it says, which opens its evidence, and the verdict then and now."""
    days = sorted({answer.claim.said_on for answer in answers if answer.claim.said_on})
    made = f", made on {day_in_words(days[0])}" if len(days) == 1 else ""
    elements.heading(f"{counted(len(answers), 'claim')} about the future of Flask{made}", 2)
    st.caption(literal(tally(answers), 900))
    for origin in filter(None, dict.fromkeys(answer.claim.said_in for answer in answers)):
        st.caption(literal(f"Where they are from: {origin}", 400))
    with st.container(gap="xxsmall"):
        if not elements.phone():
            _headings()
        for answer in answers:
            _row(answer)
    st.link_button("JSON", links.saved(f"{API}/claims.json"), icon=":material/download:")


def _headings() -> None:
    with st.container(horizontal=True):
        st.markdown("**Claim**", width="stretch")
        st.markdown("**That day**", width=VERDICT)
        st.markdown("**Today**", width=VERDICT)
        st.space(EVIDENCE)


def _row(answer: ClaimAnswer) -> None:
    """What the claim says, its verdicts, beneath it on a phone, and a button for the evidence."""
    then, now = evidence.ruling_badge(answer.then or answer.now), evidence.ruling_badge(answer.now)
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        if elements.phone():
            verdicts = now if then == now else f"{then} then, {now} today"
            st.markdown(f"{literal(answer.claim.says)}  \n{verdicts}", width="stretch")
        else:
            st.markdown(literal(answer.claim.says), width="stretch")
            st.markdown(then, width=VERDICT)
            st.markdown(now, width=VERDICT)
        st.button(
            "Evidence", key=f"claim_{answer.claim.id}", type="tertiary", icon=":material/chevron_right:",
            icon_position="right", width=EVIDENCE, on_click=page_url.set_text, args=(evidence.KEY, answer.claim.id),
        )  # fmt: skip


if __name__ == "__main__":
    show()
