"""The digest: a month in sentences, as a page of HTML or Markdown."""

from __future__ import annotations
