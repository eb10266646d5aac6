from __future__ import annotations

import io
import json
import logging
from dataclasses import fields
from pathlib import Path

import pytest

from catalog import load
from uptake.collection.collect import access
from uptake.logs import Redactor, say, set_up_logging
from uptake.settings.settings import GENERAL, Settings, SettingsError, load_settings, secret_settings, settings_table


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fault(environ: dict[str, str], config: Path | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ, config)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_table_and_the_type_have_the_same_settings() -> None:
    assert sorted([*(s.key for s in GENERAL), "of_sources"]) == sorted(f.name for f in fields(Settings))
    assert {s.name for s in settings_table()} == {s.name for s in GENERAL} | set(load_settings({}).of_sources)


def test_every_secret_is_out_of_the_repr() -> None:
    secret = {s.key for s in GENERAL if s.secret}
    assert {f.name for f in fields(Settings) if not f.repr} == secret | {"of_sources"}
    environ = {"UPTAKE_GITHUB_TOKEN": "CANARY-1", "UPTAKE_OPERATOR_TOKEN": "CANARY-2-of-16-characters"}
    settings = load_settings(environ | {"UPTAKE_DATABASE_URL": "postgresql://me:CANARY-3@db/uptake"})
    assert "CANARY" not in repr(settings)
    assert set(settings.secrets) == {"CANARY-1", "CANARY-2-of-16-characters", "CANARY-3"}


def test_defaults_are_private_to_this_machine(tmp_path: Path) -> None:
    settings = load_settings({})
    assert (settings.address, settings.port, settings.trust_env) == ("127.0.0.1", 8501, False)
    assert settings.database_url == f"sqlite:///{tmp_path}/data/uptake.db"
    assert settings.default_store
    assert settings.of_sources["UPTAKE_GITHUB_TOKEN"] is None
    assert settings.operator_token is None


def test_every_documented_default_is_the_one_that_counts() -> None:
    explicit = {s.name: s.default for s in settings_table() if s.default and s.name != "UPTAKE_CONFIG"}
    assert load_settings(explicit) == load_settings({})


def test_the_environment_wins_over_the_file_and_an_empty_variable_is_none(tmp_path: Path) -> None:
    (tmp_path / "uptake.toml").write_text('port = 9000\ntrust_env = true\nallowed_hosts = ["A.example", "b.example"]\n')
    settings = load_settings({"UPTAKE_PORT": "9001", "UPTAKE_TRUST_ENV": ""})
    assert (settings.port, settings.trust_env, settings.allowed_hosts) == (9001, True, ("a.example", "b.example"))


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("ghp_fromfile\n")
    assert (
        load_settings({"UPTAKE_GITHUB_TOKEN_FILE": str(tmp_path / "token")}).of_sources["UPTAKE_GITHUB_TOKEN"]
        == "ghp_fromfile"
    )
    missing = fault({"UPTAKE_GITHUB_TOKEN_FILE": "/nowhere/token"})
    assert (
        missing == "UPTAKE_GITHUB_TOKEN_FILE points to /nowhere/token, which cannot be read: No such file or directory"
    )


def test_a_misspelt_variable_names_the_nearest() -> None:
    assert (
        fault({"UPTAKE_GITHUB_TOKN": "x"}) == "UPTAKE_GITHUB_TOKN is not a setting; did you mean UPTAKE_GITHUB_TOKEN?"
    )


def test_a_misspelt_key_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("prot = 80\n")
    assert fault({}, tmp_path / "my.toml") == f"{tmp_path}/my.toml: prot is not a setting; did you mean port?"


