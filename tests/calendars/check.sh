#!/bin/sh
# Has the invitations of a confctl judged by three calendar libraries that we have not written:
# icalendar (Python), ical.js (Thunderbird, Nextcloud) and libical (Evolution, KDE).
#
#   check.sh PATH_TO_CONFCTL
#
# matrix.py runs the program and writes down what was asked for; check.py, check.mjs and check.c
# each compare every file with that. The last line is "N passed, N failed": one for each file and
# judge, and each run of the program that failed. Exit code: 0 all well, 1 a check failed, 2 wrong
# call or something to check with is missing.
# Needs Python 3.10, Node 18, and for libical a Debian; what is missing is installed, the rest into
# a folder for temporary files that later runs use again.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${TMPDIR:-/tmp}/confctl-calendars.$(id -u)
packages="gcc pkg-config libical-dev libjson-c-dev"
libraries="libical json-c"

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "check.sh: $1"
    exit 2
}

[ $# -eq 1 ] || stop "usage: check.sh PATH_TO_CONFCTL"
[ -x "$1" ] || stop "$1 is not a program"
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }

# npm, unlike pip, gives up on a registry that fails once.
install_from_npm() {
    for pause in 2 10 0; do
        npm install --loglevel=error --no-audit --no-fund --prefix "$tools" "$1" >&2 && return
        sleep "$pause"
    done
    return 1
}

install_missing() {
    mkdir -p "$tools"
    [ -O "$tools" ] || stop "$tools belongs to somebody else"
    export PYTHONPATH="$tools/python" PYTHONDONTWRITEBYTECODE=1
    python3 -c 'import icalendar, tzdata' 2>/dev/null ||
        python3 -m pip install --quiet --disable-pip-version-check --no-warn-conflicts \
            --root-user-action=ignore --target "$tools/python" icalendar==7.3.0 tzdata >&2 ||
            stop "icalendar for Python can't be installed"
    [ -d "$tools/node_modules/ical.js" ] ||
        install_from_npm ical.js@2.2.1 ||
        stop "ical.js can't be installed"
    { command -v gcc && pkg-config --exists $libraries; } >/dev/null 2>&1 ||
        { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -qq -y --no-install-recommends $packages; } >&2 ||
        stop "libical can't be installed: $packages"
}

# judge NAME COMMAND...: its lines are "ok FILE" or "FAIL FILE: why", one for each invitation.
judge() {
    name=$1
    shift
    said=$work/$name.out
    "$@" "$work/matrix" >"$said" 2>"$said.err" || true
    sed "s/^FAIL /FAIL $name: /" "$said" >>"$work/verdicts"
    [ "$(grep -c '^ok \|^FAIL ' "$said")" -eq "$files" ] && [ ! -s "$said.err" ] && return
    {
        echo "FAIL $name: it did not judge $files files, or complained:"
        sed 's/^/    /' "$said.err"
    } >>"$work/verdicts"
}

install_missing
work=$(mktemp -d)
gcc -std=gnu11 -Wall -Wextra -Werror -o "$work/libical" "$here/check.c" \
    $(pkg-config --cflags --libs $libraries) || stop "check.c can't be compiled"
# An import is looked for beside the program that wants it.
cp "$here/check.mjs" "$tools/check.mjs"

python3 "$here/matrix.py" "$confctl" "$work/matrix" >"$work/verdicts" || stop "matrix.py failed"
files=$(grep -c '"file":' "$work/matrix/manifest.json" || true)
[ "$files" -gt 0 ] || stop "there is nothing to judge"
judge icalendar python3 -W error -W ignore::DeprecationWarning "$here/check.py"
judge ical.js node "$tools/check.mjs"
judge libical "$work/libical"

grep -v '^ok ' "$work/verdicts" || true
passed=$(grep -c '^ok ' "$work/verdicts" || true)
failed=$(grep -c '^FAIL ' "$work/verdicts" || true)
if [ "$failed" -eq 0 ]; then rm -r "$work"; else say "the files are in $work/matrix"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
