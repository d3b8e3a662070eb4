"""Write the shipped holiday calendars from the `holidays` library: once, then they are frozen.

    python tools/seed_calendars.py FIRST_YEAR LAST_YEAR

Run it to add years; read the difference before keeping it, then run tools/pin_digests.py.
"""

import sys
from pathlib import Path

import holidays

STATES = {
    "CT": ("Connecticut", "America/New_York"),
    "NE": ("Nebraska", "America/Chicago"),
    "MO": ("Missouri", "America/Chicago"),
    "CA": ("California", "America/Los_Angeles"),
}


def main(first: int, last: int) -> None:
    folder = Path(__file__).parents[1] / "policy" / "calendars"
    for code, (state, zone) in STATES.items():
        years = range(first, last + 1)
        days = holidays.country_holidays("US", subdiv=code, years=years)
        lines = [
            f'title = "Legal holidays of {state}"',
            f'source = "The holidays library {holidays.__version__}, US-{code}; a person confirms each year"',
            f'zone = "{zone}"',
            f"years = {list(years)}",
            "",
            "[days]",
            *(f'{day} = "{name}"' for day, name in sorted(days.items()) if first <= day.year <= last),
        ]
        (folder / f"US-{code}.toml").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
