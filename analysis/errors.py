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
        raise Refused(
            f"We can't add up {metric.name_in_text} over time: totals of different days can only be subtracted."
        )
    if metric.kind is Kind.SHARE:
        raise Refused(
            f"We can't add up {metric.name_in_text}: shares of {metric.base_noun} can't be added without their bases."
        )
    if metric.period == "window":
        raise Refused(
            f"We can't add up {metric.name_in_text} to calendar months: the windows differ in length, overlap or leave "
            "days out."
        )
    if metric.period not in ("day", "month"):
        raise Refused(f"We can't split {metric.name_in_text} into months: the counts are per {metric.period}.")


def may_be_differenced(metric: Metric) -> None:
    """Only stocks seen on days can be differenced. Raises Refused."""
    if metric.kind is Kind.SHARE:
        raise Refused(
            f"We can't say what is gained in {metric.name_in_text}: shares of {metric.base_noun} rise or fall."
        )
    if metric.kind is Kind.FLOW:
        raise Refused(
            f"We can't subtract {metric.name_in_text}: each figure counts what came in a period. Add them up instead."
        )


def may_be_compared_in_size(metric: Metric) -> None:
    """Index and share of the set need counts of things, not shares of people. Raises Refused."""
    if metric.kind is Kind.SHARE:
        raise Refused(
            f"We can't index {metric.name_in_text} or take parts of the selection: these are shares of "
            f"{metric.base_noun}, {'who may pick' if metric.has_editions else 'which may name'} several."
        )
