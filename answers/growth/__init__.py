"""Who grows?"""

from __future__ import annotations
