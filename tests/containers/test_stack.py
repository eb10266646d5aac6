"""The stack, built and run: it starts, stops, keeps its data, and can do no more than compose.yaml says.

Everything has a name of its own and is taken down at the end; a stack of yours that runs is not touched. An override,
such as for an engine that must build with other options, goes into COMPOSE_FILE, as compose has it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.containers

ROOT = Path(__file__).parents[2]
OURS = ("dashboard", "migrate", "scheduler")
LASTING = ("dashboard", "postgres", "scheduler")
STOP_S = 10.0
ODD = ("""p@ss:w/o#r%d?"'$\\é `x` &;=%40""", """'"); DROP ROLE x; -- :/@""")
CANARY = "CANARY-github-0123456789"
MOST_MIB = 650  # of the image, without the Python it is built on
STARS = "/api/v1/series.csv?metric=stars&framework=flask,django&until=2026-08-22"


class Stack:
    """A project of compose with its secrets, its image and a free port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project = folder, f"uptake-check-{os.getpid()}"
        self.image = f"{self.project}:check"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("UPTAKE_", "STACK_"))}
        self.environment = kept | {
            "COMPOSE_PROJECT_NAME": self.project,
            "STACK_IMAGE": self.image,
            "STACK_PUBLISH": f"127.0.0.1:{self.port}",
            "STACK_SECRETS": str(folder / "secrets"),
            "STACK_SETTINGS": str(folder / "uptake.env"),
        }

    def prepare(self) -> None:
        """The secrets, some of odd characters, and a setting."""
        secrets = self.folder / "secrets"
        subprocess.run(["/bin/sh", "containers/secrets", secrets], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        given = {"database_password": ODD[0], "dashboard_password": ODD[1], "github_token": CANARY}
        for name, text in given.items():
            (secrets / name).chmod(0o644)
            (secrets / name).write_text(f"{text}\n", encoding="utf-8")
        (self.folder / "uptake.env").write_text("UPTAKE_CONTACT=me@example.org\nUPTAKE_MAX_WAIT_S=7\n")

    def docker(self, *arguments: str, timeout: float = 60, check: bool = True) -> str:
        """What docker prints; standard error with it when it fails."""
        done = subprocess.run(
            ["docker", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert not check or done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr[-3000:]}"
        return done.stdout

    def compose(self, *arguments: str, timeout: float = 60) -> str:
        return self.docker("compose", *arguments, timeout=timeout)

    def up(self) -> None:
        self.compose("up", "--detach", "--wait", "--wait-timeout", "240", timeout=1200)

    def container(self, service: str) -> str:
        return self.compose("ps", "--all", "--quiet", service).strip()

    def inspect(self, service: str) -> dict[str, Any]:
        [found] = json.loads(self.docker("inspect", self.container(service)))
        return dict(found)

    def logs(self, service: str) -> str:
        """All that a service has written."""
        command = ["docker", "logs", self.container(service)]
        done = subprocess.run(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, timeout=60
        )
        return done.stdout.decode()

    def python(self, service: str, program: str) -> str:
        """What a program prints that runs in a service."""
        return self.compose("exec", "-T", service, "python", "-c", program).strip()

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            body: bytes = answer.read()
        return body

    def stop(self, service: str) -> float:
        """Stop one service; how long that took."""
        container, began = self.container(service), time.monotonic()
        self.docker("stop", container, timeout=120)
        return time.monotonic() - began


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack, up and healthy, with the figures we ship."""
    folder = tmp_path_factory.mktemp("stack")
    folder.chmod(0o755)
    running = Stack(folder)
    running.prepare()
    try:
        running.up()
        eventually(lambda: running.get(STARS).count(b"\n") > 100)
        yield running
    finally:
        running.docker("compose", "down", "--volumes", "--remove-orphans", timeout=240, check=False)
        running.docker("image", "rm", "--force", running.image, check=False)
        left = running.docker(
            "ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={running.project}"
        )
        assert left == ""


