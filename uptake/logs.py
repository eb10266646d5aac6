"""Logging without secrets: UTC times, text or JSON, and nothing from the libraries below a warning.

httpx logs whole URLs at INFO and may quote headers; an error's text may carry both. Whatever is logged passes
one formatter, which removes the configured secrets and whatever looks like one, tracebacks included.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO

from uptake.settings.settings import Settings

MASK = "***"
QUIET = ("httpx", "httpcore", "sqlalchemy", "alembic", "apscheduler", "urllib3", "asyncio")
SILENT = ("stamina",)  # it says that it retries, but not what: the runner does

_LOOKS_SECRET = (
    (
        re.compile(r"(?i)([?&](?:access_token|token|key|api_key|password|secret|sig|signature)=)[^&\s\"']+"),
        rf"\1{MASK}",
    ),
    (
        re.compile(r"(?i)((?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?(?:bearer |token |basic )?)[^\s\"',}]+"),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer |token )[A-Za-z0-9_\-.=+/]{12,}"), rf"\1{MASK}"),
    (re.compile(r"([a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@]+@"), rf"\1{MASK}@"),
    (re.compile(r"\b(?:gh[a-z]_|github_pat_)[A-Za-z0-9_]{8,}"), MASK),
)


class Redactor:
    """Removes secrets from text: those we were configured with, and what has the shape of one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first: a secret that contains another must not leave its other half behind.
        self._secrets = sorted((secret for secret in secrets if len(secret) > 3), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for pattern, mask in _LOOKS_SECRET:
            text = pattern.sub(mask, text)
        return text


class TextFormatter(logging.Formatter):
    """`2026-01-31T01:00:00Z INFO uptake.schedule: message`."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redact = redact

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - logging's
        return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """One object per line: `time`, `level`, `logger`, `message` and, after an exception, `traceback`."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        }
        if record.exc_info:
            entry["traceback"] = self._redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def say(sentence: str, level: int = logging.INFO) -> None:
    """A command's sentence, for people: on standard output, an error's on standard error. An entry of a JSON log."""
    root = logging.getLogger()
    formatter = next((h.formatter for h in root.handlers if isinstance(h.formatter, JsonFormatter)), None)
    text = sentence
    if formatter is not None:
        text = formatter.format(logging.LogRecord("uptake", level, "", 0, "%s", (sentence,), None))
    print(text, file=sys.stderr if formatter is not None or level >= logging.WARNING else sys.stdout, flush=True)


def set_up_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Make every logger of this process write to `stream` (standard error) by the settings. May be called again."""
    redact = Redactor(settings.secrets)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(redact) if settings.log_format == "json" else TextFormatter(redact))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
