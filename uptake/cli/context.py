"""What every command needs: settings, catalog, store and a way to speak. Made once per command, opened when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from uptake.clock import SystemClock
from uptake.logs import set_up_logging
from uptake.settings.table import Settings, load_settings, nearest

if TYPE_CHECKING:
    from catalog import Catalog
    from storage import Store


@dataclass
class CliContext:
    """The context of a command."""

    config_file: str | None = None
    debug: bool = False

    @cached_property
    def settings(self) -> Settings:
        """The settings; reading them also sets logging up. A command that is not a service logs warnings only."""
        settings = load_settings(config_file=self.config_file)
        quiet = "debug" if self.debug else {"info": "warning"}.get(settings.log_level, settings.log_level)
        set_up_logging(replace(settings, log_level=quiet))
        return settings

    @cached_property
    def shipped(self) -> Catalog:
        """The catalog that came with the program, for what has nothing to do with a store."""
        from catalog import load

        return load()

    @cached_property
    def catalog(self) -> Catalog:
        """What is tracked: the catalog and the user's own frameworks, as far as there is a store that knows them."""
        return self._tracked(removed=False)

    @cached_property
    def known(self) -> Catalog:
        """What there can be figures of: what is tracked, and what was."""
        return self._tracked(removed=True)

    def _tracked(self, *, removed: bool) -> Catalog:
        from storage import StoreError
        from uptake.frameworks.tracked import tracked

        try:
            with self.store() as store:
                return tracked(self.shipped, store, removed=removed)
        except StoreError:
            return self.shipped  # whoever needs the store opens it again, and says what is wrong with it

    @cached_property
    def clock(self) -> SystemClock:
        return SystemClock()

    def log_as_service(self, settings: Settings) -> None:
        """Log by the settings: for the processes that run for years."""
        set_up_logging(replace(settings, log_level="debug") if self.debug else settings)

    @contextmanager
    def store(self, *, read_only: bool = True) -> Iterator[Store]:
        """The store, open. Raises a StoreError that says what to do if it is not there or not ours."""
        from storage import Store

        store = Store.open(self.settings.database_url, read_only=read_only)
        try:
            yield store
        finally:
            store.close()


def refuse_unknown(word: str, names: tuple[str, ...], known: Mapping[str, object], command: str) -> None:
    """Wrong usage for a name that is not known: names the nearest, or the command that lists them."""
    for name in names:
        if name not in known:
            hint = nearest(name, known) or f"; `{command}` lists them"
            raise click.UsageError(f"unknown {word} {name!r}{hint}")


def refuse_reversed(since: date | None, until: date | None) -> None:
    """Wrong usage for a span that ends before it begins."""
    if since and until and until < since:
        raise click.UsageError(f"--until {until} is before --since {since}")


class IsoDate(click.ParamType[date]):
    """A day as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """A date from its text; wrong usage otherwise."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day like 2026-01-31", param, ctx)


class IsoMoment(click.ParamType[datetime]):
    """A moment: a day (its end, UTC) or an ISO time, taken as UTC if it names no zone."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """A UTC time from its text; wrong usage otherwise."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_moment(value)
        except ValueError:
            self.fail(f"{value!r} is neither a day like 2026-01-31 nor a time like 2026-01-31T12:00Z", param, ctx)


def parse_moment(text: str) -> datetime:
    """A UTC time. A mere day means its last moment: what was known by the end of that day. Raises ValueError."""
    from datetime import UTC, time

    if len(text) <= len("2026-01-31"):
        return datetime.combine(date.fromisoformat(text), time.max, UTC)
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def say_json(answer: Mapping[str, object]) -> None:
    """Print one JSON object on standard output; dates and times as ISO text."""
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    return str(value)


as_json = click.option("--json", "as_json", is_flag=True, help="Answer as one JSON object.")
pass_context = click.make_pass_decorator(CliContext)


def listed(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """The values of a repeated option, each of which may hold several names with commas, as in the HTTP API."""
    return tuple(name.strip() for text in given for name in text.split(",") if name.strip())
