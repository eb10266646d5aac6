"""A Frictionless Data Package: the CSV of every question, and one file that says all there is to say about it.

`datapackage.json` follows the Data Package standard (datapackage.org): each column's title, unit, type and
constraints, what an empty cell means, sources, licences, caveats and breaks in full, what was asked and when the
figures were learned. Equal stores, questions and moments make equal bytes: no moment of its making is in a package.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import uptake
from answers.json_and_csv import about_json, csv_chunks
from answers.questions import Question, QuestionError
from answers.series.answer import SeriesAnswer, series
from answers.series.views import VIEWS, view_unit
from catalog import Catalog, Framework, Kind, Source
from storage import Store

DESCRIPTOR = "datapackage.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest moment a zip file can hold
_KNOWN_LICENCES = {"CC BY 4.0": "CC-BY-4.0", "CC BY-SA 4.0": "CC-BY-SA-4.0", "ODbL 1.0": "ODbL-1.0", "MIT": "MIT"}
_STATUS = ["final", "provisional", "gap", "not_asked"]
_UNITS = {"share": "share from 0 to 1", "change": "relative growth: 0.1 is 10% more"}


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the package: its path in it and its content, to be read once."""

    path: str
    chunks: Iterable[bytes]


def package(store: Store, catalog: Catalog, questions: Sequence[Question], now: datetime) -> bytes:
    """The answers to the questions as one zip file. Raises QuestionError."""
    out = io.BytesIO()
    write_zip(out, parts(store, catalog, questions, now))
    return out.getvalue()


def parts(store: Store, catalog: Catalog, questions: Sequence[Question], now: datetime) -> Iterator[Part]:
    """The files of the package one after the other, each to be used before the next; the descriptor is the last."""
    resources: list[dict[str, Any]] = []
    sources: dict[Source, None] = {}
    shown: set[str] = set()
    for question in questions:
        answer = series(store, catalog, question, now)
        name = _name(question, [resource["name"] for resource in resources])
        lines = _Counted(csv_chunks(answer))
        yield Part(f"data/{name}.csv", lines)
        resources.append(resource(answer, name) | {"bytes": lines.size, "hash": f"sha256:{lines.sha256.hexdigest()}"})
        sources |= dict.fromkeys(answer.sources)
        shown |= set(answer.frame["framework"])
    frameworks = [framework for name, framework in catalog.frameworks.items() if name in shown]
    whole = _descriptor(resources, list(sources), frameworks)
    yield Part(DESCRIPTOR, [json.dumps(whole, ensure_ascii=False, indent=2).encode() + b"\n"])


def every_question(store: Store, catalog: Catalog) -> tuple[Question, ...]:
    """Everything there is: each metric that has an observation, of every framework and dimension."""
    metrics = {metric for metric, _ in store.observed()}
    return tuple(Question(name, (), "*") for name in catalog.metrics if name in metrics)


def write_zip(target: IO[bytes], files: Iterable[Part]) -> None:
    """Files as a zip whose bytes depend on nothing but them."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for part in files:
            entry = zipfile.ZipInfo(part.path, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with packed.open(entry, "w", force_zip64=True) as file:
                for chunk in part.chunks:
                    file.write(chunk)


def write_folder(folder: Path, files: Iterable[Part]) -> None:
    """Files as a folder that appears only when it is complete. Raises QuestionError if there is something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise QuestionError(f"{folder} already exists: name another folder, or remove it first.")
    growing = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        for part in files:
            path = growing / part.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.writelines(part.chunks)
                file.flush()
                os.fsync(file.fileno())
        growing.replace(folder)
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)
        raise


def resource(answer: SeriesAnswer, name: str) -> dict[str, Any]:
    """One answer as the standard describes a table: everything but where its rows are and how many bytes they have."""
    return {
        "name": name,
        "path": f"data/{name}.csv",
        "title": answer.metric.title,
        "description": f"{answer.metric.measures}. It does not measure: {answer.metric.does_not_measure}",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {
            "fields": list(_fields(answer)),
            "missingValues": [""],
            "primaryKey": ["framework", "metric", "dimension", "period", "period_end"],
        },
        "sources": [_source(source) for source in answer.sources],
        "licenses": [_licence(source) for source in answer.sources],
        "uptake": about_json(answer) | {"retrieved": _retrieved(answer)},
    }


def parquet(answer: SeriesAnswer) -> bytes:
    """The rows as Parquet, with everything that must go with them in the file's metadata.

    `uptake` is what the JSON answer says but for its rows, `datapackage` the table as a data package describes it.
    """
    metadata = {"uptake": about_json(answer), "datapackage": resource(answer, answer.question.metric)}
    table = pa.Table.from_pandas(answer.frame, preserve_index=False)
    texts = {name.encode(): json.dumps(part, ensure_ascii=False).encode() for name, part in metadata.items()}
    out = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata((table.schema.metadata or {}) | texts), out)
    return bytes(out.getvalue())


