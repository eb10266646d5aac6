"""What looks odd, for programs: as an object with stable keys, and as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from answers.anomalies import wording
from answers.anomalies.answer import Anomalies, Anomaly, SourceIncident
from answers.json_and_csv import caveats_and_sources, escape_formula, to_json

COLUMNS = ("kind", "metric", "framework", "since", "until", "value", "expected", "score", "seen", "known", "sentence")


def anomalies_json(answer: Anomalies) -> dict[str, Any]:
    """The answer as an object with stable keys; metrics, register entries, caveats and sources in full."""
    breaks = dict.fromkeys(b for of in (answer.flags, answer.incidents) for one in of for b in one.known_breaks)
    names = ("sentence", "since", "until", "as_of", "frameworks", "series", "observations", "retrieved_at")
    return {
        **to_json(answer, *names),
        "rule": wording.RULE,
        "false_alarms": wording.FALSE_ALARMS,
        "incidents": [_json(one) for one in answer.incidents],
        "flags": [_json(one) | {"rose": one.rose} for one in answer.flags],
        "breaks": to_json(list(breaks)),
        "metrics": to_json(answer.metrics),
        **caveats_and_sources(answer.catalog, answer.metrics),
    }


def _json(one: Anomaly | SourceIncident) -> Any:
    return to_json(one) | {"known": [b.id for b in one.known_breaks]}


def anomalies_csv(answer: Anomalies) -> Iterator[str]:
    """The same as a table, the newest first: lines of CSV with a header. Incidents name their frameworks with blanks
    between; `value`, `expected` and `score` are a flag's own, `seen` is an incident's.
    """
    rows = [*map(_incident, answer.incidents), *map(_flag, answer.flags)]
    rows.sort(key=lambda row: (row[3], row[0], row[1]), reverse=True)
    yield _line(COLUMNS)
    for row in rows:
        yield _line(row)


def _incident(one: SourceIncident) -> tuple[str, ...]:
    breaks = " ".join(b.id for b in one.known_breaks)
    days = (one.since.isoformat(), one.until.isoformat())
    return ("incident", one.metric, " ".join(one.frameworks), *days, "", "", "", str(one.seen), breaks, one.sentence)


def _flag(one: Anomaly) -> tuple[str, ...]:
    breaks = " ".join(b.id for b in one.known_breaks)
    figures = tuple(repr(float(x)) for x in (one.value, one.expected, one.score))
    days = (one.since.isoformat(), one.until.isoformat())
    kind = "possible-change" if one.kind == "change" else one.kind
    return (kind, one.metric, one.framework, *days, *figures, "", breaks, one.sentence)


def _line(cells: tuple[str, ...]) -> str:
    """Numbers stay as they are; text that a spreadsheet would run is neutralised."""
    buffer = io.StringIO()
    figures = slice(COLUMNS.index("value"), COLUMNS.index("known"))
    kept = [cell if n in range(*figures.indices(len(cells))) else escape_formula(cell) for n, cell in enumerate(cells)]
    csv.writer(buffer, lineterminator="\n").writerow(kept)
    return buffer.getvalue()
