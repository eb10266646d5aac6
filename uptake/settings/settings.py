"""Every setting, in one table: from `UPTAKE_*` environment variables over one TOML file.

A setting `UPTAKE_PORT` is the key `port` of the TOML file. A secret can also be read from a file that
`<NAME>_FILE` points to, so that it need not appear in the environment.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from catalog import Source, load
from uptake.settings import value_types

PREFIX = "UPTAKE_"
CONFIG_FILE = "uptake.toml"
_SECRET_FILE = "_FILE"  # noqa: S105 - a suffix, not a secret


class SettingsError(Exception):
    """A setting that cannot be used, in one sentence. The program ends with exit code 2."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: the environment variable, its default as text, what it does, whether it is secret."""

    name: str
    default: str
    help: str
    secret: bool = False
    read: Callable[[str], Any] = value_types.text

    @property
    def key(self) -> str:
        """Its name in the TOML file and its attribute in `Settings`: `UPTAKE_PORT` is `port`."""
        return self.name.removeprefix(PREFIX).lower()


# What every installation has; the settings of the sources stand in their catalog entries.
GENERAL: tuple[Setting, ...] = (
    Setting(
        "UPTAKE_DATABASE_URL",
        "",
        "The store: `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`. Empty: `uptake.db` in the data folder.",
        secret=True,  # a PostgreSQL address holds a password
        read=value_types.database,
    ),
    Setting(
        "UPTAKE_DATABASE_PASSWORD",
        "",
        "The password of the user in a PostgreSQL address that has none. It may hold any character, as it stands.",
        secret=True,
        read=value_types.password,
    ),
    Setting(
        "UPTAKE_DATA_DIR",
        "data",
        "The folder of the default store. Created with access for its owner only.",
        read=value_types.directory,
    ),
    Setting(
        "UPTAKE_OPERATOR_TOKEN",
        "",
        "The password for starting and cancelling runs from the dashboard. Without it, only visitors from this machine "
        "may, and nobody if the dashboard has another address, a public one, or a proxy in front. "
        "At least 16 characters.",
        secret=True,
        read=value_types.operator_token,
    ),
    Setting("UPTAKE_ADDRESS", "127.0.0.1", "The address the dashboard listens on.", read=value_types.host),
    Setting("UPTAKE_PORT", "8501", "The port the dashboard listens on.", read=value_types.port),
    Setting(
        "UPTAKE_ALLOWED_HOSTS",
        "localhost,127.0.0.1,::1",
        "Host names the dashboard accepts, separated by commas, without ports. Protects against DNS rebinding.",
        read=value_types.hosts,
    ),
    Setting(
        "UPTAKE_PUBLIC_URL",
        "",
        "The public address of the dashboard, such as `https://uptake.example.org`, for links in alerts and feeds.",
        read=value_types.url,
    ),
    Setting(
        "UPTAKE_ALERT_URLS",
        "",
        "Who gets alerts: Apprise addresses separated by blanks, such as `jsons://host/path` or "
        "`mailtos://user:password@host?to=me@host`. Empty: nobody; the feed still has them. See docs/alerts.md.",
        secret=True,
        read=value_types.receivers,
    ),
    Setting(
        "UPTAKE_ALERT_KINDS",
        "overtake,milestone,anomaly,stale",
        "The kinds of alerts to send, separated by commas. Other kinds are only shown on the page.",
        read=value_types.kinds,
    ),
    Setting(
        "UPTAKE_REQUEST_DEADLINE_S",
        "20",
        "Seconds after which a request is given up.",
        read=value_types.seconds,
    ),
    Setting(
        "UPTAKE_MAX_WAIT_S",
        "300",
        "Longest wait for a rate limit, in seconds. Requests that would wait longer are left for a later run.",
        read=value_types.seconds,
    ),
    Setting(
        "UPTAKE_CONTACT",
        "",
        "Your e-mail or web address, for the sources: sent in the User-Agent of every request.",
        read=value_types.contact,
    ),
    Setting(
        "UPTAKE_TRUST_ENV",
        "false",
        "Whether requests to sources use HTTP_PROXY, HTTPS_PROXY, SSL_CERT_FILE and .netrc.",
        read=value_types.switch,
    ),
    Setting(
        "UPTAKE_LOG_LEVEL",
        "info",
        "The least severity that is logged: debug, info, warning or error.",
        read=value_types.one_of("debug", "info", "warning", "error"),
    ),
    Setting(
        "UPTAKE_LOG_FORMAT",
        "text",
        "The format of the log: text, or json (one object per line).",
        read=value_types.one_of("text", "json"),
    ),
    Setting(
        "UPTAKE_PROMETHEUS",
        "false",
        "Whether the dashboard reports at `/prometheus`, to whoever reaches it, how the installation is: see "
        "docs/operating.md.",
        read=value_types.switch,
    ),
    Setting(
        "UPTAKE_CONFIG",
        CONFIG_FILE,
        "The TOML file with settings that are not in the environment. The default file is optional.",
    ),
)


