#!/bin/sh
# Makes or renews .venv from requirements.lock; under a second when nothing has changed.
#
#     tools/setup.sh                 what a user runs with
#     tools/setup.sh demo            ... and the data of `everlearn demo flights`
#     tools/setup.sh dev             ... and all extras, the test and lint tools
#     tools/setup.sh system          what only some tests need: Chromium, a font, axe-core, promtool
#
# PYTHON chooses the interpreter, VENV the folder. The user's own pip and uv settings are honoured.
set -eu
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}

say() { printf '%s\n' "$*"; }
die() { say "error: $*" >&2; exit 1; }

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" >/dev/null 2>&1 || die "PYTHON=$PYTHON: there is no such command"
        is_new_enough "$PYTHON" || die "Everlearn needs Python 3.11 or newer, and PYTHON=$PYTHON is" \
            "$("$PYTHON" --version 2>&1)"
        say "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11 python3.14 python; do
        if is_new_enough "$candidate"; then
            say "$candidate"
            return
        fi
    done
    die "Everlearn needs Python 3.11 or newer, and none was found: install one," \
        "or name it: make setup PYTHON=/path/to/python3.11"
}

make_venv() {
    [ -x "$VENV/bin/python" ] && is_new_enough "$VENV/bin/python" && return
    python=$(find_python)
    say "making $VENV with $("$python" --version)"
    rm -rf "$VENV"
    if "$python" -m venv "$VENV" >"$LOG" 2>&1; then return; fi
    rm -rf "$VENV"  # half made: no pip in it
    if command -v uv >/dev/null 2>&1 && uv venv -q --seed --python "$python" "$VENV"; then return; fi
    cat "$LOG" >&2
    die "'$python -m venv' failed; on Debian and Ubuntu: apt-get install python3-venv"
}

# uv reads no pip.conf. The one setting that people need, a mirror in place of the public index, is
# handed on; for the rest (further indexes, certificates, ...) the fall back to pip is right.
hand_on_pip_index() {
    [ -n "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] && return
    index=${PIP_INDEX_URL:-$("$VENV/bin/python" -m pip config get global.index-url 2>/dev/null || :)}
    [ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
}

# $1: extras, such as [demo]; $2: a dependency group or nothing
install() {
    export VIRTUAL_ENV="$PWD/$VENV"
    case $VENV in /*) VIRTUAL_ENV=$VENV ;; esac
    hand_on_pip_index
    if [ -x "$VENV/bin/uv" ] \
        || "$VENV/bin/python" -m pip install -q -c requirements.lock uv >"$LOG" 2>&1; then
        # Without bytecode the first import of every library is paid by the first command.
        if "$VENV/bin/uv" pip install -q --compile-bytecode -c requirements.lock \
            -e ".$1" ${2:+--group "$2"}; then return; fi
        say "uv could not install from here; trying pip, which is slower"
    else
        say "uv is not to be had here; using pip, which is slower"
    fi
    "$VENV/bin/python" -m pip install -q -U 'pip>=25.1'  # dependency groups
    "$VENV/bin/python" -m pip install -q -c requirements.lock -e ".$1" ${2:+--group "$2"}
}

python_packages() {
    mkdir -p .cache
    LOG=.cache/setup.log
    make_venv
    # What was asked for once stays installed: `make demo` after `make test` must not undo it.
    features=$(printf '%s\n' "$1" $(cat "$VENV/.features" 2>/dev/null || :) | sort -u | xargs)
    stamp=$(cat pyproject.toml requirements.lock tools/setup.sh | cksum)
    [ "$(cat "$VENV/.stamp" 2>/dev/null)" = "$stamp $features" ] && return
    rm -f "$VENV/.stamp"
    say "installing everlearn ($features) into $VENV"
    case $features in
        *dev*) install '[archive,arrow,demo,pg16]' dev ;;
        *demo*) install '[demo]' '' ;;
        *) install '' '' ;;
    esac
    say "$features" >"$VENV/.features"
    say "$stamp $features" >"$VENV/.stamp"
}

chromium_is_there() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return
    done
    return 1
}

system_packages() {
    mkdir -p .cache
    if ! chromium_is_there; then
        if ! command -v apt-get >/dev/null 2>&1; then
            say "skipped: chromium, for the browser tests (no apt-get here: install Chromium yourself)"
        elif [ "$(id -u)" != 0 ]; then
            say "skipped: chromium, for the browser tests" \
                "(needs root: apt-get install chromium fonts-dejavu-core)"
        else
            say "installing chromium and fonts-dejavu-core, for the browser tests"
            { apt-get update -q \
                && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
                    chromium fonts-dejavu-core; } >.cache/apt.log 2>&1 \
                || say "skipped: chromium, for the browser tests (apt-get failed: .cache/apt.log)"
        fi
    fi
    if [ ! -x .cache/promtool/usr/bin/promtool ] && ! command -v promtool >/dev/null 2>&1; then
        # Unpacked, not installed: the package would start a Prometheus of its own.
        if ! command -v apt-get >/dev/null 2>&1; then
            say "skipped: promtool, for the tests of alert rules (no apt-get here: install Prometheus)"
        else
            (apt-get update -q || :; cd .cache && apt-get download -q prometheus \
                && dpkg -x prometheus_*.deb promtool && rm -f prometheus_*.deb) \
                >.cache/promtool.log 2>&1 || say "skipped: promtool, for the tests of alert rules" \
                    "(apt-get failed: .cache/promtool.log)"
        fi
    fi
    if [ ! -f .cache/npm/node_modules/axe-core/axe.min.js ]; then
        if ! command -v npm >/dev/null 2>&1; then
            say "skipped: axe-core, for the accessibility tests (needs npm)"
        else
            npm install --silent --prefix .cache/npm axe-core@4 --no-audit --no-fund \
                >.cache/npm.log 2>&1 \
                || say "skipped: axe-core, for the accessibility tests (npm failed: .cache/npm.log)"
        fi
    fi
}

case ${1:-base} in
    base | demo | dev) python_packages "${1:-base}" ;;
    system) system_packages ;;
    *) die "unknown: $1 (base, demo, dev or system)" ;;
esac
