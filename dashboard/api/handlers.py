"""The HTTP API: the same answers as the pages, the CSV and the command line. Read-only and bounded.

Errors are `{"error": sentence}` with 400 (the question), 404 (no such address) or 503 (the store). Handlers are plain
functions, which Starlette runs in its thread pool: the event loop, and with it every page, never waits for the store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pandas as pd
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from answers.agreement.answer import agreement_json
from answers.anomalies.answer import Anomalies
from answers.anomalies.json_and_csv import anomalies_csv as anomalies_lines
from answers.anomalies.json_and_csv import anomalies_json as anomalies_object
from answers.claims.check import checked_json, claim_json
from answers.collection.freshness import GOOD
from answers.forecast import forecast_json
from answers.growth.answer import growth_json
from answers.json_and_csv import csv_chunks, json_chunks, table_lines, to_json
from answers.leaders.answer import leaders_json
from answers.overtakes.compare import comparison_json
from answers.overtakes.history import overtakes_json
from answers.provenance import trace_json
from answers.questions import (
    API,
    AgreementQuestion,
    AnomaliesQuestion,
    ClaimQuestion,
    CompareQuestion,
    EventsQuestion,
    ForecastQuestion,
    GrowthQuestion,
    HealthQuestion,
    LeadersQuestion,
    OvertakesQuestion,
    Question,
    QuestionError,
    RegionsQuestion,
    SurveyQuestion,
    TraceQuestion,
    known_metric,
)
from answers.regions.answer import regions_json
from answers.series.answer import SeriesAnswer
from answers.surveys.answer import surveys_json
from catalog import Metric
from dashboard import cache, request_parameters, stored_forecasts
from dashboard.api import alerts, gauges, responses
from dashboard.export import render
from dashboard.export.badge import badge
from dashboard.export.figure_registry import FIGURES, whole
from dashboard.links import EMBED
from storage import StoreError
from uptake.data_package import parquet

MOST_ROWS = 200_000
MOST_ROWS_KEPT = 50_000  # twelve frameworks over ten years, day by day
CSV = "text/csv; charset=utf-8"
OWN_CSV = ("chart", "anomalies")  # figures whose numbers are a table of their own: series.csv, anomalies.csv


def routes() -> list[BaseRoute]:
    """Every route of the API, the last of which answers what does not exist."""
    handlers: dict[str, Callable[[Request], Response]] = {
        "series.csv": series_csv,
        "series.json": series_json,
        "series.parquet": series_parquet,
        "series.zip": series_zip,
        **{f"{of}.{kind}": chart(of, kind) for of in FIGURES for kind in render.MEDIA},
        **{f"{of}.csv": numbers(of) for of in FIGURES if of not in OWN_CSV},
        "badge.svg": badge_svg,
        "trace.json": trace,
        "events.json": events,
        "compare.json": compare,
        "overtakes.json": overtakes,
        "claims.json": claims,
        "alerts.json": alerts.alerts,
        "alerts.atom": alerts.alerts_atom,
        "agreement.json": agreement,
        "leaders.json": leaders,
        "growth.json": growth,
        "forecast.json": forecast,
        "surveys.json": surveys,
        "anomalies.json": anomalies_json,
        "anomalies.csv": anomalies_csv,
        "regions.json": regions,
        "metrics.json": metrics,
        "frameworks.json": frameworks,
    }
    return [
        *(Route(f"{API}/{name}", responses.guarded(handler)) for name, handler in handlers.items()),
        *(Route(f"{EMBED}/{of}.html", responses.guarded(chart(of, "html"))) for of in FIGURES),
        Route("/healthz", responses.guarded(health)),
        Route(gauges.PATH, responses.guarded(gauges.prometheus)),
        Route("/api/{rest:path}", _nowhere),
        Route(f"{EMBED}/{{rest:path}}", _nowhere),
    ]


def series_csv(request: Request) -> Response:
    """The series as CSV, the bytes that a page's button and `uptake export` give."""
    answer = _bounded(_series(request))
    return responses.attached(_body(cache.series_csv, csv_chunks, answer), CSV, _named(answer, "csv"))


def series_json(request: Request) -> Response:
    """The series as JSON, with the metric, its caveats and sources in full."""
    return responses.in_json(_body(cache.series_json, json_chunks, _bounded(_series(request))))


def series_parquet(request: Request) -> Response:
    """The series as Parquet, licences and caveats in the file's metadata."""
    answer = _bounded(_series(request))
    return responses.attached(parquet(answer), "application/vnd.apache.parquet", _named(answer, "parquet"))


def series_zip(request: Request) -> Response:
    """The series as a zipped Frictionless Data Package."""
    answer = _bounded(_series(request))
    return responses.attached(cache.package(answer.question), "application/zip", _named(answer, "zip"))