@cache
def settings_table() -> tuple[Setting, ...]:
    """Every setting: the general ones, then those that the sources name in their catalog entries."""
    return GENERAL + tuple(setting for source in load().sources.values() for setting in _settings_of(source))


def _settings_of(source: Source) -> Iterator[Setting]:
    """A source's address, the address of its files, and what is sent with its requests; each from its entry."""
    if source.setting:
        text = f"The address of {source.title}, if not the catalog's."
        yield Setting(source.setting, "", text, read=value_types.source_url)
    for credential in source.credentials:
        read = value_types.secret if credential.secret else value_types.user
        yield Setting(credential.setting, credential.default, credential.help, credential.secret, read)
    if source.files_setting:
        text = f"The address of the files of {source.title}, if not the catalog's."
        yield Setting(source.files_setting, "", text, read=value_types.source_url)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings, read and checked. Its `repr` has no secret.

    `database_url` has the password by the time it is read here, so `database_password` is None.
    `of_sources` holds what the sources' settings say, by the setting's name; None where the catalog's address counts,
    or where nothing is sent.
    """

    database_url: str = field(repr=False)
    database_password: str | None = field(repr=False)
    data_dir: Path
    operator_token: str | None = field(repr=False)
    address: str
    port: int
    allowed_hosts: tuple[str, ...]
    public_url: str | None
    alert_urls: tuple[str, ...] = field(repr=False)
    alert_kinds: tuple[str, ...]
    request_deadline_s: float
    max_wait_s: float
    contact: str
    trust_env: bool
    log_level: str
    log_format: str
    prometheus: bool
    config: str
    of_sources: Mapping[str, str | None] = field(repr=False)

    @property
    def default_store(self) -> bool:
        """Whether the store is our own file in the data directory, which we may create."""
        return self.database_url == _default_database(self.data_dir)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be logged or shown."""
        sent = (self.of_sources[name] for name in secret_settings())
        alerted = [part for address in self.alert_urls for part in value_types.secret_parts(address)]
        return tuple(
            secret
            for secret in (*sent, self.operator_token, *value_types.passwords(self.database_url), *alerted)
            if secret
        )

    def base_url(self, source: Source) -> str | None:
        """Where a source is asked: the setting it names, else the catalog's address; None if it needs no network."""
        return None if source.setting is None else self.of_sources[source.setting] or source.base_url

    def files_url(self, source: Source) -> str | None:
        """Where a source's published files are fetched: its setting, else the catalog's address; None: it has none."""
        return None if source.files_setting is None else self.of_sources[source.files_setting] or source.files_url

    def token(self, source: Source) -> str | None:
        """The bearer token of a source: sent to it and to no other. None where it takes none or none is set."""
        return next((self.of_sources[c.setting] for c in source.credentials if not c.header), None)

    def headers(self, source: Source) -> dict[str, str]:
        """What goes with every request to a source beside its token."""
        sent = {c.header: self.of_sources[c.setting] for c in source.credentials if c.header}
        return {header: text for header, text in sent.items() if text}

    def environment(self, *, without: tuple[str, ...] = ()) -> dict[str, str]:
        """These settings as variables for a child process, which then needs neither our file nor our directory.

        `without` names what the child must not hold.
        """
        texts = {s.name: _rendered(getattr(self, s.key)) for s in GENERAL} | {
            name: text or "" for name, text in self.of_sources.items()
        }
        rendered = {name: text for name, text in texts.items() if name not in without}
        rendered["UPTAKE_CONFIG"] = os.devnull
        return {name: text for name, text in rendered.items() if text}


