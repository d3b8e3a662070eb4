"""Pin the digests of every shipped pack and calendar in policy/digests.toml.

Only for a new pack or a new version: a pinned one must not change. The run refuses to, unless told --again.
"""

import sys

from policy import almanac, packs


def main(*, again: bool) -> None:
    now = {
        "packs": {ref: packs.load(ref).digest for ref in packs.shipped()},
        "calendars": {name: almanac.load(name).digest for name in almanac.shipped()},
    }
    if packs.DIGESTS.exists():
        for kind, before in (("packs", packs.pinned_digests()), ("calendars", almanac.pinned_digests())):
            changed = [name for name in before if now[kind].get(name) != before[name]]
            if changed and not again:
                sys.exit(f"Frozen, yet changed: {', '.join(changed)}. Make a new version instead.")
    lines = [
        "# Written by tools/pin_digests.py. A shipped pack or calendar is frozen: a change is a new version."
    ]
    for kind, digests in now.items():
        lines += ["", f"[{kind}]", *(f'"{name}" = "{digest}"' for name, digest in digests.items())]
    packs.DIGESTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(again="--again" in sys.argv)
