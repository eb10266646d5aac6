"""Do two metrics rank the same frameworks alike, and does one move before the other?"""

from __future__ import annotations
