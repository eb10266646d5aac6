"""`uptake alerts`: what happened, and telling those who asked to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from uptake.cli.catalog.listing import say_table
from uptake.cli.context import CliContext, as_json, pass_context, say_json
from uptake.cli.progress import printable

if TYPE_CHECKING:
    from storage import KeptAlert
    from uptake.alerts.deliver import Delivery


@click.command()
@click.option("--send", "sending", is_flag=True, help="Look for what is new first, and tell every receiver.")
@click.option("--test", "testing", is_flag=True, help="Only send every receiver a message that says it works.")
@click.option("--all", "every", is_flag=True, help="List also what was noted silently, such as what was filled in.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="List so many at most.")
@as_json
@pass_context
def alerts(context: CliContext, *, sending: bool, testing: bool, every: bool, limit: int, as_json: bool) -> int:
    """List the last alerts: overtakes, milestones, odd days, stale sources; or tell the receivers (UPTAKE_ALERT_URLS).

    The scheduler looks and tells by itself. Where none runs, follow `uptake collect` by `uptake alerts --send`. Exits
    with 1 if a receiver could not be told.
    """
    if testing:
        if sending:
            raise click.UsageError("--test and --send are two things: one at a time")
        return _test(context, as_json=as_json)
    told = _send(context) if sending else None
    with context.store() as store:
        found = store.alerts(limit, include_silent=every)
    if as_json:
        _say_object(found, told)
    else:
        _say(found, told)
    return 1 if told and told.errors else 0


def _send(context: CliContext) -> Delivery:
    from uptake.alerts.deliver import deliver, look

    with context.store(read_only=False) as store:
        look(store, context.shipped, context.settings, context.clock.now())
        return deliver(store, context.settings, context.clock)


def _test(context: CliContext, *, as_json: bool) -> int:
    """A message to each receiver that there is."""
    from uptake.alerts.deliver import try_out

    if not context.settings.alert_urls:
        raise click.UsageError("there is nobody to tell: set UPTAKE_ALERT_URLS (docs/alerts.md says how)")
    results = try_out(context.settings, context.clock.now())
    if as_json:
        say_json({"receivers": [{"receiver": name, "ok": not error, "error": error} for name, error in results]})
    else:
        for name, error in results:
            click.echo(f"{name}: {error or 'it took the message'}")
    return 1 if any(error for _, error in results) else 0


def _say_object(found: list[KeptAlert], told: Delivery | None) -> None:
    from uptake.alerts.feed import alert_json

    sent = {"sent": told.sent, "waiting": told.waiting, "errors": told.errors} if told else None
    listed = [alert_json(alert) | {"sent_at": alert.sent_at, "error": alert.error} for alert in found]
    say_json({"told": sent, "alerts": listed})


def _say(found: list[KeptAlert], told: Delivery | None) -> None:
    rows = [(f"{a.happened}", a.kind, _state(a), printable(a.text)) for a in found]
    if rows:
        say_table(("happened", "kind", "told", "what"), rows)
    else:
        click.echo("nothing happened that was told of")
    if told:
        click.echo(f"told: {told.sent}, waiting: {told.waiting}")
        for error in told.errors:
            click.echo(printable(error))


def _state(alert: KeptAlert) -> str:
    if alert.silent:
        return "silent"
    if alert.sent_at is None:
        return "failed" if alert.error else "waiting"
    return "feed" if alert.error else "yes"
