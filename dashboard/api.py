"""The HTTP API: the same answers as the pages, the CSV and the command line. Read-only and bounded.

Errors are `{"error": sentence}` with 400 (the question), 404 (no such address) or 503 (the store). Handlers are plain
functions, which Starlette runs in its thread pool: the event loop, and with it every page, never waits for the store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from catalog import Framework, Metric
from dashboard import pictures, reading
from dashboard.badge import badge
from dashboard.poster import Look
from storage import StoreError
from uptake import answers
from uptake.answers import Question, QuestionError, SeriesAnswer
from uptake.answers._claims import checked_json, claim_json
from uptake.package import parquet

PREFIX = "/api/v1"
MOST_ROWS = 200_000
LONGEST_QUERY = 4_000
_SERIES = ("metric", "framework", "dimension", "since", "until", "as_of", "view")
_CHART = (*_SERIES, "theme", "log")
_THEMES = ("light", "dark")
_OVERTAKES = ("a", "b", "on", "as_of")
_CLAIMS = ("claim", "on", "as_of")
_USE = ("framework", "x", "y", "on", "as_of", "months")
_MOST_MONTHS = 120
_TRACE = ("metric", "framework", "dimension", "period")
_EVENTS = ("framework",)


def routes() -> list[BaseRoute]:
    """Every route of the API, the last of which answers what does not exist."""
    return [
        Route(f"{PREFIX}/series.csv", _guarded(series_csv)),
        Route(f"{PREFIX}/series.json", _guarded(series_json)),
        Route(f"{PREFIX}/series.parquet", _guarded(series_parquet)),
        Route(f"{PREFIX}/series.zip", _guarded(series_zip)),
        *(Route(f"{PREFIX}/chart.{kind}", _guarded(chart(kind))) for kind in pictures.MEDIA),
        Route(f"{PREFIX}/badge.svg", _guarded(badge_svg)),
        Route(f"{PREFIX}/trace.json", _guarded(trace)),
        Route(f"{PREFIX}/events.json", _guarded(events)),
        Route(f"{PREFIX}/overtakes.json", _guarded(overtakes)),
        Route(f"{PREFIX}/claims.json", _guarded(claims)),
        Route(f"{PREFIX}/use.json", _guarded(use)),
        Route(f"{PREFIX}/metrics.json", _guarded(metrics)),
        Route(f"{PREFIX}/frameworks.json", _guarded(frameworks)),
        Route("/healthz", health),
        Route("/api/{rest:path}", _nowhere),
    ]


def series_csv(request: Request) -> Response:
    """The series as CSV, the bytes that a page's button and `uptake export` give."""
    answer = _bounded(_asked_series(request.query_params))
    return StreamingResponse(
        _chunks(answers.csv_lines(answer)),
        media_type="text/csv; charset=utf-8",
        headers=_named(answer, "csv"),
    )


def series_json(request: Request) -> Response:
    """The series as JSON, with the metric, its caveats and sources in full."""
    return _json(answers.series_json(_bounded(_asked_series(request.query_params))))


def series_parquet(request: Request) -> Response:
    """The series as Parquet, licences and caveats in the file's metadata."""
    answer = _bounded(_asked_series(request.query_params))
    return _file(parquet(answer), "application/vnd.apache.parquet", answer, "parquet")


def series_zip(request: Request) -> Response:
    """The series as a zipped Frictionless Data Package."""
    answer = _bounded(_asked_series(request.query_params))
    return _file(reading.package(answer.question), "application/zip", answer, "zip")


def chart(kind: str) -> Callable[[Request], Response]:
    """What answers with the series as a picture of a kind: the page's chart with its title, doubt, source and date."""

    def drawn(request: Request) -> Response:
        question = _asked(request.query_params, _CHART)
        given = _params(request.query_params, _CHART)
        theme, log = _single(given, "theme") or "light", _single(given, "log")
        if theme not in _THEMES:
            raise QuestionError(f"theme is light or dark, not {theme[:40]!r}.")
        if log not in ("", "0", "1"):
            raise QuestionError(f"log is 0 or 1, not {log[:40]!r}.")
        try:
            body = pictures.shown(question, kind, Look(dark=theme == "dark", log=log == "1"))
        except pictures.Busy as fault:
            return _json({"error": str(fault)}, 503)
        return _picture(body, pictures.MEDIA[kind], f"uptake-{question.metric}.{kind}")

    return drawn


def badge_svg(request: Request) -> Response:
    """One framework's last number with its date, for a README."""
    answer = _asked_series(request.query_params)
    return _picture(
        badge(answer, reading.catalog()), pictures.MEDIA["svg"], f"uptake-{answer.question.metric}-badge.svg"
    )


def trace(request: Request) -> Response:
    """Where one number comes from: its run, the answer it was learned from, what it said before."""
    given = _params(request.query_params, _TRACE)
    day = _day(given, "period")
    if day is None:
        raise QuestionError("The parameter period is missing.")
    metric, framework = (_single(given, name, required=True) for name in ("metric", "framework"))
    return _json(answers.trace_json(reading.trace(metric, framework, _single(given, "dimension"), day)))


