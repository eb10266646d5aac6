"""Figures planted into a store as sources would have told them, day by day: for tests of what is found in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from storage import Batch, Counts, Failure, Observation, Payload, Period, Store

SOURCES = {
    "stars": "github",
    "stars_kept": "github",
    "forks": "github",
    "downloads_no_mirrors": "pypistats",
    "downloads_with_mirrors": "pypistats",
    "downloads_all": "clickhouse",
    "hiring_mentions": "hn",
    "npm_downloads": "npm",
    "hex_downloads_total": "hex",
    "go_importers": "pkgsite",
    "pageviews": "wikimedia",
}
COUNTED_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
# Stack Overflow 2019, counted from the edition's answers: who ticked Flask, of how many
EUROPE_2019, STATES_2019, ALL_2019 = (2_772, 25_803), (2_176, 15_302), (7_694, 65_022)


def at(day: date, hour: int = 4) -> datetime:
    """That hour of a day, in UTC."""
    return datetime.combine(day, time(hour), UTC)


def days(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def plant(
    store: Store, metric: str, framework: str, values: Mapping[date, float], learned: datetime, *, source: str = ""
) -> Counts:
    """Write what a source says about some days, as retrieved at a moment; what was known otherwise is revised."""
    told = tuple(Observation(metric, framework, Period.day(day), value) for day, value in values.items())
    payload = Payload(source or SOURCES[metric], f"https://example.org/{metric}", repr(values).encode(), learned)
    run = store.start_run(SOURCES[metric], trigger="schedule", now=learned)
    counts = store.write(run.id, framework, "planted", Batch(payload, told, fills_only=bool(source)))
    store.finish(run.id, "ok", counts=counts, failures=[], now=learned)
    return counts


def ran(store: Store, source: str, moment: datetime, status: str = "ok", newest: date | None = None) -> None:
    """A run of a source that ended so; a good one has a figure of the day before, or of `newest`."""
    metric = next((name for name, of in SOURCES.items() if of == source), "")
    if status == "ok" and metric:
        plant(store, metric, "flask", {newest or moment.date() - timedelta(days=1): 1000.0}, moment)
        return
    failures = [] if status == "ok" else [Failure("flask", "overall", "unavailable", "it did not answer")]
    run = store.start_run(source, trigger="schedule", now=moment)
    store.finish(run.id, status, counts=Counts(), failures=failures, now=moment)


def snapshots(store: Store, metric: str, levels: Mapping[str, Mapping[date, float]]) -> None:
    """Levels that were seen each on its day."""
    for framework, values in levels.items():
        for day, value in values.items():
            plant(store, metric, framework, {day: value}, at(day))


def put(store: Store, *rows: Observation, at: datetime, source: str = "pypistats") -> None:
    """Write rows of one framework, as retrieved at a moment."""
    run = store.start_run(source, trigger="cli", now=at)
    store.write(run.id, rows[0].framework, "overall", Batch(Payload(source, "test:", b"x", at), rows))
    store.finish(run.id, "ok", counts=Counts(), failures=[], now=at)


def daily(metric: str, framework: str, first: date, values: list[float | None]) -> list[Observation]:
    """One value a day from the first on; None is a day that was not seen."""
    dated = ((first + timedelta(days=k), v) for k, v in enumerate(values))
    return [Observation(metric, framework, Period.day(d), v) for d, v in dated if v is not None]


def add_regions(url: str) -> None:
    """Add to a store the regions of one edition, as its own file has them."""
    with Store.open(url) as store:
        run = store.start_run("stackoverflow", trigger="cli", now=COUNTED_AT)
        payload = Payload("stackoverflow:microdata", "results.csv", b"counts", COUNTED_AT)
        store.write(run.id, "flask", "microdata-2019", Batch(payload, tuple(_cells())))


def _cells() -> Iterator[Observation]:
    places = {"region=europe": EUROPE_2019, "region=united-states": STATES_2019, "region=eu27": (1_893, 18_059)}
    for dimension, (ticked, base) in (places | {"country=AD": (90, 120)}).items():
        yield Observation("so_worked_with", "flask", Period.year(2019), ticked / base, base, dimension)
    yield Observation("so_want_to_work_with", "flask", Period.year(2019), 8_163 / 62_944, 62_944)
