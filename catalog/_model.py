"""The types of the catalog: what we track and what it means. Frozen data, no behaviour beyond look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from enum import StrEnum

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ARCHIVED = "archived repository, counter frozen"
ARCHIVED_MARK = " (repository archived)"  # behind a title: the framework itself may live on


class Kind(StrEnum):
    """What a number is, which decides what may be done with it."""

    STOCK = "stock"  # a level: may be differenced, never summed over time
    FLOW = "flow"  # per period: may be summed over time
    SHARE = "share"  # of a base: neither summed nor averaged without its bases


class Direction(StrEnum):
    """What a caveat does to the reading of a number."""

    OVER = "+"  # overstates use
    UNDER = "-"  # understates use
    SHIFT = "~"  # shifts in time or between items
    BREAK = "x"  # breaks comparability


@dataclass(frozen=True, slots=True)
class Caveat:
    """One doubt about a metric. `since`/`until` bound the dates it concerns (None: open)."""

    code: str
    title: str
    text: str
    direction: Direction
    link: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """The counting changed or failed between `since` and `until`: values before and after are not compared.

    `kind` is "break" (the counting rule or the table changed), "incident" (days missing or wrong) or "notice"
    (worth a mark, comparability not affected). `frameworks` empty: all.
    """

    id: str
    kind: str
    title: str
    text: str
    since: date
    until: date
    metrics: tuple[str, ...]
    link: str
    frameworks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of evidence. `plural` is its name within a sentence, `phrase` the same where it stands alone.

    `preferred` are the metrics that may speak for the family, the best first: the first of them with figures does.

    `counts` is what its metrics count in the first place. `plural` empty: its metrics count different things, have no
    say unless named, and each is called by its own title. `current_days`: a metric that ended more days than this
    before the newest of its family has no say any more. `registry` is the package registry whose counts these are
    (empty: of none): no figure of one is held against another's. People see families by `place`, the smallest first.
    `also` are other names of it that people use, in small letters.
    """

    id: str
    title: str
    plural: str
    phrase: str
    counts: str
    current_days: int
    preferred: tuple[str, ...]
    registry: str = ""
    place: int = 0
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing a source lets us count, its counting rule included.

    `measures` says what is counted by whom, and fits beneath a chart's title; `badge` is the one sentence of caution
    that goes with every figure.

    `period` is "day", "month", "year" or "window"; `dimensions` are the keys it may be split by (the empty
    dimension is the total, present unless `has_total` is False). `family` is the id of the kind of evidence; of a
    family only the metrics that `counts` the same thing are counting rules of one another: a level is no rule for a
    pace, nor a wish for use. `cumulates`: the flow whose running sum this metric is (empty: it is observed itself).
    `per_million`: the metrics of which this one is a part per million of a whole (None: it is observed itself).
    `gap_after_days`: more days than this between
    the end of one observation and the start of the next are a gap. `sources` are the ids of the sources with a stream
    that yields it; the first is the one that defines it. `step` is what a share was rounded to (0: it was counted).
    `phrase` is its name within a sentence, without brackets and commas. `pooled_months`: of a monthly share, over how
    many whole months in a row it is pooled (sum over sum) wherever it is compared or said (0: it is not).
    `base_noun` is what the base of a share counts. `out_after_months`: an edition of a survey was published so many
    months after its year began, at the latest (0: no editions). Of no day before `first_day` can there be a figure
    (None: of any), and a window has from the first to the second of `window_days` days.
    """

    id: str
    title: str
    unit: str
    kind: Kind
    period: str
    family: str
    measures: str
    does_not_measure: str
    badge: str
    caveats: tuple[str, ...]
    sources: tuple[str, ...]
    gap_after_days: int
    counts: str
    dimensions: tuple[str, ...] = ()
    has_total: bool = True
    cumulates: str = ""
    per_million: tuple[str, str] | None = None
    step: float = 0.0
    phrase: str = ""
    pooled_months: int = 0
    base_noun: str = "respondents"
    out_after_months: int = 0
    first_day: date | None = None
    window_days: tuple[int, int] | None = None

    @property
    def has_editions(self) -> bool:
        """Whether it comes as editions, each of which stands for its year: a survey."""
        return self.kind is Kind.SHARE and self.period == "year"

    @property
    def derived_from(self) -> tuple[str, ...]:
        """The metrics that it is reckoned from; none where it is observed itself."""
        return self.per_million or ((self.cumulates,) if self.cumulates else ())

    @property
    def name_in_text(self) -> str:
        """What a sentence calls it."""
        return self.phrase or self.title

    @property
    def settles(self) -> bool:
        """Whether its last days may still grow: of a flow, and of what cumulates one."""
        return self.kind is Kind.FLOW or bool(self.cumulates)

    def is_rule_beside(self, other: Metric) -> bool:
        """Whether both count the same thing, each by its own rule."""
        return self.family == other.family and self.counts == other.counts


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of answer of a source: what a collector is asked for, framework by framework.

    `metrics` is empty for a stream of events only. `requests` per framework are what a collection costs once the past
    is in. `memory_days` and `ask_again_after_min` are the source's, unless the stream has its own. `registry`: it has
    only what is named in this registry, `gem` for `gem:rails` (empty: only what is named without one).
    """

    name: str
    metrics: tuple[str, ...]
    requests: int
    memory_days: int | None = None
    ask_again_after_min: int = 0
    registry: str = ""


