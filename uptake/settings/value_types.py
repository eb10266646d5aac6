"""How a setting's text becomes its value. Each raises ValueError with the end of the sentence "NAME ..."."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

LEAST_TOKEN = 16  # characters


def text(text: str) -> str:
    """Any text."""
    return text


def secret(text: str) -> str | None:
    """A secret of one word, None if it is empty."""
    if any(c.isspace() or not c.isprintable() for c in text):
        raise ValueError("must not contain blanks or line breaks")
    return text or None


def operator_token(text: str) -> str | None:
    """A secret that strangers may try to guess: not a short one."""
    if text and len(text) < LEAST_TOKEN:
        raise ValueError(f"must have at least {LEAST_TOKEN} characters: `openssl rand -hex 16` prints a good one")
    return secret(text)


def password(text: str) -> str | None:
    """A password of any characters that a line may hold, None if it is empty."""
    if not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text or None


def port(text: str) -> int:
    """A TCP port."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ValueError(f"must be a port between 1 and 65535, not {text!r}")
    return int(text)


def url(text: str) -> str | None:
    """A plain http or https address without a slash at its end, None if it is empty."""
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address that starts with http:// or https://")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be a plain address, without user, password, query or fragment")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("has an invalid port") from None
    return text.rstrip("/")


def source_url(text: str) -> str | None:
    """The address of a source: https, so that nobody between changes its figures or reads what is sent to it.

    Plain http is for this machine, and for a name without a dot, which is a neighbour's of the same network.
    """
    address = url(text)
    if address and address.startswith("http:") and not _is_near(urlsplit(address).hostname or ""):
        raise ValueError("must start with https:// (http:// is for this machine and names without a dot)")
    return address


def _is_near(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return "." not in host


def database(text: str) -> str:
    """A store's address, a SQLite path made absolute."""
    kind, _, path = text.partition(":///")
    if kind == "sqlite" and path:
        return f"sqlite:///{Path(path).expanduser().absolute()}"
    port = re.fullmatch(
        r"postgres(?:ql)?(?:\+psycopg)?://(?=.)(?:.*@)?(?:\[[^\]]*\]|[^:/?]*)(?::(\d{1,5}))?(?:[/?].*)?", text
    )
    if text and not (port and 0 < int(port[1] or 1) < 65_536):
        raise ValueError("must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE, with a valid port")
    return text


def with_password(address: str, password: str) -> str:
    """A PostgreSQL address with the password of the user it names."""
    parts = re.match(r"(postgres[^:/]*://[^:/@]+)(@.*)", address)
    if parts is None:
        raise ValueError("needs a PostgreSQL address with a user and without a password in UPTAKE_DATABASE_URL")
    return f"{parts[1]}:{quote(password, safe='')}{parts[2]}"


def passwords(address: str) -> tuple[str, ...]:
    """The password in a database's address, as it is written there and as it is meant."""
    written = re.match(r"[^:]+://[^:/@]*:(.+)@", address)
    return tuple(dict.fromkeys((written[1], unquote(written[1])))) if written else ()


def seconds(text: str) -> float:
    """A span of time, at most a week."""
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError(f"must be a number of seconds, not {text!r}") from None
    if not 0 < seconds <= 7 * 86_400:
        raise ValueError(f"must be more than 0 seconds and at most a week, not {text}")
    return seconds


def switch(text: str) -> bool:
    """True or false, in any of the usual spellings."""
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError(f"must be true or false, not {text!r}")
    return words[text.lower()]


def one_of(*choices: str) -> Callable[[str], str]:
    """What reads one of some words."""

    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {text!r}")
        return text.lower()

    return read


def hosts(text: str) -> tuple[str, ...]:
    """Host names separated by commas."""
    return tuple(host.strip().lower() for host in text.split(",") if host.strip())


def directory(text: str) -> Path:
    """A folder as an absolute path."""
    return Path(text).expanduser().absolute()


def host(text: str) -> str:
    """A host name or an IP address."""
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise ValueError(f"must be a host name or an IP address, not {text!r}")
    return text


def contact(text: str) -> str:
    """Whom to write to, fit for a header."""
    if not re.fullmatch(r"[!-'*-~]{0,200}", text):  # printable ASCII without blanks and brackets: it goes into a header
        raise ValueError("must be an e-mail or web address without blanks, brackets or accents")
    return text


def user(text: str) -> str:
    """A user's name without blanks."""
    if not re.fullmatch(r"[!-~]{1,100}", text):
        raise ValueError(f"must be a name without blanks, not {text!r}")
    return text


LEAST_SECRET = 12  # characters: shorter words of an address may be anybody's

ALERT_KINDS = ("overtake", "milestone", "anomaly", "stale")
_NEXT_ADDRESS = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]{1,20}://)")  # addresses may hold commas themselves


def receivers(text: str) -> tuple[str, ...]:
    """Addresses to which alerts go, separated by blanks or commas. A fault is reported without any of them: secrets."""
    addresses = tuple(dict.fromkeys(part.strip(" ,") for part in _NEXT_ADDRESS.split(text.strip()) if part.strip(" ,")))
    for place, address in enumerate(addresses, start=1):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[!-~]+", address):
            raise ValueError(f"must be addresses such as jsons://host/path; number {place} is not")
    return addresses


def kinds(text: str) -> tuple[str, ...]:
    """Kinds of alerts, separated by commas."""
    words = tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    for word in words:
        if word not in ALERT_KINDS:
            raise ValueError(f"must be some of {', '.join(ALERT_KINDS)}, not {word!r}")
    if not words:
        raise ValueError(f"must be some of {', '.join(ALERT_KINDS)}; to send none, leave UPTAKE_ALERT_URLS empty")
    return words


def secret_parts(address: str) -> tuple[str, ...]:
    """What of a receiver's address must never be seen: the whole, and whatever in it may be a password or token."""
    parts = urlsplit(address)
    # Of a plain web or mail address the host is no secret; of a messenger's it may be a token.
    host = "" if parts.scheme.rstrip("s") in ("json", "xml", "form", "mailto") else parts.hostname or ""
    pieces = [parts.username or "", host, *re.split(r"[/?&=,]", f"{parts.path}?{parts.query}")]
    long = [piece for piece in pieces if len(piece) >= LEAST_SECRET]
    return (address, *filter(None, [parts.password]), *long)
