"""One file of the catalog at a time: TOML in, frozen data out. What spans files is `_check`'s."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from catalog._entry import Entry, read_toml
from catalog._model import (
    WEEKDAYS,
    Break,
    Cadence,
    Caveat,
    Credential,
    Direction,
    Family,
    Framework,
    Kind,
    Metric,
    Observer,
    Reservation,
    Source,
    Stream,
)

FAMILIES = "families.toml"
LAST_PLACE = 1_000  # of a family that names none
FRAMEWORKS = "frameworks.toml"
CAVEATS = "caveats.toml"
BREAKS = "breaks.toml"

BADGE_LENGTH = 140  # a badge is one line, always visible under its chart
PERIODS = ("day", "month", "year", "window")
BREAK_KINDS = ("break", "incident", "notice")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What one file of `sources/` has. Its metrics lack their sources yet: that takes all the files."""

    file: str
    source: Source
    metrics: tuple[Metric, ...]
    caveats: tuple[Caveat, ...]
    families: tuple[Family, ...] = ()
    breaks: tuple[Break, ...] = ()


def read_sources(folder: Path) -> tuple[SourceFile, ...]:
    """Every source, in the order of its id. The file's name is the source's id."""
    names = sorted(path.name for path in (folder / "sources").glob("*.toml"))
    return tuple(_source_file(read_toml(folder, f"sources/{name}")) for name in names)


def read_families(folder: Path) -> tuple[Family, ...]:
    """The kinds of evidence, in the order of the file (which is the order people see)."""
    return _families(read_toml(folder, FAMILIES))


def read_frameworks(folder: Path) -> tuple[Framework, ...]:
    """The frameworks, in the order of the file (which is the order people see)."""
    entry = read_toml(folder, FRAMEWORKS)
    return tuple(_framework(entry, key) for key in entry.names())


def read_shared_caveats(folder: Path) -> tuple[Caveat, ...]:
    """The caveats that belong to no single source."""
    entry = read_toml(folder, CAVEATS)
    caveats = _caveats(entry)
    entry.close()
    return caveats


def read_breaks(folder: Path) -> tuple[Break, ...]:
    """The registered breaks, oldest first."""
    entry = read_toml(folder, BREAKS)
    breaks = tuple(_break(row) for row in entry.tables("break", "id"))
    entry.close()
    return tuple(sorted(breaks, key=lambda b: (b.since, b.until, b.id)))


def _source_file(entry: Entry) -> SourceFile:
    metrics = tuple(_metric(row) for row in entry.tables("metric", "id"))
    caveats = _caveats(entry)
    families = _families(entry.table("family")) if entry.has("family") else ()
    breaks = tuple(_break(row) for row in entry.tables("break", "id"))
    source = _source(entry)
    entry.close()
    return SourceFile(entry.file, source, metrics, caveats, families, breaks)


def _source(entry: Entry) -> Source:
    setting, base_url = _address(entry)
    memory_days = entry.count_or("memory_days", "for ever")
    ask_again = entry.count("ask_again_after_min")
    return Source(
        id=entry.check_identifier("the file's name", Path(entry.file).stem),
        title=entry.text("title"),
        homepage=entry.link("homepage"),
        licence=entry.text("licence"),
        licence_url=entry.link("licence_url"),
        attribution=entry.text("attribution"),
        terms=entry.text("terms"),
        cadence=_cadence(entry.table("cadence")),
        memory=entry.text("memory"),
        memory_days=memory_days,
        stale_after_days=entry.count_or("stale_after_days", "never"),
        streams=tuple(_stream(row, memory_days, ask_again) for row in entry.tables("stream", "name")),
        setting=setting,
        base_url=base_url,
        ask_again_after_min=ask_again,
        spacing_s=entry.number("spacing_s"),
        deadline_s=entry.number("deadline_s") if entry.has("deadline_s") else 0.0,
        available=entry.flag("available"),
        files_setting=_setting(entry, "files_setting") if entry.has("files_setting") else None,
        files_url=entry.link("files_url") if entry.has("files_url") else None,
        credentials=tuple(_credential(row) for row in entry.tables("credential", "setting")),
        reservations=tuple(_reservation(row) for row in entry.tables("reservation", "framework")),
        needs=_setting(entry, "needs") if entry.has("needs") else None,
        needs_why=entry.text("needs_why") if entry.has("needs_why") else "",
        observers=tuple(_observer(row) for row in entry.tables("observer", "id")),
    )


