"""The pages, in the sections of the menu."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """A page: its folder in `dashboard/views`, its title, and what it is for; its address is the folder's name."""

    name: str
    title: str
    help: str
    hidden: bool = False

    @property
    def url(self) -> str:
        return self.name.replace("_", "-")


SECTIONS = {
    "": (
        View("overview", "Overview", "Which framework leads, by each kind of evidence"),
        View("trends", "Trends", "One count over time, with its growth"),
        View("head_to_head", "Head to head", "Whether one framework overtook another, and when"),
        View("surveys", "Surveys", "What developers answer, by year, place and group"),
    ),
    "Analysis": (
        View("agreement", "Stars vs downloads", "Whether two counts rank the frameworks alike"),
        View("forecast", "Forecast", "What comes next if current trends continue"),
        View("claims", "Check a claim", "A sentence, checked against the data"),
    ),
    "Data": (
        View("collection", "Collection", "What was collected, what is late, what runs next"),
        View("metrics", "Metrics & caveats", "What each count measures and what it does not"),
        View("anomalies", "Unusual days", "Values that stand out, by the same rule for every framework"),
        View("events", "Events & alerts", "Overtakes, milestones, releases, and how to be notified"),
        View("regions", "Surveys by region", "Surveys, on the tab By region", hidden=True),
    ),
}
