"""Which days are unusual?"""

from __future__ import annotations