def chart(of: str, kind: str) -> Callable[[Request], Response]:
    """What answers with one of FIGURES as a picture of a kind: the page's chart with its title, doubt, source, date."""

    def picture(request: Request) -> Response:
        try:
            body = render.shown(of, _drawing(request), kind)
        except render.Busy as fault:
            return responses.as_json({"error": str(fault)}, 503)
        name = request.query_params.get("metric", "") if of == "chart" else of
        harmless = re.sub(r"[^a-z0-9_-]", "", name)[:60]  # it stands in a header
        return responses.picture(body, render.MEDIA[kind], f"uptake-{harmless}.{kind}")

    return picture


def numbers(of: str) -> Callable[[Request], Response]:
    """What answers with the numbers that one of FIGURES draws, as CSV."""

    def table(request: Request) -> Response:
        figure, _ = render.figure(of, _drawing(request))
        frame = pd.DataFrame() if figure.table is None else figure.table
        return _csv(table_lines(frame), f"uptake-{of}.csv")

    return table


def _drawing(request: Request) -> list[tuple[str, str]]:
    return [(name, text) for name, text in request.query_params.multi_items() if name != request_parameters.DOWNLOAD]


def badge_svg(request: Request) -> Response:
    """One framework's last number with its date, for a README: of what is pooled over months, that over all of them."""
    question = request_parameters.parse(Question, request.query_params)
    metric = known_metric(cache.catalog(), question.metric)
    pools = metric.pooled_months and not question.dimension and "view" not in request.query_params
    answer = cache.series(whole(replace(question, view="pooled") if pools else question))
    name = f"uptake-{answer.question.metric}-badge.svg"
    return responses.picture(badge(answer, cache.catalog()), render.MEDIA["svg"], name)


def trace(request: Request) -> Response:
    """Where one number comes from: its run, the answer it was learned from, what it said before."""
    q = request_parameters.parse(TraceQuestion, request.query_params)
    return responses.as_json(trace_json(cache.trace(q.metric, q.framework, q.dimension, q.period)))


def events(request: Request) -> Response:
    """Releases, notes and known breaks in the counting, for the frameworks named (none: all)."""
    q = request_parameters.parse(EventsQuestion, request.query_params)
    return responses.as_json({"events": to_json(cache.events(q.frameworks))})


def leaders(request: Request) -> Response:
    """Who leads, by every metric, `on` a day and as known `as_of` a moment."""
    q = request_parameters.parse(LeadersQuestion, request.query_params)
    return responses.as_json(leaders_json(cache.catalog(), cache.leaders(q.frameworks, q.on, q.as_of)))


def compare(request: Request) -> Response:
    """Who led by which metric, and when that changed: `a` and `b` are frameworks, `on` a day, `as_of` a vintage."""
    q = request_parameters.parse(CompareQuestion, request.query_params)
    return responses.as_json(comparison_json(cache.compare(q.a, q.b, q.on, q.as_of, q.metric)))


def overtakes(request: Request) -> Response:
    """Every overtake known: by one `metric`, with a `framework`, `since` a day, the newest `most`."""
    q = request_parameters.parse(OvertakesQuestion, request.query_params)
    answer = cache.overtakes(q.metric or None, q.frameworks, q.since, q.as_of, held=q.held, every=q.every)
    return responses.as_json(overtakes_json(answer, q.most))


def anomalies_json(request: Request) -> Response:
    """What looks odd by one rule for all: flags of each series, source incidents, known breaks near them."""
    return responses.as_json(anomalies_object(_anomalies(request)))


def anomalies_csv(request: Request) -> Response:
    """The same as a table."""
    return _csv(anomalies_lines(_anomalies(request)), "uptake-anomalies.csv")


def claims(request: Request) -> Response:
    """A sentence, checked: `claim`, as it stood `on` a day, as known `as_of`; without one, those that come built in."""
    q = request_parameters.parse(ClaimQuestion, request.query_params)
    if q.claim:
        return responses.as_json(checked_json(cache.catalog(), cache.claim(q.claim, q.on, q.as_of)))
    if request.query_params:
        raise QuestionError("The parameter claim is missing; without any parameter the claims built in are judged.")
    return responses.as_json({"claims": [claim_json(answer) for answer in cache.claims()]})


def agreement(request: Request) -> Response:
    """How alike two metrics, `x` and `y`, rank the frameworks: stars and downloads by pip unless others are named."""
    q = request_parameters.parse(AgreementQuestion, request.query_params)
    return responses.as_json(agreement_json(cache.agreement(q.x, q.y, q.frameworks, q.on, q.as_of, q.months)))


def regions(request: Request) -> Response:
    """At least in Europe? Frameworks by place, edition by edition, and downloads by place beside them."""
    q = request_parameters.parse(RegionsQuestion, request.query_params)
    return responses.as_json(regions_json(cache.regions(q.frameworks, q.europe, q.on, q.as_of)))