def events(request: Request) -> Response:
    """Releases, notes and what the register knows of the counting, for the frameworks named (none: all)."""
    named = _names(_params(request.query_params, _EVENTS))
    return _json({"events": [answers.event_json(mark) for mark in reading.marks(named)]})


def overtakes(request: Request) -> Response:
    """Who led by which metric, and when that changed: `a` and `b` are frameworks, `on` a day, `as_of` a vintage."""
    given = _params(request.query_params, _OVERTAKES)
    comparison = reading.compare(
        _single(given, "a", required=True),
        _single(given, "b", required=True),
        _day(given, "on"),
        _moment(given, "as_of"),
    )
    return _json(answers.comparison_json(comparison))


def claims(request: Request) -> Response:
    """A sentence, checked: `claim`, as it stood `on` a day, as known `as_of`; without one, those that come built in."""
    given = _params(request.query_params, _CLAIMS)
    claim, on, as_of = _single(given, "claim"), _day(given, "on"), _moment(given, "as_of")
    if claim:
        return _json(checked_json(reading.catalog(), reading.checked(claim, on, as_of)))
    if on or as_of or "claim" in given:
        raise QuestionError("The parameter claim is missing; without any parameter the claims built in are judged.")
    return _json({"claims": [claim_json(answer) for answer in reading.claims()]})


def use(request: Request) -> Response:
    """How alike two metrics, `x` and `y`, rank the frameworks: stars and downloads by pip unless others are named."""
    given = _params(request.query_params, _USE)
    months = _single(given, "months") or "0"
    if not (months.isascii() and months.isdigit() and int(months[:6]) <= _MOST_MONTHS):
        raise QuestionError(f"months is a number up to {_MOST_MONTHS}, not {months[:40]!r}.")
    x, y = _single(given, "x") or "stars", _single(given, "y") or "downloads_pip_30d"
    found = reading.use(x, y, _names(given), _day(given, "on"), _moment(given, "as_of"), int(months))
    return _json(answers.use_json(found))


def metrics(request: Request) -> Response:
    """Every metric: what it measures and does not, its caveats, sources and breaks."""
    _params(request.query_params, ())
    return _json({"metrics": [_metric(metric) for metric in reading.catalog().metrics.values()]})


def frameworks(request: Request) -> Response:
    """Every framework and its name at each source."""
    _params(request.query_params, ())
    return _json({"frameworks": [_framework(framework) for framework in reading.catalog().frameworks.values()]})


def health(_request: Request) -> Response:
    """200 when the store answers, 503 and one sentence when it does not."""
    try:
        with reading.reopening() as store:
            store.ping()
            generation = store.generation()
    except StoreError as fault:
        return _json({"status": "unavailable", "error": str(fault)}, 503)
    return _json({"status": "ok", "generation": generation})


def broken(_request: Request, _fault: Exception) -> Response:
    """Something failed that nobody foresaw: the log gets the traceback, the caller one sentence."""
    return _json({"error": "This could not be answered; the fault is in the server's log."}, 500)


def series_url(question: Question, kind: str = "csv") -> str:
    """The API's address for a question, relative to the server."""
    asked: list[tuple[str, str]] = [("metric", question.metric), *(("framework", f) for f in question.frameworks)]
    if question.dimension:
        asked.append(("dimension", question.dimension))
    asked += [(name, day.isoformat()) for name in ("since", "until") if (day := getattr(question, name)) is not None]
    if question.as_of is not None:
        day = question.as_of.date()
        asked.append(("as_of", (day if question.as_of == end_of(day) else question.as_of).isoformat()))
    if question.view != "level":
        asked.append(("view", question.view))
    return f"{PREFIX}/series.{kind}?{urlencode(asked)}"


def trace_url(asked: list[tuple[str, str]]) -> str:
    """The API's address for the origin of a number, relative to the server."""
    return f"{PREFIX}/trace.json?{urlencode([(name, text) for name, text in asked if text])}"


