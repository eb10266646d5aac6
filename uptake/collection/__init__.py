"""Collecting a source with the settings of this process, and what that will cost."""

from __future__ import annotations
