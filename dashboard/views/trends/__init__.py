"""How did a metric develop?"""

from __future__ import annotations