class _Counted:
    """Bytes of CSV, which counts and hashes what goes through."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.size, self.sha256 = 0, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            self.sha256.update(chunk)
            yield chunk


def _name(question: Question, taken: Sequence[str]) -> str:
    """A name that is the metric's, and another each time it comes again."""
    name = question.metric if question.view == "level" else f"{question.metric}-{question.view}"
    again = sum(re.fullmatch(rf"{re.escape(name)}(\.\d+)?", other) is not None for other in taken)
    return f"{name}.{again + 1}" if again else name


def _fields(answer: SeriesAnswer) -> Iterator[dict[str, Any]]:
    """The columns: what each is, in which unit, and what it may say."""
    metric, question = answer.metric, answer.question
    view, unit = VIEWS[question.view], view_unit(metric, question.view)
    share = metric.kind is Kind.SHARE or view.unit == "share"
    bounds: dict[str, Any] = {} if view.may_fall else {"minimum": 0, "maximum": 1} if share else {"minimum": 0}
    unit = "start = 100" if question.view == "index" else _UNITS.get(unit, unit)
    name = metric.id if question.view == "level" else f"{metric.id}/{question.view}"
    yield _field("framework", "string", "Framework's id", required=True)
    yield _field("metric", "string", metric.title, required=True, enum=[name])
    yield _field("dimension", "string", "Part of the metric as key=value; empty: the total")
    yield _field("period", "date", "First day of the period", required=True)
    yield _field("period_end", "date", "Last day of the period", required=True)
    yield _field("value", "number", f"{metric.title} ({unit}); empty: see status", **bounds) | {"unit": unit}
    yield _field("base", "integer", "Number of respondents, for surveys", minimum=1) | {"unit": "people"}
    for bound in ("low", "high"):
        title = f"{'Lower' if bound == 'low' else 'Upper'} bound of the 95% interval, for surveys: sampling noise only"
        yield _field(bound, "number", title, minimum=0, maximum=1) | {"unit": "share from 0 to 1"}
    yield _field("status", "string", "final, provisional, gap or not_asked", enum=_STATUS)
    yield _field("source", "string", "Source's id; after a colon, the observer")
    yield _field("retrieved_at", "datetime", "When the value was retrieved, in UTC")
    yield _field("caveats", "string", "Codes of the caveats and breaks for this value, separated by blanks")


def _field(name: str, kind: str, title: str, **constraints: Any) -> dict[str, Any]:
    field: dict[str, Any] = {"name": name, "type": kind, "title": title}
    return field | ({"constraints": constraints} if constraints else {})


def _retrieved(answer: SeriesAnswer) -> dict[str, str | None]:
    """When the oldest and the youngest of the figures were learned."""
    learned = answer.frame["retrieved_at"].dropna()
    ends = (None, None) if learned.empty else (learned.min(), learned.max())
    first, last = (None if at is None or pd.isna(at) else at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in ends)
    return {"first": first, "last": last}


def _source(source: Source) -> dict[str, str]:
    path = {"path": source.homepage} if source.homepage else {}
    return {"title": source.title, **path, "attribution": source.attribution}


def _licence(source: Source) -> dict[str, str]:
    """A licence by its name in the list the standard asks for, where it is on it, and by its address.

    One of which neither is known is given as `custom`, since the standard wants one of the two.
    """
    licence = {"title": source.licence} | ({"path": source.licence_url} if source.licence_url else {})
    name = _KNOWN_LICENCES.get(source.licence, "" if source.licence_url else "custom")
    return licence | ({"name": name} if name else {})


def _descriptor(
    resources: Sequence[dict[str, Any]], sources: Sequence[Source], frameworks: Sequence[Framework]
) -> dict[str, Any]:
    learned = [entry["uptake"]["retrieved"]["last"] for entry in resources]
    licences = {json.dumps(_licence(source)): _licence(source) for source in sources}
    return {
        "profile": "data-package",
        "name": "uptake",
        "title": "How web frameworks are taken up",
        "description": "Counts and shares, each with its counting rule. Never add up two metrics or draw them as one "
        "line; an empty value is not zero.",
        "version": uptake.__version__,
        "created": max((at for at in learned if at), default="1970-01-01T00:00:00Z"),
        "sources": [_source(source) for source in sources],
        **({"licenses": list(licences.values())} if licences else {}),
        "uptake": {"frameworks": [asdict(framework) | {"ids": dict(framework.ids)} for framework in frameworks]},
        "resources": list(resources),
    }
