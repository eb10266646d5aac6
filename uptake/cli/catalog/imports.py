"""`uptake import` and `uptake imports`: figures of your own, from a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json
from uptake.cli.text_table import print_table, printable

if TYPE_CHECKING:
    from uptake.imports.csv_file import FileRefused
    from uptake.imports.file_import import Imported, ImportRequest

MOST_SHOWN = 20


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--metric", required=True, metavar="ID", help="What the figures count, by the rule of this metric.")
@click.option("--source", required=True, metavar="NAME", help="What to call them; shown with every figure.")
@click.option("--licence", required=True, metavar="TEXT", help="Under which licence they may be shown.")
@click.option("--url", default="", metavar="ADDRESS", help="Where they were published, if they were.")
@click.option("--dry-run", is_flag=True, help="Check the file and count what would change; store nothing.")
@as_json
@pass_context
def import_(
    context: CliContext, *, file: Path, metric: str, source: str, licence: str, url: str, dry_run: bool, as_json: bool
) -> int:
    """Import your figures from FILE, a CSV file, as the source `import:NAME`.

    The columns are `date` and one for each framework, or `date,framework,value` (and `base` for shares, `period_end`
    for windows of days). By naming a METRIC you say that the figures follow its counting rule: they join its line. No
    figure of another source is replaced, and its later collections replace yours. A corrected file under the same NAME
    revises the days from its first to its last. With one fault nothing is stored. See docs/own-figures.md.
    """
    from storage import Store
    from uptake.imports.csv_file import FileRefused
    from uptake.imports.file_import import ImportRequest, import_file
    from uptake.store_creation import make_store

    with file.open("rb") as opened:
        request = ImportRequest(file.name, opened.read(MOST_READ), metric, source, licence, url)
    if not dry_run:
        make_store(context.settings)
    with Store.open(context.settings.database_url) as store:
        try:
            done = import_file(store, context.shipped, request, context.clock.now(), trial=dry_run)
        except FileRefused as refused:
            return _say_faults(request, refused, as_json=as_json)
    _say_imported(request, done, dry_run=dry_run, as_json=as_json)
    return 0


MOST_READ = 16 * 1024 * 1024  # bytes: enough to tell how large a file is that is too large


def _say_imported(request: ImportRequest, done: Imported, *, dry_run: bool, as_json: bool) -> None:
    run, readings = done.run, done.readings
    counts = {name: getattr(run, name) for name in ("new", "revised", "unchanged")}
    if as_json:
        names = {"metric": request.metric, "file": request.file, "sha256": request.sha256}
        days = {"first": readings.days.start, "last": readings.days.end}
        which = {"dry_run": dry_run, "run": None if dry_run else run.id, "source": done.source.id}
        figures = {"frameworks": readings.frameworks, "figures": len(readings.observations)}
        print_json({"ok": True} | which | names | figures | days | counts)
        return
    summary = ", ".join(f"{count} {name}" for name, count in counts.items())
    head = "Would import" if dry_run else "Imported"
    click.echo(
        f"{head} {len(readings.observations)} figures of {request.metric} ({', '.join(readings.frameworks)}; "
        f"{readings.days.start} to {readings.days.end}) as {done.source.id}: {summary}."
    )


def _say_faults(request: ImportRequest, refused: FileRefused, *, as_json: bool) -> int:
    """Every fault by its line; the first of them, where there are many."""
    shown, more = refused.faults[:MOST_SHOWN], max(len(refused.faults) - MOST_SHOWN, 0)
    if as_json:
        print_json({"ok": False, "file": request.file, "faults": shown, "more": more})
        return 1
    plural = "" if len(refused.faults) == 1 else "s"
    name = printable(request.file)
    click.echo(f"uptake: {name} has {len(refused.faults)} fault{plural}; nothing was imported", err=True)
    for fault in shown:
        where = f"line {fault.line}: " if fault.line else ""
        click.echo(f"  {where}{printable(fault.message)}", err=True)
    if more:
        click.echo(f"  and {more} more", err=True)
    return 1


@click.group(invoke_without_command=True)
@as_json
@pass_context
@click.pass_context
def imports(ctx: click.Context, context: CliContext, as_json: bool) -> None:
    """List your imported figures, or remove them."""
    from uptake.imports.file_import import own_figures

    if ctx.invoked_subcommand is not None:
        return
    with context.store() as store:
        every = list(own_figures(store, context.catalog))
    if as_json:
        print_json({"imports": every})
        return
    rows = [
        (
            o.source.id, o.metric, ", ".join(o.frameworks), str(o.figures), str(o.first), str(o.last),
            printable(o.files[0].name) if o.files else "", o.source.licence,
        )
        for o in every
    ]  # fmt: skip
    print_table(("source", "metric", "frameworks", "figures", "first", "last", "file", "licence"), rows)


@imports.command("remove")
@click.argument("name")
@as_json
@pass_context
def remove(context: CliContext, *, name: str, as_json: bool) -> None:
    """Remove all figures that were imported as NAME.

    From now on answers are as if they had never been imported. Answers as of an earlier time still have them, since
    they were known then.
    """
    from uptake.imports.file_import import remove_own_source

    with context.store(read_only=False) as store:
        run = remove_own_source(store, context.shipped, name, context.clock.now())
    if as_json:
        print_json({"removed": run.source, "figures": run.revised, "run": run.id})
    else:
        click.echo(f"Removed {run.source}: {run.revised} figures. Answers as of an earlier time still have them.")
