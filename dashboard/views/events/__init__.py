"""What happened lately?"""

from __future__ import annotations
