"""One small control on every page with a chart: the chart as PNG, SVG or HTML, and how to have it in a README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

import streamlit as st

from answers.series.answer import SeriesAnswer
from dashboard import cache, parameters
from dashboard.text import plain
from dashboard.widgets import elements

PREFIX = "/api/v1"
KINDS = {
    "png": ("PNG", "For slides: 2,400 pixels wide."),
    "svg": ("SVG", "For the web and for print: sharp at any size."),
    "html": ("HTML", "One file with the numbers and every caveat, which needs no network and answers a pointer."),
}
SAYS = "Title, caveat, source and date are part of the picture; the same data give the same file."

Asked = Sequence[tuple[str, str]]


def offer(
    of: str, asked: Asked, charts: Mapping[str, str] | None = None, others: Mapping[str, Asked] | None = None
) -> None:
    """The control. `of` is one of `dashboard.figures.FIGURES`, `asked` its parameters; light or dark as the page is.

    `charts`, for a page with several of them: what each is called, by the value of the parameter `show`; none at all
    if it is empty. `others`: by what each is called, the whole parameters of a chart that asks something else.
    """
    own = {"": ""} if charts is None else charts
    told = [(title, [*asked, ("show", show)]) for show, title in own.items()]
    with st.popover("Save as picture", width="content"):
        for title, asks in [*told, *(others or {}).items()]:
            with st.container(gap="xxsmall"):
                if title:
                    st.markdown(f"**{plain(title)}**")
                _links(of, asks)
        _says()


def offer_series(answer: SeriesAnswer, more: Asked = ()) -> None:
    """The control for a series, with the badge of one framework. `more`: how it is drawn, such as `log`."""
    asked = [*series(answer), *((name, text) for name, text in more if text)]
    with st.popover("Save as picture", width="content"):
        _links("chart", asked)
        _says()
        _readme(answer, asked)


def series(answer: SeriesAnswer) -> list[tuple[str, str]]:
    """The parameters of a series."""
    question = answer.question
    told = [
        ("metric", question.metric),
        ("framework", ",".join(question.frameworks)),
        ("dimension", question.dimension),
        ("since", question.since.isoformat() if question.since else ""),
        ("until", question.until.isoformat() if question.until else ""),
        ("as_of", parameters.written(question.as_of)),
        ("view", "" if question.view == "level" else question.view),
    ]
    return [(name, text) for name, text in told if text]


def address(of: str, asked: Asked, kind: str, *, dark: bool = False) -> str:
    """A picture's address, relative to the server."""
    theme = [("theme", "dark")] if dark else []
    return f"{PREFIX}/{of}.{kind}?{urlencode([*((n, t) for n, t in asked if t), *theme], safe=',=*')}"


def _links(of: str, asked: Asked) -> None:
    """A link for each kind of file."""
    dark = elements.dark()
    with st.container(horizontal=True, gap="small"):
        for kind, (label, told) in KINDS.items():
            st.link_button(label, address(of, asked, kind, dark=dark), help=told)


def _says() -> None:
    st.caption(f"{SAYS} On {'dark' if elements.dark() else 'light'} ground, as this page is.")


def _readme(answer: SeriesAnswer, asked: Asked) -> None:
    """Markdown for a README: the chart, and the badge where the question has one number."""
    known = answer.frame.dropna(subset=["value"])
    title = answer.metric.title
    st.caption("In a README, always with the last figures:")
    st.code(f"![{title}]({_server()}{address('chart', asked, 'svg')})", language=None, wrap_lines=True)
    if known["framework"].nunique() != 1 or known["dimension"].nunique() != 1:
        st.caption("Choose a single framework and there is a badge with its last number, too.")
        return
    name = elements.titles().get(str(known["framework"].iloc[0]), "")
    badge = address("badge", series(answer), "svg")
    st.caption(f"A badge with the last number of {plain(name)}:")
    st.code(f"![{name}: {title}]({_server()}{badge})", language=None, wrap_lines=True)


def _server() -> str:
    """Where others reach this server: what the settings say, else as this reader does."""
    public = cache.settings().public_url
    if public:
        return public.rstrip("/")
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}" if here.netloc else ""
