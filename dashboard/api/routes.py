"""The HTTP API: the same answers as the pages, the CSV and the command line. Read-only and bounded.

Errors are `{"error": sentence}` with 400 (the question), 404 (no such address) or 503 (the store). Handlers are plain
functions, which Starlette runs in its thread pool: the event loop, and with it every page, never waits for the store.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from answers.agreement.answer import agreement_json
from answers.anomalies.answer import Anomalies
from answers.anomalies.serialize import anomalies_csv as answer_anomalies_csv
from answers.anomalies.serialize import anomalies_json as answer_anomalies_json
from answers.claims.check import checked_json, claim_json
from answers.events import event_json
from answers.growth.answer import growth_json
from answers.overtakes.compare import comparison_json
from answers.overtakes.history import MOST_OVERTAKES, overtakes_json
from answers.provenance import trace_json
from answers.question import Question, QuestionError
from answers.regions.answer import regions_json
from answers.serialize import csv_lines
from answers.serialize import series_json as answer_series_json
from answers.series.answer import SeriesAnswer
from answers.surveys.answer import surveys_json
from catalog import Framework, Metric
from dashboard import cache, parameters
from dashboard.api import alerts, responses
from dashboard.export import render
from dashboard.export.badge import badge
from dashboard.export.figures import FIGURES, SERIES, asked_series
from dashboard.views.forecast.lookup import forecast_json
from storage import StoreError
from uptake.data_package import parquet

PREFIX = "/api/v1"
MOST_ROWS = 200_000
_COMPARE = ("a", "b", "on", "as_of")
_OVERTAKES = ("metric", "framework", "since", "as_of", "held", "most")
_CLAIMS = ("claim", "on", "as_of")
_REGIONS = ("framework", "europe", "on", "as_of")
_GROWTH = ("metric", "framework", "dimension", "since", "until", "as_of")
_USE = ("framework", "x", "y", "on", "as_of", "months")
_MOST_MONTHS = 120
_SURVEYS = ("metric", "framework", "dimension", "from", "to", "edition", "here", "there", "as_of")
_ODD = ("metric", "framework", "since", "until", "as_of")
_TRACE = ("metric", "framework", "dimension", "period")
_EVENTS = ("framework",)


def routes() -> list[BaseRoute]:
    """Every route of the API, the last of which answers what does not exist."""
    told: dict[str, Callable[[Request], Response]] = {
        "series.csv": series_csv,
        "series.json": series_json,
        "series.parquet": series_parquet,
        "series.zip": series_zip,
        **{f"{of}.{kind}": chart(of, kind) for of in FIGURES for kind in render.MEDIA},
        "badge.svg": badge_svg,
        "trace.json": trace,
        "events.json": events,
        "compare.json": compare,
        "overtakes.json": overtakes,
        "claims.json": claims,
        "alerts.json": alerts.alerts,
        "alerts.atom": alerts.alerts_atom,
        "agreement.json": agreement,
        "growth.json": growth,
        "forecast.json": forecast_json,
        "surveys.json": surveys,
        "anomalies.json": anomalies_json,
        "anomalies.csv": anomalies_csv,
        "regions.json": regions,
        "metrics.json": metrics,
        "frameworks.json": frameworks,
    }
    return [
        *(Route(f"{PREFIX}/{name}", responses.guarded(answer)) for name, answer in told.items()),
        Route("/healthz", health),
        Route("/api/{rest:path}", _nowhere),
    ]


def series_csv(request: Request) -> Response:
    """The series as CSV, the bytes that a page's button and `uptake export` give."""
    answer = _bounded(_asked_series(request.query_params))
    return StreamingResponse(
        responses.chunks(csv_lines(answer)),
        media_type="text/csv; charset=utf-8",
        headers=responses.as_attachment(_named(answer, "csv")),
    )


def series_json(request: Request) -> Response:
    """The series as JSON, with the metric, its caveats and sources in full."""
    return responses.as_json(answer_series_json(_bounded(_asked_series(request.query_params))))


def series_parquet(request: Request) -> Response:
    """The series as Parquet, licences and caveats in the file's metadata."""
    answer = _bounded(_asked_series(request.query_params))
    return responses.attached(parquet(answer), "application/vnd.apache.parquet", _named(answer, "parquet"))


def series_zip(request: Request) -> Response:
    """The series as a zipped Frictionless Data Package."""
    answer = _bounded(_asked_series(request.query_params))
    return responses.attached(cache.package(answer.question), "application/zip", _named(answer, "zip"))


