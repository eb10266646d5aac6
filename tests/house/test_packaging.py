"""What is shipped is what is meant: project file, locks, image, compose; and no trace of anybody's machine."""

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
import yaml

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements/app.txt", "requirements/dev.txt")
OPT_IN = "requirements/clickhouse.txt"
TOP = ("analysis", "answers", "catalog", "collectors", "dashboard", "migrations", "storage", "uptake")


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


OURS = ("dashboard", "migrate", "scheduler")


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
    assert f"uptake:{project()['project']['version']}" == services()["scheduler"]["image"]


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


# -- compose -----------------------------------------------------------------------------------------------------------


def test_the_services_are_there() -> None:
    assert set(services()) == {"postgres", *OURS}


@pytest.mark.parametrize("name", OURS)
def test_our_services_can_do_no_more_than_they_must(name: str) -> None:
    service = services()[name]
    user = str(service["user"]).split(":")
    assert all(part.isdigit() and int(part) > 0 for part in user), "must not be root"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert not [volume for volume in service.get("volumes", []) if volume.startswith(("/", "."))]


@pytest.mark.parametrize("name", ["postgres", *OURS])
def test_no_service_gains_privileges(name: str) -> None:
    assert "no-new-privileges:true" in services()[name]["security_opt"]


@pytest.mark.parametrize("name", ["postgres", "scheduler", "dashboard"])
def test_long_running_services_have_a_health_check(name: str) -> None:
    check = services()[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries"} <= set(check)
    assert services()[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["scheduler", "dashboard"])
def test_services_wait_for_the_store_to_be_migrated(name: str) -> None:
    waits = services()[name]["depends_on"]
    assert waits["migrate"]["condition"] == "service_completed_successfully"
    assert waits["postgres"]["condition"] == "service_healthy"
    assert services()["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert services()["migrate"]["restart"] == "no"


def test_no_password_has_a_default() -> None:
    """`${NAME:?why}` refuses to start without one; tokens are optional, and empty means none."""
    for name, service in services().items():
        for variable, value in service["environment"].items():
            if variable.endswith("TOKEN") or variable == "UPTAKE_CLICKHOUSE_PASSWORD":
                assert value == f"${{{variable}:-}}", f"{name}: {variable}"
            elif variable.endswith("PASSWORD"):
                assert re.fullmatch(r"\$\{UPTAKE_DB_PASSWORD:\?[^}]+\}", value), f"{name}: {variable}"
    assert "@" not in services()["migrate"]["environment"]["UPTAKE_DATABASE_URL"].replace("uptake@postgres", "")


def test_secrets_go_only_where_they_are_needed() -> None:
    holders = {name for name in OURS if "UPTAKE_GITHUB_TOKEN" in services()[name]["environment"]}
    assert holders == {"scheduler"}


def test_only_the_dashboard_is_published_and_only_to_this_machine() -> None:
    assert [name for name, service in services().items() if "ports" in service] == ["dashboard"]
    assert services()["dashboard"]["ports"] == ["${UPTAKE_PUBLISH:-127.0.0.1:8501}:8501"]
    assert compose()["networks"]["inside"]["internal"] is True
    assert services()["postgres"]["networks"] == ["inside"]


def test_volumes_are_declared() -> None:
    used = {volume.split(":")[0] for service in services().values() for volume in service.get("volumes", [])}
    assert used == set(compose()["volumes"])
    assert "postgres:/var/lib/postgresql/data" in services()["postgres"]["volumes"]


@pytest.mark.parametrize("name", OURS)
def test_commands_of_services_exist(name: str) -> None:
    run_help(*services()[name]["command"])


def test_the_health_check_of_the_scheduler_exists() -> None:
    [kind, program, *arguments] = services()["scheduler"]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "uptake")
    assert f"{arguments[-1]} " in run_help(*arguments[:-1])


def run_help(*command: str) -> str:
    full = [sys.executable, "-m", "uptake", *command, "--help"]
    done = subprocess.run(full, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_services_are_configured_by_settings_that_exist() -> None:
    from uptake.settings.table import load_settings, settings_table

    known = {setting.name for setting in settings_table()}
    for name in OURS:
        environment: dict[str, str] = services()[name]["environment"]
        ours = {variable: value for variable, value in environment.items() if variable.startswith("UPTAKE_")}
        assert set(ours) <= known, name
        load_settings({variable: default_of(value) for variable, value in ours.items()})


def default_of(value: str) -> str:
    """What compose hands over when nothing is set."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", value)


def test_images_are_pinned() -> None:
    base = re.findall(r"^FROM (\S+)", dockerfile(), re.MULTILINE)
    for image in [*base, services()["postgres"]["image"]]:
        assert re.fullmatch(r"[a-z]+:\d+\.\d+-[a-z-]+", image), image


# -- the image ---------------------------------------------------------------------------------------------------------


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", " ", dockerfile())
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def test_the_image_runs_as_nobody() -> None:
    users = [value for name, value in instructions() if name == "USER"]
    assert users == [services()["scheduler"]["user"]]
    after = [name for name, _ in instructions()][[name for name, _ in instructions()].index("USER") :]
    assert "RUN" not in after
    assert "COPY" not in after


def test_the_image_is_built_from_hashed_wheels_and_nothing_fetched() -> None:
    names = [name for name, _ in instructions()]
    assert "ADD" not in names
    installs = [value for name, value in instructions() if name == "RUN" and "pip install" in value]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "--only-binary :all:" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]
    assert not re.search(r"curl|wget|apt-get|git clone|--index|://(?!127\.0\.0\.1)", dockerfile())


def test_the_image_holds_no_secret() -> None:
    for name, value in instructions():
        if name in {"ENV", "ARG"}:
            assert not re.search(r"TOKEN|PASSWORD|SECRET|DATABASE_URL", value)


def test_the_image_is_healthy_and_stops_politely() -> None:
    names = dict(instructions())
    assert "/healthz" in names["HEALTHCHECK"]
    assert names["ENTRYPOINT"] == '["uptake"]'
    run_help(*re.findall(r'"(\w+)"', names["CMD"]))


def test_the_image_gets_what_it_copies_and_only_that() -> None:
    """.dockerignore shuts everything out and lets in what the Dockerfile names."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = {part.rstrip("/") for name, value in instructions() if name == "COPY" for part in value.split()[:-1]}
    assert "*" in ignored
    assert let_in == copied
    assert set(TOP) <= copied
    assert not [part for part in copied if not (ROOT / part).exists()]


# -- make and CI -------------------------------------------------------------------------------------------------------


TARGETS = ("env", "up", "test", "check", "bench", "fault", "format", "docs", "screenshots", "lock", "help")


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
