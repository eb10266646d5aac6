"""`uptake backup`, `uptake restore` and `uptake copy-store`: the whole store in one file, back again, or elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json
from uptake.cli.progress import rows_shown

if TYPE_CHECKING:
    from storage import Content

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("target")
@as_json
@pass_context
def backup(context: CliContext, target: str, as_json: bool) -> None:
    """Write the complete store into a new file, TARGET.

    If TARGET is a folder, or ends with a slash, the file is named by the time. Collections and the dashboard go on
    meanwhile. The backup is one SQLite file, whatever database the store is in; it is read back before it gets its
    name.
    """
    from uptake.backup import back_up

    with rows_shown(quiet=as_json) as progress:
        made = back_up(context.settings.database_url, target, context.clock.now(), progress)
    if as_json:
        print_json({"file": str(made.path), "bytes": made.size, "made_at": made.made_at} | _counts(made.content))
    else:
        click.echo(f"{made.path}: {made.content.total:,} rows, {made.size:,} bytes, read back and found equal.")


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--replace", is_flag=True, help="Replace what the store holds; a backup of that is written into the folder of FILE."
)
@as_json
@pass_context
def restore(context: CliContext, file: Path, replace: bool, as_json: bool) -> None:
    """Fill the store with the backup FILE: everything, or nothing if anything is wrong.

    The store (UPTAKE_DATABASE_URL) is made if there is none; it may be SQLite or PostgreSQL, whichever the backup is
    from. Stop the scheduler first.
    """
    from uptake.backup import restore_backup, set_aside

    with rows_shown(quiet=as_json) as progress:
        now = context.clock.now()
        aside = set_aside(context.settings.database_url, file.parent, now) if replace else None
        made = restore_backup(file, context.settings.database_url, now, replace=replace, progress=progress)
    if as_json:
        replaced = str(aside.path) if aside else None
        print_json({"file": str(file), "made_at": made.made_at, "replaced": replaced} | _counts(made.content))
        return
    click.echo(f"The store holds what it did at {made.made_at:%Y-%m-%d %H:%M} UTC: {made.content.total:,} rows.")
    if aside:
        click.echo(f"What it held before is in {aside.path}.")


@click.command("copy-store")
@click.argument("origin", metavar="FROM")
@click.argument("target", metavar="TO")
@as_json
@pass_context
def copy_store(context: CliContext, origin: str, target: str, as_json: bool) -> None:
    """Copy a store to another database, such as from SQLite to PostgreSQL.

    FROM and TO are addresses (sqlite:///path/to/uptake.db, postgresql://user:password@host/name). TO is made, and must
    be empty. Afterwards set UPTAKE_DATABASE_URL to TO.
    """
    from uptake.backup import copy_store as copy

    with rows_shown(quiet=as_json) as progress:
        content = copy(origin, target, context.clock.now(), progress)
    if as_json:
        print_json(_counts(content))
    else:
        click.echo(f"Copied {content.total:,} rows; both stores read the same ({content.digest[:12]}).")


def _counts(content: Content) -> dict[str, object]:
    return {"rows": dict(content.rows), "digest": content.digest}
