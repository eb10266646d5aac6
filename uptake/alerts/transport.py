"""Sending one receiver one message, through Apprise, which only this module imports, in a process of its own.

Apprise sends to webhooks, mail and a hundred messengers by one kind of address. What it leaves open is closed here by
a child process per message: a wall-clock deadline (its own timeouts are per read, so that a receiver that drips would
hold us for ever), no proxies, `.netrc` or certificates from the environment unless the settings trust it, no redirects
(a webhook's body is for its receiver alone), nothing kept on disk. A receiver's address holds secrets: it goes to the
child by a pipe, never by argument or variable, and comes back in no message. A failure is described in our own words.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import quote

from uptake.scheduler.processes import command, environment

DEADLINE_S = 30.0
_FIELDS = ("json", "xml", "form")  # web hooks that take fields of ours: a colon before the name
_HEADERS = ("mailto",)  # mail, which takes headers of ours: a plus before the name
_TRUSTED = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_STATUS = re.compile(r"error=(\d{3})\b")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. `id` is the alert's key, by which a receiver can recognise what it has already."""

    id: str
    kind: str
    happened: str
    title: str
    text: str
    link: str


def send(receiver: str, message: Message, *, trust_env: bool = False, deadline_s: float = DEADLINE_S) -> str:
    """Send to one receiver, and wait for its answer; empty, or why it failed, in one sentence without its address."""
    request = json.dumps({"receiver": receiver, "message": asdict(message)})
    try:
        done = subprocess.run(
            command(["uptake.alerts.transport"]),
            input=request.encode(),
            capture_output=True,
            env=_environment(trust_env=trust_env),
            timeout=deadline_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"It did not answer within {deadline_s:.0f} s."
    try:
        reply = json.loads(done.stdout)
    except json.JSONDecodeError:
        return f"The process that sends broke (exit code {done.returncode})."
    return str(reply["error"])


def scheme(receiver: str) -> str:
    """What a receiver may be called: its kind of address, which is no secret."""
    return receiver.partition("://")[0].lower()


def _environment(*, trust_env: bool) -> Mapping[str, str]:
    """This process' environment without our settings and, unless it is trusted, without what redirects requests."""
    kept = environment({})
    if trust_env:
        return kept
    plain = {k: v for k, v in kept.items() if k not in _TRUSTED and not k.lower().endswith("_proxy")}
    return plain | {"NO_PROXY": "*", "no_proxy": "*", "NETRC": os.devnull}


def _with_identity(receiver: str, message: Message) -> str:
    """The address with the alert's own fields added, where its kind takes any."""
    kind = scheme(receiver).rstrip("s")
    if kind in _FIELDS:
        added = {f":{name}": getattr(message, name) for name in ("id", "kind", "happened", "link")}
    elif kind in _HEADERS:
        added = {"+X-Uptake-Alert": message.id}
    else:
        return receiver
    fields = "&".join(f"{quote(name, safe=':+')}={quote(text, safe='')}" for name, text in added.items() if text)
    return f"{receiver}{'&' if '?' in receiver else '?'}{fields}"


class _LastWarning(logging.Handler):
    """Keeps Apprise's last warning: Apprise returns that something failed, and logs what."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


def _deliver(receiver: str, message: Message) -> str:
    """In the child: send, and return why it failed."""
    import apprise  # noqa: PLC0415 - the parent must not load it: it is needed in this process alone

    warnings = _LastWarning(logging.WARNING)
    log = logging.getLogger("apprise")
    log.handlers, log.propagate = [warnings], False
    asset = apprise.AppriseAsset(
        app_id="Uptake", app_desc="Uptake", app_url="", image_url_mask="", image_url_logo="", async_mode=False,
        http_redirects=False, storage_mode=apprise.PersistentStoreMode.MEMORY,
    )  # fmt: skip
    receivers = apprise.Apprise(asset=asset)
    if not receivers.add(_with_identity(receiver, message)):
        return f"Its address ({scheme(receiver)}://…) is not one that Apprise understands."
    body = "\n\n".join(filter(None, [message.text, message.link, f"Alert {message.id}"]))
    if receivers.notify(body=body, title=message.title, body_format=apprise.NotifyFormat.TEXT):
        return ""
    return _reason(warnings.text)


def _reason(warning: str) -> str:
    """Why it failed, in our words: Apprise's may quote parts of the address."""
    status = _STATUS.search(warning)
    if status:
        return f"It answered with status {status[1]}."
    if "connection error" in warning.lower():
        return "It could not be reached, or refused the connection."
    return "It did not take the message."


if __name__ == "__main__":
    request = json.load(sys.stdin)
    error = _deliver(request["receiver"], Message(**request["message"]))
    sys.stdout.write(json.dumps({"error": error}))
