"""Vendor the design system's files into static/, and record where each came from.

Run by a person when the version changes (needs node and npm; nothing of it is needed to run the
portal): python tools/vendor_static.py
Takes the prebuilt distribution only: two style sheets (left to right, and right to left made by
rtlcss), two scripts, and every font and picture the sheets name. Writes static/vendor.json with the
package, the version and the SHA-256 of each file; tests/static_files/test_vendor.py checks them again.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

USWDS = ("@uswds/uswds", "3.14.0")
RTLCSS = ("rtlcss", "4.3.0")
ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "static" / "uswds"
RECORD = ROOT / "static" / "vendor.json"
URL = re.compile(r"url\(\s*[\"']?\.\./([^)\"'?#]+)")


def run(*command: str, cwd: Path) -> str:
    """Run one command; an error ends the script with that command's own words."""
    return subprocess.run(command, cwd=cwd, check=True, text=True, stdout=subprocess.PIPE).stdout


def unpack(work: Path) -> Path:
    """Download the package and return its unpacked folder."""
    archive = run("npm", "pack", "--silent", "@".join(USWDS), cwd=work).strip().splitlines()[-1]
    with tarfile.open(work / archive) as tar:
        tar.extractall(work, filter="data")
    return work / "package"


def strip_source_map(text: str) -> str:
    """Without this the manifest storage looks for a map file that is not vendored, and stops."""
    return re.sub(r"\s*(/\*|//)# sourceMappingURL=.*?(\*/|$)", "", text, flags=re.MULTILINE).rstrip() + "\n"


def make_sheets(dist: Path, work: Path) -> list[str]:
    """Write both sheets and return the relative names of every file they load."""
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "@".join(RTLCSS), cwd=work)
    shutil.copy(ROOT / "tools" / "trim_css.cjs", work)
    ltr, rtl = TARGET / "css" / "uswds.min.css", TARGET / "css" / "uswds.rtl.min.css"
    run("node", "trim_css.cjs", str(dist / "css" / "uswds.min.css"), str(ltr), str(rtl), cwd=work)
    named: set[str] = set()
    for sheet in (ltr, rtl):
        text = strip_source_map(sheet.read_text())
        sheet.write_text(text)
        named.update(URL.findall(text))
    return sorted(named)


def record() -> None:
    """Write static/vendor.json: what was taken, from which package, with which digest."""
    files = {
        str(path.relative_to(ROOT / "static")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(TARGET.rglob("*"))
        if path.is_file()
    }
    packages = [
        {"package": USWDS[0], "version": USWDS[1], "licence": "uswds/LICENSE.md"},
        {"package": RTLCSS[0], "version": RTLCSS[1], "licence": "MIT (tool only, not shipped)"},
    ]
    RECORD.write_text(json.dumps({"packages": packages, "files": files}, indent=1) + "\n")
    size = sum((ROOT / "static" / name).stat().st_size for name in files)
    print(f"{len(files)} files, {size / 1024:.0f} KB")


def main() -> int:
    shutil.rmtree(TARGET, ignore_errors=True)
    (TARGET / "css").mkdir(parents=True)
    (TARGET / "js").mkdir()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        package = unpack(work)
        dist = package / "dist"
        for name in make_sheets(dist, work):
            (TARGET / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(dist / name, TARGET / name)
        for name in ("uswds.min.js", "uswds-init.min.js"):
            (TARGET / "js" / name).write_text(strip_source_map((dist / "js" / name).read_text()))
        shutil.copyfile(package / "LICENSE.md", TARGET / "LICENSE.md")
    record()
    return 0


if __name__ == "__main__":
    sys.exit(main())
