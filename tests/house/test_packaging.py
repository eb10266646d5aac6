"""What is shipped is what is meant: project file, locks, make; and no trace of anybody's machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements/app.txt", "requirements/dev.txt")
OPT_IN = "requirements/clickhouse.txt"
TOP = ("analysis", "answers", "catalog", "collectors", "dashboard", "migrations", "storage", "uptake")


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


# -- the project file --------------------------------------------------------------------------------------------------


def test_every_package_on_disk_is_listed_and_the_other_way_round() -> None:
    """Every folder of a top-level package that is named goes along; what is named is there."""
    assert project()["tool"]["setuptools"]["packages"]["find"]["include"] == [f"{top}*" for top in TOP]
    assert all((ROOT / top / "__init__.py").is_file() for top in TOP)


def is_shipped(path: Path) -> bool:
    return path.suffix in {".py", ".toml", ".csv", ".md"} and "__pycache__" not in path.parts


def test_the_version_is_said_once() -> None:
    import uptake

    assert uptake.__version__ == project()["project"]["version"]
    assert f":-uptake:{project()['project']['version']}}}" in (ROOT / "compose.yaml").read_text(encoding="utf-8")


def test_requirements_are_those_of_the_project_file() -> None:
    listed = requirements(ROOT / "requirements/app.in")
    assert listed == sorted([*project()["project"]["dependencies"], *project()["build-system"]["requires"]])


def requirements(path: Path) -> list[str]:
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sorted(line for line in lines if line)


@pytest.mark.parametrize("lock", [*LOCKS, OPT_IN])
def test_every_requirement_is_pinned_with_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) > (0 if lock == OPT_IN else 20)
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==[^ ]+( ; [^\\]+)? \\\n", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert not re.search(r"://|--index|--find-links|--trusted|^-", text, re.MULTILINE)


def test_the_two_locks_agree() -> None:
    app, dev = (set(re.findall(r"^\S+==\S+", (ROOT / lock).read_text(), re.MULTILINE)) for lock in LOCKS)
    assert app < dev
    known = {pin.split("==")[0] for pin in dev}
    extra = re.findall(r"^\S+==\S+", (ROOT / OPT_IN).read_text(), re.MULTILINE)
    assert [pin for pin in extra if pin.startswith("chdb==")]
    assert {pin for pin in extra if pin.split("==")[0] in known} <= dev


def test_the_locks_cover_what_is_asked_for() -> None:
    for source, lock in (("requirements/app.in", LOCKS[0]), ("requirements/dev.in", LOCKS[1])):
        pinned = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
        asked = {re.split(r"[\[<>=~! ]", line)[0].lower() for line in requirements(ROOT / source) if line[0] != "-"}
        assert asked <= pinned, f"run 'make lock': {sorted(asked - pinned)}"


def test_what_the_code_imports_is_a_direct_requirement() -> None:
    """A dependency of a dependency may vanish with its next release."""
    names = {re.split(r"[\[<>=~! ]", line)[0].lower() for line in project()["project"]["dependencies"]}
    names |= {"numpy"}  # pandas hands out its arrays, and cannot do without it
    names |= {"vl_convert"} if "vl-convert-python" in names else set()  # a module by another name than its package
    names |= {"prometheus_client"} if "prometheus-client" in names else set()
    names |= {"_typeshed"}  # the type checker's own, imported for it alone
    statement = re.compile(r"^\s*(?:from|import) ([a-z0-9_]+)", re.MULTILINE)
    texts = [path.read_text(encoding="utf-8") for top in TOP for path in (ROOT / top).rglob("*.py")]
    used = {name for text in texts for name in statement.findall(text)}
    outside = used - set(sys.stdlib_module_names) - set(TOP)
    assert {"httpx", "sqlalchemy"} <= outside
    assert outside <= names, f"not in pyproject.toml: {sorted(outside - names)}"


def test_the_wheel_holds_the_code_and_the_catalog(tmp_path: Path) -> None:
    source = tmp_path / "source"
    copy_tracked(source)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*build, "-w", tmp_path, source], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("uptake-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
        entry = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "uptake = uptake.cli:main" in archive.read(entry).decode()
    on_disk = {
        path.relative_to(source).as_posix() for top in TOP for path in (source / top).rglob("*") if is_shipped(path)
    }
    assert inside >= on_disk
    assert not [name for name in inside if not name.startswith(TOP)]


def copy_tracked(folder: Path) -> None:
    for name in (path.relative_to(ROOT) for top in TOP for path in (ROOT / top).rglob("*") if is_shipped(path)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        (folder / file).write_bytes((ROOT / file).read_bytes())


# -- make and CI -------------------------------------------------------------------------------------------------------


TARGETS = (
    "env",
    "up",
    "test",
    "check",
    "bench",
    "fault",
    "containers",
    "format",
    "docs",
    "screenshots",
    "lock",
    "help",
)


@pytest.mark.parametrize("target", TARGETS)
def test_make_has_the_target_and_says_what_it_does(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:.* ## \w", makefile, re.MULTILINE)


def test_ci_runs_make_check_last() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert "set -euo pipefail" in script
    assert script.strip().splitlines()[-1] == "make check"


def test_an_old_python_is_refused_in_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.8.1" && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = subprocess.run(["/bin/sh", ".ci/python", old], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Python 3.11 or newer; Python 3.8.1 is too old" in done.stderr


def test_a_python_without_venv_is_refused_in_one_sentence(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n')
    bare.chmod(0o755)
    done = subprocess.run(["/bin/sh", ".ci/python", bare], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "needs the venv module" in done.stderr


def test_a_good_python_is_found() -> None:
    done = subprocess.run(
        ["/bin/sh", ".ci/python", sys.executable], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stdout.strip() == sys.executable


# -- no trace of a machine ---------------------------------------------------------------------------------------------

# Put together here, so that this file does not hold what it looks for.
REGISTRIES = ("pypi" + ".org", "python" + "hosted", "npm" + "js.", "deb" + "ian.org", "registry" + ".npm")
PLACES = ("/" + "root/", "/" + "home/", "/" + "Users/", "/" + "work/", "/" + "tmp/w", "/" + "opt/")


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode != 0:
        pytest.skip("not a git working tree: what is tracked is not known")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_registry_and_no_place_of_a_machine_in_any_file() -> None:
    found = []
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", "replace").lower()
        found += [f"{name}: {word}" for word in (*REGISTRIES, *map(str.lower, PLACES)) if word in text]
    assert not found


def test_nothing_private_is_tracked() -> None:
    private = re.compile(r"(^|/)(\.env|.*\.(db|db-wal|sqlite|pem|key|log|pyc)|\.venv/.*|data/.*)$")
    assert not [name for name in tracked() if private.search(name)]
