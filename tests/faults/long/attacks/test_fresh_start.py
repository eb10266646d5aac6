"""X12: a fresh start in a network of its own, in which every question for a name and every socket is seen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from catalog import load

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[4]
ALONE = ("unshare", "--net", "--mount")

WATCHED = """
import json, os, signal, socket, subprocess, sys, threading, time, urllib.request
root, folder = sys.argv[1:]
resolver = os.path.join(folder, "resolv.conf")
with open(resolver, "w") as file:
    file.write("nameserver 127.0.0.1\\noptions timeout:1 attempts:1\\n")
subprocess.run(["mount", "--bind", resolver, "/etc/resolv.conf"], check=True)
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo"], check=True)
asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.bind(("127.0.0.1", 53))
names = set()

def answer():
    while True:
        data, sender = asked.recvfrom(512)
        at, labels = 12, []
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        names.add(".".join(labels).lower())
        asked.sendto(data[:2] + b"\\x81\\x83" + data[4:6] + b"\\0\\0\\0\\0\\0\\0" + data[12 : at + 5], sender)

threading.Thread(target=answer, daemon=True).start()

def addresses():
    local, remote = set(), set()
    for kind in ("tcp", "tcp6"):
        for line in open(f"/proc/net/{kind}").read().splitlines()[1:]:
            ours, theirs, state = line.split()[1:4]
            (local if state == "0A" else remote).add(ours.split(":")[0] if state == "0A" else theirs.split(":")[0])
    return local, remote

kept = {k: v for k, v in os.environ.items() if not k.startswith(("UPTAKE_", "STREAMLIT_")) and "proxy" not in k.lower()}
log = open(os.path.join(folder, "up.log"), "wb")
command = [sys.executable, "-P", "-m", "uptake", "up", "--port", "8599"]
up = subprocess.Popen(command, cwd=folder, env=kept | {"PYTHONPATH": root}, stdout=log, stderr=log)
listening, called, page, until = set(), set(), 0, time.monotonic() + 150
while time.monotonic() < until and up.poll() is None:
    local, remote = addresses()
    listening |= local
    called |= remote
    if not page:
        try:
            page = len(urllib.request.urlopen("http://127.0.0.1:8599/", timeout=5).read())
        except OSError:
            pass
        else:
            until = min(until, time.monotonic() + 20)
    time.sleep(0.02)
up.send_signal(signal.SIGTERM)
up.wait(30)
print(json.dumps({"names": sorted(names), "listening": sorted(listening), "called": sorted(called), "page": page}))
"""


def test_x12_a_fresh_start_listens_here_alone_and_asks_nobody_but_its_sources(tmp_path: Path) -> None:
    if subprocess.run([*ALONE, "ip", "link", "set", "lo", "up"], check=False, capture_output=True).returncode:
        pytest.skip("no network namespaces here")
    command = [*ALONE, sys.executable, "-c", WATCHED, str(ROOT), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    assert seen["page"] > 0, (tmp_path / "up.log").read_text()[-2000:]
    sources = load().sources.values()
    hosts = {urlsplit(str(address)).hostname for source in sources for address in (source.base_url, source.files_url)}
    asked = {name for name in seen["names"] if name != "localhost"}
    assert asked, "nothing was collected, so that nothing was shown"
    assert asked <= hosts, asked - hosts
    assert seen["listening"] == ["0100007F"]  # 127.0.0.1
    assert set(seen["called"]) <= {"00000000", "0100007F"}
