"""The answers, out of a real store filled by the collectors with the almanac: what pages, API and commands say."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.json_and_csv import RUN_BY_A_SPREADSHEET, csv_chunks, json_chunks
from answers.questions import Question, QuestionError
from answers.series.answer import SeriesAnswer, series, series_parts
from answers.series.rows import COLUMNS
from catalog import Catalog, load
from collectors import collect_source
from storage import Observation, Period, Store
from tests.answers.csv_text import csv_lines, csv_text
from tests.support.clocks import FixedClock
from tests.support.planting import daily, put

NOW = datetime(2026, 11, 22, 13, 0, 5, tzinfo=UTC)
POST = date(2020, 11, 25)
THREE = ("flask", "django", "fastapi")
CATALOG = load()


def ask(store: Store, metric: str, *frameworks: str, now: datetime = NOW, **more: object) -> SeriesAnswer:
    return series(store, CATALOG, Question(metric, frameworks or THREE, **more), now)  # type: ignore[arg-type]


class TestStatus:
    def test_last_days_of_a_flow_are_provisional(self, sqlite_store: Store) -> None:
        put(sqlite_store, *daily("downloads_no_mirrors", "flask", date(2026, 11, 15), [1.0] * 7), at=NOW)
        answer = ask(sqlite_store, "downloads_no_mirrors", "flask")
        # 2026-11-19 ended 61 hours before NOW, 2026-11-20 only 37.
        status = dict(zip(answer.frame["period"].dt.day, answer.frame["status"], strict=True))
        assert [d for d, s in status.items() if s == "provisional"] == [20, 21]
        assert "unfinished-period" in answer.frame["caveats"].iloc[-1]
        exactly = datetime(2026, 11, 22, tzinfo=UTC)
        assert list(ask(sqlite_store, "downloads_no_mirrors", "flask", now=exactly).frame["status"])[4] == "final"
        before = exactly - timedelta(seconds=1)
        assert list(ask(sqlite_store, "downloads_no_mirrors", "flask", now=before).frame["status"])[4] == "provisional"

    def test_one_gap_row_per_hole(self, sqlite_store: Store) -> None:
        values: list[float | None] = [1.0, None, None, 0.0, None, 5.0]
        put(sqlite_store, *daily("downloads_no_mirrors", "flask", date(2026, 6, 1), values), at=NOW)
        frame = ask(sqlite_store, "downloads_no_mirrors", "flask").frame
        gaps = frame[frame["status"] == "gap"]
        assert [(str(a.date()), str(b.date())) for a, b in zip(gaps["period"], gaps["period_end"], strict=True)] == [
            ("2026-06-02", "2026-06-03"),
            ("2026-06-05", "2026-06-05"),
        ]
        assert gaps["value"].isna().all()
        assert frame.loc[frame["status"] == "final", "value"].tolist() == [1.0, 0.0, 5.0]
        assert all("gap-is-not-zero" in codes for codes in gaps["caveats"])

    def test_not_asked_is_no_zero(self, dated: Store) -> None:
        frame = ask(dated, "so_worked_with", "fastapi").frame
        early = frame[frame["period"] < "2021-01-01"]
        assert set(early["status"]) == {"not_asked"}
        assert early["value"].isna().all()
        assert early["base"].notna().all()
        assert early["low"].isna().all()

    def test_shares_come_with_their_interval(self, dated: Store) -> None:
        frame = ask(dated, "so_worked_with", "flask", since=date(2021, 1, 1), until=date(2021, 12, 31)).frame
        row = frame.iloc[0]
        assert (row["value"], row["base"]) == (10174 / 61707, 61707)
        assert row["low"] < row["value"] < row["high"]
        assert (round(row["low"], 4), round(row["high"], 4)) == (0.1620, 0.1678)

    def test_too_few_answers_are_withheld(self, sqlite_store: Store) -> None:
        few = Observation("so_worked_with", "flask", Period.year(2024), 0.2, 299)
        enough = Observation("so_worked_with", "django", Period.year(2024), 0.2, 300)
        put(sqlite_store, few, source="stackoverflow", at=NOW)
        put(sqlite_store, enough, source="stackoverflow", at=NOW)
        rows = {cells["framework"]: cells for cells in parsed(ask(sqlite_store, "so_worked_with"))}
        withheld, shown = rows["flask"], rows["django"]
        assert [withheld[k] for k in ("value", "low", "high", "base", "status")] == ["", "", "", "299", "gap"]
        assert "too-few-asked" in withheld["caveats"]
        assert (shown["value"], shown["base"], shown["status"]) == ("0.2", "300", "final")

    def test_final_and_provisional_rows_have_values_and_others_none(self, dated: Store) -> None:
        for metric in CATALOG.metrics.values():
            if not metric.has_total:
                continue
            for view in ("level", "gained", "index", "share"):
                try:
                    frame = ask(dated, metric.id, view=view).frame
                except QuestionError:
                    continue
                assert (frame["value"].notna() == frame["status"].isin(["final", "provisional"])).all(), (
                    metric.id,
                    view,
                )


class TestCaveatsOfRows:
    def test_only_those_that_concern_the_period(self, dated: Store) -> None:
        frame = ask(dated, "so_worked_with", "flask").frame
        by_year = {p.year: set(c.split()) for p, c in zip(frame["period"], frame["caveats"], strict=True)}
        assert "gate-question-2025" in by_year[2025]
        assert "gate-question-2025" not in by_year[2024]
        assert "mixed-list-2018" in by_year[2018]
        assert "mixed-list-2018" not in by_year[2019]

    def test_breaks_mark_the_periods_they_touch(self, dated: Store) -> None:
        answer = ask(dated, "downloads_pip_30d", "flask")
        sinking = answer.frame["caveats"].str.contains("pypi-sinking-table")
        assert answer.frame.loc[sinking, "period_end"].min() >= pd.Timestamp("2020-09-01")
        assert "pypi-sinking-table" in {b.id for b in answer.breaks}

    def test_a_break_of_another_framework_is_not_named(self, dated: Store) -> None:
        frame = ask(dated, "stars").frame
        moved = frame[frame["caveats"].str.contains("fastapi-moved-2024")]
        assert set(moved["framework"]) <= {"fastapi"}

    def test_nothing_leaves_without_its_doubts_and_origin(self, dated: Store) -> None:
        answer = ask(dated, "stars")
        told = json.loads(b"".join(json_chunks(answer)))
        assert {c.code for c in answer.caveats} >= set(CATALOG.metrics["stars"].caveats)
        assert {s.id for s in answer.sources} == {"almanac"}
        assert [s.licence for s in answer.sources][:2] == ["MIT", "CC BY-SA 4.0"]
        assert answer.retrieved_at == NOW
        assert told["metric"]["unit"] == "stars"
        assert all(s["licence"] for s in told["sources"])


class TestViews:
    def test_metric_column_names_the_view(self, dated: Store) -> None:
        views = {
            v: ask(dated, "stars", view=v).frame["metric"].unique().tolist()
            for v in ("level", "gained", "index", "share")
        }
        assert views == {
            "level": ["stars"],
            "gained": ["stars/gained"],
            "index": ["stars/index"],
            "share": ["stars/share"],
        }

    def test_a_range_does_not_change_what_a_month_gained(self, dated: Store) -> None:
        whole = ask(dated, "stars", "flask", view="gained").frame
        part = ask(dated, "stars", "flask", view="gained", since=date(2020, 1, 1), until=date(2020, 12, 31)).frame
        both = whole.merge(part, on=["period", "period_end"])
        assert len(both) == len(part) == 12
        assert (both["value_x"] == both["value_y"]).all()

    def test_parts_of_the_set_add_up(self, dated: Store) -> None:
        frame = ask(dated, "stars", view="share").frame.dropna(subset=["value"])
        assert (frame.groupby("period")["value"].sum() - 1).abs().max() < 1e-12

    def test_growth_across_a_break_is_refused(self, dated: Store) -> None:
        frame = ask(dated, "downloads_pip_30d", "flask", view="index").frame
        refused = frame[frame["caveats"].str.contains("across-a-break")]
        assert refused["value"].isna().all()
        assert refused["period_end"].max() <= pd.Timestamp("2021-04-30")
        assert frame["value"].dropna().iloc[0] == 100.0

    @pytest.mark.parametrize(
        ("metric", "view", "why"),
        [
            ("so_worked_with", "gained", "shares of respondents"),
            ("so_worked_with", "index", "shares of respondents"),
            ("so_worked_with", "share", "shares of respondents"),
            ("downloads_pip_30d", "gained", "windows"),
        ],
    )
    def test_what_the_kind_forbids(self, dated: Store, metric: str, view: str, why: str) -> None:
        with pytest.raises(QuestionError, match=why):
            ask(dated, metric, view=view)


class TestBadQuestions:
    @pytest.mark.parametrize(
        ("question", "hint"),
        [
            (Question("starz", THREE), "did you mean stars"),
            (Question("stars", ("djngo",)), "did you mean django"),
            (Question("stars", ("Ruby on Rails",)), "rails"),
            (Question("stars", ("x" * 10_000,)), "choose from"),
            (Question("stars", THREE, since=date(2021, 1, 2), until=date(2021, 1, 1)), "reversed"),
            (Question("stars", THREE, view="sum"), "no view"),
            (Question("stars", THREE, dimension="country=DE"), "not split"),
            (Question("so_worked_with", THREE, dimension="germany"), "key=value"),
            (Question("stars", THREE, as_of=datetime(2026, 1, 1)), "time zone"),  # noqa: DTZ001 - the fault under test
        ],
    )
    def test_one_sentence_with_the_way_out(self, sqlite_store: Store, question: Question, hint: str) -> None:
        with pytest.raises(QuestionError, match=hint) as caught:
            series(sqlite_store, CATALOG, question, NOW)
        assert len(str(caught.value)) < 500
        assert "\n" not in str(caught.value)

    def test_an_empty_store_is_an_empty_answer(self, sqlite_store: Store) -> None:
        for view in ("level", "gained"):
            answer = ask(sqlite_store, "stars", view=view)
            assert list(answer.frame.columns) == list(COLUMNS)
            assert csv_text(answer) == ",".join(COLUMNS) + "\n"
            assert answer.sentence.startswith("No data on")
            assert answer.sources


def parsed(answer: SeriesAnswer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_text(answer), newline="")))


class TestCsv:
    def test_numbers_survive_to_the_last_digit(self, dated: Store) -> None:
        for metric in ("stars", "so_worked_with", "downloads_all_window"):
            answer = ask(dated, metric)
            for cells, row in zip(parsed(answer), answer.frame.itertuples(), strict=True):
                for name in ("value", "low", "high", "base"):
                    number = getattr(row, name)
                    assert cells[name] == "" if pd.isna(number) else float(cells[name]) == float(number)

    @pytest.mark.parametrize("metric", ["stars", "so_worked_with", "downloads_all_window"])
    def test_parts_are_the_whole(self, dated: Store, metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("answers.series.row_text.ROWS", 499)
        monkeypatch.setattr("answers.series.answer.PART", 2)
        answer = series(dated, CATALOG, Question(metric), NOW)
        whole = csv_text(answer).encode()
        parts = list(series_parts(dated, CATALOG, answer.question, NOW))
        assert len(parts) > 1
        assert b"".join(c for at, part in enumerate(parts) for c in csv_chunks(part, header=not at)) == whole

    def test_counts_are_whole_and_dates_iso(self, dated: Store) -> None:
        first = parsed(ask(dated, "stars", "flask"))[0]
        assert (first["period"], first["value"], first["base"]) == ("2018-12-18", "40741", "")
        assert (first["source"], first["status"]) == ("almanac:github-ranking", "final")
        assert first["retrieved_at"] == "2026-11-22T13:00:05Z"

    def test_json_rows_are_the_csv_rows(self, dated: Store) -> None:
        answer = ask(dated, "so_worked_with")
        rows = json.loads(b"".join(json_chunks(answer)))["rows"]
        for cells, row in zip(parsed(answer), rows, strict=True):
            assert list(row) == list(COLUMNS)
            assert {k: "" if v is None else str(v) for k, v in row.items()} == cells

    @given(st.lists(st.tuples(*[st.text(max_size=12)] * 3, st.one_of(st.none(), st.floats(0, 1e15))), max_size=5))
    def test_round_trip_of_any_text_and_number(self, told: list[tuple[str, str, str, float | None]]) -> None:
        answer = handmade(told)
        read = parsed(answer)
        assert len(read) == len(told)
        for cells, (framework, source, codes, value) in zip(read, told, strict=True):
            assert [cells[k] for k in ("framework", "source", "caveats")] == [
                quoted(t) for t in (framework, source, codes)
            ]
            assert cells["value"] == "" if value is None else float(cells["value"]) == value
            assert not any(cells[k].startswith(RUN_BY_A_SPREADSHEET) for k in ("framework", "source", "caveats"))

    def test_line_ends_and_header(self, dated: Store) -> None:
        lines = csv_lines(ask(dated, "stars", "flask"))
        assert lines[0] == ",".join(COLUMNS) + "\n"
        assert all(line.endswith("\n") and "\r" not in line for line in lines)


def quoted(text: str) -> str:
    """What a cell must read when text might be run by a spreadsheet."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} and text else text


