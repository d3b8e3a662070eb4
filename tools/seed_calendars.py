"""Write the shipped holiday calendars from the `holidays` library: once, then they are frozen.

    python tools/seed_calendars.py FIRST_YEAR LAST_YEAR

Run it to add years; read the difference before keeping it, then run tools/pin_digests.py.
"""

import sys
from pathlib import Path

import holidays

PLACES = {
    "": ("the United States", "America/New_York"),
    "CT": ("Connecticut", "America/New_York"),
    "NE": ("Nebraska", "America/Chicago"),
    "MO": ("Missouri", "America/Chicago"),
    "CA": ("California", "America/Los_Angeles"),
}


def main(first: int, last: int) -> None:
    folder = Path(__file__).parents[1] / "policy" / "calendars"
    for code, (place, zone) in PLACES.items():
        years = range(first, last + 1)
        name = f"US-{code}".rstrip("-")
        days = holidays.country_holidays("US", subdiv=code or None, years=years)
        lines = [
            f'title = "Legal holidays of {place}"',
            f'source = "The holidays library {holidays.__version__}, {name}; a person confirms each year"',
            f'zone = "{zone}"',
            f"years = {list(years)}",
            "",
            "[days]",
            *(f'{day} = "{name}"' for day, name in sorted(days.items()) if first <= day.year <= last),
        ]
        (folder / f"{name}.toml").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
