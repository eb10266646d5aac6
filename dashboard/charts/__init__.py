"""What the charts of several pages are drawn with: lines, dots, scatter, colours and labels."""

from __future__ import annotations
