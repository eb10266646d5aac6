"""What can go wrong while collecting. An error's name says what to do next.

    CollectError
    ├── TryLater            the source is fine or will be: come back at `until`
    │   ├── RateLimited     it asks us to wait longer than a run may wait
    │   └── Unavailable     it could not be reached, broke off or failed by itself
    ├── HumanMustLook       trying again changes nothing
    │   ├── Changed         it answered something we do not understand
    │   │   └── Empty       it answered nothing at all, which is not zero
    │   ├── Refused         bad credentials, forbidden, or set up wrongly
    │   ├── Replaced        another thing now bears the name we ask for
    │   ├── Forgotten       asked for days that the source has no more
    │   └── ClockWrong      this machine and the source disagree on what day it is
    ├── Gone                not there, or no longer (404, 410, 451)
    └── Interrupted         we were asked to stop while waiting

Each message is one sentence that says what happened and what to do; none carries a token or a query.

    try:
        batches = list(collect(task, fetch))
    except TryLater as error:
        come_back(error.until)
    except CollectError as error:
        report(error.kind, str(error))
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar


class CollectError(Exception):
    """The root of the family. `kind` is the word that a failure and the run table show."""

    kind: ClassVar[str] = "error"


class TryLater(CollectError):
    """The same question may be answered later. `until` (UTC) is the earliest useful moment, None if unknown."""

    kind: ClassVar[str] = "try_later"

    def __init__(self, message: str, *, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class RateLimited(TryLater):
    """The source asks for a wait longer than a run may wait: what is left is deferred, not failed."""

    kind: ClassVar[str] = "rate_limited"

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message, until=until)


class Unavailable(TryLater):
    """No whole answer: connection refused or cut, a 5xx, a body that broke off, a deadline that passed.

    `again` is False when another attempt within the same run would only cost as much time once more. `whole`: nobody
    was there to ask, so that every other question would fare the same.
    """

    kind: ClassVar[str] = "unavailable"

    def __init__(self, message: str, *, again: bool = True, whole: bool = False) -> None:
        super().__init__(message)
        self.again = again
        self.whole = whole


class HumanMustLook(CollectError):
    """No machine can mend this; nothing was stored for the unit, what was stored before stays."""

    kind: ClassVar[str] = "human_must_look"


class Changed(HumanMustLook):
    """The answer is not what the source used to say: other type, other shape, other subject, other host."""

    kind: ClassVar[str] = "changed"


class Empty(Changed):
    """A well-formed answer without one number in it. Silence is neither success nor zero."""

    kind: ClassVar[str] = "empty"


class Refused(HumanMustLook):
    """The source will not serve us as we ask. `whole`: it would say the same to every other question."""

    kind: ClassVar[str] = "refused"

    def __init__(self, message: str, *, whole: bool = True) -> None:
        super().__init__(message)
        self.whole = whole


class Replaced(HumanMustLook):
    """The name now belongs to something else: its numbers must never continue the old series."""

    kind: ClassVar[str] = "replaced"


class Forgotten(HumanMustLook):
    """Days were asked for that lie before the source's memory."""

    kind: ClassVar[str] = "forgotten"


class ClockWrong(HumanMustLook):
    """Our clock and the source's are on different days, so that a counter would be filed under a wrong date."""

    kind: ClassVar[str] = "clock"


class Gone(CollectError):
    """The source lacks the name, or no longer shows it. What was stored before stays."""

    kind: ClassVar[str] = "gone"


class Interrupted(CollectError):
    """Stop or cancel was asked for while waiting; the unit in hand was left as it was."""

    kind: ClassVar[str] = "interrupted"
