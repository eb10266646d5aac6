"""`uptake collect`: ask the sources now."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import DAY, as_json, listed, refuse_reversed, refuse_unknown
from uptake.cli.progress import progress_shown
from uptake.cli.text_table import printable

if TYPE_CHECKING:
    from catalog import Source
    from collectors import CostEstimate
    from storage import Run
    from uptake.collection.survey_edition import Edition


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--framework",
    "frameworks",
    multiple=True,
    callback=listed,
    metavar="ID",
    help="Only this framework; may be repeated.",
)
@click.option("--since", type=DAY, metavar="DATE", help="Only periods from this day on, where the source allows it.")
@click.option("--until", type=DAY, metavar="DATE", help="Only periods up to this day, where the source allows it.")
@click.option("--full", is_flag=True, help="Request everything again, even figures that are current.")
@click.option("--year", type=int, help="Count this survey edition from its file of responses (stackoverflow only).")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="PATH",
    help="A local copy of that file, CSV or zip (default: fetch the published one).",
)
@click.option("--price", "only_price", is_flag=True, help="Only print the cost; collect nothing.")
@as_json
@pass_context
def collect(
    context: CliContext,
    *,
    sources: tuple[str, ...],
    frameworks: tuple[str, ...],
    since: date | None,
    until: date | None,
    full: bool,
    year: int | None,
    file: Path | None,
    only_price: bool,
    as_json: bool,
) -> int:
    """Collect from the SOURCEs now (default: all of them) and report what is new.

    First prints the cost: requests needed, requests granted, time of completion.

    Creates the store if there is none. Exits with 1 if anything failed or was postponed; what was collected stays.
    """
    refuse_reversed(since, until)
    edition = _edition(context, sources, year, file, bounded=bool(since or until))
    chosen = _chosen(context, sources)
    refuse_unknown("framework", frameworks, context.tracked.frameworks, "uptake frameworks")
    _refuse_absent(context, sources, frameworks)
    _refuse_forgotten(chosen, since, context.clock.now().date())
    window: dict[str, Any] = {
        "frameworks": tuple(sorted(set(frameworks))),
        "since": since,
        "until": until,
        "full": full,
    } | (edition.window if edition else {})
    costs = [] if edition else _costs(context, chosen, window)
    if only_price:
        _say_costs(costs, as_json=as_json)
        return 0
    if not as_json:
        for cost in costs:
            click.echo(cost.sentence, err=True)
    runs = _collect_all(context, chosen, window, edition, quiet=as_json)
    if as_json:
        print_json(_as_object(runs) | {"price": costs})
    else:
        _say_table(runs)
    return 0 if len(runs) == len(chosen) and all(run.status == "ok" for run in runs) else 1


def _edition(
    context: CliContext, sources: tuple[str, ...], year: int | None, file: Path | None, *, bounded: bool
) -> Edition | None:
    """The edition that is asked for, if any. What makes no sense with one is wrong usage."""
    from uptake.collection.survey_edition import SOURCE, Edition

    if year is None:
        if file is not None:
            raise click.UsageError("--file needs --year, the edition it is of")
        return None
    if set(sources) != {SOURCE}:
        raise click.UsageError(f"--year works for one source only: uptake collect {SOURCE} --year {year}")
    if bounded:
        raise click.UsageError("--year already gives the days: leave out --since and --until")
    surveys = context.tracked.surveys
    if year not in surveys:
        raise click.UsageError(f"there is no profile for the {year} survey, only for {min(surveys)} to {max(surveys)}")
    if file is None and surveys[year].path is None:
        raise click.UsageError(f"the {year} file has no known address: give a local copy with --file")
    return Edition(year, file)


def _chosen(context: CliContext, names: tuple[str, ...]) -> tuple[Source, ...]:
    """The sources to ask. A name that is unknown or cannot be collected is wrong usage."""
    from uptake.collection.collect import collectable

    if not names:
        return collectable(context.tracked)
    refuse_unknown("source", names, context.tracked.sources, "uptake sources")
    for name in names:
        if off := context.tracked.sources[name].off:
            raise click.UsageError(f"{name} is {off[:1].lower()}{off[1:]}")
        if not context.tracked.sources[name].available:
            raise click.UsageError(f"{name} is described in the catalog, but this version does not collect it")
    return tuple(context.tracked.sources[name] for name in dict.fromkeys(names))


def _refuse_absent(context: CliContext, sources: tuple[str, ...], frameworks: tuple[str, ...]) -> None:
    """A source that was named must know one of the frameworks that were named, or there is nothing to do."""
    for source in sources:
        if frameworks and not any(source in context.tracked.frameworks[name].ids for name in frameworks):
            raise click.UsageError(f"{source} has no figures of {' or '.join(frameworks)}")


def _refuse_forgotten(chosen: tuple[Source, ...], since: date | None, today: date) -> None:
    """Asking a source for what it can no longer tell is an error, not an empty answer."""
    for source in chosen:
        memories = [stream.memory_days for stream in source.streams]
        if since and all(days is not None and since < today - timedelta(days=days) for days in memories):
            raise click.UsageError(f"{source.id} has nothing for {since}: {source.memory.rstrip('.')}")


def _costs(context: CliContext, chosen: tuple[Source, ...], window: dict[str, Any]) -> list[CostEstimate]:
    """What each source that is asked over the network would cost now."""
    from collectors import cost_estimate
    from storage import Store
    from uptake.store_creation import make_store

    make_store(context.settings)
    now = context.clock.now()
    with Store.open(context.settings.database_url, read_only=True) as store:
        return [
            cost_estimate(
                store, context.tracked, source.id, now=now, token=bool(context.settings.token(source)), **window
            )
            for source in chosen
            if source.setting is not None
        ]


def _say_costs(costs: list[CostEstimate], *, as_json: bool) -> None:
    if as_json:
        print_json({"price": costs})
        return
    for cost in costs:
        click.echo(cost.sentence)


def _collect_all(
    context: CliContext, chosen: tuple[Source, ...], window: dict[str, Any], edition: Edition | None, *, quiet: bool
) -> list[Run]:
    """One run per source, one after the other. Stops after the unit in hand when told to."""
    from storage import Store
    from uptake.collection.collect import collect, mirror
    from uptake.collection.survey_edition import collect_edition
    from uptake.scheduler.signals import stopping_on_signals
    from uptake.store_creation import make_store

    make_store(context.settings)
    carry_out = partial(collect_edition, edition=edition) if edition else collect
    with stopping_on_signals() as stopping, Store.open(context.settings.database_url) as store:
        mirror(store, context.tracked)
        with progress_shown(quiet=quiet) as report:
            runs: list[Run] = []
            for source in chosen:
                if stopping.is_set():
                    break
                run = store.start_run(source.id, trigger="cli", now=context.clock.now(), **window)
                ended = carry_out(
                    store,
                    context.tracked,
                    context.settings,
                    run,
                    clock=context.clock,
                    stop=stopping.is_set,
                    report=report,
                )
                runs.append(ended)
        # Those of processes that were killed: by now nobody holds their sources any more.
        store.abandon_runs(context.clock.now())
    return runs


def _as_object(runs: list[Run]) -> dict[str, object]:
    return {
        "ok": all(run.status == "ok" for run in runs),
        "totals": {name: sum(getattr(run, name) for run in runs) for name in ("new", "revised", "unchanged", "failed")},
        "sources": [_run_object(run) for run in runs],
    }


def _run_object(run: Run) -> dict[str, object]:
    names = ("source", "status", "planned", "done", "new", "revised", "unchanged", "failed", "deferred_until", "note")
    return {"run": run.id} | {name: getattr(run, name) for name in (*names, "failures")}


def _say_table(runs: list[Run]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("source", "status", box=None, pad_edge=False)
    for name in ("new", "revised", "unchanged", "failed"):
        table.add_column(name, justify="right")
    for run in runs:
        table.add_row(run.source, run.status, *(str(n) for n in (run.new, run.revised, run.unchanged, run.failed)))
    sums = [str(sum(getattr(run, name) for run in runs)) for name in ("new", "revised", "unchanged", "failed")]
    table.add_row("total", "", *sums)
    Console().print(table)
    for run in runs:
        _say_failures(run)


def _say_failures(run: Run) -> None:
    from answers.collection.failures import alike

    for failure in alike(run.failures):
        where = " ".join(part for part in (run.source, failure.framework, failure.stream) if part)
        click.echo(f"{where}: {printable(failure.message)}")
    if run.note:
        click.echo(f"{run.source}: {printable(run.note)}")
