"""Writes the pages of docs/ that the program itself has the facts for: `python -m docs.generate [--check]`.

settings.md comes from `uptake.settings` and the sources, metrics.md from the catalog, cli.md from the commands.
With `--check` nothing is written: a page that is out of date is named, and the exit code is 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

import click

from catalog import Break, Catalog, Caveat, Direction, Kind, Metric, Source, load
from uptake.cli import commands as uptake
from uptake.settings.settings import Setting, settings_table

HERE = Path(__file__).parent
NOTE = "<!-- Written by `make docs`. Change {origin}, not this page. -->"
HELP_WIDTH = 100  # fixed, so that the page does not depend on somebody's terminal

KINDS = {
    Kind.STOCK: "stock: a level, may be differenced, never summed over time",
    Kind.FLOW: "flow: counted per period, may be summed over time",
    Kind.SHARE: "share: of a base, never summed or averaged without its bases",
}
DIRECTIONS = {
    Direction.OVER: "overstates use",
    Direction.UNDER: "understates use",
    Direction.SHIFT: "shifts the reading",
    Direction.BREAK: "breaks comparability",
}


def settings_page() -> Iterator[str]:
    """Every setting, one row each."""
    yield "# Settings"
    yield NOTE.format(origin="uptake/settings/settings.py or catalog/sources/")
    yield (
        "Every setting is an environment variable. A TOML file can hold the same settings: `uptake.toml` in the "
        "working directory, or the file that `UPTAKE_CONFIG` names. Its keys are the names below without `UPTAKE_`, in "
        "lower case (`port = 8600`). The environment overrides the file, the file overrides the default. An unknown "
        "name is refused, and the most similar one suggested."
    )
    yield (
        "A setting marked *secret* never appears in logs, pages or answers. It can also come from a file: set "
        "`<NAME>_FILE` to the path."
    )
    yield _table(("setting", "default", "what it does"), map(_setting_row, settings_table()))


def _setting_row(setting: Setting) -> tuple[str, str, str]:
    default = f"`{setting.default}`" if setting.default else "none"
    return f"`{setting.name}`", default, setting.help + (" *Secret.*" if setting.secret else "")


def metrics_page() -> Iterator[str]:
    """Every metric with its rule, caveats, sources and breaks; then the sources, caveats and breaks themselves."""
    catalog = load()
    yield "# Metrics"
    yield NOTE.format(origin="catalog/")
    yield (
        "A metric is one thing that a source lets us count, *together with its counting rule*. Two metrics never share "
        "a line, an axis or a sum, however similar their names."
    )
    yield _table(
        ("metric", "title", "unit", "kind", "period"),
        ((f"[`{m.id}`](#{m.id})", m.title, m.unit, m.kind.value, m.period) for m in catalog.metrics.values()),
    )
    for metric in catalog.metrics.values():
        yield from _metric(catalog, metric)
    yield "## Sources"
    for source in catalog.sources.values():
        yield from _source(source)
    yield "## Caveats"
    yield from map(_caveat, catalog.caveats.values())
    yield "## Breaks"
    yield (
        "Days on which the counting method changed (break), figures are missing or wrong (incident), or something is "
        "worth a mark (notice). Growth and overtakes are refused across a break."
    )
    yield from map(_break, catalog.breaks)


def _metric(catalog: Catalog, metric: Metric) -> Iterator[str]:
    yield f'<a id="{metric.id}"></a>'
    yield f"## `{metric.id}`: {metric.title}"
    yield f"> {metric.badge}"
    yield f"**Measures.** {metric.measures}."
    yield f"**Does not measure.** {metric.does_not_measure}"
    yield _list(_metric_facts(catalog, metric))
    yield "Caveats: " + (", ".join(f"[`{code}`](#{code})" for code in metric.caveats) or "none") + "."
    breaks = ", ".join(f"[`{b.id}`](#{b.id})" for b in catalog.breaks_of(metric.id))
    yield f"Breaks: {breaks or 'none'}."


def _metric_facts(catalog: Catalog, metric: Metric) -> Iterator[str]:
    yield f"Unit: {metric.unit}; one observation per {metric.period}"
    yield f"Kind: {KINDS[metric.kind]}"
    if metric.dimensions:
        total = "the total as well" if metric.has_total else "no total"
        yield f"Dimensions: {', '.join(f'`{key}`' for key in metric.dimensions)} ({total})"
    sources = (f"[{catalog.sources[name].title}](#source-{name})" for name in metric.sources)
    yield f"Source: {', '.join(sources) or 'none'}"
    yield f"Gap: more than {metric.gap_after_days} days without an observation"


def _source(source: Source) -> Iterator[str]:
    yield f'<a id="source-{source.id}"></a>'
    yield f"### `{source.id}`: {source.title}"
    yield _list(
        (
            f"Licence: {_linked(source.licence, source.licence_url)}",
            f"Attribution: {source.attribution}",
            f"Terms: {source.terms}",
            f"Memory: {source.memory}",
            f"Collected: {_cadence(source)}",
            f"Home: <{source.homepage}>",
        )
    )


def _linked(text: str, address: str) -> str:
    return f"[{text}]({address})" if address else text


def _more(address: str) -> str:
    return f" [More.]({address})" if address else ""


def _cadence(source: Source) -> str:
    if not source.available:
        return "not by this version"
    if not source.cadence.times:
        return "by hand"
    times = ", ".join(f"{time:%H:%M}" for time in source.cadence.times)
    only = f", once {source.needs} is set: {source.needs_why}" if source.needs else ""
    return f"{source.cadence.days} at {times} UTC{only}"


def _caveat(caveat: Caveat) -> str:
    first, last = (_day(day) if day else "" for day in (caveat.since, caveat.until))
    spans = {(True, True): f" ({first} to {last})", (True, False): f" (since {first})", (False, True): f" (to {last})"}
    dates = spans.get((bool(first), bool(last)), "")
    head = f"`{caveat.code}` **{caveat.title}**, {DIRECTIONS[caveat.direction]}{dates}."
    return f'<a id="{caveat.code}"></a>{head} {caveat.text}{_more(caveat.link)}'


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _break(entry: Break) -> str:
    dates = _day(entry.since) if entry.since == entry.until else f"{_day(entry.since)} to {_day(entry.until)}"
    metrics = ", ".join(f"`{metric}`" for metric in entry.metrics)
    only = f", {', '.join(entry.frameworks)} only" if entry.frameworks else ""
    head = f"`{entry.id}` **{entry.title}**, {entry.kind}, {dates} ({metrics}{only})."
    return f'<a id="{entry.id}"></a>{head} {entry.text}{_more(entry.link)}'


def cli_page() -> Iterator[str]:
    """The help of every command, as the terminal shows it."""
    yield "# Commands"
    yield NOTE.format(origin="uptake/cli/")
    yield (
        "The exit code is 0 if everything succeeded, 1 if something failed, 2 for wrong usage. Settings are in "
        "[settings.md](settings.md)."
    )
    for context in every_command(uptake, "uptake"):
        yield f"## `{context.command_path}`"
        yield f"```text\n{_help(context)}\n```"


def every_command(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[click.Context]:
    """A command and all below it, each in the context in which its help is asked for."""
    settings = {**command.context_settings, "terminal_width": HELP_WIDTH, "max_content_width": HELP_WIDTH}
    context = click.Context(command, parent=parent, info_name=name, **settings)
    yield context
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from every_command(command.commands[below], below, context)


def _help(context: click.Context) -> str:
    return "\n".join(line.rstrip() for line in context.get_help().splitlines())


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "cli.md": cli_page,
    "metrics.md": metrics_page,
    "settings.md": settings_page,
}


def rendered() -> dict[str, str]:
    """Every generated page as it should be: file name to text."""
    return {name: "\n\n".join(page()) + "\n" for name, page in PAGES.items()}


def stale() -> list[str]:
    """The names of generated pages that are missing or say something else than the program."""
    on_disk = {name: (HERE / name).read_text(encoding="utf-8") for name in PAGES if (HERE / name).exists()}
    return [name for name, text in rendered().items() if on_disk.get(name) != text]


def write() -> None:
    """Write every generated page into docs/."""
    for name, text in rendered().items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv[1:]:
        write()
    elif outdated := stale():
        sys.exit(f"Out of date: {', '.join(f'docs/{name}' for name in outdated)}. Run 'make docs'.")
