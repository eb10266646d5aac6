"""The few rules of style that Streamlit's theme has no setting for, within the page that it serves.

A page brings them before anything is laid out: sent with the content they came late, and what they move jumped.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A chosen segment has the colour of text: the theme's own is too pale on a dark page, as that of captions is on both.
# Streamlit's own downloads carry no caveat; the pages offer pictures and CSV that do. Above a heading that begins a
# frame there is the frame's own room. What holds a place until its code is loaded is as high as what comes: a legend
# of one row, one of several, and the two rows that three frameworks take in a narrow box.
# A sentence that is a link breaks as any other.
# Every rule begins with `body`: as Streamlit's own come later, it has to be the more specific.
ROW = 29.33  # pixels of a row of a card's legend
RULES = """
body [data-variant=segmented_control][aria-checked=true], body [data-variant=segmented_control][aria-checked=true] * {
  color: inherit !important; font-weight: 600;
}
body [data-testid=stCaptionContainer] { color: inherit; opacity: 0.85; }
body button[aria-label^="Download as"], body button[aria-label^="Copy Vega"] { display: none; }
body [data-testid=stCaptionContainer] code { color: inherit; }
body [class*=st-key-frame_] [data-testid=stHeading] :is(h1, h2, h3) { padding-top: 0; }
body [class*=st-key-legend_] [data-testid=stSkeleton] { height: 27px !important; min-height: 0 !important; }
body .st-key-lines [data-testid=stPageLink-NavLink] * { white-space: normal; }
@media (max-width: 500px) { body .st-key-narrow [class*=st-key-chosen_3_] { min-height: 78px; } }
""" + "".join(
    f"body [class*=st-key-values_{rows}_] [data-testid=stSkeleton] {{ height: {round(rows * ROW)}px !important; }}\n"
    for rows in range(1, 7)
)
END = b"</head>"
STYLE = f"<style>{RULES}</style>".encode()
CONDITIONS = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")  # of a page as Streamlit has it


class Stylesheet:
    """ASGI middleware: puts the rules at the end of the head of Streamlit's page; all else passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name not in CONDITIONS]
        await self._app({**scope, "headers": plain}, receive, _Page(send))


class _Page:
    """Sends an answer on; of Streamlit's page, once it is complete, with the rules."""

    def __init__(self, send: Send) -> None:
        self._send, self._body = send, b""
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        body, headers = self._body.replace(END, STYLE + END, 1), MutableHeaders(scope=start)
        headers["content-length"] = str(len(body))
        for name in ("etag", "last-modified", "accept-ranges"):
            del headers[name]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    """Whether an answer is Streamlit's page: our own files are complete as they are."""
    headers = Headers(raw=start["headers"])
    html = headers.get("content-type", "").startswith("text/html")
    return start["status"] == 200 and html and "etag" in headers