def test_broken_toml_is_told_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "uptake.toml").write_text("port = 8501\naddress == 1\n")
    assert fault({}) == "uptake.toml, line 2: invalid value"
    (tmp_path / "uptake.toml").write_text("port = ")
    assert fault({}).startswith("uptake.toml, ")


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    assert fault({"UPTAKE_CONFIG": "/nowhere.toml"}) == "the settings file /nowhere.toml does not exist"
    assert "cannot be read" in fault({}, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("UPTAKE_PORT", "0", "must be a port"),
        ("UPTAKE_PORT", "65536", "must be a port"),
        ("UPTAKE_PORT", "eighty", "must be a port"),
        ("UPTAKE_GITHUB_URL", "file:///etc/passwd", "http:// or https://"),
        ("UPTAKE_GITHUB_URL", "gopher://x", "http:// or https://"),
        ("UPTAKE_GITHUB_URL", "http://api.example.org", "must start with https://"),
        ("UPTAKE_SURVEY_URL", "http://192.0.2.7/files", "must start with https://"),
        ("UPTAKE_GITHUB_URL", "https://user:pw@host", "without user"),
        ("UPTAKE_GITHUB_URL", "https://host:99999", "port"),
        ("UPTAKE_GITHUB_URL", "https://", "http:// or https://"),
        ("UPTAKE_DATABASE_URL", "mysql://x/y", "sqlite:///PATH"),
        ("UPTAKE_TRUST_ENV", "maybe", "true or false"),
        ("UPTAKE_LOG_LEVEL", "loud", "one of debug"),
        ("UPTAKE_LOG_FORMAT", "xml", "one of text"),
        ("UPTAKE_MAX_WAIT_S", "-1", "more than 0"),
        ("UPTAKE_MAX_WAIT_S", "nan", "more than 0"),
        ("UPTAKE_REQUEST_DEADLINE_S", "soon", "number of seconds"),
        ("UPTAKE_ADDRESS", "not a host", "host name"),
        ("UPTAKE_GITHUB_TOKEN", "CANARY two", "blanks"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(name: str, value: str, says: str) -> None:
    message = fault({name: value})
    assert message.startswith(name)
    assert says in message
    assert "CANARY" not in message


def test_a_childs_environment_makes_the_same_settings_without_our_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uptake.toml").write_text(
        'github_token = "CANARY"\ntrust_env = true\nmax_wait_s = 2.5\ndata_dir = "d"\n'
    )
    settings = load_settings({"UPTAKE_DATABASE_URL": "sqlite:///here.db"})
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    again = load_settings(settings.environment())
    differing = [f.name for f in fields(Settings) if getattr(settings, f.name) != getattr(again, f.name)]
    assert differing == ["config"]
    bare = load_settings(settings.environment(without=secret_settings()))
    assert [bare.of_sources[name] for name in secret_settings()] == [None] * len(secret_settings())
    assert settings.of_sources["UPTAKE_GITHUB_TOKEN"] == again.of_sources["UPTAKE_GITHUB_TOKEN"] == "CANARY"


def test_the_setting_wins_over_the_catalogs_address() -> None:
    sources = load().sources
    settings = load_settings({"UPTAKE_GITHUB_URL": "http://127.0.0.1:9/api/"})
    assert settings.base_url(sources["github"]) == "http://127.0.0.1:9/api"
    for near in ("http://localhost:9", "http://[::1]:9", "http://clickhouse:8123"):
        assert load_settings({"UPTAKE_CLICKHOUSE_URL": near}).of_sources["UPTAKE_CLICKHOUSE_URL"] == near
    assert settings.base_url(sources["pypistats"]) == sources["pypistats"].base_url
    assert settings.base_url(sources["almanac"]) is None


def test_only_github_is_shown_the_token() -> None:
    settings = load_settings({"UPTAKE_GITHUB_TOKEN": "CANARY"})
    assert [s.id for s in load().sources.values() if settings.token(s)] == ["github"]


def test_only_clickhouse_is_told_its_user_and_password() -> None:
    sources = load().sources
    settings = load_settings({"UPTAKE_CLICKHOUSE_USER": "uptake", "UPTAKE_CLICKHOUSE_PASSWORD": "CANARY"})
    reach = {key: way for key, source in sources.items() if (way := access(settings, source))}
    told = {"X-ClickHouse-User": "uptake", "X-ClickHouse-Key": "CANARY"}
    assert {key: way.headers for key, way in reach.items() if way.headers} == {"clickhouse": told}
    assert "CANARY" not in repr(settings) + repr(reach)
    assert "CANARY" in settings.secrets
    public = access(load_settings({}), sources["clickhouse"])
    assert public is not None
    assert public.headers == {"X-ClickHouse-User": "demo"}


# -- the password of the database -------------------------------------------------------------------------------------

ODD = """p@ss:w/o#r%d?"'$\\é `x` &;=%40"""


@pytest.mark.parametrize("password", [ODD, "plain", "%", "@"])
def test_a_password_of_any_characters_reaches_the_database_as_it_stands(password: str, tmp_path: Path) -> None:
    from sqlalchemy import make_url

    (tmp_path / "password").write_text(f"{password}\n")
    address = {"UPTAKE_DATABASE_URL": "postgresql://me@db:5432/uptake"}
    for given in ({"UPTAKE_DATABASE_PASSWORD": password}, {"UPTAKE_DATABASE_PASSWORD_FILE": f"{tmp_path}/password"}):
        settings = load_settings(address | given)
        url = make_url(settings.database_url)
        assert (url.username, url.password, url.host, url.database) == ("me", password, "db", "uptake")
        assert password in settings.secrets
        assert load_settings(settings.environment()).database_url == settings.database_url


@pytest.mark.parametrize("address", ["", "sqlite:///a.db", "postgresql://db/uptake", "postgresql://me:other@db/uptake"])
def test_a_password_without_a_user_who_lacks_one_is_refused_without_being_said(address: str) -> None:
    said = fault({"UPTAKE_DATABASE_URL": address, "UPTAKE_DATABASE_PASSWORD": "CANARY"})
    assert "UPTAKE_DATABASE_PASSWORD needs a PostgreSQL address" in said
    assert "CANARY" not in said
    assert "other" not in said


# -- logs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_reaches_the_log(form: str) -> None:
    canary = "CANARY-0123456789"
    settings = load_settings({"UPTAKE_GITHUB_TOKEN": canary, "UPTAKE_LOG_FORMAT": form, "UPTAKE_LOG_LEVEL": "debug"})
    out = io.StringIO()
    before = logging.getLogger().handlers
    try:
        set_up_logging(settings, out)
        log = logging.getLogger("uptake.test")
        log.info("configured %s", canary)
        log.info("GET https://h/x?access_token=other-CANARY&a=1 and https://u:pw-CANARY@h/")
        log.info("headers {'Authorization': 'Bearer abc-CANARY-defghi'} and ghp_CANARY0123456789")
        logging.getLogger("httpx").info("HTTP Request: GET https://h/quiet")
        try:
            raise ValueError(f"failed with {canary}")  # noqa: TRY301 - the traceback is what is tested
        except ValueError:
            log.exception("it broke")
    finally:
        logging.getLogger().handlers = before
    text = out.getvalue()
    assert "CANARY" not in text
    assert "quiet" not in text
    assert "ValueError: failed with ***" in text
    assert "a=1" in text
    if form == "json":
        entries = [json.loads(line) for line in text.splitlines()]
        assert {e["level"] for e in entries} == {"info", "error"}
        assert all(e["time"].endswith("+00:00") for e in entries)
    else:
        assert text.split(" ")[0].endswith("Z")


def test_what_a_command_says_is_an_entry_of_a_json_log(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers
    try:
        say("done")
        say("it failed", level=logging.ERROR)
        assert tuple(capsys.readouterr()) == ("done\n", "it failed\n")
        set_up_logging(load_settings({"UPTAKE_LOG_FORMAT": "json"}))
        say("done")
        say("it failed", level=logging.ERROR)
    finally:
        logging.getLogger().handlers = before
    said = capsys.readouterr()
    entries = [json.loads(line) for line in said.err.splitlines()]
    assert [(entry["level"], entry["message"]) for entry in entries] == [("info", "done"), ("error", "it failed")]
    assert said.out == ""


def test_redaction_keeps_what_is_no_secret() -> None:
    text = "tokens are counted per hour; the token bucket has 60; see https://example.org/a?page=2"
    assert Redactor(["abc"])(text) == text
