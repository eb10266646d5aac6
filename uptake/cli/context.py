"""What every command needs: settings, catalog, store and clock. Made once per command, each opened when needed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import click

from uptake.clock import SystemClock
from uptake.logs import set_up_logging
from uptake.settings.settings import Settings, load_settings

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
        from uptake.settings.permissions import permitted_catalog

        return permitted_catalog(load(), self.settings)

    @cached_property
    def tracked(self) -> Catalog:
        """What is tracked: the shipped catalog and the user's own frameworks, if there is a store that has them."""
        return self._tracked(removed=False)

    @cached_property
    def catalog(self) -> Catalog:
        """What there can be figures of: what is tracked, and what was."""
        return self._tracked(removed=True)

    def _tracked(self, *, removed: bool) -> Catalog:
        from storage import StoreError
        from uptake.frameworks.tracked_catalog import tracked_catalog

        try:
            with self.store() as store:
                return tracked_catalog(self.shipped, store, removed=removed)
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


def print_json(answer: object) -> None:
    """Print one JSON object on standard output; dates and times as ISO text, dataclasses as objects of their fields."""
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    return str(value)


pass_context = click.make_pass_decorator(CliContext)
