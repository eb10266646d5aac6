"""Wikipedia: views by readers of an article of English Wikipedia, month by month since July 2015, and of all of them.

Stream `months`: an article's whole past in one answer, then that of English Wikipedia as a whole, which sinks and is
what an article's views are to be held against; that answer is the same for every framework, and asked for once a run.
The running month is left out until it is over. A month without views is absent, and an article without any is answered
like one that is not there.
Facts: the shape of an answer from Wikimedia's documentation; what it answers to an unknown title from memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated
from urllib.parse import quote, unquote

import msgspec

from collectors._runtime.contract import Answer, Fetch, Task
from collectors._runtime.errors import Changed, CollectError, Empty, Gone
from storage import Batch, Observation, Payload, Period

VIEWS = "/api/rest_v1/metrics/pageviews"
SITE = "en.wikipedia"
TOGETHER = f"{VIEWS}/aggregate/"
SHARED = {"months": 1}  # all but the question about the article are about every framework
SINCE = "2015070100"

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Stamp = Annotated[str, msgspec.Meta(pattern=r"^\d{4}(0[1-9]|1[0-2])0100$")]


class Month(msgspec.Struct):
    """Views in one month."""

    project: str
    granularity: str
    timestamp: Stamp
    access: str
    agent: str
    views: Count
    article: str = ""

    @property
    def subject(self) -> tuple[str, ...]:
        """What the views are of, and of whom."""
        return self.project, self.article, self.granularity, self.access, self.agent

    @property
    def period(self) -> Period:
        return Period.month(int(self.timestamp[:4]), int(self.timestamp[4:6]))


class Views(msgspec.Struct):
    """A whole answer."""

    items: list[Month]


def fault(answer: Answer) -> CollectError | None:
    """An article that is not there."""
    if answer.status != 404 or "/per-article/" not in answer.url:
        return None
    title = unquote(answer.url.partition("/user/")[2].partition("/")[0])[:80]
    return Gone(f"English Wikipedia has no such article as “{title}”, or no view of it: check the catalog.")


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """An article's months in one batch, and those of the whole site in another."""
    span = f"monthly/{SINCE}/{task.today:%Y%m}0100"
    article = fetch(f"{VIEWS}/per-article/{SITE}/all-access/user/{quote(task.name, safe='')}/{span}")
    yield _batch(task, article, task.name, more=True)
    yield _batch(task, fetch(f"{TOGETHER}{SITE}/all-access/user/{span}"), "", more=False)


def retell(task: Task, answer: Answer) -> Iterator[Observation]:
    """What a kept answer says, read again by itself."""
    title = "" if TOGETHER in answer.url else task.name
    return _observations(task, title, _months(answer, title))


def _batch(task: Task, answer: Answer, title: str, *, more: bool) -> Batch:
    months = _months(answer, title)
    payload = Payload("wikimedia", answer.url, answer.body, answer.fetched_at)
    return Batch(payload, tuple(_observations(task, title, months)), {"last": months[-1].timestamp, "more": more})


def _months(answer: Answer, title: str) -> list[Month]:
    """The months of an answer that are over. Raises Changed if it is about anything else, or has one twice."""
    try:
        months = msgspec.json.decode(answer.body, type=Views).items
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Changed(f"Wikimedia's response has changed: {error}.") from error
    what, today = f"“{title}”" if title else SITE, answer.fetched_at.date()
    for month in months:
        if month.subject != (SITE, title, "monthly", "all-access", "user"):
            raise Changed(f"Wikimedia was asked for readers' views of {what} and answered about something else.")
        if month.period.start > today:
            raise Changed(f"Wikimedia reports views of {month.period.start:%Y-%m}, which has not been yet.")
    stamps = [month.timestamp for month in months]
    if stamps != sorted(set(stamps)):
        raise Changed(f"Wikimedia's months of {what} are not in order, or one is there twice.")
    whole = [month for month in months if _is_over(month.period, today)]
    if not whole:
        raise Empty(f"Wikimedia has no full month of {what} yet.")
    return whole


def _is_over(period: Period, today: date) -> bool:
    return period.end < today


def _observations(task: Task, title: str, months: list[Month]) -> Iterator[Observation]:
    metric, dimension = ("pageviews", "") if title else ("pageviews_site", f"site={SITE}")
    for month in months:
        yield Observation(metric, task.framework.id, month.period, float(month.views), dimension=dimension)
