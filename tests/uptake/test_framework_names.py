"""Names of frameworks, repositories and packages as they are typed and pasted, and what they come to."""

from __future__ import annotations

import pytest

from answers.claims.grammar.parser import understood
from catalog import Framework, Source, load
from collectors import Unavailable
from storage import Identity, Store
from tests.support.upstream import NOON
from uptake.frameworks.own_frameworks import FrameworkRequest, add_framework
from uptake.frameworks.source_names import (
    AddError,
    gem,
    go_module,
    hex_package,
    identifier,
    npm_package,
    package,
    repository,
)
from uptake.frameworks.tracked_catalog import tracked_catalog

CATALOG = load()
INDEX = "pypi" + ".org"


@pytest.mark.parametrize(
    ("written", "regular"),
    [("Novel", "novel"), ("  ASP.NET  Core ", "asp-net-core"), ("Café_Web!", "cafe-web"), ("web2py", "web2py")],
)
def test_a_name_becomes_an_id(written: str, regular: str) -> None:
    assert identifier(written) == regular


@pytest.mark.parametrize("written", ["", "  ", "2web", "!!!", "日本", "x" * 61])
def test_what_leaves_no_id_is_refused(written: str) -> None:
    with pytest.raises(AddError, match="begins with a letter"):
        identifier(written)


@pytest.mark.parametrize(
    ("written", "regular"),
    [
        ("acme/novel", "acme/novel"),
        (" Acme/No.vel_2 ", "Acme/No.vel_2"),
        ("https://github.com/acme/novel", "acme/novel"),
        ("https://github.com/acme/novel.git", "acme/novel"),
        ("https://www.github.com/acme/novel/", "acme/novel"),
        ("acme / novel", "acme/novel"),
        ("acme/novel/", "acme/novel"),
        ("github.com/acme/novel", "acme/novel"),
        ("www.github.com/acme/novel/", "acme/novel"),
        ("HTTPS://GitHub.com/acme/novel", "acme/novel"),
        ("https://github.com/acme/novel/stargazers", "acme/novel"),
        ("https://github.com/acme/novel/tree/main/docs", "acme/novel"),
        ("https://github.com/acme/novel?tab=readme-ov-file#usage", "acme/novel"),
        ("git@github.com:acme/novel.git", "acme/novel"),
        ("git+https://github.com/acme/novel.git", "acme/novel"),
        ("ssh://git@github.com/acme/novel", "acme/novel"),
        ("https://api.github.com/repos/acme/novel/releases", "acme/novel"),
    ],
)
def test_a_repository_by_name_or_address(written: str, regular: str) -> None:
    assert repository(written) == regular


@pytest.mark.parametrize(
    "written",
    ["novel", "a/b/c", "a/..", "/b", "a/", "a b/c", "a/b?x=1", "-a/b", "a/b#c", "http://evil.example/a/b", "a/../b"],
)
def test_what_is_no_repository_is_refused(written: str) -> None:
    with pytest.raises(AddError, match="owner/name"):
        repository(written)


def test_a_package_of_each_registry_by_name_or_page() -> None:
    rubygems, npmjs = "rubygems" + ".org", "npmjs" + ".com"
    assert {gem(text) for text in ("sinatra", "gem:sinatra", f"https://{rubygems}/gems/sinatra/versions")} == {
        "gem:sinatra"
    }
    assert {npm_package(t) for t in ("@nestjs/core", f"https://www.{npmjs}/package/@nestjs/core")} == {"@nestjs/core"}
    assert npm_package(f"{npmjs}/package/koa?activeTab=code") == "koa"
    assert {hex_package(text) for text in ("phoenix", "https://hex.pm/packages/phoenix/1.8.0")} == {"phoenix"}
    modules = ("github.com/labstack/echo/v4", "https://pkg.go.dev/github.com/labstack/echo/v4@v4.13.0#section-readme")
    assert {go_module(text) for text in modules} == {"github.com/labstack/echo/v4"}
    for wrong, normal in (("a b", gem), ("", gem), ("@x", npm_package), ("Phoenix!", hex_package), ("echo", go_module)):
        with pytest.raises(AddError, match=r"written|has letters"):
            normal(wrong)
    with pytest.raises(AddError, match="a page of RubyGems, not of PyPI"):
        package(f"https://{rubygems}/gems/sinatra")
    with pytest.raises(AddError, match="a page of npm, not of RubyGems"):
        gem(f"https://{npmjs}/package/koa")


