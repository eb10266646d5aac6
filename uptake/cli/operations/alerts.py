"""`uptake alerts`: what happened, and its delivery to the receivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from answers.questions import AlertsQuestion
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks
from uptake.cli.text_table import print_table, printable

if TYPE_CHECKING:
    from storage import KeptAlert
    from uptake.alerts.delivery import Delivery


@click.command()
@click.option("--send", "sending", is_flag=True, help="Look for new events first, and notify every receiver.")
@click.option("--test", "testing", is_flag=True, help="Only send every receiver a test message.")
@asks(AlertsQuestion, limit={"default": 20})
@as_json
@pass_context
def alerts(context: CliContext, *, sending: bool, testing: bool, question: AlertsQuestion, as_json: bool) -> int:
    """List the latest alerts, or deliver them (UPTAKE_ALERT_URLS).

    Alerts are overtakes, milestones, unusual days and late sources. A running scheduler delivers them by itself.
    Without one, run `uptake alerts --send` after `uptake collect`. Exits with 1 if a delivery failed.
    """
    if testing:
        if sending:
            raise click.UsageError("--test and --send cannot be combined")
        return _test(context, as_json=as_json)
    delivery = _send(context) if sending else None
    with context.store() as store:
        kept = store.alerts(question.limit, include_silent=question.silent)
    if as_json:
        _say_object(kept, delivery)
    else:
        _say(kept, delivery)
    return 1 if delivery and delivery.errors else 0


def _send(context: CliContext) -> Delivery:
    from uptake.alerts.delivery import deliver, scan

    with context.store(read_only=False) as store:
        scan(store, context.shipped, context.settings, context.clock.now())
        return deliver(store, context.settings, context.clock)


def _test(context: CliContext, *, as_json: bool) -> int:
    """A message to each receiver that there is."""
    from uptake.alerts.delivery import send_test

    if not context.settings.alert_urls:
        raise click.UsageError("there is no receiver: set UPTAKE_ALERT_URLS (see docs/alerts.md)")
    results = send_test(context.settings, context.clock.now())
    if as_json:
        print_json({"receivers": [{"receiver": name, "ok": not error, "error": error} for name, error in results]})
    else:
        for name, error in results:
            click.echo(f"{name}: {error or 'delivered'}")
    return 1 if any(error for _, error in results) else 0


def _say_object(kept: list[KeptAlert], delivery: Delivery | None) -> None:
    from uptake.alerts.feed import alert_json

    sent = {"sent": delivery.sent, "waiting": delivery.waiting, "errors": delivery.errors} if delivery else None
    alerts = [alert_json(alert) | {"sent_at": alert.sent_at, "error": alert.error} for alert in kept]
    print_json({"told": sent, "alerts": alerts})


def _say(kept: list[KeptAlert], delivery: Delivery | None) -> None:
    if kept:
        rows = [(f"{a.happened}", a.kind, _state(a), printable(a.text)) for a in kept]
        print_table(("happened", "kind", "sent", "event"), rows)
    else:
        click.echo("No alerts.")
    if delivery:
        click.echo(f"sent: {delivery.sent}, waiting: {delivery.waiting}")
        for error in delivery.errors:
            click.echo(printable(error))


def _state(alert: KeptAlert) -> str:
    if alert.silent:
        return "silent"
    if alert.sent_at is None:
        return "failed" if alert.error else "waiting"
    return "feed" if alert.error else "yes"