def _observer(entry: Entry) -> Observer:
    observer = Observer(
        id=entry.identifier("id"),
        title=entry.text("title"),
        homepage=entry.link("homepage"),
        licence=entry.text("licence"),
        licence_url=entry.link("licence_url"),
        attribution=entry.text("attribution"),
    )
    entry.close()
    return observer


def _address(entry: Entry) -> tuple[str | None, str | None]:
    if not entry.has("setting") and not entry.has("base_url"):
        return None, None
    return _setting(entry, "setting"), entry.link("base_url")


def _setting(entry: Entry, key: str) -> str:
    setting = entry.text(key)
    if not re.fullmatch(r"UPTAKE_[A-Z][A-Z0-9_]*", setting):
        entry.fail(key, f"must start with UPTAKE_ and be in capitals, not {setting!r}")
    return setting


def _credential(entry: Entry) -> Credential:
    credential = Credential(
        setting=_setting(entry, "setting"),
        help=entry.text("help"),
        header=entry.text("header") if entry.has("header") else "",
        default=entry.text("default") if entry.has("default") else "",
        secret=entry.flag("secret"),
    )
    if credential.secret and credential.default:
        entry.fail("default", "is given for a secret")
    entry.close()
    return credential


def _reservation(entry: Entry) -> Reservation:
    since = entry.day("since") if entry.has("since") else None
    reservation = Reservation(entry.identifier("framework"), entry.text("why"), since)
    entry.close()
    return reservation


def _cadence(entry: Entry) -> Cadence:
    weekday = WEEKDAYS.index(entry.one_of("weekday", WEEKDAYS)) if entry.has("weekday") else None
    monthday = entry.count("monthday") if entry.has("monthday") else None
    cadence = Cadence(times=entry.times("times"), weekday=weekday, monthday=monthday)
    if weekday is not None and not cadence.times:
        entry.fail("weekday", "is given, but no time of day")
    if monthday is not None and (weekday is not None or not cadence.times or not 1 <= monthday <= 28):
        entry.fail("monthday", "is a day from 1 to 28, with a time of day and no weekday")
    entry.close()
    return cadence


def _stream(entry: Entry, memory_days: int | None, ask_again: int) -> Stream:
    stream = Stream(
        name=entry.identifier("name"),
        metrics=entry.texts("metrics"),
        requests=entry.count("requests"),
        memory_days=entry.count_or("memory_days", "for ever") if entry.has("memory_days") else memory_days,
        ask_again_after_min=entry.count("ask_again_after_min") if entry.has("ask_again_after_min") else ask_again,
        registry=entry.identifier("registry") if entry.has("registry") else "",
    )
    entry.close()
    return stream


