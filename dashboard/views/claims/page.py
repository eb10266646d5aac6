"""Claims: is it true? A sentence, checked against every metric that can judge it, with the evidence of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from answers.claims.check import CheckedClaim, ClaimAnswer, Ruling
from answers.claims.evidence import Evidence
from answers.claims.grammar import LONGEST, PATTERNS, words
from answers.claims.nearest import NotUnderstood
from answers.parameters import end_of
from answers.question import ClaimQuestion, QuestionError
from answers.wording import counted, listed
from catalog import Caveat
from dashboard import cache, links
from dashboard.text import moment, plain
from dashboard.widgets import elements, url_state
from dashboard.widgets.data_table import neutral

EXAMPLES = (
    "django passed flask in stars in 2020",
    "fastapi grows faster than django",
    "flask leads downloads",
    "fastapi passed flask in downloads in 2025",
    "stars are no measure of use",
)
RULINGS = {
    Ruling.SUPPORTED: "green",
    Ruling.CONTRADICTED: "red",
    Ruling.DISPUTED: "orange",
    Ruling.NOT_ENOUGH: "gray",
    Ruling.BEYOND: "gray",
}
JUDGED = (Ruling.SUPPORTED, Ruling.DISPUTED, Ruling.CONTRADICTED, Ruling.BEYOND)
STANCES = {"for": "green", "against": "red", "partly": "orange", "unclear": "gray"}
FIRST_DAY = date(2008, 1, 1)
LONGEST_IN_URL = 4_000


@elements.guarded
def show() -> None:
    """The page."""
    top = st.container()
    question = _controls()
    url_state.problems()
    if question.claim:
        _answered(top, question)
    else:
        with st.spinner("Checking the claims of 2020…"):
            answers = cache.claims()
        with top:
            elements.headline("Claims", tally(answers))
    _built_in()


def _controls() -> ClaimQuestion:
    """The sentence, the day it is judged for, and the vintage."""
    url_state.text("claim", lambda text: len(text) <= LONGEST_IN_URL)
    today = cache.now().date()
    with st.container(border=True):
        left, right, late = st.columns([4, 1, 1], vertical_alignment="bottom")
        with left:
            claim = st.text_input(
                "A sentence to check", key="control_claim", max_chars=LONGEST_IN_URL, placeholder=EXAMPLES[0],
                help="In plain words, such as: fastapi passed django in downloads in 2022.",
            )  # fmt: skip
        with right:
            on = url_state.day("on", "As it stood on", FIRST_DAY, today, "Judged as of that day; empty: as last seen.")
        with late:
            vintage = url_state.day(
                "as_of", "As known on", FIRST_DAY, today, "Only what had been retrieved by then (UTC)."
            )
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            for example in EXAMPLES:
                st.button(example, on_click=url_state.set_text, args=("claim", example))
    return ClaimQuestion(claim.strip(), on, end_of(vintage) if vintage else None)


# -- one sentence ------------------------------------------------------------------------------------------------------


def _answered(top: st.delta_generator.DeltaGenerator, question: ClaimQuestion) -> None:
    """The verdict on a sentence, or what can be understood."""
    try:
        checked = cache.claim(question.claim, question.on, question.as_of)
    except QuestionError as fault:
        with top:
            elements.headline("Claims", "This sentence cannot be checked.")
        _not_understood(fault)
        return
    with top:
        elements.headline("Claims", checked.sentence)
        st.markdown(_ruling(checked.verdict))
    for evidence in checked.evidence:
        _evidence(evidence)
    _take_away(question)


def _not_understood(fault: QuestionError) -> None:
    """Why not, what near it can be judged, and the patterns that are understood."""
    first = str(fault).partition(". ")[0]
    st.info(plain(f"{first.rstrip('.')}."))
    if isinstance(fault, NotUnderstood) and fault.nearest:
        st.markdown("**What near it can be judged**")
        with st.container(horizontal=True, gap="small"):
            for sentence in fault.nearest:
                st.link_button(sentence, f"/claims?{urlencode({'claim': sentence})}")
    st.markdown("**What is understood**")
    patterns = [p.strip() for pattern in PATTERNS for p in pattern.split(";")]
    st.markdown("\n".join(f"- {plain(pattern)}" for pattern in patterns))
    st.caption(f"{plain(words(cache.catalog()), 600)}. At most {LONGEST} letters.")


def _evidence(e: Evidence) -> None:
    """The evidence of one metric: for or against, with its numbers, days, doubts and source."""
    catalog = cache.catalog()
    metric = catalog.metrics.get(e.metric)
    with st.container(border=True):
        st.markdown(f"{_stance_badge(e)} **{plain(metric.title if metric else e.metric)}**  \n{plain(e.sentence, 900)}")
        if metric:
            with st.container(horizontal=True, vertical_alignment="center"):
                elements.badge(metric)
                elements.doubts(_caveats(e))
            span = f"Days: {e.since} to {e.until} · " if e.since and e.until else ""
            st.caption(plain(span) + elements.provenance(elements.sources_named(e.sources), e.retrieved_at, metric))


def _stance_badge(e: Evidence) -> str:
    return f":{STANCES[str(e.stance)]}-badge[{e.stance}]"


def _caveats(e: Evidence) -> Sequence[Caveat]:
    caveats = cache.catalog().caveats
    return [caveats[code] for code in e.caveats if code in caveats]


def _take_away(question: ClaimQuestion) -> None:
    """The same answer as JSON and in a shell."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.link_button("As JSON by API", links.api(question))
        with st.popover("In a shell", width="content"):
            st.code(links.shell(question), language=None, wrap_lines=True)


