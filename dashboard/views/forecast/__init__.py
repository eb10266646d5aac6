"""What comes next?"""

from __future__ import annotations
