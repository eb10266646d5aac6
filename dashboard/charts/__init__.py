"""What the charts of several pages are drawn with: lines, dots, scatter, colours and labels."""

from __future__ import annotations

from altair.utils import schemapi

# Altair holds every part of every chart against its schema as it is made, which takes as long as all the rest of making
# it. The charts are ours, and tests hold each whole one against the schema.
schemapi.disable_debug_mode()