def load_settings(environ: Mapping[str, str] | None = None, config_file: str | Path | None = None) -> Settings:
    """Read every setting: the environment over the TOML file over the defaults.

    An empty variable counts as not set. `config_file` wins over `UPTAKE_CONFIG`; a file that was named must exist.
    Raises SettingsError, which names the setting, the value's fault and, for a misspelt name, the nearest one.
    """
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value.strip()}
    table = settings_table()
    _refuse_unknown(given, {s.name for s in table} | {s.name + _SECRET_FILE for s in table if s.secret})
    named = config_file or given.get("UPTAKE_CONFIG")
    in_file = _read_file(Path(named or CONFIG_FILE), required=named is not None)
    general = {setting.key: _value(setting, given, in_file) for setting in GENERAL}
    general["config"] = str(Path(named or CONFIG_FILE).absolute())
    general["database_url"] = _database_url(**{key: general[key] for key in _DATABASE})
    general["database_password"] = None
    of_sources = {setting.name: _value(setting, given, in_file) for setting in table[len(GENERAL) :]}
    return Settings(**general, of_sources=of_sources)


def secret_settings() -> tuple[str, ...]:
    """The names of the secrets that are sent to sources: only what collects may hold them."""
    return tuple(setting.name for setting in settings_table()[len(GENERAL) :] if setting.secret)


def nearest(name: str, names: Mapping[str, object] | set[str]) -> str:
    """The end of a sentence about an unknown name: `; did you mean NAME?` or nothing."""
    close = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def _rendered(value: object) -> str:
    """A value as the text it is read from; empty for None."""
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)


_DATABASE = ("database_url", "database_password", "data_dir")


def _database_url(database_url: str, database_password: str | None, data_dir: Path) -> str:
    """The store's address with everything in it."""
    if database_password is None:
        return database_url or _default_database(data_dir)
    try:
        return value_types.with_password(database_url, database_password)
    except ValueError as fault:
        raise SettingsError(f"UPTAKE_DATABASE_PASSWORD {fault}") from None


def _default_database(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'uptake.db'}"


def _refuse_unknown(given: Mapping[str, str], names: set[str]) -> None:
    for name in sorted(given):
        if name not in names:
            raise SettingsError(f"{name} is not a setting{nearest(name, names) or '; `uptake --help` lists them'}")


def _value(setting: Setting, given: Mapping[str, str], in_file: Mapping[str, str]) -> Any:
    """One setting's value. The sentence says where it came from; a secret's value is in none."""
    origin, text = _origin(setting, given, in_file)
    try:
        return setting.read(text)
    except ValueError as fault:
        raise SettingsError(f"{origin} {fault}") from None


def _origin(setting: Setting, given: Mapping[str, str], in_file: Mapping[str, str]) -> tuple[str, str]:
    """Where a setting comes from, in words, and its text."""
    if setting.name in given:
        return setting.name, given[setting.name].strip()
    if setting.secret and (pointer := given.get(setting.name + _SECRET_FILE)):
        return f"{setting.name} (from {pointer})", _secret_in(pointer, setting.name + _SECRET_FILE)
    if setting.key in in_file:
        return f"{setting.key} in the settings file", in_file[setting.key]
    return setting.name, setting.default


def _secret_in(path: str, name: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{name} points to {path}, which cannot be read: {_reason(fault)}") from None


def _read_file(path: Path, *, required: bool) -> dict[str, str]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise SettingsError(f"the settings file {path} does not exist") from None
        return {}
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(_toml_fault(path, str(fault))) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"the settings file {path} cannot be read: {_reason(fault)}") from None
    keys = {s.key for s in settings_table() if s.name != "UPTAKE_CONFIG"}
    for key in content:
        if key not in keys:
            raise SettingsError(f"{path}: {key} is not a setting{nearest(key, keys)}")
    return {key: _as_text(path, key, value) for key, value in content.items() if value != ""}


def _toml_fault(path: Path, fault: str) -> str:
    """`uptake.toml, line 3: ...` from what the parser says, which puts the place at the end."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", fault, re.DOTALL)
    if not match:
        return f"{path}: {fault}"
    place = f"line {match[2]}" if match[2] else "at its end"
    return f"{path}, {place}: {match[1][0].lower()}{match[1][1:]}"


def _as_text(path: Path, key: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    raise SettingsError(f"{path}: {key} must be a text, a number or true or false")


def _reason(fault: Exception) -> str:
    return fault.strerror or "unreadable" if isinstance(fault, OSError) else "it is not UTF-8 text"
