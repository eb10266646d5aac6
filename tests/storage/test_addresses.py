"""Where a store is: a path is a path, and an address that is none is said so, with its password in no sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard import cache
from migrations import migrate
from storage import Store, StoreUnreachable
from tests.storage.test_faults import one_sentence
from uptake.cli import commands
from uptake.settings.settings import SettingsError, load_settings
from uptake.store_creation import make_store

ODD = ["feature%2Fx", "what?x", "a#b", "50 %", "ü&=;", "a:b@c", "+x", "%"]
MALFORMED = [
    "postgresql://u:s3cret@h:5432x/d",
    "postgresql://u:s3cret@h:/d",
    "postgresql://u:s3cret@[::1/d",
    "postgresql://u:s3cret@h:99999/d",
    "postgresql://u:s3cret@h:-1/d",
    "postgresql://u:s3cret@h1:1,h2:2/d",
]


@pytest.mark.parametrize("name", ODD)
def test_the_data_folder_is_the_one_that_was_named(name: str, tmp_path: Path) -> None:
    settings = load_settings({"UPTAKE_DATA_DIR": str(tmp_path / name)})
    make_store(settings)
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o700
    assert (tmp_path / name / "uptake.db").stat().st_mode & 0o777 == 0o600
    again = load_settings(settings.environment())
    assert again.default_store
    with Store.open(again.database_url, read_only=True) as store:
        assert store.place == str(tmp_path / name / "uptake.db")


@pytest.mark.parametrize("name", ODD)
def test_a_path_in_an_address_is_taken_as_it_stands(name: str, tmp_path: Path) -> None:
    url = load_settings({"UPTAKE_DATABASE_URL": f"sqlite:///{tmp_path}/{name}.db"}).database_url
    migrate(url)
    assert f"{name}.db" in [p.name for p in tmp_path.iterdir()]
    assert cache._file(url) is not None


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_address_is_wrong_usage_and_no_fault_of_ours(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^UPTAKE_DATABASE_URL must be sqlite:///PATH or postgresql://") as caught:
        load_settings({"UPTAKE_DATABASE_URL": url})
    assert "s3cret" not in str(caught.value)
    with pytest.raises(StoreUnreachable) as refused:
        Store.open(url)
    assert one_sentence(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("query", ["foo=bar", "sslmode=zz"])
def test_an_option_that_postgresql_lacks_is_said_so(query: str) -> None:
    with pytest.raises(StoreUnreachable, match="not understood: invalid") as caught:
        Store.open(f"postgresql://u:s3cret@127.0.0.1:9/d?{query}")
    assert one_sentence(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("password", ["s3cret", "s3%40cret", "s3#cret", "s3[cret", "s3/cret"])
def test_a_password_of_any_signs_is_a_secret(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPTAKE_DATABASE_URL", f"postgresql://u:{password}@127.0.0.1:9/d")
    assert password in load_settings().secrets
    ended = CliRunner().invoke(commands, ["status"])
    assert password not in str(ended.exception)
