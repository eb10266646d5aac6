"""`uptake forecast`: fit what comes next, keep it for the pages, and say it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from answers.questions import ForecastQuestion
from uptake.cli.caveat_lines import care_lines
from uptake.cli.context import CliContext, pass_context, print_json
from uptake.cli.options import as_json, asks, refuse_unknown

if TYPE_CHECKING:
    from answers.forecast import Forecast
    from catalog import Catalog
    from storage import Store
    from uptake.forecast_fits import Fits, Report, Unit

# The matrices are tiny: a library that shares them out among cores spends its time on that. It reads this once.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@click.command()
@asks(ForecastQuestion)
@click.option("--again", is_flag=True, help="Fit again, even if the months are unchanged.")
@click.option("--quiet", is_flag=True, help="Fit and store, without output.")
@as_json
@pass_context
def forecast(context: CliContext, *, question: ForecastQuestion, again: bool, quiet: bool, as_json: bool) -> int:
    """Fit and store forecasts of METRIC (default: every monthly one).

    Each is back-tested first; where that fails, or the history is short or broken, the reason is stored instead.
    Forecasts that are current are not fitted again. Only one run at a time.
    """
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    from uptake.forecast_fits import ForecastRequest, fit_forecasts
    from uptake.scheduler.signals import stopping_on_signals

    q = question
    if q.metric:
        refuse_unknown("metric", (q.metric,), context.catalog.metrics, "uptake metrics")
    if (q.framework or q.against) and not q.metric:
        raise click.UsageError("name the METRIC too: uptake forecast stars --framework django")
    request = ForecastRequest(q.metric, q.framework, q.against, again)
    with stopping_on_signals() as stopping, context.store(read_only=False) as store:
        report = _silent if quiet or as_json else _shown()
        fits = fit_forecasts(store, context.catalog, context.clock, request, report=report, stop=stopping.is_set)
        if not quiet:
            _say(context.catalog, _answers(context, store, q), fits, as_json=as_json)
    return 1 if fits.stopped else 0


def _answers(context: CliContext, store: Store, q: ForecastQuestion) -> list[Forecast]:
    """One forecast, or every one of the metric or of all."""
    from answers.forecast import forecast as answer

    now, catalog = context.clock.now(), context.catalog
    pairs = [(q.metric, q.framework, q.against)] if q.framework else [
        (f.metric, f.framework, f.rival) for f in store.forecasts(q.metric or None) if f.metric in catalog.metrics
    ]  # fmt: skip
    return [answer(store, catalog, *pair, now, months=q.months, by=q.by) for pair in pairs]


def _say(catalog: Catalog, answers: list[Forecast], fits: Fits, *, as_json: bool) -> None:
    from answers.forecast import forecast_json

    counts = {"made": fits.made, "refused": fits.refused, "unchanged": fits.unchanged, "stopped": fits.stopped}
    if as_json:
        print_json(counts | {"forecasts": [forecast_json(answer) for answer in answers]})
        return
    for answer in answers:
        click.echo(answer.sentence)
        if answer.held and len(answers) == 1:
            click.echo(answer.held)
    sources = tuple(dict.fromkeys(source for answer in answers for source in answer.sources))
    learned = max((answer.retrieved_at for answer in answers if answer.retrieved_at), default=None)
    for line in care_lines(catalog, (answer.metric.id for answer in answers), sources, learned):
        click.echo(line)
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
