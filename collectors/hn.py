"""Hacker News: how many posts in the monthly thread "Ask HN: Who is hiring?" name a framework.

Stream `threads`: the list of threads, then each that is new, still filling, or due to be read once more. An answer is
about every framework, and its texts belong to their authors: `extract` counts, and only ids of posts leave it. A month
counts as whole 15 days after its thread opened (of 86,982 posts 99.89% came within 14); until then its figure is about
the days up to the one it was read on. After 45 days it is read once more, for posts removed since, and then left alone.
Facts: Algolia's HN Search API (recorded answers of 2023), and a count of the posts of 186 months.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import msgspec

from catalog import load
from collectors._runtime.contract import Answer, Fetch, Task
from collectors._runtime.errors import Changed, Empty
from storage import Batch, Observation, Payload, Period

LIST = "/api/v1/search_by_date"
PARAMETERS = {"tags": "story,(author_whoishiring,author__whoishiring)", "hitsPerPage": "1000"}
TITLE = re.compile(r"ask hn: who is hiring\? ?\(([a-z]+) (\d{4})\)", re.IGNORECASE)
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
# Threads by other people, which the account's list lacks. In December 2011 its own drew three comments.
ELSEWHERE = {"2011-01": 2057704, "2011-02": 2161360, "2011-03": 2270790, "2011-07": 2719028, "2011-12": 3300290}
WHOLE = timedelta(days=15)  # after opening
AGAIN = timedelta(days=45)
MOST_PAGES = 10  # of a thousand stories: the account posts three a month
OPEN_BY = 6  # the day of a month by which its thread is there
TAG = re.compile(r"<[^>]*>")

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Id = Annotated[int, msgspec.Meta(gt=0, le=2**53)]
Number = Annotated[str, msgspec.Meta(pattern=r"^[1-9]\d{0,11}$")]


class Hit(msgspec.Struct):
    """A story in the list."""

    title: str
    created_at: datetime
    objectID: Number  # noqa: N815 - the service's spelling


class Hits(msgspec.Struct):
    """A page of the list."""

    hits: list[Hit]
    nbPages: Count  # noqa: N815 - the service's spelling


class Post(msgspec.Struct):
    """A direct answer to a thread. One that was deleted has no text."""

    id: Id
    type: str
    text: str | None = None


class Item(msgspec.Struct):
    """A whole thread."""

    id: Id
    created_at: datetime
    children: list[Post]


class Thread(msgspec.Struct, frozen=True):
    """What is kept of a story in the list: its id and the month in its title."""

    id: Id
    month: str


class Threads(msgspec.Struct, frozen=True):
    """What is kept of a page of the list."""

    threads: list[Thread]
    pages: Count


class Counted(msgspec.Struct, frozen=True):
    """What is kept of a thread: how many posts it had, and by rule the ids of those that satisfy it."""

    thread: Id
    opened: datetime
    posts: Count
    naming: dict[str, list[Id]]
    month: str = ""  # the title's; empty before it is known


Shape = TypeVar("Shape", Hits, Item)
Months = dict[str, str]  # what `_reading` says of each month that is in


def extract(answer: Answer, names: Sequence[str]) -> bytes:
    """The counts and ids of an answer, without its texts. `names` are rules: regular expressions for whole words."""
    if answer.url.partition("?")[0].endswith(LIST):
        return msgspec.json.encode(_threads(_decoded(answer, Hits)))
    item = _decoded(answer, Item)
    texts = {post.id: _plain(post.text) for post in item.children if post.text and post.type == "comment"}
    naming = {name: [i for i, text in texts.items() if _rule(name).search(text)] for name in names}
    return msgspec.json.encode(Counted(item.id, item.created_at, len(texts), naming))


def _plain(markup: str) -> str:
    """A post's text: a tag is a space (the addresses in it are no text), entities are what they stand for."""
    return html.unescape(TAG.sub(" ", markup))


def _rule(name: str) -> re.Pattern[str]:
    """Whole words, in capitals or not."""
    return re.compile(rf"\b(?:{name})\b", re.IGNORECASE)


def collect(task: Task, fetch: Fetch) -> Iterator[Batch]:
    """The list, as a batch without observations; then a batch for each thread that is due, the oldest first."""
    answer, threads = _listed(fetch)
    read = {} if task.full or _is_window(task) else _read(task.cursor)
    missing = _missing(task, threads, read)
    due = [month for month in sorted(threads) if _is_wanted(task, month) and _is_due(read.get(month), task.now)]
    unread = bool(due) or bool(missing)
    yield Batch(
        _payload(answer, answer.body), (), _cursor(read, more=unread) | {"confirmed": len(set(read) - set(due))}
    )
    for month in due:
        counted, answer = _counted(fetch, task, threads[month], month)
        read[month] = _reading(counted.opened, answer.fetched_at)
        yield Batch(
            _payload(answer, msgspec.json.encode(counted)),
            (_share(task, counted, answer.fetched_at),),
            _cursor(read, more=month != due[-1] or bool(missing)),
            whole={"hiring_mentions": _period(month)},  # what was read of a month that was filling is superseded
        )
    if missing:
        raise Changed(missing)


def retell(task: Task, answer: Answer) -> Iterator[Observation]:
    """What a kept answer says, read again by itself."""
    yield _share(task, msgspec.json.decode(answer.body, type=Counted), answer.fetched_at)


def _is_window(task: Task) -> bool:
    return task.since is not None or task.until is not None


