"""Alerts over HTTP: the Atom feed and the JSON, the latest first."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from answers.questions import AlertsQuestion
from dashboard import cache, request_parameters
from dashboard.api import responses
from uptake.alerts.feed import LOCAL, MEDIA, MOST, alerts_json, atom


def alerts_atom(request: Request) -> Response:
    """The feed, for feed readers; who has it already, by its `ETag`, gets 304 and nothing else."""
    request_parameters.values(request.query_params)
    public = cache.settings().public_url
    base = public or str(request.base_url).rstrip("/")
    body = atom(cache.alerts(MOST), base, (urlsplit(public).hostname or LOCAL) if public else LOCAL)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "Content-Type": MEDIA})


def alerts(request: Request) -> Response:
    """The alerts: `limit` of them at most, with `silent=1` also those that were delivered to nobody."""
    question = request_parameters.parse(AlertsQuestion, request.query_params)
    return responses.as_json(alerts_json(cache.alerts(question.limit, silent=question.silent)))
