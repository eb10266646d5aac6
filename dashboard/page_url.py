"""The whole state of a page in its URL, under the catalog's own ids.

Streamlit's `bind="query-params"` writes a widget's *labels* into the URL; a link must outlive a label and must name
things as the HTTP API and the CSV do. So each control here keeps its canonical value, writes it to the URL when it is
not the default, follows the URL when the reader goes back or edits it, and says what it could not understand.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import streamlit as st

from answers.wording import join_words
from dashboard.display_text import literal

MOST_NAMED = 6  # of what is shown instead of what does not exist
_STATE = "_address"
T = TypeVar("T")


@dataclass(slots=True)
class _Address:
    """What one visitor's session keeps of its URL. `values` and `written` hold texts by key."""

    page: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)
    shown: dict[str, object] = field(default_factory=dict)  # what each control returned in the last run
    pending: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    follow: bool = True  # the URL counts in this run, not the controls


def opened(page: str) -> None:
    """Begin a run: find out whether the reader changed the URL itself. Call before any control."""
    state: _Address = st.session_state.setdefault(_STATE, _Address())
    current = {key: st.query_params.get_all(key) for key in st.query_params}
    state.follow = _navigated(state, page, current)
    if state.follow:
        state.values = current
    if state.page != page:
        state.shown = {}
    state.page, state.pending, state.problems = page, {}, []


def page() -> str:
    """The title of the page that is being shown."""
    return _address().page


def closed() -> None:
    """End a run: write what differs from the defaults into the URL."""
    state = _address()
    current = {key: st.query_params.get_all(key) for key in st.query_params}
    state.written = state.pending
    if current != state.pending:
        st.query_params.from_dict(state.pending)


def current() -> dict[str, list[str]]:
    """What the URL will be after this run: all that differs from the defaults, of the controls drawn so far."""
    return dict(_address().pending)


def _report(problem: str) -> None:
    """Remember what the URL asks for that does not exist; what another page keeps under that key is not asked for."""
    state = _address()
    if state.follow:
        state.problems.append(problem)


def has_problems() -> bool:
    """Whether the URL asked for something that does not exist."""
    return bool(_address().problems)


def problems() -> None:
    """Say what the URL asked for that does not exist. Call after the controls."""
    for sentence in _address().problems:
        st.warning(sentence)


def one(
    key: str,
    label: str,
    options: Mapping[str, str],
    default: str,
    *,
    segments: bool = False,
    bare: bool = False,
    follows: bool = False,
) -> str:
    """One of `options` (id to label), as a list to open or as segments side by side. `bare`: only heard, not seen, is
    the label. `follows`: whoever has chosen nothing gets the default, also where another control has changed it.
    """
    if default not in options:
        default = next(iter(options))
    if follows:
        _follow_default(key, default)
    seed = _seed(key, lambda texts: _valid_id(texts[0], options, label, default) if texts else default)
    widget = _prepare(key, seed, lambda value: value in options, default)
    if segments:
        chosen = st.segmented_control(
            label, list(options), format_func=options.__getitem__, key=widget, required=True, wrap=True,
            label_visibility="collapsed" if bare else "visible",
        )  # fmt: skip
    else:
        chosen = st.selectbox(
            label, list(options), format_func=options.__getitem__, key=widget,
            label_visibility="collapsed" if bare else "visible",
        )  # fmt: skip
    return str(_keep(key, chosen, default, [str(chosen)]))


def _follow_default(key: str, default: str) -> None:
    """Move a control that stands at its former default, so that the page is what a link without it would open."""
    state, widget = _address(), f"control_{key}"
    untouched = st.session_state.get(widget) == state.shown.get(widget)
    if widget in st.session_state and untouched and not state.values.get(key):
        st.session_state[widget] = default


MOST_WRAPPED = 3  # chosen ones that may take a second row; more stay in one, which scrolls


def many(
    key: str,
    label: str,
    options: Mapping[str, str],
    default: Sequence[str],
    *,
    most: int | None = None,
    bare: bool = False,
) -> tuple[str, ...]:
    """Some of `options` (id to label), in the reader's order; the default if none is left. `bare` as in `one`."""

    def parse(texts: list[str]) -> list[str]:
        names = dict.fromkeys(part for text in texts for part in text.split(",") if part)
        chosen_ids = [one_id for one_id in names if one_id in options]
        unknown = [text for text in names if text not in options]
        if unknown:
            _report(_unknown(unknown, options, label, chosen_ids or default, options))
        return chosen_ids[:most] or list(default)

    seed = _seed(key, parse)
    widget = _prepare(key, seed, lambda value: set(_texts(value)) <= set(options), list(default))
    count = len(_texts(st.session_state[widget]))
    with st.container(key=f"chosen_{count}_{key}"):  # by its name the stylesheet knows how high the box will be
        st.multiselect(
            label, list(options), format_func=options.__getitem__, key=widget, max_selections=most,
            wrap=count <= MOST_WRAPPED, label_visibility="collapsed" if bare else "visible",
            placeholder="Add a framework",
        )  # fmt: skip
    chosen = _texts(st.session_state[widget])
    if not chosen:
        st.info(f"Nothing is chosen, so this shows {join_words(options[d] for d in default)}.")
    _keep(key, chosen, list(default), chosen)
    return tuple(chosen or default)