def test_a_package_is_compared_as_the_index_compares_it() -> None:
    assert [package(p) for p in ("Novel_Web", "novel.web", "NOVEL--WEB")] == ["novel-web"] * 3
    pages = [
        f"https://{INDEX}/project/Novel_Web/", f"{INDEX}/project/novel-web/2.0.1/#history", f"https://{INDEX}/p/novel.web",
        "https://pypistats.org/packages/novel-web", "https://pepy.tech/projects/novel-web?timeRange=oneYear",
        "https://clickpy.clickhouse.com/dashboard/novel-web", "https://libraries.io/pypi/novel-web",
    ]  # fmt: skip
    assert {package(page) for page in pages} == {"novel-web"}
    with pytest.raises(AddError, match="a GitHub repository"):
        package("https://github.com/acme/novel")
    with pytest.raises(AddError, match="a package's page"):
        repository(f"https://{INDEX}/project/novel/")
    for wrong in ("", "-x", "x-", "a b", "a/b", "ä", f"https://{INDEX}/"):
        with pytest.raises(AddError, match="package"):
            package(wrong)


def test_two_of_ones_own_have_two_titles(store: Store) -> None:
    add_framework(store, CATALOG, FrameworkRequest("one", github="acme/one", title="Core"), ask=None, now=NOON)
    with pytest.raises(AddError, match=r"Core \(one\)"):
        add_framework(store, CATALOG, FrameworkRequest("core", github="a/b"), ask=None, now=NOON)
    store.add_framework("two", "CORE", {"github": "acme/two"}, now=NOON)  # as it could be before it was refused
    store.add_framework("three", "Flask", {"github": "acme/three"}, now=NOON)
    titles = {f.id: f.title for f in tracked_catalog(CATALOG, store).frameworks.values()}
    assert (titles["flask"], titles["three"], titles["one"], titles["two"]) == (
        "Flask", "Flask (three)", "Core", "CORE (two)",
    )  # fmt: skip
    assert understood(tracked_catalog(CATALOG, store), "flask passed django")[0].a == "flask"
    store.add_framework("four", "django", {"github": "acme/four"}, now=NOON)
    store.add_framework("sanic2", "flask", {"github": "acme/five"}, now=NOON)
    assert understood(tracked_catalog(CATALOG, store), "flask passed django")[0].b == "django"


@pytest.mark.parametrize(
    ("pasted", "ids"),
    [
        ("https://github.com/acme/novel/issues", {"github": "acme/novel"}),
        (f"{INDEX}/project/novel/", {"pypistats": "novel", "clickhouse": "novel"}),
        ("https://pypistats.org/packages/novel", {"pypistats": "novel", "clickhouse": "novel"}),
        (f"{'rubygems' + '.org'}/gems/novel", {"clickhouse": "gem:novel"}),
        (f"https://www.{'npmjs' + '.com'}/package/novel", {"npm": "novel"}),
        ("https://hex.pm/packages/novel", {"hex": "novel"}),
        ("https://pkg.go.dev/github.com/acme/novel", {"pkgsite": "github.com/acme/novel"}),
    ],
)
def test_an_address_pasted_as_the_name_is_understood(sqlite_store: Store, pasted: str, ids: dict[str, str]) -> None:
    added = add_framework(sqlite_store, CATALOG, FrameworkRequest(pasted), ask=None, now=NOON)
    assert (added.id, added.framework.title, added.framework.ids) == ("novel", "novel", ids)


@pytest.mark.parametrize("pasted", ["https://gitlab.example/acme/novel", "https://example.org/", f"https://{INDEX}/"])
def test_any_other_address_is_refused_with_what_to_give(sqlite_store: Store, pasted: str) -> None:
    with pytest.raises(AddError, match="neither a GitHub repository nor a package's page: give a name"):
        add_framework(sqlite_store, CATALOG, FrameworkRequest(pasted), ask=None, now=NOON)


def test_that_names_could_not_be_checked_is_said_once(sqlite_store: Store) -> None:
    def ask(source: Source, _: Framework) -> Identity | None:
        raise Unavailable(f"{source.title} could not be reached.")

    wanted = FrameworkRequest("novel", github="acme/novel", pypi="novel")
    added = add_framework(sqlite_store, CATALOG, wanted, ask=ask, now=NOON)
    (warning,) = added.warnings
    assert warning.startswith("Whether acme/novel and novel exist could not be checked: GitHub could not be reached.")
    assert warning.count("PyPI Stats could not be reached.") == 1
