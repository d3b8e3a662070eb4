"""What a line of the log may not hold: the values of somebody's row."""

from __future__ import annotations

import logging
import re
from typing import Any

ROW = re.compile(r"^(DETAIL|CONTEXT): .*(\n|$)", re.MULTILINE)


class WithoutRows(logging.Formatter):
    """Leaves out what PostgreSQL adds to an error: "Failing row contains (…)", "Key (email)=(…)".

    The type, the constraint and the place in our code stay, and are enough to find the fault.
    """

    def formatException(self, ei: Any) -> str:
        return ROW.sub("", super().formatException(ei))
