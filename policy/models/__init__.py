"""What is required, and by when: adoptions of packs, calendars, the engine's obligations and deadlines."""

from policy.models.adoptions import (
    Adoption,
    Edition,
    Parameter,
)
from policy.models.calendars import (
    Calendar,
    Closure,
    ConfirmedYear,
    Holiday,
    YearChange,
)
from policy.models.duties import (
    Alert,
    ChangeKind,
    DailyList,
    Deadline,
    DeadlineStatus,
    DutyChange,
    Heartbeat,
    Obligation,
    ObligationQuerySet,
    ObligationStatus,
    OwedBy,
    Pause,
)

__all__ = [
    "Adoption",
    "Alert",
    "Calendar",
    "ChangeKind",
    "Closure",
    "ConfirmedYear",
    "DailyList",
    "Deadline",
    "DeadlineStatus",
    "DutyChange",
    "Edition",
    "Heartbeat",
    "Holiday",
    "Obligation",
    "ObligationQuerySet",
    "ObligationStatus",
    "OwedBy",
    "Parameter",
    "Pause",
    "YearChange",
]