def eventually(check: Any, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(1)


# -- what it is --------------------------------------------------------------------------------------------------------


def test_every_service_is_healthy_and_the_migration_ended_well(stack: Stack) -> None:
    assert {stack.inspect(name)["State"]["Health"]["Status"] for name in LASTING} == {"healthy"}
    migrate = stack.inspect("migrate")["State"]
    assert (migrate["Status"], migrate["ExitCode"]) == ("exited", 0)


def test_the_image_is_small_and_holds_all_it_needs(stack: Stack) -> None:
    size = int(stack.docker("run", "--rm", "--entrypoint", "du", stack.image, "-sm", "/app").split()[0])
    assert size < MOST_MIB
    assert stack.get("/api/v1/chart.png?metric=stars&framework=flask").startswith(b"\x89PNG")
    assert stack.get(STARS.replace(".csv", ".parquet")).startswith(b"PAR1")
    assert b"Flask" in stack.get("/api/v1/compare.json?a=flask&b=django")
    stack.compose("exec", "-T", "scheduler", "python", "-c", "import analysis.forecast.model, apprise, psycopg")


def test_every_log_entry_of_ours_is_an_object(stack: Stack) -> None:
    for name in OURS:
        entries = [json.loads(line) for line in stack.logs(name).splitlines()]
        assert entries, name
        assert all({"time", "level", "logger", "message"} <= set(entry) for entry in entries)


def test_settings_and_secrets_get_where_they_belong(stack: Stack) -> None:
    read = "from uptake.settings.settings import load_settings; s = load_settings(); print(s.contact, s.max_wait_s, {})"
    token = "s.of_sources['UPTAKE_GITHUB_TOKEN']"
    assert stack.python("scheduler", read.format(token)) == f"me@example.org 7.0 {CANARY}"
    assert stack.python("dashboard", read.format(token)) == "me@example.org 7.0 None"
    assert stack.python("dashboard", read.format("len(s.operator_token)")) == "me@example.org 7.0 40"
    said = "".join(json.dumps(stack.inspect(name)) for name in (*OURS, "postgres"))
    said += "".join(map(stack.logs, (*OURS, "postgres")))
    for secret in (*ODD, CANARY, (stack.folder / "secrets/operator_token").read_text().strip()):
        assert secret not in said
        assert json.dumps(secret)[1:-1] not in said


# -- what it can do ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*OURS, "postgres"])
def test_a_service_is_confined(stack: Stack, name: str) -> None:
    found = stack.inspect(name)
    host = found["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["Init"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert host["LogConfig"]["Config"].keys() >= {"max-size", "max-file"}
    assert all("size=" in options for options in host["Tmpfs"].values())
    volumes = [mount["Name"] for mount in found["Mounts"] if mount["Type"] == "volume"]
    assert volumes == ([f"{stack.project}_postgres"] if name == "postgres" else [])


@pytest.mark.parametrize("name", LASTING)
def test_no_process_keeps_a_capability_or_writes_where_it_may_not(stack: Stack, name: str) -> None:
    script = "(: > /new) && echo wrote; for s in /proc/[0-9]*/status; do grep -h -e ^Name -e ^Uid -e ^CapEff $s; done"
    user = ("--user", "postgres") if name == "postgres" else ()
    said = stack.compose("exec", "-T", *user, name, "sh", "-c", f"{script}; true")
    assert "wrote" not in said
    lines = [line.split() for line in said.splitlines()]
    processes = list(zip(lines[0::3], lines[1::3], lines[2::3], strict=True))
    assert len(processes) > 1
    if name == "postgres":  # whose first process passes signals on to those of another user
        processes = [process for process in processes if process[0][1] != "docker-init"]
    assert all(user[1] != "0" for _, user, _ in processes)
    assert {int(capabilities[1], 16) for *_, capabilities in processes} == {0}


def test_nothing_but_the_dashboard_is_published_and_only_to_this_machine(stack: Stack) -> None:
    published = {
        (name, binding["HostIp"], int(binding["HostPort"]))
        for name in (*OURS, "postgres")
        for bindings in stack.inspect(name)["NetworkSettings"]["Ports"].values()
        for binding in bindings or ()
    }
    assert published == {("dashboard", "127.0.0.1", stack.port)}


def test_the_database_is_reached_from_inside_alone(stack: Stack) -> None:
    reach = "import socket; socket.create_connection(('postgres', 5432), 5)"
    for network, reached in (("inside", True), ("front", False), ("outside", False)):
        run = ("run", "--rm", "--network", f"{stack.project}_{network}", "--entrypoint", "python", stack.image, "-c")
        said = stack.docker(*run, f"{reach}; print('reached')", check=False)
        assert ("reached" in said) == reached, network


CONNECTED = """
import psycopg, pathlib
password = pathlib.Path('/run/secrets/dashboard_password').read_text().strip()
with psycopg.connect(host='postgres', user='uptake_dashboard', dbname='uptake', password={}, autocommit=True) as c:
    print(c.execute({!r}).statusmessage)
"""


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE observation",
        "UPDATE observation SET value = 1",
        "DELETE FROM observation",
        "TRUNCATE revision",
        "UPDATE payload SET url = ''",
        "CREATE TABLE mine (id int)",
        "CREATE ROLE mine SUPERUSER",
        "COPY run TO PROGRAM 'id'",
    ],
)
def test_the_user_of_the_dashboard_changes_no_figure(stack: Stack, statement: str) -> None:
    assert stack.python("dashboard", CONNECTED.format("password", "SELECT 1 FROM observation LIMIT 1")) == "SELECT 1"
    with pytest.raises(AssertionError, match=r"InsufficientPrivilege|must be|permission denied"):
        stack.python("dashboard", CONNECTED.format("password", statement))


