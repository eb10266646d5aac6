"""A small GitHub on 127.0.0.1 whose repositories have stars day by day: pages, links, entity tags and a budget.

with GitHub({"flask": Repo(7, "pallets/flask", date(2025, 6, 1))}) as github:
    github.today = date(2026, 11, 22)
    ... Access(github.url) ...
    assert github.pages("pallets/flask") == [1, 2]
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.support.upstream import NOON, Exchange, Handler, Rule, Upstream

WEEK = timedelta(days=7)
TODAY = NOON.date()  # a Sunday


def sunday(day: date) -> date:
    return day - timedelta(days=day.isoweekday() % 7)


@dataclass
class Repo:
    """A repository: its stars by day, made up but always the same for the same key."""

    key: int
    name: str
    born: date
    gains: dict[date, int] = field(default_factory=dict)
    hidden: int = 0  # stars the counter has and no day shows

    def __post_init__(self) -> None:
        rng, day = random.Random(self.key), self.born
        while day <= TODAY + timedelta(days=90):
            self.gains[day] = rng.randrange(0, 9)
            day += timedelta(days=1)

    def stars(self, today: date) -> int:
        return sum(n for day, n in self.gains.items() if day <= today) + self.hidden

    def weeks(self, today: date) -> list[dict[str, Any]]:
        start, told = sunday(today), []
        while start >= sunday(self.born):
            days = [start + timedelta(days=n) for n in range(7)]
            counts = [self.gains.get(day, 0) if day <= today else 0 for day in days]
            at = datetime.combine(start, datetime.min.time(), UTC)
            told.append({"week": int(at.timestamp()), "total": sum(counts), "days": counts})
            start -= WEEK
        return told


class GitHub(Upstream):
    """The server. `limit` requests in `window_s` seconds for all, by real time or by a clock of the test's."""

    def __init__(
        self,
        repos: list[Repo],
        *,
        limit: int = 10_000,
        window_s: float = 3600.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.repos, self.today = repos, TODAY
        self.limit, self.window_s, self.now = limit, window_s, now
        self.refused = 0
        self.releases: dict[str, list[dict[str, Any]]] = {}
        self._began, self._used = now(), 0
        self.base = Rule("", self._act)

    @property
    def paths(self) -> list[str]:
        return [seen.path for seen in self.log]

    def pages(self, repo: Repo) -> list[int]:
        """The pages of its star history that were asked for, in that order."""
        mine = (f"/repos/{repo.name}/stargazers", f"/repositories/{repo.key}/stargazers")
        return [int(path.rpartition("=")[2]) for path in self.paths if path.startswith(mine)]

    def __enter__(self) -> Self:
        super().__enter__()
        self.rules.append(self.base)
        return self

    def _act(self, handler: Handler, _: Exchange | None) -> None:
        now = self.now()
        if now - self._began >= self.window_s:
            self._began, self._used = now, 0
        spent = self._used >= self.limit
        self._used += not spent
        self.refused += spent
        limits = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.limit - self._used),
            "X-RateLimit-Reset": str(int(self._began + self.window_s) + 1),
            "Content-Type": "application/json",
        }
        if spent:
            handler.answer(403, limits, b'{"message": "API rate limit exceeded"}')
            return
        body, links = self._body(handler.path)
        raw = json.dumps(body).encode()
        tag = f'"{hashlib.sha256(raw).hexdigest()[:16]}"'
        if handler.headers.get("If-None-Match") == tag:
            handler.answer(304, limits | {"ETag": tag}, b"")
        else:
            handler.answer(200, limits | {"ETag": tag} | links, raw)

    def _body(self, path: str) -> tuple[Any, dict[str, str]]:
        parts = urlsplit(path)
        match = re.fullmatch(r"/(?:repos/(\w[\w.-]*/[\w.-]+)|repositories/(\d+))(/.*)?", parts.path)
        assert match is not None, path
        repo = next(r for r in self.repos if r.name == match[1] or str(r.key) == match[2])
        if match[3] is None:
            stars = repo.stars(self.today)
            born = f"{repo.born}T09:00:00Z"
            return {
                "id": repo.key,
                "full_name": repo.name,
                "stargazers_count": stars,
                "forks_count": 1,
                "created_at": born,
            }, {}
        asked = {name: int(value[0]) for name, value in parse_qs(parts.query).items()}
        history = match[3] == "/stargazers/history"
        items = repo.weeks(self.today) if history else self.releases.get(repo.name, [])
        page, per = asked["page"], asked["per_page"]
        last = max(-(-len(items) // per), 1)
        u = f"https://api.github.com/repositories/{repo.key}{match[3]}?per_page={per}&page="
        links = f'<{u}{page + 1}>; rel="next", <{u}{last}>; rel="last"' if page < last else ""
        return items[(page - 1) * per : page * per], {"Link": links} if links else {}
