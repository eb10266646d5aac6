"""Where a number comes from: the run that learned it, the answer it was learned from, and what it said before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from answers import wording
from answers.json_and_csv import to_json, to_the_second
from answers.questions import QuestionError, known_framework, known_metric
from answers.series.observations import compared
from answers.series.region_sums import summed_here
from catalog import Catalog, Metric, Source
from storage import PayloadRow, Period, Run, Store, ValueVersion

PREVIEW = 2048  # bytes
AROUND, BEFORE = 3, 200  # rows on either side of the one meant; letters before where it is named


@dataclass(frozen=True, slots=True)
class TraceAnswer:
    """One number to the byte. `versions` are its value now, then its earlier values, the latest first.

    `preview` is the kept answer as text, or of a long one what it says of the period: of a table the header and the
    rows around the one meant, else from where the period is first named, or the beginning. `cut`: there is more of it.
    Empty with a reason in `no_preview` where the answer was not kept.
    """

    metric: Metric
    framework: str
    dimension: str
    first: date = field(metadata={"json": "period"})
    last: date = field(metadata={"json": "period_end"})
    versions: tuple[ValueVersion, ...]
    run: Run
    source: Source
    preview: str
    cut: bool
    no_preview: str
    sentence: str

    @property
    def payload(self) -> PayloadRow:
        """The answer from which the present value was learned."""
        return self.versions[0].payload


def trace(store: Store, catalog: Catalog, metric: str, framework: str, dimension: str, period: date) -> TraceAnswer:
    """The origin of the observation whose period has that day in it. Raises QuestionError if there is none."""
    definition, name = known_metric(catalog, metric), known_framework(catalog, framework)
    _refuse_sums(catalog, definition, dimension)
    start = _start(store, metric, name, dimension, period)
    origin = store.trace(metric, name, dimension, start) if start else None
    if origin is None:
        split = f" ({dimension})" if dimension else ""
        title = wording.framework(catalog, name)
        raise QuestionError(
            f"There is no figure of {title} in {wording.phrase(definition)}{split} for {wording.day(period)}."
            f"{_asked_in_vain(store, catalog, definition, name, period)}"
        )
    payload = origin.versions[0].payload
    source = catalog.sources[origin.run.source].credited(payload.source)
    preview, cut = _excerpt(payload.body or b"", _marks(definition, origin.period, dimension))
    return TraceAnswer(
        metric=definition,
        framework=name,
        dimension=dimension,
        first=origin.period.start,
        last=origin.period.end,
        versions=origin.versions,
        run=origin.run,
        source=source,
        preview=preview,
        cut=cut,
        no_preview=_no_preview(payload),
        sentence=_sentence(catalog, definition, name, origin.versions, source)
        + _over_all_months(store, catalog, definition, name, dimension, origin.period),
    )


def _refuse_sums(catalog: Catalog, metric: Metric, dimension: str) -> None:
    """Raises QuestionError for a figure that was reckoned here: what it is made of can be traced."""
    if metric.cumulates:
        flow = catalog.metrics[metric.cumulates]
        raise QuestionError(
            f"{metric.title} are added up from {wording.phrase(flow)}: trace a day of those (metric {flow.id})."
        )
    if metric.per_million:
        part, whole = (catalog.metrics[name] for name in metric.per_million)
        raise QuestionError(
            f"{metric.title} are {wording.phrase(part)} divided by {wording.phrase(whole)}: trace a month of either "
            f"(metrics {part.id} and {whole.id})."
        )
    if summed_here(metric, dimension):
        raise QuestionError("A region is added up from its countries: trace one of them, such as country=DE.")


def _start(store: Store, metric: str, framework: str, dimension: str, day: date) -> date | None:
    """When the period with this day in it begins, also where its number was withdrawn; None: there was never one."""
    rows = store.read(metric, [framework], dimension=dimension, since=day, until=day)
    if rows.empty:
        rows = store.revisions(metric, framework, dimension)
        rows = rows[(rows["period"] <= pd.Timestamp(day)) & (rows["period_end"] >= pd.Timestamp(day))]
    return rows["period"].iloc[-1].date() if len(rows) else None


def _asked_in_vain(store: Store, catalog: Catalog, metric: Metric, framework: str, day: date) -> str:
    """What the source said of a day whose number was no count, and what that means, with a space before it."""
    source = catalog.sources[metric.sources[0]]
    for stream in source.streams:
        missing = (
            store.cursor(source.id, framework, stream.name).get("missing") if metric.id in stream.metrics else None
        )
        if isinstance(missing, dict) and (last := missing.get(day.isoformat())):
            return (
                f" {source.title} itself said 0, or next to nothing, when last asked on "
                f"{wording.day(date.fromisoformat(str(last)))}. A zero there means that the day is missing."
            )
    return ""


def trace_json(answer: TraceAnswer) -> dict[str, Any]:
    """A trace as an object with stable keys."""
    run, payload = answer.run, answer.payload
    return {
        **to_json(answer, "metric", "framework", "dimension", "first", "last"),
        **to_json(answer.versions[0], "value", "base"),
        **to_json(answer, "sentence", "source"),
        "run": {
            "run": run.id,
            **to_json(run, "source", "trigger", "status"),
            "started_at": to_the_second(run.started_at),
            "finished_at": to_the_second(run.finished_at),
        },
        "payload": _payload_json(payload) | {"preview": answer.preview, "cut": answer.cut, "note": answer.no_preview},
        "revisions": [
            to_json(old, "value", "base") | {"until": to_the_second(old.until), "payload": _payload_json(old.payload)}
            for old in answer.versions[1:]
        ],
    }


def _payload_json(payload: PayloadRow) -> Any:
    return to_json(payload, "id", "source", "url", "sha256", "size", "etag") | {
        "fetched_at": to_the_second(payload.fetched_at),
        "kept": payload.body is not None,
    }


def _marks(metric: Metric, period: Period, dimension: str) -> tuple[str, ...]:
    """How an answer names a period and a part, the surest first."""
    if metric.period == "year":
        days = [str(period.start.year)]
    else:
        days = [period.end.isoformat(), period.start.isoformat(), f"{period.start:%Y-%m}"]
    return tuple(dict.fromkeys([*days, *filter(None, [dimension.partition("=")[2]])]))


def _excerpt(body: bytes, marks: tuple[str, ...]) -> tuple[str, bool]:
    """What a body says of that which is named so, and whether there is more of it."""
    if len(body) <= PREVIEW:
        return _text(body), False
    text = body.decode("utf-8", errors="replace")
    header, *rows = text.splitlines()
    cells = [set(row.split(",")) for row in rows]
    best = max(range(len(rows)), key=lambda k: sum(mark in cells[k] for mark in marks), default=0)
    if cells and header.count(",") and cells[best] & set(marks):
        first, last = max(best - AROUND, 0), min(best + AROUND + 1, len(rows))
        lines = [header, *(["…"] if first else []), *rows[first:last], *(["…"] if last < len(rows) else [])]
        return _text("\n".join(lines)[:PREVIEW].encode()), True
    at = next((place for mark in marks if (place := text.find(mark)) >= 0), 0)
    start = max(at - BEFORE, 0)
    end = start + PREVIEW
    return "…" * (start > 0) + _text(text[start:end].encode()) + "…" * (end < len(text)), True


def _text(body: bytes) -> str:
    """Bytes as harmless text: what is no text or would move a cursor is shown as a mark."""
    text = body.decode("utf-8", errors="replace")
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)


def _no_preview(payload: PayloadRow) -> str:
    if payload.damaged:
        return "The saved response is damaged; run `uptake verify` for details."
    if payload.body is None:
        return "This response was too large to save; its sha256 identifies it."
    return "" if payload.body else "The response had no body: the source reported no change since the last one."


def _sentence(catalog: Catalog, metric: Metric, name: str, versions: tuple[ValueVersion, ...], source: Source) -> str:
    """The number, when it was retrieved and from whom; the address is the answer's own."""
    now = versions[0].unknown_because or wording.exact(versions[0].value or 0.0, metric)
    times = len(versions) - 1
    revised = f" Revised {wording.counted(times, 'time')}." if times else ""
    head = f"{wording.framework(catalog, name)} in {wording.phrase(metric)}: {now}"
    retrieved = wording.moment(versions[0].payload.fetched_at)
    return f"{head}, retrieved on {retrieved} from {source.title}.{revised}"


def _over_all_months(store: Store, catalog: Catalog, metric: Metric, name: str, dimension: str, period: Period) -> str:
    """Of one month of what is pooled: that it is one, and what is shown elsewhere, with a space before it."""
    if not metric.pooled_months or dimension:
        return ""
    pools = compared(store, catalog, metric.id, (name,))
    ending = pools[pools["period_end"] == pd.Timestamp(period.end)]
    alone = f" This is {wording.month(period.end)} alone"
    if ending.empty:
        return f"{alone}."
    pool = ending.iloc[-1]
    value, first = wording.value(float(pool["value"]), metric), pd.Timestamp(pool["period"]).date()
    return f"{alone}; elsewhere shown is {value} {wording.period(metric, first, period.end)}, all those months pooled."
