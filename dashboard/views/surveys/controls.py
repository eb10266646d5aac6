"""The controls of *Surveys*: which tab, which frameworks, and what else that tab needs, all in one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from answers.parameter_types import end_of
from answers.questions import SurveyQuestion
from answers.surveys.differences import WORKED
from catalog import Catalog
from dashboard import cache, page_url
from dashboard.widgets import dimensions, elements
from dashboard.widgets.dimensions import Cut

TIME, REGIONS, GROUPS, WANTED, QUESTIONS = "years", "regions", "groups", "wanted", "questions"
HIRING = "hiring"
TABS = {
    TIME: "Over time",
    REGIONS: "By region",
    GROUPS: "Groups",
    WANTED: "Used vs wanted",
    QUESTIONS: "Questions",
    HIRING: "Job posts",
}
DEFAULT = ("flask", "django", "fastapi")
FIRST_DAY = date(2008, 1, 1)
TABS_WIDTH, FRAMEWORKS_WIDTH = 236, 316  # pixels; of the tabs on a phone


@dataclass(frozen=True, slots=True)
class Row:
    """The row of controls: `main` is for what a tab needs to be seen, `settings` for the rest."""

    tab: str
    frameworks: tuple[str, ...]
    main: DeltaGenerator
    settings: DeltaGenerator


def row() -> Row:
    """The tab and the frameworks, and where other controls go."""
    phone = elements.phone()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        with st.container(width=TABS_WIDTH if phone else "content"):
            tab = page_url.one("show", "Show", TABS, TIME, segments=not phone, bare=True)
        if phone:
            settings = main = elements.settings()
        framed = st.container(width=FRAMEWORKS_WIDTH if tab != QUESTIONS else "content")
        if not phone:
            main, settings = st.container(width="content"), elements.settings()
    frameworks: tuple[str, ...] = DEFAULT
    if tab != QUESTIONS:
        with framed:
            frameworks = page_url.many("framework", "Frameworks", elements.titles(), DEFAULT, bare=True)
    return Row(tab, frameworks, main, settings)


def survey(place: DeltaGenerator, catalog: Catalog, *, bare: bool = False) -> str:
    """Which question of which survey."""
    shares = {m.id: m.title for m in catalog.metrics.values() if m.has_editions}
    with place:
        return page_url.one("survey", "Survey", shares, WORKED, bare=bare)


def button(row: Row, label: str, icon: str) -> DeltaGenerator:
    """What one tab alone has to choose, behind a button of its own; on a phone it is in the settings."""
    return row.settings if elements.phone() else row.main.popover(label, icon=icon)


def vintage() -> datetime | None:
    """Only what had been retrieved by then."""
    help_text = "Only what had been retrieved by the end of that day, UTC."
    chosen = page_url.day("as_of", "Data as of", FIRST_DAY, cache.now().date(), help_text)
    return end_of(chosen) if chosen else None


def cut_question(row: Row, metric: str) -> tuple[SurveyQuestion, Cut]:
    """A question about everybody, one group, or one framework by group; whose answers is in the settings."""
    frameworks = row.frameworks
    with row.settings:
        cut = dimensions.choose(cache.catalog().metrics[metric], frameworks, "Who answered")
        if cut.splits and len(frameworks) > 1:
            frameworks = (dimensions.one_of(frameworks),)
        dimensions.definition(cut)
        as_of = vintage()
    return SurveyQuestion(metric, frameworks, cut.dimension, as_of=as_of), cut
