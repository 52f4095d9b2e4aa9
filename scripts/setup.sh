#!/bin/sh
# Make the virtual environment named by the first argument, with Comity and all it needs for work and tests.
set -eu
venv=$1
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Comity needs Python 3.11 or newer; $("$python" --version) was found. Set PYTHON to a newer one." >&2
    exit 1
}

# Debian ships python3 without the part that makes virtual environments.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq python3-venv
    else
        echo "Virtual environments are missing: run 'sudo apt-get install python3-venv', then again." >&2
        exit 1
    fi
fi

# The page of a report is tested in a browser; without one those tests are skipped.
if ! command -v chromium >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq chromium >/dev/null
    else
        echo "Tests in a browser are skipped without one: run 'sudo apt-get install chromium' to have them." >&2
    fi
fi

"$python" -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
