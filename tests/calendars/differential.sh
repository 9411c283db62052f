#!/bin/sh
# Has a confctl and two readers that we have not written, recurring-ical-events and ical.js, say when the
# meetings of generated calendars take place next, at twelve times each: zones by name and by description,
# whole days, rules, exceptions, additions, changed and cancelled occurrences, in odd folds and orders.
#
#   differential.sh PATH_TO_CONFCTL [COUNT [SEED]]
#
# What they disagree on is decided in decisions.toml, or a failure. The last line is "N passed, N failed". Exit
# code: 0 all well, 1 a check failed, 2 wrong call or something to check with is missing. Needs Python 3.11 and
# Node 18; the libraries are installed into a folder for temporary files that later runs use again.

set -eu

here=$(cd "$(dirname "$0")" && pwd)

stop() {
    printf 'differential.sh: %s\n' "$1" >&2
    exit 2
}

[ $# -ge 1 ] && [ $# -le 3 ] || stop "usage: differential.sh PATH_TO_CONFCTL [COUNT [SEED]]"
[ -x "$1" ] || stop "$1 is not a program"
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

. "$here/two_readers.sh"
cp "$here/differential.mjs" "$tools/"

work=$(mktemp -d)
python3 "$here/differential.py" write "$work/calendars" "${2:-5000}" "${3:-1}" || stop "nothing was written"
node "$tools/differential.mjs" "$work/calendars" >"$work/answers.json" || stop "ical.js gave no answers"
python3 "$here/differential.py" compare "$work/calendars" "$confctl" "$work/answers.json" "$here/decisions.toml" \
    >"$work/verdicts" || stop "differential.py failed"
grep -v '^ok ' "$work/verdicts" || true
passed=$(($(sed -n 's/^agreed //p' "$work/verdicts") + $(grep -c '^ok ' "$work/verdicts" || true)))
failed=$(grep -c '^FAIL ' "$work/verdicts" || true)
if [ "$failed" -eq 0 ]; then rm -r "$work"; else printf 'the files are in %s\n' "$work" >&2; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
