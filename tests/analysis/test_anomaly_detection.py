"""Anomalies: planted ones found, next to none in clean series, known ones in the almanac, raw data never touched."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.anomalies.detection import Flag, flags, incidents
from analysis.errors import Refused
from catalog import Metric, almanac, load

CATALOG = load()
STARS, DAILY = CATALOG.metrics["stars"], CATALOG.metrics["downloads_no_mirrors"]
PIP = CATALOG.metrics["downloads_pip_30d"]
DAY0 = date(2024, 1, 1)
Values = npt.NDArray[np.float64]


def frame(periods: list[date], ends: list[date], values: list[float], name: str = "a") -> pd.DataFrame:
    start, end = (pd.to_datetime(dates).astype("datetime64[s]") for dates in (periods, ends))
    told = {"framework": name, "dimension": "", "period": start, "period_end": end, "source": "test"}
    retrieved = pd.Timestamp(datetime(2026, 1, 1, tzinfo=UTC))
    return pd.DataFrame(told | {"value": np.array(values, dtype="float64"), "retrieved_at": retrieved})


def daily(values: Values, known: npt.NDArray[np.bool_] | None = None) -> pd.DataFrame:
    dates = [DAY0 + timedelta(days=k) for k in range(len(values)) if known is None or known[k]]
    kept = values if known is None else values[known]
    return frame(dates, dates, kept.tolist())


def clean(random: np.random.Generator, days: int = 365, *, noise: float = 0.1, trend: float = 0.0) -> Values:
    """Downloads with weekends at half the level, noise about a trend, and nothing else."""
    week = np.where(np.arange(days) % 7 >= 5, 0.5, 1.0)
    return np.asarray(1e5 * np.exp(trend * np.arange(days) + random.normal(0, noise, days)) * week)


def of(found: tuple[Flag, ...], kind: str) -> list[int]:
    """The days on which flags of a kind begin."""
    return [(flag.since - DAY0).days for flag in found if flag.kind == kind]


def stars(framework: str) -> pd.DataFrame:
    rows = [r for r in almanac("stars") if r["framework"] == framework]
    dates = [date.fromisoformat(r["date"]) for r in rows]
    return frame(dates, dates, [float(r["stars"]) for r in rows], framework)


def windows(framework: str) -> pd.DataFrame:
    rows = [r for r in almanac("downloads") if (r["framework"], r["installers"]) == (framework, "pip")]
    firsts, lasts = ([date.fromisoformat(r[k]) for r in rows] for k in ("first_day", "last_day"))
    return frame(firsts, lasts, [float(r["downloads"]) for r in rows], framework)


class TestFalseAlarms:
    @pytest.mark.parametrize(("noise", "trend"), [(0.1, 0.0), (0.1, 0.001), (0.1, 0.005), (0.2, 0.0), (0.03, 0.0)])
    def test_of_downloads_are_as_stated(self, noise: float, trend: float) -> None:
        """Sixty years of days each; the module states one spike in ten thousand days, and hardly a change."""
        random = np.random.default_rng(20200927)
        found = [flags(daily(clean(random, noise=noise, trend=trend)), DAILY) for _ in range(60)]
        assert sum(len(of(f, "spike")) for f in found) / (60 * 365) < 3e-4
        assert sum(len(of(f, "change")) for f in found) / 60 < 0.02

    @pytest.mark.parametrize("per_day", [0.3, 3, 20, 300])
    def test_of_stars_are_as_stated(self, per_day: float) -> None:
        random = np.random.default_rng(2)
        counters = (np.cumsum(random.poisson(per_day, 365)).astype("float64") for _ in range(60))
        found = [flags(daily(counter), STARS) for counter in counters]
        assert sum(len(of(f, "spike")) for f in found) / (60 * 365) < 3e-4
        assert sum(len(of(f, "change")) for f in found) / 60 < 0.02

    def test_none_in_flat_or_short_series(self) -> None:
        assert flags(daily(np.full(200, 7.0)), DAILY) == ()
        assert flags(daily(np.full(200, 7.0)), STARS) == ()
        assert flags(daily(np.zeros(200)), DAILY) == ()
        for days in range(30):
            assert flags(daily(np.arange(days, dtype="float64") ** 3), STARS) == ()

    def test_weekends_are_no_spikes(self) -> None:
        """Without noise, at a tenth of the level: as sharp as weekends can be."""
        week = np.where(np.arange(200) % 7 >= 5, 1e4, 1e5)
        assert flags(daily(week), DAILY) == ()

    def test_days_that_may_still_change_are_left_out(self) -> None:
        values = np.full(100, 1e5)
        values[-1] = 1.0
        assert of(flags(daily(values), DAILY), "spike") == [99]
        assert flags(daily(values), DAILY, final_through=DAY0 + timedelta(days=98)) == ()

    def test_shares_are_refused(self) -> None:
        with pytest.raises(Refused, match="once a year"):
            flags(daily(np.ones(3)), CATALOG.metrics["so_worked_with"])


@given(st.integers(0, 2**32 - 1), st.integers(20, 340), st.sampled_from([0.2, 4.0, 10.0]), st.floats(0, 0.3))
@settings(deadline=None, max_examples=40)
def test_a_planted_spike_is_found(seed: int, at: int, factor: float, lost: float) -> None:
    """On any day of the week, up or down, with up to a third of the days missing."""
    random = np.random.default_rng(seed)
    values = clean(random)
    values[at] *= factor
    known = random.random(365) >= lost
    known[at] = True
    found = [f for f in flags(daily(values, known), DAILY) if f.kind == "spike"]
    (mine,) = [f for f in found if f.since <= DAY0 + timedelta(days=at) <= f.until]
    assert (mine.score > 0) is (factor > 1)
    assert mine.value / mine.expected == pytest.approx(factor, rel=0.5)


@given(st.integers(0, 2**32 - 1), st.integers(70, 290), st.sampled_from([0.4, 2.0, 5.0]), st.sampled_from([0.0, 0.002]))
@settings(deadline=None, max_examples=40)
def test_a_planted_step_is_found_once_and_in_its_place(seed: int, at: int, factor: float, trend: float) -> None:
    values = clean(np.random.default_rng(seed), trend=trend)
    values[at:] *= factor
    (day,) = of(flags(daily(values), DAILY), "change")
    assert abs(day - at) <= 14


@given(st.integers(0, 2**32 - 1), st.integers(40, 320))
@settings(deadline=None, max_examples=25)
def test_a_purge_is_found(seed: int, at: int) -> None:
    """A counter that gains twenty a day loses two hundred at once."""
    gains = np.random.default_rng(seed).poisson(20, 365)
    gains[at] = -200
    (mine,) = [f for f in flags(daily(np.cumsum(gains).astype("float64")), STARS) if f.score < 0]
    assert (mine.since - DAY0).days == at
    assert mine.value == -200.0


def test_raw_data_are_never_altered() -> None:
    given_frame = daily(clean(np.random.default_rng(1)))
    before = given_frame.copy(deep=True)
    flags(given_frame, DAILY)
    pd.testing.assert_frame_equal(given_frame, before)


class TestAlmanac:
    @pytest.mark.parametrize(
        ("framework", "day"),
        [
            ("django", date(2020, 9, 27)),  # the burst that carried it past Flask
            ("fastapi", date(2020, 7, 13)),  # about 400 in a day
            ("flask", date(2021, 5, 15)),  # 2.0
        ],
    )
    def test_known_bursts_of_stars(self, framework: str, day: date) -> None:
        found = [f for f in flags(stars(framework), STARS) if f.kind == "spike" and f.since <= day <= f.until]
        assert [f.score > 0 for f in found] == [True]

    def test_sanics_downloads_of_2020(self) -> None:
        """246,534 in June 2020, 4,062,943 in July and 10,732,486 in August: a possible change before them."""
        found = [f for f in flags(windows("sanic"), PIP) if f.since.year == 2020]
        assert found
        assert all(f.score > 0 for f in found)

    def test_what_the_register_knows_is_named(self) -> None:
        found = flags(windows("flask"), PIP, CATALOG.breaks_of("downloads_pip_30d"))
        named = {name for flag in found for name in flag.registered}
        assert "pypi-sinking-table" in named


def spike(day: int, *, rose: bool = True, days: int = 1) -> Flag:
    since = DAY0 + timedelta(days=day)
    return Flag("spike", since, since + timedelta(days=days - 1), 1.0, 1.0, 9.0 if rose else -9.0, ())


class TestIncidents:
    def test_several_at_once_are_the_source(self) -> None:
        found = {"a": [spike(5)], "b": [spike(5, days=2)], "c": [spike(6)], "d": [spike(50)]}
        (one,) = incidents(found)
        assert (one.frameworks, one.seen, one.rose) == (("a", "b", "c"), 4, True)
        assert (one.since, one.until) == (DAY0 + timedelta(days=5), DAY0 + timedelta(days=6))

    @pytest.mark.parametrize(
        "found",
        [
            {"a": [spike(5)], "b": [spike(5)]},
            {"a": [spike(5)], "b": [spike(5)], "c": [spike(5, rose=False)]},
            {"a": [spike(5), spike(5)], "b": [spike(5)]},
            {name: [spike(5)] if name in "abc" else [] for name in "abcdefghij"},
        ],
    )
    def test_few_or_contrary_ones_are_not(self, found: dict[str, list[Flag]]) -> None:
        assert incidents(found) == ()

    def test_a_planted_incident_is_found_among_real_noise(self) -> None:
        random = np.random.default_rng(3)
        series = {name: clean(random) for name in "abcdef"}
        for name in "abcd":
            series[name][200] *= 4
        (one,) = incidents({name: flags(daily(values), DAILY) for name, values in series.items()})
        assert (one.frameworks, one.since) == (("a", "b", "c", "d"), DAY0 + timedelta(days=200))


def test_every_metric_but_shares_can_be_looked_at() -> None:
    def refused(metric: Metric) -> bool:
        try:
            flags(daily(np.arange(40.0)), metric)
        except Refused:
            return True
        return False

    assert {m.family for m in CATALOG.metrics.values() if refused(m)} == {"survey", "jobs"}
