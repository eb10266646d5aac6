"""When a figure may not be had from what is known.

AnalysisError
└── Refused        the question is clear, but the honest answer is none; the message says why
"""

from __future__ import annotations

from catalog import Kind, Metric


class AnalysisError(Exception):
    """Anything this package refuses or cannot do."""


class Refused(AnalysisError):
    """The rules of honesty forbid this figure; `str()` is one sentence with the reason."""


def may_be_summed(metric: Metric) -> None:
    """Only flows add up over time. Raises Refused."""
    if metric.kind is Kind.STOCK:
        raise Refused(f"{metric.title} is a level: levels of different days cannot be added, only differenced.")
    if metric.kind is Kind.SHARE:
        raise Refused(f"{metric.title} is a share of those asked: shares cannot be added without their bases.")
    if metric.period == "window":
        raise Refused(
            f"{metric.title} is counted over windows of unequal length that overlap or leave days out: they cannot be "
            "added up to calendar months."
        )
    if metric.period not in ("day", "month"):
        raise Refused(f"{metric.title} is counted by the {metric.period}: it cannot be split into months.")


def may_be_differenced(metric: Metric) -> None:
    """Only stocks seen on days can be differenced. Raises Refused."""
    if metric.kind is Kind.SHARE:
        raise Refused(f"{metric.title} is a share of those asked: nothing is gained from one survey to the next.")
    if metric.kind is Kind.FLOW:
        raise Refused(f"{metric.title} already counts what came in a period: it is added up, not differenced.")


def may_be_compared_in_size(metric: Metric) -> None:
    """Index and share of the set need counts of things, not shares of people. Raises Refused."""
    if metric.kind is Kind.SHARE:
        raise Refused(
            f"{metric.title} is a share of those asked, who may name several: "
            "it has neither an index nor a part of the set."
        )
