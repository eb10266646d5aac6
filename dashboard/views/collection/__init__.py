"""What is collected, and how fresh is it?"""

from __future__ import annotations
