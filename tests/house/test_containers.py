"""compose.yaml and Dockerfile hold to their rules. `make containers` tries them on an engine; this needs none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from uptake.settings.settings import GENERAL, load_settings, secret_settings, settings_table

ROOT = Path(__file__).parents[2]
TOP = ("analysis", "answers", "catalog", "collectors", "dashboard", "migrations", "storage", "uptake")
OURS = ("dashboard", "migrate", "scheduler")
LASTING = ("dashboard", "postgres", "scheduler")
ALL = (*OURS, "postgres")


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def test_the_services_are_there() -> None:
    assert set(services()) == set(ALL)


# -- what a service may do ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "devices", "pid", "ipc", "network_mode"} & set(service)
    assert not [volume for volume in service.get("volumes", []) if volume.startswith(("/", ".", "~"))]


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_nobody(name: str) -> None:
    user = str(services()[name]["user"]).split(":")
    assert all(part.isdigit() and int(part) > 0 for part in user), "must not be root"
    assert "cap_add" not in services()[name]


def test_postgresql_may_become_its_own_user_and_nothing_else() -> None:
    assert services()["postgres"]["cap_add"] == ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"]


@pytest.mark.parametrize("name", ALL)
def test_a_service_takes_no_more_than_its_share(name: str) -> None:
    """Of memory, of processes, of the disk by its logs, and of memory by its temporary files."""
    service = services()[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["pids_limit"] > 0
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])
    assert service["tmpfs"]
    assert all(re.search(r":(\w|,|=)*size=\d+m", mount) for mount in service["tmpfs"])


@pytest.mark.parametrize("name", ALL)
def test_a_service_hears_a_signal_from_its_first_moment(name: str) -> None:
    """The first process of a container ignores every signal that it has not asked for."""
    assert services()[name]["init"] is True


def test_a_service_is_given_the_time_it_takes_to_stop() -> None:
    from uptake.scheduler.schedule import GRACE_S

    given = {name: services()[name]["stop_grace_period"] for name in LASTING}
    assert GRACE_S < int(given["scheduler"].removesuffix("s")) <= 2 * GRACE_S
    assert given["postgres"] == "1m"


# -- health and order --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_service_is_looked_after(name: str) -> None:
    check = services()[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    assert services()[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", LASTING)
def test_a_look_costs_little(name: str) -> None:
    """Python with what we import takes a second of a core: 3 % of it, for ever."""
    program = services()[name]["healthcheck"]["test"][1]
    assert program in {"bash", "sh", "pg_isready"}


def test_postgresql_is_healthy_only_once_it_is_reached_as_others_reach_it() -> None:
    """While it initialises, it listens on its socket alone."""
    assert "--host=127.0.0.1" in services()["postgres"]["healthcheck"]["test"]


def test_what_the_scheduler_touches_is_what_its_health_check_looks_at() -> None:
    command = services()["scheduler"]["command"]
    assert command[command.index("--alive") + 1] in services()["scheduler"]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("name", ["scheduler", "dashboard"])
def test_services_wait_for_the_store_to_be_migrated(name: str) -> None:
    waits = services()[name]["depends_on"]
    assert waits["migrate"]["condition"] == "service_completed_successfully"
    assert waits["postgres"]["condition"] == "service_healthy"
    assert services()["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert services()["migrate"]["restart"] == "no"


@pytest.mark.parametrize("name", OURS)
def test_what_runs_after_an_upgrade_is_what_was_upgraded_to(name: str) -> None:
    assert services()[name]["pull_policy"] == "build"


@pytest.mark.parametrize("name", OURS)
def test_commands_of_services_exist(name: str) -> None:
    [command, *options] = services()[name]["command"]
    said = run_help(command)
    assert all(option in said for option in options if option.startswith("--"))


def run_help(*command: str) -> str:
    full = [sys.executable, "-m", "uptake", *command, "--help"]
    done = subprocess.run(full, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- settings and secrets ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_every_setting_can_be_handed_over(name: str) -> None:
    """All in one file; a secret of ours also as a file of its own, which goes where it is needed."""
    assert services()[name]["env_file"] == [{"path": "${STACK_SETTINGS:-uptake.env}", "required": False}]
    known = {setting.name for setting in settings_table()}
    known |= {f"{setting.name}_FILE" for setting in settings_table() if setting.secret}
    environment: dict[str, str] = services()[name]["environment"]
    assert {variable for variable in environment if variable.startswith("UPTAKE_")} <= known
    load_settings({k: v for k, v in environment.items() if k.startswith("UPTAKE_") and not k.endswith("_FILE")})
    assert environment["UPTAKE_LOG_FORMAT"] == "json"


def test_every_secret_has_a_file() -> None:
    secrets = {setting.name for setting in GENERAL if setting.secret} | set(secret_settings())
    handed = {variable for name in OURS for variable in services()[name]["environment"] if variable.endswith("_FILE")}
    assert handed == {f"{secret}_FILE" for secret in secrets - {"UPTAKE_DATABASE_URL"}}  # whose password has one


def test_secrets_are_files_that_go_only_where_they_are_needed() -> None:
    for name, service in services().items():
        environment = service["environment"]
        pointed = {Path(value).name for value in environment.values() if str(value).startswith("/run/secrets/")}
        assert pointed <= set(service["secrets"]), name
        assert not [v for k, v in environment.items() if re.search("PASSWORD|TOKEN|ALERT_URLS", k) and "/run/" not in v]
    holders = {secret: {n for n in services() if secret in services()[n]["secrets"]} for secret in compose()["secrets"]}
    assert holders["postgres_password"] == {"postgres"}
    assert holders["database_password"] == {"postgres", "migrate", "scheduler"}
    assert holders["dashboard_password"] == {"postgres", "dashboard"}
    assert holders["operator_token"] == {"dashboard"}
    for sent in ("github_token", "clickhouse_password", "alert_urls"):
        assert holders[sent] == {"scheduler"}


def test_no_secret_has_a_default_or_stands_in_the_file() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert not re.search(r"://[^\s@]+:[^\s@]+@", text), "a password in an address"
    files = {secret["file"] for secret in compose()["secrets"].values()}
    assert files == {f"${{STACK_SECRETS:-./secrets}}/{name}" for name in compose()["secrets"]}


def test_what_only_compose_reads_is_no_setting_of_ours() -> None:
    """The program refuses a name that begins like a setting and is none: both are set in one shell."""
    read = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    assert read
    assert not [name for name in read if name.startswith("UPTAKE_")]


def test_the_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = [make_secrets(folder), make_secrets(folder)]
    assert made[0] == made[1]
    assert set(made[0]) == set(compose()["secrets"])
    drawn = [text for name, text in made[0].items() if name.endswith("_password") and name != "clickhouse_password"]
    assert len(set(drawn)) == 3
    assert all(re.fullmatch(r"[\w-]{40}\n", text) for text in [*drawn, made[0]["operator_token"]])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o444}
    assert "/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def make_secrets(folder: Path) -> dict[str, str]:
    subprocess.run(["/bin/sh", "containers/secrets", folder], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def test_the_dashboard_has_a_user_of_the_database_of_its_own() -> None:
    users = {name: services()[name]["environment"]["UPTAKE_DATABASE_URL"].split("@")[0] for name in OURS}
    assert users["dashboard"] == "postgresql://uptake_dashboard"
    assert users["scheduler"] == users["migrate"] == "postgresql://uptake"
    command = services()["migrate"]["command"]
    assert command[command.index("--dashboard-user") + 1] == "uptake_dashboard"
    assert "POSTGRES_USER" not in services()["postgres"]["environment"], "the superuser is nobody's"


# -- networks and volumes ----------------------------------------------------------------------------------------------


def test_only_the_dashboard_is_published_and_only_to_this_machine() -> None:
    assert [name for name, service in services().items() if "ports" in service] == ["dashboard"]
    assert services()["dashboard"]["ports"] == ["${STACK_PUBLISH:-127.0.0.1:8501}:8501"]


def test_the_database_is_not_where_a_port_is_published_or_the_world_is_reached() -> None:
    networks = {name: set(services()[name]["networks"]) for name in ALL}
    assert networks["postgres"] == networks["migrate"] == {"inside"}
    assert networks["scheduler"] == {"inside", "outside"}
    assert networks["dashboard"] == {"inside", "front"}
    assert {name for name, options in compose()["networks"].items() if options.get("internal")} == {"inside"}


def test_every_volume_is_used() -> None:
    used = {volume.split(":")[0] for service in services().values() for volume in service.get("volumes", [])}
    assert used == set(compose()["volumes"]) == {"postgres"}
    assert services()["postgres"]["volumes"] == ["postgres:/var/lib/postgresql/data"]
    assert "VOLUME" not in [name for name, _ in instructions()], "each container would get one of no name"


def test_postgresql_is_pinned_to_what_it_was_tried_with() -> None:
    image = services()["postgres"]["image"]
    version = re.fullmatch(r"postgres:17\.(\d+)-bookworm(@sha256:[0-9a-f]{64})?", image)
    assert version
    assert int(version[1]) >= 11
    assert f"17.{version[1]}" in (ROOT / "docs/containers.md").read_text(encoding="utf-8")


# -- the image ---------------------------------------------------------------------------------------------------------


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", " ", dockerfile())
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def last_stage() -> list[tuple[str, str]]:
    """The instructions that make the image itself."""
    starts = [place for place, (name, _) in enumerate(instructions()) if name == "FROM"]
    assert len(starts) == 2, "one to build in, one to run"
    return instructions()[starts[1] :]


def test_the_base_is_pinned() -> None:
    for image in re.findall(r"^FROM (\S+)", dockerfile(), re.MULTILINE):
        assert re.fullmatch(r"[a-z]+:\d+\.\d+-[a-z-]+", image), image


def test_the_image_runs_as_nobody() -> None:
    users = [value for name, value in instructions() if name == "USER"]
    assert users == [services()["scheduler"]["user"]]
    names = [name for name, _ in last_stage()]
    assert not {"RUN", "COPY", "ADD"} & set(names[names.index("USER") :])


def test_the_image_is_built_from_hashed_wheels_and_nothing_fetched() -> None:
    assert "ADD" not in [name for name, _ in instructions()]
    installs = [value for name, value in instructions() if name == "RUN" and " install --no" in value]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "--only-binary :all:" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]
    assert not [value for name, value in last_stage() if name == "RUN" and "pip" in value]
    assert not re.search(r"curl|wget|apt-get|git clone|--index|://(?!127\.0\.0\.1)", dockerfile())


def test_the_image_holds_no_secret() -> None:
    for name, value in instructions():
        if name in {"ENV", "ARG"}:
            assert not re.search(r"TOKEN|PASSWORD|SECRET|DATABASE_URL", value)


def test_the_image_is_healthy_and_stops_politely() -> None:
    names = dict(last_stage())
    assert "/app/healthy" in names["HEALTHCHECK"]
    assert "/healthz" in (ROOT / "containers/healthy").read_text(encoding="utf-8")
    assert names["ENTRYPOINT"] == '["uptake"]'
    run_help(*re.findall(r'"(\w+)"', names["CMD"]))


def test_the_image_gets_what_it_copies_and_only_that() -> None:
    """.dockerignore shuts everything out and lets in what the Dockerfile names."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copies = [value for name, value in instructions() if name == "COPY" and not value.startswith("--from=build ")]
    copied = {part.rstrip("/") for value in copies for part in value.split()[:-1]}
    assert "*" in ignored
    assert let_in == copied
    assert set(TOP) <= copied
    assert not [part for part in copied if not (ROOT / part).exists()]


def test_an_environment_without_something_we_import_is_made_into_no_image(tmp_path: Path) -> None:
    """Trimming takes away what tests and builds need; what takes away too much has to fail while the image is built."""
    assert "containers/import_check.py /app/uptake" in dockerfile()
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "__init__.py").touch()
    assert imports(tmp_path).returncode == 0
    (tmp_path / "ours" / "inner.py").write_text("import trimmed_away\n", encoding="utf-8")
    failed = imports(tmp_path)
    assert failed.returncode != 0
    assert "trimmed_away" in failed.stderr


def imports(folder: Path) -> subprocess.CompletedProcess[str]:
    check = [sys.executable, "-B", "containers/import_check.py", str(folder)]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(check, capture_output=True, text=True, cwd=ROOT, check=False, env=environment)
