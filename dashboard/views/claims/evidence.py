"""The evidence on a claim, beside the page: metric by metric, with its numbers, days, caveats and source."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from answers.claims.check import CheckedClaim, ClaimAnswer, ClaimVerdict
from answers.claims.evidence import Evidence
from answers.questions import ClaimQuestion, QuestionError
from answers.wording import counted
from catalog import Caveat
from dashboard import cache, links, page_url
from dashboard.display_text import day_in_words, literal, moment, span_in_words
from dashboard.widgets import about_this_data, attribution

KEY = "evidence"  # in the URL: whose evidence is shown, that of a built-in claim by its id, or
OWN = "own"  # of the reader's own claim
RULINGS = {
    ClaimVerdict.SUPPORTED: "green",
    ClaimVerdict.CONTRADICTED: "red",
    ClaimVerdict.DISPUTED: "orange",
    ClaimVerdict.NOT_ENOUGH: "gray",
    ClaimVerdict.BEYOND: "gray",
}
STANCES = {"for": "green", "against": "red", "partly": "orange", "unclear": "gray"}


def ruling_badge(ruling: ClaimVerdict) -> str:
    """A verdict as a badge, in markdown."""
    return f":{RULINGS[ruling]}-badge[{ruling}]"


def opened(question: ClaimQuestion, answers: Sequence[ClaimAnswer]) -> None:
    """The evidence that the URL or a click asks for, in a dialog."""
    answer_by_id = {answer.claim.id: answer for answer in answers}
    name = page_url.text(KEY, lambda text: text == OWN or text in answer_by_id)
    if name in answer_by_id:
        _built_in(answer_by_id[name])
    elif name and question.claim:
        _own(question)


def _close() -> None:
    page_url.set_text(KEY, "")


@st.dialog("Evidence", width="large", position="right", on_dismiss=_close)
def _own(question: ClaimQuestion) -> None:
    """The evidence on the claim asked, and how to get the same elsewhere."""
    try:
        checked = cache.claim(question.claim, question.on, question.as_of)
    except QuestionError as fault:
        st.info(literal(fault))
        return
    st.markdown(f"{ruling_badge(checked.verdict)} **{literal(checked.sentence, 600)}**")
    for evidence in checked.evidence:
        _evidence(evidence)
    st.markdown("**Get the same by API or shell**")
    st.code(links.api(question), language=None, wrap_lines=True)
    st.code(links.shell(question), language=None, wrap_lines=True)


@st.dialog("Evidence", width="large", position="right", on_dismiss=_close)
def _built_in(answer: ClaimAnswer) -> None:
    """A claim that comes with the program: each sentence it is judged by, then and today, and its context."""
    claim = answer.claim
    st.markdown(f"**{literal(claim.says)}**")
    then = f"{day_in_words(claim.said_on)} {ruling_badge(answer.then)} · " if claim.said_on and answer.then else ""
    st.markdown(f"{then}today {ruling_badge(answer.now)}")
    if claim.judged:
        st.caption(literal(claim.judged, 800))
    for pair in answer.checks:
        _both_times(claim.id, pair)
    if answer.also:
        st.markdown("**Context, which does not count**")
        for pair in answer.also:
            _both_times(claim.id, pair)
    _read_with_care([e for pair in (*answer.checks, *answer.also) for one in pair if one for e in one.evidence])


def _evidence(e: Evidence) -> None:
    """The evidence of one metric: for or against, with its numbers, days, caveats and source."""
    metric = cache.catalog().metrics.get(e.metric)
    with st.container(border=True, gap="xsmall"):
        st.markdown(
            f"{_stance_badge(e)} **{literal(metric.title if metric else e.metric)}**  \n{literal(e.sentence, 900)}"
        )
        if metric:
            st.markdown(f":orange-badge[Read with care] {literal(metric.badge)}")
            span = f"{span_in_words(e.since, e.until)} · " if e.since and e.until else ""
            sources = attribution.sources_named(e.sources)
            st.caption(literal(span) + attribution.provenance(sources, e.retrieved_at, metric))
            _caveats(_of([e]))


def _stance_badge(e: Evidence) -> str:
    return f":{STANCES[str(e.stance)]}-badge[{e.stance}]"


def _both_times(where: str, pair: tuple[CheckedClaim | None, CheckedClaim]) -> None:
    """A sentence then and now, and the way to check it on its own."""
    with st.container(border=True, gap="xsmall"):
        for checked in pair:
            if checked is None:
                continue
            lines = [f"- {_stance_badge(e)} {literal(e.sentence, 700)}" for e in checked.evidence]
            text = "\n".join(lines) or "No metric has data on it."
            st.markdown(f"{ruling_badge(checked.verdict)} **{literal(checked.sentence, 300)}**\n\n{text}")
        text = pair[1].text
        if st.button("Check this one", key=f"check_{where}_{text}", on_click=_ask, args=(text,)):
            st.rerun()  # the whole page, not only this dialog


def _ask(text: str) -> None:
    page_url.set_text("claim", text)
    _close()


def _read_with_care(evidence: Sequence[Evidence]) -> None:
    """The line that must go with each metric in the evidence, the caveats, and the sources."""
    metrics = cache.catalog().metrics
    shown = dict.fromkeys(e.metric for e in evidence if e.metric in metrics)
    for name in shown:
        st.markdown(f":orange-badge[Read with care] {literal(metrics[name].title)}: {literal(metrics[name].badge)}")
    _caveats(_of(evidence))
    retrieved = max((e.retrieved_at for e in evidence if e.retrieved_at), default=None)
    if retrieved:
        sources = attribution.sources_named(name for e in evidence for name in e.sources)
        st.caption(f"Source: {attribution.source_links(sources)} · Retrieved: {moment(retrieved)}")


def _of(evidence: Sequence[Evidence]) -> list[Caveat]:
    """The caveats of some evidence, each once."""
    caveats = cache.catalog().caveats
    return [caveats[code] for code in dict.fromkeys(code for e in evidence for code in e.caveats) if code in caveats]


def _caveats(caveats: Sequence[Caveat]) -> None:
    if caveats:
        with st.expander(counted(len(caveats), "caveat")):
            for caveat in about_this_data.ordered(caveats):
                attribution.caveat_text(caveat)