def handmade(told: list[tuple[str, str, str, float | None]]) -> SeriesAnswer:
    """An answer with any text in it, whatever the store would say."""
    day = pd.Series([pd.Timestamp("2026-01-01")] * len(told), dtype="datetime64[s]")
    frame = pd.DataFrame(
        {
            "framework": pd.Series([t[0] for t in told], dtype=object),
            "metric": "stars",
            "dimension": "",
            "period": day,
            "period_end": day,
            "value": pd.Series([t[3] for t in told], dtype="float64"),
            "base": pd.array([None] * len(told), dtype="Int64"),
            "low": pd.Series([None] * len(told), dtype="float64"),
            "high": pd.Series([None] * len(told), dtype="float64"),
            "status": "final",
            "source": pd.Series([t[1] for t in told], dtype=object),
            "retrieved_at": pd.Series([NOW] * len(told), dtype="datetime64[us, UTC]"),
            "caveats": pd.Series([t[2] for t in told], dtype=object),
        }
    )
    return SeriesAnswer(Question("stars", ()), CATALOG.metrics["stars"], frame, (), (), (), NOW, "")


def test_both_databases_give_the_same_bytes(store: Store, tmp_path: Path, dated: Store) -> None:
    run = store.start_run("almanac", trigger="cli", now=NOW)
    collect_source(store, CATALOG, "almanac", run, access=None, clock=FixedClock(NOW), holder="test")
    for view in ("level", "gained"):
        assert csv_lines(ask(store, "stars", view=view)) == csv_lines(ask(dated, "stars", view=view))


def test_the_catalog_has_every_code_that_answers_use() -> None:
    from answers.series import rows as _rows

    used = {_rows.GAP, _rows.PROVISIONAL, _rows.REFUSED, _rows.TOO_FEW, _rows.NOT_ASKED, _rows.INDEXED}
    catalog: Catalog = CATALOG
    assert used <= set(catalog.caveats)