def surveys(request: Request) -> Response:
    """A survey: what changed between the editions `from` and `to`, where the groups `here` and `there` differ."""
    return responses.as_json(
        surveys_json(cache.surveys(request_parameters.parse(SurveyQuestion, request.query_params)))
    )


def forecast(request: Request) -> Response:
    """A forecast of `framework` by `metric`, alone or `against` another, `months` ahead or `by` a day."""
    q = request_parameters.parse(ForecastQuestion, request.query_params)
    return responses.as_json(forecast_json(stored_forecasts.answer(q)))


def growth(request: Request) -> Response:
    """How fast the frameworks grow by a metric: every figure with the days compared, or why there is none."""
    question = request_parameters.parse(GrowthQuestion, request.query_params).series()
    return responses.as_json(growth_json(cache.growth(whole(question))))


def metrics(request: Request) -> Response:
    """Every metric: what it measures and does not, its caveats, sources and breaks."""
    request_parameters.values(request.query_params)
    return responses.as_json({"metrics": [_metric(metric) for metric in cache.catalog().metrics.values()]})


def frameworks(request: Request) -> Response:
    """Every framework and its name at each source."""
    request_parameters.values(request.query_params)
    every = list(cache.catalog().frameworks.values())
    return responses.as_json(
        {"frameworks": to_json(every, "id", "title", "language", "ids", "former", "archived", "evidence")}
    )


def health(request: Request) -> Response:
    """200 when the store answers and, with `fresh=1`, nothing needs a look; else 503 and what does."""
    q = request_parameters.parse(HealthQuestion, request.query_params)
    try:
        with cache.reopening() as store:
            store.ping()
            generation = store.generation()
        state = cache.health() if q.fresh else None
    except StoreError as fault:
        return responses.as_json({"status": "unavailable", "error": str(fault)}, 503)
    if state is None:
        return responses.as_json({"status": "ok", "generation": generation})
    sources = {"sources": to_json(state.sources, "source", "state", "newest", "whole_run_at")}
    if state.ok:
        return responses.as_json({"status": "ok", "generation": generation} | sources)
    late = any(source.state not in GOOD for source in state.sources)
    status = "stale" if late else "attention"
    return responses.as_json({"status": status, "error": " ".join(state.problems)} | sources, 503)


def broken(_request: Request, _fault: Exception) -> Response:
    """Something failed that nobody foresaw: the log gets the traceback, the caller one sentence."""
    return responses.as_json({"error": "This could not be answered; the fault is in the server's log."}, 500)


def _nowhere(_request: Request) -> Response:
    return responses.as_json(
        {"error": f"There is nothing at this address; {API}/metrics.json lists what can be asked."}, 404
    )


def _series(request: Request) -> SeriesAnswer:
    return cache.series(whole(request_parameters.parse(Question, request.query_params)))


def _body(
    keep: Callable[[Question], bytes], chunks: Callable[[SeriesAnswer], Iterable[bytes]], answer: SeriesAnswer
) -> bytes:
    """The bytes of an answer: kept, unless they are many."""
    return keep(answer.question) if len(answer.frame) <= MOST_ROWS_KEPT else b"".join(chunks(answer))


def _anomalies(request: Request) -> Anomalies:
    q = request_parameters.parse(AnomaliesQuestion, request.query_params)
    return cache.anomalies(q.metrics, q.frameworks, q.since, q.until, q.as_of)


def _csv(lines: Iterable[str], name: str) -> Response:
    """Lines of CSV, to be saved under that name."""
    return StreamingResponse(responses.chunks(lines), media_type=CSV, headers=responses.as_attachment(name))


def _bounded(answer: SeriesAnswer) -> SeriesAnswer:
    if len(answer.frame) > MOST_ROWS:
        raise QuestionError(
            f"That would be {len(answer.frame):,} rows and at most {MOST_ROWS:,} are sent: "
            "ask for fewer frameworks or days."
        )
    return answer


def _metric(metric: Metric) -> Any:
    catalog = cache.catalog()
    names = ("id", "title", "unit", "kind", "period", "family", "dimensions", "measures", "does_not_measure", "badge")
    return to_json(metric, *names) | {
        "caveats": to_json(catalog.caveats_of(metric.id), "code", "title", "text", "direction", "link"),
        "breaks": to_json(catalog.breaks_of(metric.id), "id", "kind", "title", "since", "until"),
        "sources": to_json(
            [catalog.sources[name] for name in metric.sources], "id", "title", "licence", "licence_url", "homepage"
        ),
    }


def _named(answer: SeriesAnswer, ending: str) -> str:
    return f"uptake-{answer.question.metric}.{ending}"
