"""Who leads?"""

from __future__ import annotations
