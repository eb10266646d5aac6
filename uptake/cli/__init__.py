"""The command line: `uptake COMMAND`. One module per command; an error is one sentence.

Exit codes: 0 only when all went well, 1 when something did not, 2 for wrong usage.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

import click

import uptake
from uptake.cli.catalog.events import events
from uptake.cli.catalog.frameworks import frameworks
from uptake.cli.catalog.imports import import_, imports
from uptake.cli.catalog.metrics import metrics
from uptake.cli.catalog.notes import notes
from uptake.cli.catalog.sources import sources
from uptake.cli.catalog.trace import trace
from uptake.cli.context import CliContext
from uptake.cli.errors import explain
from uptake.cli.operations.alerts import alerts
from uptake.cli.operations.collect import collect
from uptake.cli.operations.dashboard import dashboard
from uptake.cli.operations.digest import digest
from uptake.cli.operations.runs import runs
from uptake.cli.operations.schedule import schedule
from uptake.cli.operations.status import status
from uptake.cli.operations.up import up
from uptake.cli.questions.agreement import agreement
from uptake.cli.questions.anomalies import anomalies
from uptake.cli.questions.chart import chart
from uptake.cli.questions.claims import claim, claims
from uptake.cli.questions.compare import compare
from uptake.cli.questions.export import export
from uptake.cli.questions.forecast import forecast
from uptake.cli.questions.growth import growth
from uptake.cli.questions.leaders import leaders
from uptake.cli.questions.overtakes import overtakes
from uptake.cli.questions.regions import regions
from uptake.cli.questions.surveys import surveys
from uptake.cli.store.backup import backup, copy_store, restore
from uptake.cli.store.migrate import migrate
from uptake.cli.store.verify import verify
from uptake.logs import Redactor, say

__all__ = ["commands", "main"]

_CLOSED_PIPE = 141  # what a shell reports for a command that SIGPIPE ended
_INTERRUPTED = 130

_log = logging.getLogger(__name__)


class _Ordered(click.Group):
    """Lists commands in the order in which a newcomer meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The names of the settings, read from the catalog only when help is asked for."""
        from uptake.settings.settings import settings_table

        names = ", ".join(setting.name for setting in settings_table())
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(f"Settings: {names} (see docs/settings.md).")


@click.group(
    cls=_Ordered,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(uptake.__version__, prog_name="uptake")
@click.option("--config", type=click.Path(dir_okay=False), help="The TOML file with settings (default: uptake.toml).")
@click.option("--debug", is_flag=True, help="Log everything, and show where an error happened.")
@click.pass_context
def commands(ctx: click.Context, config: str | None, debug: bool) -> None:
    """Collect and compare how web frameworks are taken up: stars, downloads and surveys, with their caveats."""
    ctx.obj = CliContext(config_file=config, debug=debug)


for _command in (
    up,
    collect,
    schedule,
    dashboard,
    leaders,
    compare,
    growth,
    overtakes,
    claim,
    claims,
    agreement,
    regions,
    surveys,
    anomalies,
    forecast,
    export,
    chart,
    digest,
    alerts,
    trace,
    frameworks,
    sources,
    metrics,
    events,
    notes,
    import_,
    imports,
    runs,
    status,
    verify,
    backup,
    restore,
    copy_store,
    migrate,
):
    commands.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))


def _run(arguments: list[str]) -> int:
    debug = "--debug" in arguments
    try:
        result = commands.main(arguments, prog_name="uptake", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return _say_usage(error)
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough. Without this, Python would complain once more when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _CLOSED_PIPE
    except Exception as error:  # noqa: BLE001 - the last line of defence: a user gets a sentence, never a traceback
        return _say(error, debug=debug)
    return result if isinstance(result, int) else 0


def _say_usage(error: click.ClickException) -> int:
    """One sentence about a command that was not well put."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f" (see `{context.command_path} --help`)" if context else ""
    click.echo(f"uptake: {error.format_message()}{hint}", err=True)
    return error.exit_code


def _say(error: Exception, *, debug: bool) -> int:
    """One sentence on standard error; with --debug, the traceback before it (redacted, as everything logged)."""
    sentence, code = explain(error)
    if debug:
        _log.error("the command failed", exc_info=error)
    say(f"uptake: {Redactor()(sentence)}", level=logging.ERROR)
    return code