# -- the claims that come with the program -----------------------------------------------------------------------------


def tally(answers: Sequence[ClaimAnswer]) -> str:
    """How the claims stand, in one sentence."""
    then = Counter(answer.then or answer.now for answer in answers)
    counts = [f"{then[ruling]} {_are(then[ruling])} {ruling}" for ruling in JUDGED if then[ruling]]
    if then[Ruling.NOT_ENOUGH]:
        counts.append(f"for {then[Ruling.NOT_ENOUGH]} there is not enough data")
    changed = [answer for answer in answers if answer.then is not None and answer.then != answer.now]
    named = listed(f"“{answer.claim.says.rstrip('.')}” is {answer.now}" for answer in changed)
    later = f"today {named}" if changed else "today no verdict is another"
    return (
        f"Of {counted(len(answers), 'claim')} made about Flask in November 2020, {listed(counts)}. "
        f"Judged as of the day they were made; {later}. Write a sentence of your own, or choose an example."
    )


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _built_in() -> None:
    st.subheader("“The future of Flask”, claim by claim", anchor=False)
    st.caption("Said on 2020-11-25; each is judged as of that day, and as of today.")
    with st.spinner("Checking the claims of 2020…"):
        answers = cache.claims()
    if url_state.switch("table", "Table"):
        _table(answers)
        return
    for answer in answers:
        _claim(answer)


def _claim(answer: ClaimAnswer) -> None:
    """One claim: its text, the verdict then and now, and each sentence with its evidence."""
    claim = answer.claim
    with st.container(border=True):
        words, verdicts = st.columns([3, 2], vertical_alignment="center")
        words.markdown(f"**{plain(claim.says)}**")
        today = f"today {_ruling(answer.now)}" if claim.checks else _ruling(answer.now)
        verdicts.markdown(
            f"on {claim.said_on} {_ruling(answer.then)} · {today}" if answer.then and claim.checks else today
        )
        if not claim.checks:
            st.caption(plain(claim.judged, 800))
            return
        checks = [earlier or now for earlier, now in answer.checks]
        for checked in checks:
            _evidence_list(checked)
        _doubts([e for checked in checks for e in checked.evidence])
        with st.expander("Then and now, sentence by sentence"):
            if claim.judged:
                st.caption(plain(claim.judged, 800))
            for pair in (*answer.checks, *answer.also):
                _both_times(claim.id, pair)


def _ruling(ruling: Ruling) -> str:
    return f":{RULINGS[ruling]}-badge[{ruling}]"


def _evidence_list(checked: CheckedClaim) -> None:
    """The evidence of a sentence in one line each."""
    lines = [f"- {_stance_badge(e)} {plain(e.sentence, 700)}" for e in checked.evidence]
    st.markdown("\n".join(lines) or "No metric here knows what it takes.")
    learned = max((e.retrieved_at for e in checked.evidence if e.retrieved_at), default=None)
    if learned:
        sources = elements.sources_named(name for e in checked.evidence for name in e.sources)
        st.caption(f"Source: {elements.source_links(sources)} · Retrieved: {moment(learned)}")


def _doubts(evidence: Sequence[Evidence]) -> None:
    """The badge of every metric in the evidence, and its caveats one click away."""
    metrics = cache.catalog().metrics
    for e in {e.metric: e for e in evidence if e.metric in metrics}.values():
        with st.container(horizontal=True, vertical_alignment="center"):
            elements.badge(metrics[e.metric])
            elements.doubts(_caveats(e))


def _both_times(where: str, pair: tuple[CheckedClaim | None, CheckedClaim]) -> None:
    """A sentence then and now, and the way to check it on its own."""
    for checked in pair:
        if checked is None:
            continue
        lines = [f"- {_stance_badge(e)} {plain(e.sentence, 700)}" for e in checked.evidence]
        st.markdown(f"{_ruling(checked.verdict)} **{plain(checked.sentence, 300)}**\n\n" + "\n".join(lines))
    text = pair[1].text
    st.button("Check this one", key=f"check_{where}_{text}", on_click=url_state.set_text, args=("claim", text))


def _table(answers: Sequence[ClaimAnswer]) -> None:
    """The claims with their verdicts as a table."""
    rows = [
        {
            "Claim": answer.claim.says,
            "Said on": answer.claim.said_on,
            "Then": str(answer.then or ""),
            "Today": str(answer.now),
            "Judged by": "; ".join(answer.claim.checks),
            "Evidence": " ".join(e.sentence for pair in answer.checks for e in (pair[0] or pair[1]).evidence),
        }
        for answer in answers
    ]
    frame = pd.DataFrame(rows)
    st.dataframe(frame.assign(Evidence=neutral(frame["Evidence"])), hide_index=True, width="stretch")


if __name__ == "__main__":
    show()
