"""What every source is run by: the contract, the runner and its plan, leases, costs; and the one HTTP client."""

from __future__ import annotations
