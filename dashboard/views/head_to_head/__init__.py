"""Did A overtake B?"""

from __future__ import annotations
