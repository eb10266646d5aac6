"""Alerts for programs: an Atom feed (RFC 4287) and one JSON object. Silent ones are in neither.

The feed is written with the standard library: it is fifty lines, every text is escaped by the serialiser, and the
same store gives the same bytes, which libraries that stamp an empty feed with the current time do not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from answers.json_and_csv import to_json
from answers.questions import API
from storage import KeptAlert
from uptake.alerts.detection import alert_page

ATOM = "http://www.w3.org/2005/Atom"
MEDIA = "application/atom+xml; charset=utf-8"
PATH = f"{API}/alerts.atom"
NEVER = "1970-01-01T00:00:00Z"  # when an empty feed was changed last
MOST = 100  # entries
LOCAL = "localhost"  # whose feed it is, while no public address is set
SINCE = 2026  # the year from which the names in `tag:` addresses are ours (RFC 4151)
TITLES = {"overtake": "Overtake", "milestone": "Milestone", "anomaly": "Unusual day", "stale": "Source"}
# What XML cannot hold, escaped or not.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(alerts: Sequence[KeptAlert], base: str, host: str = LOCAL) -> bytes:
    """The feed of these alerts, the latest first.

    `base` is the dashboard's address for links, without a slash at its end; `host` is whose names the entries bear,
    which must not change when the feed is read at another address.
    """
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _add(root, "id", _tag(host, "alerts"))
    _add(root, "title", "Uptake: what happened")
    _add(root, "updated", max((_moment(alert.found_at) for alert in alerts), default=NEVER))
    _link(root, "self", "application/atom+xml", base + PATH)
    _link(root, "alternate", "text/html", f"{base}/events")
    _add(ET.SubElement(root, "author"), "name", "Uptake")
    for alert in alerts[:MOST]:
        _entry(root, alert, base, host)
    ET.indent(root)
    written: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{written}\n'.encode()


def _entry(root: ET.Element, alert: KeptAlert, base: str, host: str) -> None:
    entry = ET.SubElement(root, "entry")
    _add(entry, "id", _tag(host, f"alerts/{alert.key}"))
    _add(entry, "title", f"{TITLES.get(alert.kind, alert.kind)}: {headline(alert.text)}")
    _add(entry, "updated", _moment(alert.found_at))
    _add(entry, "published", _moment(alert.found_at))
    ET.SubElement(entry, "category", {"term": alert.kind})
    _link(entry, "alternate", "text/html", base + alert_page(alert))
    _add(entry, "content", alert.text).set("type", "text")


def headline(text: str) -> str:
    """An alert's first sentence, without a full stop."""
    return re.split(r"\.(?: |$)|; ", text, maxsplit=1)[0]


def alerts_json(alerts: Sequence[KeptAlert]) -> dict[str, Any]:
    """The alerts as an object with stable keys. Why a delivery failed is not for everybody."""
    return {"alerts": [alert_json(alert) for alert in alerts]}


def alert_json(alert: KeptAlert) -> dict[str, Any]:
    """One alert; `page` and `query` are addresses relative to the dashboard's."""
    return {
        "id": alert.key,
        **to_json(alert, "kind", "happened", "found_at", "text", "query"),
        "page": alert_page(alert),
        "silent": alert.silent,
    }


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = _clean(text)
    return element


def _link(parent: ET.Element, relation: str, media: str, address: str) -> None:
    ET.SubElement(parent, "link", {"rel": relation, "type": media, "href": _clean(address)})


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _tag(host: str, what: str) -> str:
    """An address that names a thing for ever (RFC 4151)."""
    return f"tag:{host},{SINCE}:uptake/{what}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
