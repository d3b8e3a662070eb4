#!/bin/sh
# Everything the portal needs on a bare Debian or Ubuntu: system libraries, a virtual environment, packages
# as locked. As root it installs by apt; otherwise it prints the one line to run and stops. Quick when done.
#   tools/prepare.sh run|test|bench
set -eu
cd "$(dirname "$0")/.."
purpose=$1
python=${PYTHON:-python3}
began=$(date +%s)

command -v "$python" >/dev/null || { echo "Python 3.11 or newer is needed: apt-get install -y python3 python3-venv"; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed, and $python is $("$python" -V). Name another: make PYTHON=python3.12 $purpose"
    exit 1
}

missing=""
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
# WeasyPrint's libraries; no package on the index carries them.
has_library() { "$python" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1" 2>/dev/null; }
has_library libpango-1.0.so.0 || missing="$missing libpango-1.0-0"
has_library libpangoft2-1.0.so.0 || missing="$missing libpangoft2-1.0-0"
has_library libharfbuzz-subset.so.0 || missing="$missing libharfbuzz-subset0"
# Letters and PDFs in every language of the families' site: Latin, Arabic and Chinese letters.
has_letter() { fc-list ":charset=$1" family 2>/dev/null | grep -q .; }
has_letter 0639 || missing="$missing fonts-dejavu-core"
has_letter 8bf7 || missing="$missing fonts-droid-fallback"
if [ "$purpose" != run ] && [ "${BROWSER:-1}" != 0 ]; then
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
        command -v google-chrome >/dev/null || missing="$missing chromium fonts-dejavu-core"
fi
# The relay of the bench, and nothing else of Postfix: it is installed without a configuration and not started.
if [ "$purpose" = bench ] && ! PATH="$PATH:/usr/sbin" command -v smtp-sink >/dev/null; then
    missing="$missing postfix"
    [ "$(id -u)" != 0 ] || ! command -v debconf-set-selections >/dev/null ||
        echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
fi
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing$missing ..."
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "System packages are missing. Run this once, then try again:"
        echo "    sudo apt-get install -y --no-install-recommends$missing"
        exit 1
    fi
fi

lock=requirements.lock
[ "$purpose" = run ] || lock=requirements-dev.lock
wanted=$(cat "$lock" pyproject.toml | sha256sum | cut -d' ' -f1)
# The test lock holds all of the other: either stamp will do for a run.
run_wanted=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
if [ "$(cat ".venv/$lock.stamp" 2>/dev/null)" != "$wanted" ] &&
    { [ "$purpose" != run ] || [ "$(cat .venv/run.stamp 2>/dev/null)" != "$run_wanted" ]; }; then
    echo "Installing the locked packages into .venv ..."
    [ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || "$python" -m venv --clear .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r "$lock"
    echo "$wanted" >".venv/$lock.stamp"
    echo "$run_wanted" >.venv/run.stamp
fi
took=$(($(date +%s) - began))
[ "$took" -lt 5 ] || echo "Set-up took $took s."
