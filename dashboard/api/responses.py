"""What the HTTP API answers with: JSON, files, pictures, and the errors we know as one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from answers.questions import QuestionError
from dashboard.request_parameters import DOWNLOAD
from storage import StoreError


def guarded(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Turn the errors we know into one sentence with the right status; have a file saved if the address asks for it."""

    def guarded(request: Request) -> Response:
        try:
            answer = handler(request)
        except QuestionError as fault:
            return as_json({"error": str(fault)}, 400)
        except StoreError as fault:
            return as_json({"error": str(fault)}, 503)
        if request.query_params.get(DOWNLOAD) == "1":
            name = re.sub(r"[^a-z0-9._-]", "", request.url.path.rpartition("/")[2])
            stated = answer.headers.get("Content-Disposition", f'inline; filename="uptake-{name}"')
            answer.headers["Content-Disposition"] = stated.replace("inline", "attachment", 1)
        return answer

    return guarded


def attached(body: bytes, media: str, name: str) -> Response:
    """To be saved under that name."""
    return Response(body, media_type=media, headers=as_attachment(name))


def as_attachment(name: str) -> dict[str, str]:
    """The header that has an answer saved under that name."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def picture(body: bytes, media: str, name: str) -> Response:
    """To be shown where it is linked, and asked for again each time: the number in it may have changed."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-cache"}
    return Response(body, media_type=media, headers=headers)


def chunks(lines: Iterable[str], size: int = 500) -> Iterable[str]:
    """Lines joined by the hundred: one chunk of HTTP per line would cost more than the lines."""
    held: list[str] = []
    for line in lines:
        held.append(line)
        if len(held) >= size:
            yield "".join(held)
            held.clear()
    yield "".join(held)


def as_json(content: Any, status: int = 200) -> Response:
    """Asked for again each time: the next answer may be another."""
    return in_json(json.dumps(content, ensure_ascii=False, allow_nan=False).encode(), status)


def in_json(body: bytes, status: int = 200) -> Response:
    """The same of what is written as JSON already."""
    return Response(body, status, media_type="application/json", headers={"Cache-Control": "no-cache"})
