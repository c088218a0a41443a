#!/bin/sh
# Everything that a fresh machine lacks: two virtual environments by their lock files, and Chromium for the browser tests.
# Done again it does nothing. PYTHON=... chooses the interpreter; the deployed functions get the same version.
set -eu
cd "$(dirname "$0")/.."

supported='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if "$candidate" -c "$supported" >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    echo "Primetime needs Python 3.11, 3.12 or 3.13 with its venv module; none was found. Install one (Debian: apt-get install python3 python3-venv) or name it: make setup PYTHON=/path/to/python3" >&2
    return 1
}

make_environment() { # directory, lock file
    stamp="$1/lock.txt"
    if [ -x "$1/bin/python" ] && "$1/bin/python" -c "$supported" >/dev/null 2>&1 && cmp -s "$2" "$stamp"; then
        return
    fi
    python=$(find_python)
    echo "setting up $1 with $("$python" --version)"
    rm -rf "$1"
    "$python" -m venv "$1"
    # The lock file is complete, so nothing is resolved: a resolver that meets an extra of a pinned package looks at newer releases than the pinned one.
    "$1/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --only-binary :all: --requirement "$2"
    "$1/bin/python" -m pip check -qq --disable-pip-version-check
    cp "$2" "$stamp"
}

find_chromium() {
    for candidate in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
        if [ -n "$candidate" ] && [ -x "$candidate" ]; then
            return 0
        fi
    done
    return 1
}

make_environment .venv requirements-dev.txt
make_environment .venv-engine requirements-engine.txt

if [ "${1:-}" = --with-browser ] && ! find_chromium; then
    echo "installing Chromium for the browser tests"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null
    fi
    find_chromium || echo "Chromium is missing and could not be installed: the browser tests will say so. Install it (Debian: sudo apt-get install chromium) or set CHROMIUM=/path/to/chromium." >&2
fi
