"""One function per question: read the store, apply analysis, attach caveats and provenance.

Pages, API and commands all call these, so that all say the same number. There is no clock in here: `now` is given.
"""

from __future__ import annotations

from uptake.answers._agreement import Use, use, use_json
from uptake.answers._alarms import Alarm, alarms
from uptake.answers._anomalies import Anomalies, Odd, SourceIncident, anomalies, flagged
from uptake.answers._beside import Beside
from uptake.answers._claims import Checked, ClaimAnswer, Ruling, check, checked_json, claim_json, judge
from uptake.answers._compare import Comparison, Entry, compare, comparison_json
from uptake.answers._contrasts import ELSEWHERE, Contrast, among
from uptake.answers._contrasts import interval as interval_said
from uptake.answers._contrasts import size as difference_said
from uptake.answers._duels import leading
from uptake.answers._events import Mark, event_json, events
from uptake.answers._evidence import Evidence, Says
from uptake.answers._files import about_json, csv_lines, series_json
from uptake.answers._forecast import Forecast, forecast, forecast_json, said_chance, said_roughly
from uptake.answers._freshness import Freshness, freshness
from uptake.answers._leaders import LeaderRow, Leaders, leaders
from uptake.answers._leads import Leads
from uptake.answers._lineage import Edition
from uptake.answers._oddfiles import anomalies_csv, anomalies_json
from uptake.answers._overtakes import MOST_OVERTAKES, OvertakeRow, Overtakes, overtakes, overtakes_json
from uptake.answers._past import Past
from uptake.answers._places import EUROPES, Place
from uptake.answers._question import EVERY_VALUE, Question, QuestionError
from uptake.answers._regional import Regional, regions, regions_json
from uptake.answers._say import dimension as dimension_title
from uptake.answers._sensitivity import Rate, Sensitivity, outgaining, rate_json, sensitivity, sensitivity_json
from uptake.answers._series import SeriesAnswer, series
from uptake.answers._surveys import SurveyQuestion, Surveys, surveys, surveys_json
from uptake.answers._trace import TraceAnswer, trace, trace_json
from uptake.answers._views import TITLES as VIEW_TITLES
from uptake.answers._views import view_title, view_unit

__all__ = [
    "ELSEWHERE",
    "EUROPES",
    "EVERY_VALUE",
    "MOST_OVERTAKES",
    "VIEW_TITLES",
    "Alarm",
    "Anomalies",
    "Beside",
    "Checked",
    "ClaimAnswer",
    "Comparison",
    "Contrast",
    "Edition",
    "Entry",
    "Evidence",
    "Forecast",
    "Freshness",
    "LeaderRow",
    "Leaders",
    "Leads",
    "Mark",
    "Odd",
    "OvertakeRow",
    "Overtakes",
    "Past",
    "Place",
    "Question",
    "QuestionError",
    "Rate",
    "Regional",
    "Ruling",
    "Says",
    "Sensitivity",
    "SeriesAnswer",
    "SourceIncident",
    "SurveyQuestion",
    "Surveys",
    "TraceAnswer",
    "Use",
    "about_json",
    "alarms",
    "among",
    "anomalies",
    "anomalies_csv",
    "anomalies_json",
    "check",
    "checked_json",
    "claim_json",
    "compare",
    "comparison_json",
    "csv_lines",
    "difference_said",
    "dimension_title",
    "event_json",
    "events",
    "flagged",
    "forecast",
    "forecast_json",
    "freshness",
    "interval_said",
    "judge",
    "leaders",
    "leading",
    "outgaining",
    "overtakes",
    "overtakes_json",
    "rate_json",
    "regions",
    "regions_json",
    "said_chance",
    "said_roughly",
    "sensitivity",
    "sensitivity_json",
    "series",
    "series_json",
    "surveys",
    "surveys_json",
    "trace",
    "trace_json",
    "use",
    "use_json",
    "view_title",
    "view_unit",
]
