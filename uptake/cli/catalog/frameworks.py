"""`uptake frameworks`: what is tracked, and frameworks of your own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from catalog import ARCHIVED
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json
from uptake.cli.progress import progress_shown
from uptake.cli.text_table import print_table, printable

if TYPE_CHECKING:
    from catalog import Framework
    from storage import Run, Store
    from uptake.frameworks.own_frameworks import Added, Ask


@click.group(invoke_without_command=True)
@as_json
@pass_context
@click.pass_context
def frameworks(ctx: click.Context, context: CliContext, as_json: bool) -> None:
    """List the frameworks with their names at each source, or add and remove a custom one."""
    if ctx.invoked_subcommand is not None:
        return
    every = context.catalog.frameworks.values()
    if as_json:
        print_json({"frameworks": list(every)})
        return
    rows = [(f.id, f.title, f.language, _whose(f), _names(f)) for f in every]
    print_table(("id", "title", "language", "origin", "names"), rows)
    for framework in every:
        if framework.evidence:
            click.echo(f"{framework.own_title}: {framework.evidence}")


@frameworks.command("add")
@click.argument("name")
@click.option(
    "--github", metavar="OWNER/REPO", default="", help="Its repository on GitHub, or that repository's address."
)
@click.option("--pypi", metavar="PACKAGE", default="", help="The Python package whose downloads are counted.")
@click.option("--npm", metavar="PACKAGE", default="", help="The npm package whose downloads are counted.")
@click.option("--gem", metavar="GEM", default="", help="The Ruby gem whose downloads are counted.")
@click.option(
    "--hex", "hex_package", metavar="PACKAGE", default="", help="The hex.pm package whose downloads are counted."
)
@click.option("--go", metavar="PATH", default="", help="The Go module whose importers are counted, by its path.")
@click.option("--survey", metavar="LABEL", default="", help="Its exact spelling in the Stack Overflow survey.")
@click.option(
    "--id", "ids", multiple=True, metavar="SOURCE=NAME", help="Its name at any other source; may be repeated."
)
@click.option("--title", default="", help="The name to show (default: NAME).")
@click.option("--language", default="", help="The programming language it is for.")
@click.option(
    "--replaces",
    default="",
    metavar="ID",
    help="The framework whose repository it takes the place of.",
)
@as_json
@pass_context
def add(
    context: CliContext,
    *,
    name: str,
    github: str,
    pypi: str,
    survey: str,
    ids: tuple[str, ...],
    title: str,
    language: str,
    replaces: str,
    as_json: bool,
    npm: str,
    gem: str,
    hex_package: str,
    go: str,
) -> int:
    """Track a custom framework under the id NAME, and collect it at once.

    Checks at the sources that the names exist; a renamed repository is tracked under its new name. If a scheduler is
    running, it does the collecting.
    """
    from uptake.frameworks.own_frameworks import FrameworkRequest, add_framework
    from uptake.store_creation import make_store

    packages = {"npm": npm, "gem": gem, "hex": hex_package, "go": go}
    request = FrameworkRequest(name, github, pypi, survey, title, language, _pairs(ids), packages, replaces)
    make_store(context.settings)
    with context.store(read_only=False) as store:
        added = add_framework(store, context.shipped, request, ask=_ask(context, store), now=context.clock.now())
        if not as_json:
            click.echo(printable(added.sentence))
        runs = _collected(context, store, added, quiet=as_json)
    if as_json:
        print_json(
            {
                "framework": added.framework,
                "warnings": added.warnings,
                "sentence": added.sentence,
                "runs": runs,
            }
        )
    else:
        for run in runs:
            click.echo(_outcome(run))
    return 0 if all(run.status in ("ok", "requested", "running") for run in runs) else 1


@frameworks.command("remove")
@click.argument("name")
@as_json
@pass_context
def remove(context: CliContext, *, name: str, as_json: bool) -> None:
    """Stop tracking a custom framework. Its figures stay: they can be exported, and the framework added again."""
    from uptake.frameworks.own_frameworks import remove_framework

    with context.store(read_only=False) as store:
        removed = remove_framework(store, context.shipped, name, context.clock.now())
    if as_json:
        print_json({"removed": removed.id, "title": removed.title})
    else:
        click.echo(f"{removed.title} ({removed.id}) is no longer tracked; its figures stay.")


def _whose(framework: Framework) -> str:
    if framework.removed:
        return "removed"
    whose = "custom" if framework.own else "catalog"
    return f"{whose}; {ARCHIVED}" if framework.archived else whose


def _names(framework: Framework) -> str:
    return ", ".join(f"{source}: {name}" for source, name in framework.ids.items())


def _pairs(ids: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in ids)
    if not all(pairs.values()):
        raise click.UsageError("--id must be SOURCE=NAME")
    return pairs


def _ask(context: CliContext, store: Store) -> Ask:
    """How the sources are asked whether a name exists, with the settings of this process."""
    from collectors import Refused, probe
    from uptake.collection.collect import access

    def ask(source: Any, framework: Framework) -> Any:
        to = access(context.settings, source)
        if to is None:
            raise Refused(f"{source.title} has no address.")
        return probe(store, source, framework, access=to, clock=context.clock)

    return ask


def _collected(context: CliContext, store: Store, added: Added, *, quiet: bool) -> list[Run]:
    """A run per source for this framework alone: the scheduler's, if one is at work, or ours."""
    from uptake.collection.collect import collect
    from uptake.scheduler.scheduler_lease import running_scheduler
    from uptake.scheduler.signals import stopping_on_signals

    if running_scheduler(store, context.clock.now()):
        return [
            store.request_run(source, trigger="cli", frameworks=(added.id,), now=context.clock.now())
            for source in added.sources
        ]
    runs = []
    with stopping_on_signals() as stopping, progress_shown(quiet=quiet) as report:
        for source in added.sources:
            run = store.start_run(source, trigger="cli", frameworks=(added.id,), now=context.clock.now())
            stop = stopping.is_set
            runs.append(
                collect(store, context.shipped, context.settings, run, clock=context.clock, stop=stop, report=report)
            )
    return runs


def _outcome(run: Run) -> str:
    if run.status == "requested":
        return f"{run.source}: the scheduler will collect it at once (run {run.id})"
    outcome = f"{run.source}: {run.status}, {run.new} new"
    reasons = " ".join(dict.fromkeys(failure.message for failure in run.failures)) or run.note
    return printable(f"{outcome} ({reasons})" if reasons else outcome)
