"""`uptake forecast`: fit what comes next, keep it for the pages, and say it."""

from __future__ import annotations

import os
import sys
from datetime import date
from typing import TYPE_CHECKING

import click

from uptake.cli.context import CliContext, IsoDate, as_json, pass_context, refuse_unknown, say_json

if TYPE_CHECKING:
    from answers.forecast import Forecast
    from storage import Store
    from uptake.forecasts import Fits, Report, Unit

# The matrices are tiny: a library that shares them out among cores spends its time on that. It reads this once.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@click.command("forecast")
@click.argument("metric", default="")
@click.option("--framework", default="", metavar="A", help="This one alone (default: all that are tracked).")
@click.option("--against", "rival", default="", metavar="B", help="And its chance to pass B, or B's to pass it.")
@click.option("--months", type=click.IntRange(1, 24), default=12, show_default=True, help="How far ahead to say.")
@click.option("--by", type=IsoDate(), metavar="DATE", help="Say it up to the month of this day instead.")
@click.option("--again", is_flag=True, help="Fit again what was fitted to the same months already.")
@click.option("--quiet", is_flag=True, help="Fit and keep, and say nothing of it.")
@as_json
@pass_context
def forecast(
    context: CliContext, *,
    metric: str, framework: str, rival: str, months: int, by: date | None, again: bool, quiet: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Fit forecasts of METRIC (default: every one that comes monthly) and keep them for page and API.

    Each is tried on the past first; where that goes badly, or the history is short or broken, the reason is kept
    instead. What is known already is not fitted again. Refuses to run twice at a time.
    """
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    from uptake.forecasts import ForecastRequest
    from uptake.forecasts import forecast as fit
    from uptake.scheduler.signals import stopping_on_signals

    if metric:
        refuse_unknown("metric", (metric,), context.known.metrics, "uptake metrics")
    if (framework or rival) and not metric:
        raise click.UsageError("name the METRIC too: uptake forecast stars --framework django")
    wanted = ForecastRequest(metric, framework, rival, again)
    with stopping_on_signals() as stopping, context.store(read_only=False) as store:
        report = _silent if quiet or as_json else _shown()
        fits = fit(store, context.known, context.clock, wanted, report=report, stop=stopping.is_set)
        if not quiet:
            _say(_told(context, store, wanted.metric, framework, rival, months, by), fits, as_json=as_json)
    return 1 if fits.stopped else 0


def _told(
    context: CliContext, store: Store, metric: str, framework: str, rival: str, months: int, by: date | None
) -> list[Forecast]:
    """The answers to what was asked: one, or every forecast of the metric or of all."""
    from answers.forecast import forecast as answer

    now, known = context.clock.now(), context.known
    if framework:
        return [answer(store, known, metric, framework, rival, now, months=months, by=by)]
    kept = [f for f in store.forecasts(metric or None) if f.metric in known.metrics]
    return [answer(store, known, f.metric, f.framework, f.rival, now, months=months, by=by) for f in kept]


def _say(answers: list[Forecast], fits: Fits, *, as_json: bool) -> None:
    from answers.forecast import forecast_json

    counts = {"made": fits.made, "refused": fits.refused, "unchanged": fits.unchanged, "stopped": fits.stopped}
    if as_json:
        say_json(counts | {"forecasts": [forecast_json(answer) for answer in answers]})
        return
    for answer in answers:
        click.echo(answer.sentence)
        if answer.held and len(answers) == 1:
            click.echo(answer.held)
    click.echo(f"{fits.made} made, {fits.refused} refused, {fits.unchanged} unchanged", err=True)


def _silent(done: int, planned: int, unit: Unit) -> None:
    """Nothing: the answer alone is wanted."""


def _shown() -> Report:
    """One line that is written over on a terminal; elsewhere a line for every tenth."""
    terminal = sys.stderr.isatty()

    def report(done: int, planned: int, unit: Unit) -> None:
        against = f" against {unit.rival}" if unit.rival else ""
        line = f"{done + 1}/{planned} {unit.metric} {unit.framework}{against}"
        if terminal:
            click.echo(f"\r\033[K{line}", err=True, nl=done + 1 == planned)
        elif done % 10 == 0:
            click.echo(line, err=True)

    return report
