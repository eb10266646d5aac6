"""The user's own figures: which files were imported, what came of each, and how to remove them."""

from __future__ import annotations

import streamlit as st

from answers.wording import counted, join_words
from dashboard import cache
from dashboard.display_text import day_in_words, literal
from dashboard.widgets import elements
from storage import ImportedFile, OwnSource
from uptake.imports.file_import import OwnFigures, own_figures

NAMED = 4  # frameworks of an import that are named
KB, MB = 1024, 1024 * 1024
HOW = "uptake import FILE.csv --metric stars --source NAME --licence LICENCE"
NONE = "No figures of your own are imported. This command imports a CSV file; `--dry-run` only checks it:"


def show() -> None:
    """Each source of the user's own with its figures and files; the command that imports."""
    with cache.reopening() as store:
        sources = [source for source in store.own_sources() if source.removed_at is None]
        figures = list(own_figures(store, cache.catalog()))
    for source in sources:
        _source(source, [own for own in figures if own.source.id == source.id])
    st.caption("This command imports a further CSV file:" if sources else NONE)
    st.code(HOW, language=None)


def _source(source: OwnSource, figures: list[OwnFigures]) -> None:
    """Where it is from, what it has by each count, and the command that removes it."""
    with st.container(border=True, gap="xsmall"):
        published = f" · [{literal(source.url)}]({source.url})" if source.url else ""
        st.markdown(f"**{literal(source.title)}** :gray-badge[{literal(source.licence)}]{published}")
        for own in figures:
            st.markdown(literal(_in_words(own), 400))
            st.caption("  \n".join(literal(_file(file), 300) for file in own.files))
        if not figures:
            st.caption("None of its values is shown: other sources have the same days.")
        st.caption(f"Remove all of it: `uptake imports remove {source.id.removeprefix('import:')}`")


def _in_words(own: OwnFigures) -> str:
    """What is in force: "GitHub stars: 12 values of Flask and Django, 1 May 2020 to 3 June 2021."."""
    names = [elements.title(name) for name in own.frameworks[:NAMED]]
    more = [f"{len(own.frameworks) - NAMED} more"] if len(own.frameworks) > NAMED else []
    title = cache.catalog().metrics[own.metric].title
    span = f"{day_in_words(own.first)} to {day_in_words(own.last)}"
    return f"{title}: {counted(own.figures, 'value')} of {join_words([*names, *more])}, {span}."


def _file(file: ImportedFile) -> str:
    size = f"{file.size / MB:.1f} MB" if file.size >= MB else f"{max(1, round(file.size / KB))} kB"
    return f"{file.name} ({size}), imported {day_in_words(file.imported_at)}, run {file.run}, SHA-256 {file.sha256}"