def test_a_wrong_password_is_refused_and_nobody_of_ours_is_a_superuser(stack: Stack) -> None:
    with pytest.raises(AssertionError, match="password authentication failed"):
        stack.python("dashboard", CONNECTED.format("password + 'x'", "SELECT 1"))
    query = "SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE rolsuper"
    said = stack.compose("exec", "-T", "--user", "postgres", "postgres", "psql", "-Atc", query)
    assert said.split() == ["postgres"]


def test_a_run_that_the_dashboard_asks_for_is_carried_out(stack: Stack) -> None:
    token = (stack.folder / "secrets/operator_token").read_text().strip()
    asked = stack.python(
        "dashboard", f"from dashboard import operator_actions as c; print(c.collect('almanac', (), '{token}').id)"
    )
    state = f"from dashboard import cache; print(cache.store().run({int(asked.split()[-1])}).status)"
    eventually(lambda: stack.python("dashboard", state).endswith("ok"))


def test_a_health_check_costs_little(stack: Stack) -> None:
    """Less than a hundredth of a core, were it asked every two seconds."""
    for name in LASTING:
        test = stack.inspect(name)["Config"]["Healthcheck"]["Test"][1:]
        script = 'for _ in 1 2 3 4 5; do "$@" || exit 1; done; cat /proc/$$/stat'
        said = stack.compose("exec", "-T", name, "sh", "-c", script, "sh", *test)
        ticks = sum(map(int, said.rpartition(")")[2].split()[13:15]))  # of the children, waited for
        assert ticks / os.sysconf("SC_CLK_TCK") / 5 < 0.1, name


# -- stopping, starting, keeping ---------------------------------------------------------------------------------------


def test_a_backup_is_written_to_a_folder_of_this_machine(stack: Stack) -> None:
    folder = stack.folder / "backups"
    folder.mkdir()
    me = f"{os.getuid()}:{os.getgid()}"
    run = ("run", "--rm", "-T", "--user", me, "--volume", f"{folder}:/backups", "migrate", "backup", "/backups/")
    stack.compose(*run, timeout=240)
    [file] = folder.iterdir()
    assert file.read_bytes().startswith(b"SQLite format 3")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", LASTING)
def test_a_service_stops_in_time_and_cleanly(stack: Stack, name: str) -> None:
    stack.up()
    assert stack.stop(name) < STOP_S
    assert stack.inspect(name)["State"]["ExitCode"] in (0, 143)
    stack.up()
    if name == "postgres":
        assert "not properly shut down" not in stack.logs(name)


@pytest.mark.parametrize("after_s", [0, 0.2, 1])
@pytest.mark.parametrize("name", LASTING)
def test_a_service_stops_in_time_right_after_its_start(stack: Stack, name: str, after_s: float) -> None:
    container = stack.container(name)
    stack.docker("stop", container)
    stack.docker("start", container)
    time.sleep(after_s)
    assert stack.stop(name) < STOP_S
    assert stack.inspect(name)["State"]["ExitCode"] != 137
    stack.docker("start", container)


def test_everything_stops_in_time_and_keeps_its_data(stack: Stack) -> None:
    stack.up()
    before = stack.get(STARS)
    began = time.monotonic()
    stack.compose("down", timeout=240)
    assert time.monotonic() - began < 2 * STOP_S  # postgres after the others
    stack.up()
    assert stack.get(STARS) == before
    volumes = stack.docker("volume", "ls", "--quiet", "--filter", f"label=com.docker.compose.project={stack.project}")
    assert volumes.split() == [f"{stack.project}_postgres"]


def test_it_starts_from_nothing_and_is_stopped_in_the_middle_of_that(stack: Stack) -> None:
    """A first start that is interrupted while the database is made says what to do, or goes on."""
    stack.compose("down", "--volumes", timeout=240)
    stack.compose("create", timeout=600)
    stack.compose("start", "migrate", timeout=240)
    began = time.monotonic()
    stack.compose("down", timeout=240)
    assert time.monotonic() - began < 2 * STOP_S
    stack.up()