def _guarded(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Turn the errors we know into one sentence with the right status."""

    def guarded(request: Request) -> Response:
        try:
            return handler(request)
        except QuestionError as fault:
            return _json({"error": str(fault)}, 400)
        except StoreError as fault:
            return _json({"error": str(fault)}, 503)

    return guarded


def _nowhere(_request: Request) -> Response:
    return _json({"error": f"There is nothing at this address; {PREFIX}/metrics.json lists what can be asked."}, 404)


def _asked_series(query: QueryParams) -> SeriesAnswer:
    return reading.series(_asked(query, _SERIES))


def _asked(query: QueryParams, known: tuple[str, ...]) -> Question:
    given = _params(query, known)
    return Question(
        metric=_single(given, "metric", required=True),
        frameworks=_names(given),
        dimension=_single(given, "dimension") or _whole(_single(given, "metric")),
        since=_day(given, "since"),
        until=_day(given, "until"),
        as_of=_moment(given, "as_of"),
        view=_single(given, "view") or "level",
    )


def _names(given: dict[str, list[str]]) -> tuple[str, ...]:
    """The frameworks named, each once."""
    return tuple(dict.fromkeys(part for text in given.get("framework", []) for part in text.split(",") if part))


def _whole(metric: str) -> str:
    """The dimension that is meant when none is named: the total, or every one of a metric that has no total."""
    known = reading.catalog().metrics.get(metric)
    return "" if known is None or known.has_total else "*"


def _bounded(answer: SeriesAnswer) -> SeriesAnswer:
    if len(answer.frame) > MOST_ROWS:
        raise QuestionError(
            f"That would be {len(answer.frame):,} rows and at most {MOST_ROWS:,} are sent: "
            "ask for fewer frameworks or days."
        )
    return answer


def _params(query: QueryParams, known: tuple[str, ...]) -> dict[str, list[str]]:
    """The query by name. Raises QuestionError for a name that means nothing here: a typo must not widen an answer."""
    if sum(len(name) + len(value) for name, value in query.multi_items()) > LONGEST_QUERY:
        raise QuestionError(f"The question is longer than {LONGEST_QUERY:,} characters.")
    given: dict[str, list[str]] = {}
    for name, value in query.multi_items():
        if name not in known:
            raise QuestionError(f"Unknown parameter {name[:40]!r}; known here: {', '.join(known) or 'none'}.")
        given.setdefault(name, []).append(value)
    return given


def _single(given: dict[str, list[str]], name: str, *, required: bool = False) -> str:
    values = given.get(name, [""])
    if len(values) > 1:
        raise QuestionError(f"The parameter {name} is given more than once.")
    if required and not values[0]:
        raise QuestionError(f"The parameter {name} is missing.")
    return values[0]


def _day(given: dict[str, list[str]], name: str) -> date | None:
    text = _single(given, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise QuestionError(f"{name} is a date such as 2020-11-25, not {text[:40]!r}.") from None


def _moment(given: dict[str, list[str]], name: str) -> datetime | None:
    """A date (its last instant, so that all of that day's knowledge counts) or a time; without a zone it is UTC."""
    text = _single(given, name)
    try:
        if not text:
            return None
        if len(text) == len("2020-11-25"):
            return end_of(date.fromisoformat(text))
        # A "+" of a zone arrives as a blank unless it was escaped.
        when = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise QuestionError(f"{name} is a date or a time such as 2020-11-25T12:00Z, not {text[:40]!r}.") from None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def end_of(day: date) -> datetime:
    """The last instant of a UTC day."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def _metric(metric: Metric) -> dict[str, object]:
    known = reading.catalog()
    return {
        "id": metric.id,
        "title": metric.title,
        "unit": metric.unit,
        "kind": str(metric.kind),
        "period": metric.period,
        "family": metric.family,
        "dimensions": list(metric.dimensions),
        "measures": metric.measures,
        "does_not_measure": metric.does_not_measure,
        "badge": metric.badge,
        "caveats": [
            {"code": c.code, "title": c.title, "text": c.text, "direction": str(c.direction), "link": c.link}
            for c in known.caveats_of(metric.id)
        ],
        "breaks": [
            {"id": b.id, "kind": b.kind, "title": b.title, "since": b.since.isoformat(), "until": b.until.isoformat()}
            for b in known.breaks_of(metric.id)
        ],
        "sources": [
            {"id": s.id, "title": s.title, "licence": s.licence, "licence_url": s.licence_url, "homepage": s.homepage}
            for s in (known.sources[name] for name in metric.sources)
        ],
    }


def _framework(framework: Framework) -> dict[str, object]:
    return {
        "id": framework.id,
        "title": framework.title,
        "language": framework.language,
        "ids": dict(framework.ids),
        "former": list(framework.former),
    }


def _named(answer: SeriesAnswer, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="uptake-{answer.question.metric}.{ending}"'}


def _file(body: bytes, media: str, answer: SeriesAnswer, ending: str) -> Response:
    return Response(body, media_type=media, headers=_named(answer, ending))


def _picture(body: bytes, media: str, name: str) -> Response:
    """To be shown where it is linked, and asked for again each time: the number in it may have changed."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-cache"}
    return Response(body, media_type=media, headers=headers)


def _chunks(lines: Iterable[str], size: int = 500) -> Iterable[str]:
    """Lines joined by the hundred: one chunk of HTTP per line would cost more than the lines."""
    held: list[str] = []
    for line in lines:
        held.append(line)
        if len(held) >= size:
            yield "".join(held)
            held.clear()
    yield "".join(held)


def _json(content: Any, status: int = 200) -> Response:
    body = json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    return Response(body, status, media_type="application/json", headers={"Cache-Control": "no-cache"})