@dataclass(frozen=True, slots=True)
class Cadence:
    """When a source is asked: at these UTC times every day, on `weekday` only (0 = Monday), on the `monthday` of every
    month, or by hand (no times).
    """

    times: tuple[time, ...]
    weekday: int | None = None
    monthday: int | None = None

    @property
    def days(self) -> str:
        """On which days, in words."""
        if self.weekday is not None:
            return f"{WEEKDAYS[self.weekday].capitalize()}s"
        return "daily" if self.monthday is None else f"day {self.monthday} of the month"


@dataclass(frozen=True, slots=True)
class Credential:
    """Something that goes with every request to one source, from a setting of its own: a token, a user, a password.

    `header` is what carries it; empty: it is the bearer token. `default` is its text where nobody sets it (empty:
    nothing is sent). A `secret` never appears in logs, pages or answers, and the dashboard never holds it.
    """

    setting: str
    help: str
    header: str = ""
    default: str = ""
    secret: bool = True


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a source does not say of a framework, and `why`: nothing at all, or nothing before `since`."""

    framework: str
    why: str
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Observer:
    """A list that a source carries on: its figures are stored as `almanac:github-ranking`, and credited to it."""

    id: str
    title: str
    homepage: str
    licence: str
    licence_url: str
    attribution: str


@dataclass(frozen=True, slots=True)
class Source:
    """Who publishes. `memory_days`: how far back it still answers (None: for ever; 0: only now), stream by stream.

    `setting` names the base-URL setting (None: no network); `base_url` is its default. `ask_again_after_min`: an
    answer younger than this is taken as current and not asked for again. `spacing_s`: least seconds between two
    requests, `deadline_s` how long an answer is waited for at least. `available` is False for a source that this
    version describes but does not collect. `files_setting` and `files_url` say where a source's published files are
    fetched on request, if it has any. `credentials` go with every request to this source and to no other.
    `reservations` are what it does not say of which framework. `needs` is a setting without which it is not asked, for
    the reason `needs_why`; `off` says so where it is not set, and then it is not `available`. `own`: its figures were
    imported by the user, and nobody collects it. `observers` are the lists that it carries on.
    """

    id: str
    title: str
    homepage: str
    licence: str
    licence_url: str
    attribution: str
    terms: str
    cadence: Cadence
    memory: str
    memory_days: int | None
    stale_after_days: int | None
    streams: tuple[Stream, ...]
    setting: str | None = None
    base_url: str | None = None
    ask_again_after_min: int = 0
    spacing_s: float = 0.0
    deadline_s: float = 0.0
    available: bool = True
    files_setting: str | None = None
    files_url: str | None = None
    credentials: tuple[Credential, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    needs: str | None = None
    needs_why: str = ""
    off: str = ""
    own: bool = False
    observers: tuple[Observer, ...] = ()

    def credited(self, name: str) -> Source:
        """Itself, as figures of that name credit it: those of an observer with the observer's title and licence."""
        observer = next((one for one in self.observers if f"{self.id}:{one.id}" == name), None)
        if observer is None:
            return self
        return replace(
            self,
            title=observer.title,
            homepage=observer.homepage,
            licence=observer.licence,
            licence_url=observer.licence_url,
            attribution=observer.attribution,
        )

    def since(self, framework: str) -> date | None:
        """The first day of which it says anything of a framework; None: as far back as it goes."""
        return next((r.since for r in self.reservations if r.framework == framework), None)

    def name_in(self, stream: Stream, framework: Framework) -> str | None:
        """What a framework is called in one of its streams; None: the stream has nothing of it."""
        name = framework.ids.get(self.id)
        if name is None or not any(other.registry for other in self.streams):
            return name
        registry, _, own = name.rpartition(":")
        return own if registry == stream.registry else None


