"""Is it regional?"""

from __future__ import annotations
