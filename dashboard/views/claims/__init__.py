"""Is this sentence true?"""

from __future__ import annotations