def _requests_left(task: Task) -> int:
    """The list, and every thread that is due."""
    read = {} if task.full else _read(task.cursor)
    months = [f"{year}-{month:02}" for year in range(2011, task.today.year + 1) for month in range(1, 13)]
    until_now = [month for month in months if month <= f"{task.today:%Y-%m}"]
    return 1 + sum(_is_wanted(task, month) and _is_due(read.get(month), task.now) for month in until_now)


PAGES = {"threads": _requests_left}
PER_HOUR = {"anonymous": 10_000}


# -------------------------------------------------------------------- the list


def _threads(page: Hits) -> Threads:
    """The threads of a page. No other story counts, however alike its title is."""
    threads = [Thread(int(hit.objectID), month) for hit in page.hits if (month := _month_of(hit.title))]
    return Threads(threads, page.nbPages)


def _month_of(title: str) -> str:
    match = TITLE.fullmatch(title.strip())
    if match is None or match[1].lower() not in MONTHS:
        return ""
    return f"{match[2]}-{MONTHS.index(match[1].lower()) + 1:02}"


def _listed(fetch: Fetch) -> tuple[Answer, dict[str, int]]:
    """The answer with the list, and every thread's id by its month."""
    first = fetch(LIST, {**PARAMETERS, "page": "0"})
    page = msgspec.json.decode(first.body, type=Threads)
    listed = page.threads
    for number in range(1, min(page.pages, MOST_PAGES)):
        listed += msgspec.json.decode(fetch(LIST, {**PARAMETERS, "page": str(number)}).body, type=Threads).threads
    if not listed:
        raise Empty("Hacker News' search lists no thread “Who is hiring?” at all.")
    threads = ELSEWHERE.copy()
    for thread in listed:
        if threads.setdefault(thread.month, thread.id) != thread.id and thread.month not in ELSEWHERE:
            raise Changed(f"Hacker News' search lists two threads “Who is hiring?” of {thread.month}.")
    return first, threads


def _missing(task: Task, threads: Mapping[str, int], read: Months) -> str:
    """What is wrong with the list, empty if nothing is: a month that was read and is gone, or one not there in time."""
    if _is_window(task):
        return ""
    if lost := sorted(set(read) - set(threads)):
        return f"Hacker News' search no longer lists the thread “Who is hiring?” of {lost[0]}, which was read before."
    today = task.today
    newest = today if today.day >= OPEN_BY else today.replace(day=1) - timedelta(days=1)
    if f"{newest:%Y-%m}" in threads:
        return ""
    return f"Hacker News' search lists no thread “Who is hiring?” of {newest:%Y-%m}; that is no month without posts."


# -------------------------------------------------------------------- which threads


def _read(cursor: Mapping[str, object]) -> Months:
    """The months that are in."""
    months = cursor.get("months")
    return dict(months) if isinstance(months, dict) else {}


def _reading(opened: datetime, read_at: datetime) -> str:
    """When a thread opened and was last read; empty if it need not be read any more."""
    return "" if read_at >= opened + AGAIN else f"{opened.isoformat()} {read_at.isoformat()}"


def _is_due(reading: str | None, now: datetime) -> bool:
    """Whether a thread is new, was still filling when it was read, or has to be read once more."""
    if not reading:
        return reading is None
    opened, read_at = map(datetime.fromisoformat, reading.split())
    return read_at < opened + WHOLE or now >= opened + AGAIN


def _is_wanted(task: Task, month: str) -> bool:
    """Whether a month is within the days asked for, and within those of which the source says anything."""
    begins = load().sources["hn"].since(task.framework.id)
    since = max(filter(None, (task.since, begins)), default=None)
    return _period(month).within(since, task.until) is not None


def _cursor(read: Months, *, more: bool) -> dict[str, object]:
    return {"months": read.copy(), "more": more}


# -------------------------------------------------------------------- the posts


def _counted(fetch: Fetch, task: Task, thread: int, month: str) -> tuple[Counted, Answer]:
    """What is kept of a thread for this framework. Raises Empty before its first post: that is no share of 0%."""
    answer = fetch(f"/api/v1/items/{thread}")
    counted = msgspec.json.decode(answer.body, type=Counted)
    if counted.thread != thread:
        raise Changed(f"Hacker News' search answered about {counted.thread}, not about the thread {thread} of {month}.")
    if not -OPEN_BY < (counted.opened.date() - _period(month).start).days < _period(month).days:
        raise Changed(f"The thread {thread} of {month} opened on {counted.opened:%Y-%m-%d}, which is another month.")
    if not counted.posts:
        raise Empty(f"The thread {thread} of {month} has no post yet; the next run tries again.")
    naming = {task.name: counted.naming[task.name]}
    return Counted(thread, counted.opened, counted.posts, naming, month), answer


def _share(task: Task, counted: Counted, read_at: datetime) -> Observation:
    """The share of posts that name it, of the month or, while its thread is filling, of the days until it was read."""
    period = _period(counted.month)
    if read_at < counted.opened + WHOLE:
        period = Period(period.start, min(max(read_at.date(), period.start), period.end - timedelta(days=1)))
    share = len(counted.naming[task.name]) / counted.posts
    return Observation("hiring_mentions", task.framework.id, period, share, counted.posts)


def _period(month: str) -> Period:
    return Period.month(int(month[:4]), int(month[5:]))


def _payload(answer: Answer, kept: bytes) -> Payload:
    return Payload("hn", answer.url, kept, answer.fetched_at)


def _decoded(answer: Answer, kind: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Changed(f"Hacker News' search no longer answers as it did: {error}.") from error