def switch(key: str, label: str, help_text: str | None = None) -> bool:
    """On or off; off is the default. In the URL: `key=on`."""

    def parse(texts: list[str]) -> bool:
        if texts and texts[0] not in ("on", "off"):
            _report(f"“{label}” is on or off, not “{literal(texts[0], 60)}”; it is off.")
        return texts[:1] == ["on"]

    widget = _prepare(key, _seed(key, parse), lambda value: isinstance(value, bool), default=False)
    chosen = st.toggle(label, key=widget, help=help_text)
    return bool(_keep(key, chosen, default=False, texts=["on" if chosen else "off"]))


def day(key: str, label: str, first: date, last: date, help_text: str | None = None) -> date | None:
    """A day between `first` and `last`, or none (the default). In the URL: `key=2026-03-01`."""

    def parse(texts: list[str]) -> date | None:
        try:
            named_day = date.fromisoformat(texts[0]) if texts and texts[0] else None
        except ValueError:
            _report(f"“{label}” is a date such as 2020-11-25, not “{literal(texts[0], 60)}”; it is left out.")
            return None
        if named_day is None or first <= named_day <= last:
            return named_day
        nearest = min(max(named_day, first), last)
        _report(f"“{label}” is a day from {first} to {last}, not {named_day}. Shown: {nearest}.")
        return nearest

    def fits(value: object) -> bool:
        return value is None or (isinstance(value, date) and first <= value <= last)

    widget = _prepare(key, _seed(key, parse), fits, None)
    chosen: date | None = st.date_input(
        label, key=widget, min_value=first, max_value=last, format="YYYY-MM-DD", help=help_text
    )
    _keep(key, chosen, None, [] if chosen is None else [chosen.isoformat()])
    return chosen


def text(key: str, fits: Callable[[str], bool]) -> str:
    """A text that no control shows, such as which point was clicked; empty by default. `set_text` changes it."""
    widget = _prepare(key, _seed(key, lambda texts: texts[0] if texts and fits(texts[0]) else ""), _is_text(fits), "")
    return str(_keep(key, str(st.session_state[widget]), "", [str(st.session_state[widget])]))


def set_text(key: str, value: str) -> None:
    """Change a `text`, from a callback: it counts from the next run on."""
    st.session_state[f"control_{key}"] = value


def beside(key: str, label: str, options: Mapping[str, str]) -> str:
    """Which of `options` (id to title) is shown beside the page, such as in a dialog: empty for none, the default.

    Another page's choice under the same key does not open it. `set_beside` changes it.
    """
    state = _address()
    widget = _beside(key)
    if state.follow:
        texts = state.values.get(key, [])
        st.session_state[widget] = _valid_id(texts[0], {"": "none", **options}, label, "") if texts else ""
    chosen = str(st.session_state.setdefault(widget, ""))
    state.shown[widget] = chosen
    if chosen:
        state.pending[key] = [chosen]
    return chosen


def set_beside(key: str, value: str) -> None:
    """Change a `beside`, from a callback: it counts from the next run on."""
    st.session_state[_beside(key)] = value


def _beside(key: str) -> str:
    return f"beside_{page()}_{key}"


def _is_text(fits: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and (not value or fits(value))


def _address() -> _Address:
    state: _Address = st.session_state.setdefault(_STATE, _Address())
    return state


def _navigated(state: _Address, page: str, current: dict[str, list[str]]) -> bool:
    """Whether the URL was changed by the reader: opened, edited, back, forward.

    A click on another page empties the URL: then what was chosen stays. A control that moved in the same moment wins
    over an older URL, which the browser may still show while ours is on its way.
    """
    if not state.page:
        return True
    if page != state.page:
        return bool(current) and current != state.written
    moved = any(st.session_state.get(widget, value) != value for widget, value in state.shown.items())
    return current != state.written and not moved


def _seed(key: str, parse: Callable[[list[str]], T]) -> T:
    return parse(_address().values.get(key, []))


def _prepare(key: str, seed: object, fits: Callable[[object], bool], default: object) -> str:
    """Give the control its value before Streamlit draws it. Returns the control's key."""
    widget = f"control_{key}"
    if _address().follow or widget not in st.session_state:
        st.session_state[widget] = seed
    elif not fits(st.session_state[widget]):
        st.session_state[widget] = default
    return widget


def _keep(key: str, chosen: T, default: object, texts: list[str]) -> T:
    """Remember what the control says, for the URL (unless it is the default) and for the next page."""
    state = _address()
    state.shown[f"control_{key}"] = chosen
    state.values[key] = [] if chosen == default else texts
    if state.values[key]:
        state.pending[key] = texts
    return chosen


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, Iterable) else []


def _valid_id(text: str, options: Mapping[str, str], label: str, default: str) -> str:
    if text in options:
        return text
    _report(_unknown([text], options, label, [default], options))
    return default


def _unknown(
    texts: list[str], options: Iterable[str], label: str, shown: Sequence[str], titles: Mapping[str, str]
) -> str:
    """One sentence: what is not known, what is nearest, what is shown instead."""
    close = difflib.get_close_matches(texts[0][:80], list(options), n=1, cutoff=0.6)
    nearest = f" Did you mean {literal(close[0])}?" if close else ""
    quoted = join_words(f"“{literal(text, 60)}”" for text in texts[:3])
    every = len(shown) > MOST_NAMED
    instead = f"all {len(shown)}" if every else join_words(literal(titles[one_id]) for one_id in shown)
    return f"The address asks for {quoted}, which is not among “{label}”.{nearest} Shown: {instead}."
