"""Do stars mean use?"""

from __future__ import annotations
