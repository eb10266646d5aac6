"""The house stands as drawn: imports point one way, libraries and colours have their places, pages stand apart."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.source_tree import PACKAGES, ROOT, calls, imports, modules, public_things, top, tree

# Which of our packages each package may import. Nobody imports the dashboard: the door starts it as a process.
ARROWS = {
    "catalog": set[str](),
    "storage": set[str](),
    "collectors": {"catalog", "storage"},
    "analysis": {"catalog"},
    "migrations": {"storage"},
    "answers": {"catalog", "storage", "collectors", "analysis"},
    "uptake": {"catalog", "storage", "collectors", "analysis", "answers", "migrations"},
    "dashboard": {"catalog", "storage", "analysis", "answers", "uptake"},
}

# Which paths may import a library that must not spread. A path is a file, or a folder that ends with "/".
ROOMS = {
    "sqlalchemy": ("storage/", "migrations/"),
    "alembic": ("storage/", "migrations/"),
    "psycopg": ("storage/", "migrations/"),
    "sqlite3": ("storage/", "migrations/"),
    "httpx": ("collectors/_runtime/http/client.py",),
    "streamlit": ("dashboard/",),
    "starlette": ("dashboard/",),
    "altair": ("dashboard/",),
    "vl_convert": ("dashboard/",),
    "apscheduler": ("uptake/scheduler/schedule.py",),
    "statsmodels": ("analysis/forecast/model.py",),
    "apprise": ("uptake/alerts/transport.py",),
    "click": ("uptake/cli/",),
    "rich": ("uptake/",),
}
COLOUR = re.compile(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b|\brgba?\(|\bhsla?\(", re.IGNORECASE)
REACHED_THROUGH_SQLALCHEMY = {"psycopg", "sqlite3"}
BANNED_MODULES = {"pickle", "shelve", "marshal", "dill", "joblib", "cloudpickle"}
BANNED_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "yaml.load",
    "pandas.read_pickle",
    "pd.read_pickle",
    "os.system",
}
# What would make an analysis depend on anything but the frame it is given.
IMPURE = {
    "asyncio", "httpx", "io", "logging", "multiprocessing", "os", "pathlib", "random", "requests", "shutil", "socket",
    "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter"}
READERS = {"open", "input", "print", "read_csv", "read_parquet", "read_sql", "to_csv", "to_parquet", "to_sql"}


def within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or (room.endswith("/") and module.startswith(room)) for room in rooms)


def test_the_packages_are_there() -> None:
    """Guards every other test here: an empty list of modules would agree with anything."""
    assert {top(module.replace("/", ".")) for module in modules()} == set(PACKAGES) == set(ARROWS)


def test_imports_point_one_way() -> None:
    for module in modules():
        package = module.split("/", maxsplit=1)[0]
        ours = {top(name) for name in imports(module)} & set(ARROWS)
        allowed = ARROWS[package] | {package}
        assert ours <= allowed, f"{module} must not import {sorted(ours - allowed)}"


def test_libraries_stay_in_their_rooms() -> None:
    for module in modules():
        strays = {name for name in map(top, imports(module)) if name in ROOMS and not within(module, ROOMS[name])}
        assert not strays, f"{module} must not import {sorted(strays)}"


def test_no_underscore_crosses_a_border() -> None:
    """What begins with an underscore belongs to the folder it is in: `collectors._runtime` to `collectors`."""
    for module in modules():
        ours = (name.split(".") for name in imports(module) if top(name) in ARROWS)
        private = [
            ".".join(parts)
            for parts in ours
            for place, part in enumerate(parts)
            if part.startswith("_")
            and not part.startswith("__")
            and not module.startswith("/".join([*parts[:place], ""]))
        ]
        assert not private, f"{module} imports {private}"


def test_pages_import_no_pages() -> None:
    for module in (m for m in modules() if m.startswith("dashboard/views/")):
        own = ".".join(module.split("/")[:3])
        others = [n for n in imports(module) if n.startswith("dashboard.views.") and not f"{n}.".startswith(f"{own}.")]
        assert not others, f"{module} imports {others}"


def test_colours_are_in_the_theme() -> None:
    """A colour is changed in one place. The digest is a page of its own, written where no dashboard is."""
    for module in modules():
        if module not in {"dashboard/charts/theme.py", "uptake/digest/html_and_markdown.py"}:
            texts = (node.value for node in ast.walk(tree(module)) if isinstance(node, ast.Constant))
            colours = [text for text in texts if isinstance(text, str) and COLOUR.search(text)]
            assert not colours, f"{module}: {colours}"


@pytest.mark.parametrize("library", sorted(set(ROOMS) - REACHED_THROUGH_SQLALCHEMY))
def test_each_room_is_lived_in(library: str) -> None:
    """A library that nobody imports needs no rule; a misspelt room would allow nothing and hide that."""
    assert [module for module in modules() if library in map(top, imports(module))], f"nobody imports {library}"


def test_analysis_is_pure() -> None:
    for module in (m for m in modules() if m.startswith("analysis/")):
        impure = {top(name) for name in imports(module)} & IMPURE
        assert not impure, f"{module} imports {sorted(impure)}"
        called = [(name, line) for name, line in calls(module) if name.split(".")[-1] in READERS or clock(name)]
        assert not called, f"{module} reads or writes the world: {called}"


def clock(name: str) -> bool:
    """`datetime.now`, `date.today`, `pd.Timestamp.now` and their like; not `series.dt.time`."""
    *before, last = name.split(".")
    return last in CLOCKS and bool(before) and before[-1] in {"datetime", "date", "Timestamp", "time", "dt"}


def test_nothing_runs_what_it_reads() -> None:
    """No unpickling, no evaluation of text, no loading of YAML objects, no HTML from data."""
    for module in modules():
        assert not {top(name) for name in imports(module)} & BANNED_MODULES, module
        assert not [(name, line) for name, line in calls(module) if name in BANNED_CALLS], module
        unsafe = [
            node.value.lineno
            for node in ast.walk(tree(module))
            if isinstance(node, ast.keyword) and node.arg in {"unsafe_allow_html", "unsafe_allow_javascript", "shell"}
        ]
        assert not unsafe, f"{module}, lines {unsafe}"


def test_every_public_module_in_collectors_is_a_source_and_the_other_way_round() -> None:
    entries = {path.stem: tomllib.loads(path.read_text()) for path in (ROOT / "catalog/sources").glob("*.toml")}
    available = {name for name, entry in entries.items() if entry.get("available", True)}
    written = {source_module(path) for path in (ROOT / "collectors").glob("[!_]*") if is_module(path)}
    assert available == written
    assert available, "no source at all"


def test_a_source_has_one_public_function() -> None:
    """Besides what an error means, what is kept of an answer, and how it is read again."""
    for path in (ROOT / "collectors").glob("[!_]*"):
        if not is_module(path):
            continue
        module = path / "source.py" if path.is_dir() else path
        shown = public_things(module.relative_to(ROOT).as_posix())
        names = [node.name for node in shown if not isinstance(node, ast.ClassDef)]
        assert set(names) - {"fault", "retell", "extract"} == {"collect"}, f"{module} shows {names}"


def is_module(path: Path) -> bool:
    return path.suffix == ".py" or (path / "__init__.py").is_file()


def source_module(path: Path) -> str:
    return path.name.removesuffix(".py")


@pytest.mark.parametrize(
    "name", sorted({m.split("/")[1].removesuffix(".py") for m in modules() if m.startswith("dashboard/")})
)
def test_no_place_in_the_dashboard_hides_a_module(name: str) -> None:
    """`streamlit run` puts dashboard/ first on the path: what is directly in it must not bear another module's name."""
    if name != "__init__":
        assert name not in sys.stdlib_module_names | set(ARROWS) | set(ROOMS)


@pytest.mark.parametrize(
    "package", [p for p in ARROWS if p not in {"migrations", "dashboard", "uptake", "answers", "analysis"}]
)
def test_the_public_face_is_true(package: str) -> None:
    """`__all__` of each package names what is there, all of it, once. (ruff keeps it sorted.)"""
    face = __import__(package)
    assert len(set(face.__all__)) == len(face.__all__)
    assert [name for name in face.__all__ if not hasattr(face, name)] == []
    imported_names = {
        alias.asname or alias.name for node in tree(f"{package}/__init__.py").body for alias in names(node)
    }
    assert {name for name in imported_names if not name.startswith("_")} - set(face.__all__) <= {"annotations"}


def names(node: ast.stmt) -> list[ast.alias]:
    """What an import of our own modules brings in; nothing for other statements."""
    if isinstance(node, ast.ImportFrom) and (node.level or top(node.module or "") in ARROWS):
        return node.names
    return []
