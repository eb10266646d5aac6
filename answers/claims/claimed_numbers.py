"""The number that a claim names: whether a figure is that number, and how that is said."""

from __future__ import annotations

from decimal import Decimal
from math import isclose

from answers import wording
from answers.claims.evidence import Stance
from answers.claims.grammar.parser import ParsedClaim

ALMOST, GENEROUS = 0.9, 0.75  # of the number claimed: from there on it is almost that, or generous rounding
UNROUNDED = 100  # a number of so much, given to the last digit, is that number
SAME = 0.005  # what two numbers differ by that are written with two digits behind the point and look the same
ROUND = 0.05  # of a round number: it stands for what is so near


def fits(lead: float, amount: float, size: str) -> Stance:
    """Whether a lead is what was claimed: almost N is nine tenths of it and less than N, about N within a tenth, and
    N as given within its digits, and exactly N no other number.
    """
    if size == "exact":
        return Stance.FOR if abs(lead - amount) < SAME else Stance.AGAINST
    if not amount:
        return Stance.AGAINST
    part, equal = lead / amount, isclose(lead, amount)
    if size in ("over", "least"):
        held = size == "least" if equal else part > 1
        return Stance.FOR if held else Stance.PARTLY if part >= ALMOST else Stance.AGAINST
    if size in ("under", "most"):
        held = size == "most" if equal else part < 1
        return Stance.FOR if held else Stance.PARTLY if part <= 1 / ALMOST else Stance.AGAINST
    if size == "almost":
        return Stance.AGAINST if part >= 1 or part < GENEROUS else Stance.FOR if part >= ALMOST else Stance.PARTLY
    off, near = abs(part - 1), tolerance(amount, size) / amount
    return Stance.FOR if off <= near or isclose(off, near) else Stance.PARTLY if off <= 1 - GENEROUS else Stance.AGAINST


def tolerance(amount: float, size: str) -> float:
    """How far a figure may lie from "about N", or from N as given: half of its last digit that is not 0, at most a
    tenth of it, or a twentieth of a round number.
    """
    if size != "given":
        return (1 - ALMOST) * amount
    power = Decimal(f"{amount:.10g}").normalize().as_tuple().exponent
    most = ROUND if int(power) > 0 else 1 - ALMOST
    return min(most * amount, 0.5 * 10.0 ** int(power))


def taken_as(claim: ParsedClaim) -> str:
    """The figures that a number claimed is taken for, where it is no bound; with a comma before it."""
    amount, unit = claim.amount or 0.0, "%" if claim.relative else ""
    if claim.size not in ("about", "given"):
        return ""
    off = tolerance(amount, claim.size)
    if off < 1 and amount >= UNROUNDED:
        return ""
    return meant(amount, off, unit)


def meant(amount: float, off: float, unit: str = "") -> str:
    """A number claimed as the numbers that it is taken for, with a comma before it."""
    low, high = (f"{end:,.10g}{unit}" for end in (amount - off, amount + off))
    return f", taken as {low} to {high}"


def number_claimed(amount: float) -> str:
    """The number, with the digits it was claimed with."""
    return wording.number(amount) if amount >= 100 else f"{amount:.3g}"


def size_claimed(claim: ParsedClaim) -> str:
    """The number of a claim with its unit and what it is taken for."""
    amount = claim.amount or 0.0
    return f"{number_claimed(amount)}{'%' if claim.relative else ''}{taken_as(claim)}"
