"""What do surveys say?"""

from __future__ import annotations
