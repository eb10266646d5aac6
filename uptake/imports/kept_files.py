"""Files that were imported, read again: what each said of its frameworks, by today's rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from catalog import Catalog
from storage import Batch, Payload, PayloadRow, Run
from uptake.imports.readings import Readings, read

IMPORTED, REMOVED, RESTATED = "import", "remove", "restate"  # why a run of an own source was
MOST_FILES = 4  # that are remembered


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """Reads kept files, each once for all the frameworks in it: it is kept with every one of them."""

    catalog: Catalog
    _last: dict[tuple[bytes, str, date], Readings] = field(default_factory=dict)

    def readings(self, payload: PayloadRow) -> Readings:
        """What a file says. Raises FileRefused for what today's rules do not accept, KeyError without its metric."""
        key = (payload.body or b"", payload.stream, payload.fetched_at.date())
        if key not in self._last:
            readings = read(key[0], self.catalog, self.catalog.metrics[payload.stream], key[2])
            while len(self._last) >= MOST_FILES:
                del self._last[next(iter(self._last))]
            self._last[key] = readings
        return self._last[key]

    def batch(self, payload: PayloadRow, run: Run, *, keys: frozenset[tuple[date, date]]) -> Batch:
        """What a file says of its framework. Of a restated one only the periods in `keys` count. Raises FileRefused."""
        answer = Payload(payload.source, payload.url, payload.body or b"", payload.fetched_at)
        if run.trigger == REMOVED:
            return Batch(answer, ())
        observations = self.readings(payload).of(payload.framework)
        if run.trigger == RESTATED:
            observations = tuple(o for o in observations if (o.period.start, o.period.end) in keys)
        return Batch(answer, observations)