def chart(of: str, kind: str) -> Callable[[Request], Response]:
    """What answers with one of FIGURES as a picture of a kind: the page's chart with its title, doubt, source, date."""

    def drawn(request: Request) -> Response:
        asked = request.query_params.multi_items()
        try:
            body = render.shown(of, asked, kind)
        except render.Busy as fault:
            return responses.as_json({"error": str(fault)}, 503)
        name = request.query_params.get("metric", "") if of == "chart" else of
        return responses.picture(body, render.MEDIA[kind], f"uptake-{_harmless(name)}.{kind}")

    return drawn


def _harmless(name: str) -> str:
    """A name that may stand in a header."""
    return re.sub(r"[^a-z0-9_-]", "", name)[:60]


def badge_svg(request: Request) -> Response:
    """One framework's last number with its date, for a README."""
    answer = _asked_series(request.query_params)
    return responses.picture(
        badge(answer, cache.catalog()), render.MEDIA["svg"], f"uptake-{answer.question.metric}-badge.svg"
    )


def trace(request: Request) -> Response:
    """Where one number comes from: its run, the answer it was learned from, what it said before."""
    given = parameters.params(request.query_params, _TRACE)
    day = parameters.day(given, "period")
    if day is None:
        raise QuestionError("The parameter period is missing.")
    metric, framework = (parameters.single(given, name, required=True) for name in ("metric", "framework"))
    return responses.as_json(trace_json(cache.trace(metric, framework, parameters.single(given, "dimension"), day)))


def events(request: Request) -> Response:
    """Releases, notes and what the register knows of the counting, for the frameworks named (none: all)."""
    named = parameters.names(parameters.params(request.query_params, _EVENTS))
    return responses.as_json({"events": [event_json(mark) for mark in cache.marks(named)]})


def compare(request: Request) -> Response:
    """Who led by which metric, and when that changed: `a` and `b` are frameworks, `on` a day, `as_of` a vintage."""
    given = parameters.params(request.query_params, _COMPARE)
    comparison = cache.compare(
        parameters.single(given, "a", required=True),
        parameters.single(given, "b", required=True),
        parameters.day(given, "on"),
        parameters.moment(given, "as_of"),
    )
    return responses.as_json(comparison_json(comparison))


def overtakes(request: Request) -> Response:
    """Every overtake known: by one `metric`, with a `framework`, `since` a day, the newest `most`."""
    given = parameters.params(request.query_params, _OVERTAKES)
    most = parameters.single(given, "most") or str(MOST_OVERTAKES)
    if not (most.isascii() and most.isdigit() and 0 < int(most[:6]) <= MOST_OVERTAKES):
        raise QuestionError(f"most is a number up to {MOST_OVERTAKES:,}, not {most[:40]!r}.")
    metric, held = parameters.single(given, "metric") or None, parameters.flag(given, "held")
    since, as_of = parameters.day(given, "since"), parameters.moment(given, "as_of")
    found = cache.overtakes(metric, parameters.names(given), since, as_of, held=held)
    return responses.as_json(overtakes_json(found, int(most)))


def anomalies_json(request: Request) -> Response:
    """What looks odd by one rule for all: flags of each series, source incidents, what the register knows of them."""
    return responses.as_json(answer_anomalies_json(_odd(request.query_params)))


def anomalies_csv(request: Request) -> Response:
    """The same as a table."""
    return StreamingResponse(
        responses.chunks(answer_anomalies_csv(_odd(request.query_params))),
        media_type="text/csv; charset=utf-8",
        headers=responses.as_attachment("uptake-anomalies.csv"),
    )


def _odd(asked: QueryParams) -> Anomalies:
    given = parameters.params(asked, _ODD)
    since, until = parameters.day(given, "since"), parameters.day(given, "until")
    metrics, frameworks = parameters.names(given, "metric"), parameters.names(given)
    return cache.anomalies(metrics, frameworks, since, until, parameters.moment(given, "as_of"))


def claims(request: Request) -> Response:
    """A sentence, checked: `claim`, as it stood `on` a day, as known `as_of`; without one, those that come built in."""
    given = parameters.params(request.query_params, _CLAIMS)
    claim, on, as_of = parameters.single(given, "claim"), parameters.day(given, "on"), parameters.moment(given, "as_of")
    if claim:
        return responses.as_json(checked_json(cache.catalog(), cache.checked(claim, on, as_of)))
    if on or as_of or "claim" in given:
        raise QuestionError("The parameter claim is missing; without any parameter the claims built in are judged.")
    return responses.as_json({"claims": [claim_json(answer) for answer in cache.claims()]})


