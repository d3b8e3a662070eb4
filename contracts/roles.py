"""Who in a district may take which step with a contract."""

from __future__ import annotations

from typing import Final

from parties.access import require_role
from parties.models import District, Role, User

EDITORS: Final = (
    Role.CUSTODIAN,
    Role.APPROVER,
    Role.COUNSEL,
    Role.SUPERINTENDENT,
    Role.ADMINISTRATOR,
)
DECIDERS_OF_VOID: Final = (Role.COUNSEL, Role.SUPERINTENDENT)


def require_editor(by: User, district: District) -> None:
    """Raise PermissionDenied unless the person may change contracts in the district (not a viewer)."""
    require_role(by, district, *EDITORS)
