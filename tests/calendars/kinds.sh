#!/bin/sh
# Has two readers that we have not written, recurring-ical-events and ical.js, judge what the cases in
# tests/kinds expect: when a meeting takes place that somebody else's program wrote. No confctl is needed.
#
#   kinds.sh
#
# Where a case does not say why readers are divided, both have to find what it expects. The last line is
# "N passed, N failed". Exit code: 0 all well, 1 a case is wrong, 2 something to judge with is missing. Needs
# Python 3.11 and Node 18; the libraries are installed into a folder for temporary files that later runs use again.

set -eu

here=$(cd "$(dirname "$0")" && pwd)

stop() {
    printf 'kinds.sh: %s\n' "$1" >&2
    exit 2
}

[ $# -eq 0 ] || stop "usage: kinds.sh"
. "$here/two_readers.sh"
cp "$here/kinds.mjs" "$tools/"

work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
python3 "$here/kinds.py" write "$here/../kinds" >"$work/calendars.json" || stop "nothing was written"
node "$tools/kinds.mjs" "$work/calendars.json" >"$work/answers.json" || stop "ical.js gave no answers"
python3 -W ignore "$here/kinds.py" judge "$here/../kinds" "$work/answers.json"
