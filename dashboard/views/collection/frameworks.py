"""Frameworks of the user's own: the form, how their collection goes, and what waits for a person to look at it."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from answers.collection.failures import OpenFailure, streams_in_words
from answers.questions import Question
from answers.wording import capital, counted, join_words
from catalog import ARCHIVED, Framework, Kind
from dashboard import authorization, cache, operator_actions
from dashboard.display_text import day_in_words, literal, moment, number
from dashboard.views.collection import runs
from dashboard.widgets import elements
from storage import Alias, Run, StoreError

STATES = {"waiting": "gray", "running": "blue", "collected": "green", "deferred": "orange", "failed": "red"}
FIELDS = ("name", "github", "package", "survey")
FIRST_METRICS = (
    "stars", "downloads_all", "downloads_no_mirrors", "npm_downloads", "gem_downloads", "hex_downloads_total",
    "go_importers", "stars_kept", "so_worked_with",
)  # fmt: skip
MOST_VALUES = 3  # first values that are shown
_CONFIRMATION, _FAULT = "track_said", "track_fault"


def form(token: str) -> None:
    """What to track besides the catalog. Only the shape of the names is checked here: this page reaches no source."""
    elements.heading("Add a framework", 2)
    name, repository, registry, package, survey = st.columns([4, 4, 2, 4, 4])
    name.text_input("Name", key="track_name", placeholder="Robyn", max_chars=60)
    repository.text_input("GitHub repository", key="track_github", placeholder="owner/repository", max_chars=160)
    registries = {key: one.title for key, one in operator_actions.REGISTRIES.items()}
    registry.selectbox("Registry", list(registries), format_func=registries.__getitem__, key="track_registry")
    package.text_input("Package", key="track_package", placeholder="robyn", max_chars=160)
    survey.text_input(
        "Survey label", key="track_survey", placeholder="may stay empty", max_chars=100,
        help="Its exact spelling in the Stack Overflow survey, if it was on the list.",
    )  # fmt: skip
    _preview(_request())
    st.button("Add and collect", disabled=authorization.closed(), on_click=_add, args=(token,))
    if fault := st.session_state.pop(_FAULT, ""):
        st.error(literal(fault, 500))
    if confirmation := st.session_state.pop(_CONFIRMATION, ""):
        st.success(literal(confirmation, 600))
    if archived := [f.own_title for f in cache.catalog().frameworks.values() if f.archived]:
        st.caption(f"{capital(ARCHIVED)}: {literal(join_words(archived))}.")


def _request() -> operator_actions.FrameworkRequest:
    """What the form asks for."""
    name, github, package, survey = (str(st.session_state.get(f"track_{field}", "")) for field in FIELDS)
    packages = {str(st.session_state.get("track_registry", "pypi")): package}
    return operator_actions.FrameworkRequest(name, github=github, packages=packages, survey=survey)


def _preview(request: operator_actions.FrameworkRequest) -> None:
    """How the names are understood, or why they cannot be, before anything is kept."""
    if not (request.name.strip() and (request.github or any(request.packages.values()) or request.survey)):
        st.caption("Give a name and a repository or package. Both can be pasted as addresses.")
        return
    try:
        framework = operator_actions.candidate(request)
    except operator_actions.AddError as fault:
        st.caption(f":orange-badge[not yet] {literal(fault, 400)}")
        return
    sources = cache.catalog().sources
    names: dict[str, list[str]] = {}
    for source, name in framework.ids.items():
        names.setdefault(_linked(source, name), []).append(sources[source].title)
    places = "; ".join(f"{name} at {join_words(titles)}" for name, titles in names.items())
    st.caption(
        f":green-badge[new] **{literal(framework.title)}** will be tracked as {literal(framework.id)}: {places}. "
        "Its first values appear here after the first collection."
    )


def _linked(source: str, name: str) -> str:
    """A repository as a link for the reader to follow; any other name as text."""
    shown = literal(operator_actions.in_words(name))
    return f"[{shown}](https://github.com/{name})" if source == "github" else shown


def _add(token: str) -> None:
    state, wish = st.session_state, _request()
    if not wish.name.strip():
        state[_FAULT] = "A framework needs a name."
        return
    try:
        added, runs_requested = operator_actions.track(wish, token)
    except (operator_actions.AddError, authorization.NotAllowedError, StoreError) as fault:
        state[_FAULT] = str(fault)
        return
    sources = join_words(cache.catalog().sources[run.source].title for run in runs_requested)
    requested = f"Its collection from {sources} was requested." if sources else "No source has it, so none was asked."
    waits = "" if cache.scheduler_runs() or not sources else "It begins with a scheduler: start one with uptake up."
    state[_CONFIRMATION] = " ".join(
        filter(None, (f"{added.framework.title} is tracked.", *added.warnings, requested, waits))
    )
    for field in FIELDS:
        state[f"track_{field}"] = ""


def own(token: str) -> None:
    """Each framework of the user's own: how its collection goes, a link to its chart, and a button to remove it."""
    mine = [f for f in cache.catalog().frameworks.values() if f.own]
    if not mine:
        return
    with cache.reopening() as store:
        by_source: dict[str, list[Run]] = {}
        for run in store.runs(limit=100):
            by_source.setdefault(run.source, []).append(run)
    for framework in mine:
        _framework(framework, by_source, token)


