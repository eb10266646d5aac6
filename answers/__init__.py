"""One function per question: read the store, apply analysis, attach caveats and provenance.

Pages, API and commands all call these, so that all give the same number. There is no clock in here: `now` is given.
"""

from __future__ import annotations
