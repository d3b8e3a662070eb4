"""Characters that no reader sees and that some formats cannot hold: not in words that are posted.

XML 1.0, section 2.2, has no place for the C0 controls but tab and line ends: one of them in a notice would
leave the district's whole Atom feed unmade.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def unprintable(words: Mapping[str, str]) -> dict[str, str]:
    """The refusal beside each field whose words hold a control character."""
    return {
        name: _("Remove the control characters.") for name, said in words.items() if UNPRINTABLE.search(said)
    }


def without_unprintable(words: str) -> str:
    """The same words as XML can hold them."""
    return UNPRINTABLE.sub("", words)