def agreement(request: Request) -> Response:
    """How alike two metrics, `x` and `y`, rank the frameworks: stars and downloads by pip unless others are named."""
    given = parameters.params(request.query_params, _USE)
    months = parameters.single(given, "months") or "0"
    if not (months.isascii() and months.isdigit() and int(months[:6]) <= _MOST_MONTHS):
        raise QuestionError(f"months is a number up to {_MOST_MONTHS}, not {months[:40]!r}.")
    x, y = parameters.single(given, "x") or "stars", parameters.single(given, "y")
    found = cache.use(
        x, y, parameters.names(given), parameters.day(given, "on"), parameters.moment(given, "as_of"), int(months)
    )
    return responses.as_json(agreement_json(found))


def regions(request: Request) -> Response:
    """At least in Europe? Frameworks by place, edition by edition, and downloads by place beside them."""
    given = parameters.params(request.query_params, _REGIONS)
    found = cache.regions(
        parameters.names(given),
        parameters.single(given, "europe"),
        parameters.year_or_day(given, "on"),
        parameters.moment(given, "as_of"),
    )
    return responses.as_json(regions_json(found))


def surveys(request: Request) -> Response:
    """A survey: what changed between the editions `from` and `to`, where the groups `here` and `there` differ."""
    given = parameters.params(request.query_params, _SURVEYS)
    question = parameters.survey(given)
    return responses.as_json(surveys_json(cache.surveys(question)))


def growth(request: Request) -> Response:
    """How fast the frameworks grow by a metric: every figure with the days compared, or why there is none."""
    return responses.as_json(growth_json(cache.growth(_asked(request.query_params, _GROWTH))))


def metrics(request: Request) -> Response:
    """Every metric: what it measures and does not, its caveats, sources and breaks."""
    parameters.params(request.query_params, ())
    return responses.as_json({"metrics": [_metric(metric) for metric in cache.catalog().metrics.values()]})


def frameworks(request: Request) -> Response:
    """Every framework and its name at each source."""
    parameters.params(request.query_params, ())
    return responses.as_json(
        {"frameworks": [_framework(framework) for framework in cache.catalog().frameworks.values()]}
    )


def health(_request: Request) -> Response:
    """200 when the store answers, 503 and one sentence when it does not."""
    try:
        with cache.reopening() as store:
            store.ping()
            generation = store.generation()
    except StoreError as fault:
        return responses.as_json({"status": "unavailable", "error": str(fault)}, 503)
    return responses.as_json({"status": "ok", "generation": generation})


def broken(_request: Request, _fault: Exception) -> Response:
    """Something failed that nobody foresaw: the log gets the traceback, the caller one sentence."""
    return responses.as_json({"error": "This could not be answered; the fault is in the server's log."}, 500)


def series_url(question: Question, kind: str = "csv") -> str:
    """The API's address for a question, relative to the server."""
    asked: list[tuple[str, str]] = [("metric", question.metric), *(("framework", f) for f in question.frameworks)]
    if question.dimension:
        asked.append(("dimension", question.dimension))
    asked += [(name, day.isoformat()) for name in ("since", "until") if (day := getattr(question, name)) is not None]
    if question.as_of is not None:
        day = question.as_of.date()
        asked.append(("as_of", (day if question.as_of == parameters.end_of(day) else question.as_of).isoformat()))
    if question.view != "level":
        asked.append(("view", question.view))
    return f"{PREFIX}/series.{kind}?{urlencode(asked)}"


def growth_url(question: Question) -> str:
    """The API's address for the growth of a question's frameworks, relative to the server."""
    return series_url(replace(question, view="level"), "json").replace("/series.json", "/growth.json")


def trace_url(asked: list[tuple[str, str]]) -> str:
    """The API's address for the origin of a number, relative to the server."""
    return f"{PREFIX}/trace.json?{urlencode([(name, text) for name, text in asked if text])}"


def _nowhere(_request: Request) -> Response:
    return responses.as_json(
        {"error": f"There is nothing at this address; {PREFIX}/metrics.json lists what can be asked."}, 404
    )


def _asked_series(asked: QueryParams) -> SeriesAnswer:
    return cache.series(_asked(asked, SERIES))


def _asked(asked: QueryParams, known: tuple[str, ...]) -> Question:
    return asked_series(parameters.params(asked, known))


def _bounded(answer: SeriesAnswer) -> SeriesAnswer:
    if len(answer.frame) > MOST_ROWS:
        raise QuestionError(
            f"That would be {len(answer.frame):,} rows and at most {MOST_ROWS:,} are sent: "
            "ask for fewer frameworks or days."
        )
    return answer


def _metric(metric: Metric) -> dict[str, object]:
    known = cache.catalog()
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


def _named(answer: SeriesAnswer, ending: str) -> str:
    return f"uptake-{answer.question.metric}.{ending}"