def _metric(entry: Entry) -> Metric:
    metric = Metric(
        id=entry.identifier("id"),
        title=entry.text("title"),
        unit=entry.text("unit"),
        kind=entry.choice("kind", Kind),
        period=entry.one_of("period", PERIODS),
        family=entry.identifier("family"),
        measures=entry.text("measures"),
        does_not_measure=entry.text("does_not_measure"),
        badge=_badge(entry),
        caveats=entry.texts("caveats"),
        sources=(),
        gap_after_days=entry.count("gap_after_days"),
        step=0.01 if entry.has("whole_percents") and entry.flag("whole_percents") else 0.0,
        counts=entry.text("counts"),
        phrase=entry.text("phrase") if entry.has("phrase") else "",
        dimensions=entry.texts("dimensions") if entry.has("dimensions") else (),
        has_total=entry.flag("has_total") if entry.has("has_total") else True,
        cumulates=entry.identifier("cumulates") if entry.has("cumulates") else "",
        per_million=_parts(entry.table("per_million")) if entry.has("per_million") else None,
        pooled_months=entry.count("pooled_months") if entry.has("pooled_months") else 0,
        base_noun=entry.text("base_noun") if entry.has("base_noun") else "respondents",
        out_after_months=entry.count("out_after_months") if entry.has("out_after_months") else 0,
        first_day=entry.day("first_day") if entry.has("first_day") else None,
        window_days=_shortest_and_longest(entry.table("window_days")) if entry.has("window_days") else None,
    )
    if metric.window_days and metric.period != "window":
        entry.fail("window_days", "is given for what has no windows")
    if metric.out_after_months and not metric.has_editions:
        entry.fail("out_after_months", "is given for what has no editions")
    if not metric.caveats:
        entry.fail("caveats", "is empty: no number goes without a doubt")
    if metric.pooled_months and (metric.kind, metric.period) != (Kind.SHARE, "month"):
        entry.fail("pooled_months", "is given for what is no monthly share")
    if not metric.has_total and not metric.dimensions:
        entry.fail("has_total", "is false, but there are no dimensions to split by")
    entry.close()
    return metric


def _shortest_and_longest(entry: Entry) -> tuple[int, int]:
    days = entry.count("least"), entry.count("most")
    entry.close()
    return days


def _parts(entry: Entry) -> tuple[str, str]:
    parts = entry.identifier("part"), entry.identifier("whole")
    entry.close()
    return parts


def _badge(entry: Entry) -> str:
    badge = entry.text("badge")
    if len(badge) > BADGE_LENGTH:
        entry.fail("badge", f"has {len(badge)} characters, more than {BADGE_LENGTH}")
    return badge


def _caveats(entry: Entry) -> tuple[Caveat, ...]:
    return tuple(_caveat(row) for row in entry.tables("caveat", "code"))


def _caveat(entry: Entry) -> Caveat:
    since, until = entry.days()
    caveat = Caveat(
        code=entry.identifier("code"),
        title=entry.text("title"),
        text=entry.text("text"),
        direction=entry.choice("direction", Direction),
        link=entry.link("link"),
        since=since,
        until=until,
    )
    entry.close()
    return caveat


def _break(entry: Entry) -> Break:
    since, until = entry.required_days()
    known_break = Break(
        id=entry.identifier("id"),
        kind=entry.one_of("kind", BREAK_KINDS),
        title=entry.text("title"),
        text=entry.text("text"),
        since=since,
        until=until,
        metrics=entry.texts("metrics"),
        link=entry.link("link"),
        frameworks=entry.texts("frameworks") if entry.has("frameworks") else (),
    )
    if not known_break.metrics:
        entry.fail("metrics", "is empty")
    entry.close()
    return known_break


def _families(entry: Entry) -> tuple[Family, ...]:
    return tuple(_family(entry, key) for key in entry.names())


def _family(file: Entry, key: str) -> Family:
    entry = file.table(key)
    plural = entry.text("plural") if entry.has("plural") else ""
    family = Family(
        id=file.check_identifier(key, key),
        title=entry.text("title"),
        plural=plural,
        phrase=entry.text("phrase") if entry.has("phrase") else plural,
        counts=entry.text("counts") if plural else "",
        current_days=entry.count("current_days"),
        preferred=entry.texts("preferred"),
        registry=entry.text("registry") if entry.has("registry") else "",
        place=entry.count("place") if entry.has("place") else LAST_PLACE,
        also=entry.texts("also") if entry.has("also") else (),
    )
    entry.close()
    return family


def _framework(file: Entry, key: str) -> Framework:
    entry = file.table(key)
    ids = entry.table("ids")
    framework = Framework(
        id=file.check_identifier(key, key),
        title=entry.text("title"),
        language=entry.text("language"),
        ids={source: ids.text(source) for source in ids.names()},
        former=entry.texts("former") if entry.has("former") else (),
        archived=entry.has("archived") and entry.flag("archived"),
        evidence=entry.text("evidence") if entry.has("evidence") else "",
    )
    if not framework.ids:
        entry.fail("ids", "is empty: no source knows this framework")
    entry.close()
    return framework