def _framework(framework: Framework, by_source: dict[str, list[Run]], token: str) -> None:
    metrics = {s.metric for s in cache.series_extents() if s.framework == framework.id}
    with st.container(border=True):
        left, right = st.columns([3, 2], vertical_alignment="center")
        with left:
            st.markdown(f"**{literal(framework.title)}** :gray-badge[{literal(framework.id)}]")
            if framework.removed:
                st.caption("No longer collected. What was collected stays; adding it again goes on with it.")
            for source, name in framework.ids.items():
                if not framework.removed:
                    _source(framework.id, source, name, by_source)
        with right, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            first = next((metric for metric in FIRST_METRICS if metric in metrics), None)
            if first:
                link = {"metric": first, "framework": framework.id}
                st.page_link("views/trends/page.py", label="Open in Trends", query_params=link)
            if not framework.removed:
                _removal(framework, token)
        if values := _first_values(framework.id, metrics):
            st.caption(literal(values, 500))


def _first_values(framework: str, metrics: set[str]) -> str:
    """The newest value of the first metrics that have one: "GitHub stars 5 (1 November 2026) · ..."."""
    texts = []
    for name in [metric for metric in FIRST_METRICS if metric in metrics][:MOST_VALUES]:
        answer = cache.series(Question(name, (framework,)))
        rows = answer.frame.dropna(subset=["value"])
        if len(rows):
            unit = "share" if answer.metric.kind is Kind.SHARE else ""
            value = number(float(rows["value"].iloc[-1]), unit)
            texts.append(f"{answer.metric.title} {value} ({day_in_words(rows['period_end'].iloc[-1])})")
    return " · ".join(texts)


def _source(framework: str, source: str, name: str, by_source: dict[str, list[Run]]) -> None:
    """One line: what it is called there and how the last collection went."""
    title = cache.catalog().sources[source].title
    word, sentence = runs.outcome_of(framework, source, by_source)
    st.markdown(
        f":{STATES[word]}-badge[{word}] {literal(title)}: {literal(operator_actions.in_words(name))} · "
        f"{literal(sentence, 400)}"
    )


def _removal(framework: Framework, token: str) -> None:
    with st.popover("Remove", width="content", disabled=authorization.closed()):
        st.markdown(
            f"{literal(framework.title)} will not be collected any more. **Its data stays** and can be exported."
        )
        st.button("Stop tracking it", key=f"untrack_{framework.id}", on_click=_remove, args=(framework.id, token))


def _remove(framework: str, token: str) -> None:
    try:
        title = operator_actions.untrack(framework, token)
    except (operator_actions.AddError, authorization.NotAllowedError, StoreError) as fault:
        st.session_state[_FAULT] = str(fault)
    else:
        st.session_state[_CONFIRMATION] = f"{title} is not collected any more; what was collected stays."


def open_failures() -> None:
    """What trying again does not mend, such as another repository under the same name."""
    failures = cache.open_failures()
    if not failures:
        return
    st.subheader("Needs a look", anchor=False)
    for failure in failures[:20]:
        _failure(failure)
    if len(failures) > 20:
        st.caption(f"{len(failures) - 20} more; `uptake status` lists them all.")


def _failure(failure: OpenFailure) -> None:
    words = {"replaced": "same name, other repository"}.get(failure.kind, failure.kind)
    what = streams_in_words(cache.catalog(), failure.source, failure.stream)
    source = runs.source_title(failure.source)
    since = f"since run {failure.run} of {day_in_words(failure.at)}" if failure.at else f"since run {failure.run}"
    where = f"{elements.title(failure.framework)} at {source}: {what}, {since}"
    with st.container(border=True):
        st.markdown(f":red-badge[{literal(words)}] **{literal(where)}**  \n{literal(failure.message, 600)}")


def renames() -> None:
    """Names that changed at a source while the thing behind them stayed the same."""
    with cache.reopening() as store:
        rows = _renamed(store.aliases())
    if not rows:
        return
    with st.expander(f"{counted(len(rows), 'rename')} at the sources"):
        elements.table(pd.DataFrame(rows))
        st.caption("The source's own lasting id says that it is the same thing, so its history goes on.")


def _renamed(aliases: Iterable[Alias]) -> list[dict[str, str]]:
    """One row per framework and source with more than one name, the latest name first."""
    by_source: dict[tuple[str, str], list[Alias]] = {}
    for alias in aliases:
        by_source.setdefault((alias.framework, alias.source), []).append(alias)
    return [
        {
            "Framework": elements.title(framework),
            "Source": runs.source_title(source),
            "Name": names[0].name,
            "Before": join_words(a.name for a in names[1:]),
            "Lasting id": names[0].lasting_id,
            "Seen": moment(names[0].seen_at),
        }
        for (framework, source), names in by_source.items()
        if len({a.name for a in names}) > 1
    ]
