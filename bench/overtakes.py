"""How often chance alone makes an overtake of flows, by the rule and by plain changes of lead, on simulated pairs.

`python -m bench.overtakes [PAIRS [YEARS]]`: pairs of each kind keep one level, so that every overtake is a false alarm.
"""

from __future__ import annotations

import sys

import numpy as np

from tests.analysis.overtakes.test_noise import KINDS, level, sums, turns

HEAD = f"{'kind':<14}{'pair-years':>12}{'plain changes a year':>22}{'overtakes a year':>18}"


def main(pairs: int = 200, years: int = 5) -> None:
    """Print the false alarms of each kind."""
    print(HEAD)
    days = 365 * years
    for kind in KINDS:
        random = np.random.default_rng(1)
        plain = called = 0
        for _ in range(pairs):
            a, b = level(kind, random, days), level(kind, random, days)
            plain += int(np.count_nonzero(np.diff(np.sign(sums(a)[0] - sums(b)[0]))))
            called += len(turns(a, b))
        print(f"{kind:<14}{pairs * years:>12,}{plain / (pairs * years):>22.3f}{called / (pairs * years):>18.5f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