@dataclass(frozen=True, slots=True)
class Framework:
    """What we track. `ids` maps a source's id to this framework's name there; a missing source: not to be had there.

    `former` are earlier repository names (renames), kept as aliases under the same repository. `own`: the user added
    it; `removed`: and does not track it any more, but what is known of it stays. `archived`: its repository is, so that
    its counters stand still; the framework may live on elsewhere. `evidence` says what counts of its use there are and
    which are missing, where these are not those of most.
    """

    id: str
    title: str
    language: str
    ids: Mapping[str, str]
    former: tuple[str, ...] = ()
    own: bool = False
    removed: bool = False
    archived: bool = False
    evidence: str = ""

    @property
    def own_title(self) -> str:
        """The title without the marks that its state, or another of the same title, has put behind it."""
        title = self.title
        for mark in (" (removed)", ARCHIVED_MARK, f" ({self.id})"):
            title = title.removesuffix(mark)
        return title


@dataclass(frozen=True, slots=True)
class Country:
    """A country or territory by its ISO 3166 alpha-2 code (XK for Kosovo), with its UN M49 region and subregion.

    `eu_since`/`eu_until` bound its membership in the European Union. `also` are the other spellings that surveys use,
    each with the first and last edition that may (None: any).
    """

    code: str
    name: str
    region: str
    subregion: str
    eu_since: date | None
    eu_until: date | None
    also: tuple[tuple[str, tuple[int, int] | None], ...]

    def spellings(self, year: int) -> tuple[str, ...]:
        """Every spelling that means this country in a survey of that year, its name first."""
        return (self.name, *(text for text, years in self.also if years is None or years[0] <= year <= years[1]))


@dataclass(frozen=True, slots=True)
class Region:
    """A grouping of countries with a fixed membership, used for surveys and for downloads by country alike."""

    id: str
    title: str
    definition: str
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurveyFile:
    """How one edition of the Stack Overflow survey is laid out, and how to recognise the published file.

    `path` is below the source's `files_url` (None: not published yet), `size` in bytes; `respondents` and `answered`
    (the worked-with half) are what the published file holds, where known. `options` is the whole list, as the file
    spells it; `offered` are those that our frameworks are called by, `spellings` maps them to that spelling. `gate` is
    the column and answer of those who saw the list (None: everybody). `published_base` and `published_shares` are what
    Stack Overflow printed, divided by all who answered either half.
    """

    year: int
    path: str | None
    size: int | None
    sha256: str | None
    respondents: int | None
    answered: int | None
    id: str
    country: str
    worked_with: str
    want_to_work_with: str
    separator: str
    missing: tuple[str, ...]
    offered: tuple[str, ...]
    options: tuple[str, ...]
    spellings: Mapping[str, str]
    gate: tuple[str, str] | None
    published_base: int | None
    published_shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything, loaded and validated. `surveys` are the files of the Stack Overflow survey by year;
    `without_country` the answers to its question on the country that are none.
    """

    frameworks: Mapping[str, Framework]
    sources: Mapping[str, Source]
    metrics: Mapping[str, Metric]
    caveats: Mapping[str, Caveat]
    breaks: tuple[Break, ...]
    families: Mapping[str, Family] = field(default_factory=dict)
    countries: Mapping[str, Country] = field(default_factory=dict)
    regions: Mapping[str, Region] = field(default_factory=dict)
    without_country: tuple[str, ...] = ()
    surveys: Mapping[int, SurveyFile] = field(default_factory=dict)

    def source_id(self, name: str) -> str:
        """The id of the source that figures name: `almanac` for `almanac:x`, one of the user's own as it stands."""
        return name if name in self.sources else name.partition(":")[0]

    def sources_named(self, names: Iterable[str]) -> tuple[Source, ...]:
        """The sources that figures name, each once: `almanac:x` with the title, licence and credit of its observer."""
        every = {name: self.sources.get(self.source_id(name)) for name in names}
        return tuple(dict.fromkeys(source.credited(name) for name, source in every.items() if source))

    def breaks_of(self, metric: str, framework: str | None = None) -> tuple[Break, ...]:
        """The registered breaks that touch a metric (and a framework), oldest first."""
        return tuple(
            b
            for b in self.breaks
            if metric in b.metrics and (framework is None or not b.frameworks or framework in b.frameworks)
        )

    def counted(self, metric: str, frameworks: Iterable[str]) -> tuple[str, ...]:
        """Those of some frameworks whose counter moves, where a metric counts at repositories."""
        frozen = {f.id for f in self.frameworks.values() if f.archived and "github" in self.metrics[metric].sources}
        return tuple(name for name in frameworks if name not in frozen)

    def caveats_of(self, metric: str) -> tuple[Caveat, ...]:
        return tuple(self.caveats[code] for code in self.metrics[metric].caveats)
