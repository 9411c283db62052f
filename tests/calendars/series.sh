#!/bin/sh
# Has the series of a confctl judged by two recurrence libraries that we have not written:
# recurring-ical-events, which reads the invitation, and python-dateutil, which gets the rule.
#
#   series.sh PATH_TO_CONFCTL
#
# The last line is "N passed, N failed". Exit code: 0 all well, 1 a check failed, 2 wrong call or
# something to check with is missing. Needs Python 3.10; the libraries are installed into a folder
# for temporary files that later runs use again.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${TMPDIR:-/tmp}/confctl-series.$(id -u)

stop() {
    printf 'series.sh: %s\n' "$1" >&2
    exit 2
}

[ $# -eq 1 ] || stop "usage: series.sh PATH_TO_CONFCTL"
[ -x "$1" ] || stop "$1 is not a program"
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

mkdir -p "$tools"
[ -O "$tools" ] || stop "$tools belongs to somebody else"
export PYTHONPATH="$tools" PYTHONDONTWRITEBYTECODE=1
python3 -c 'import recurring_ical_events, dateutil, icalendar, tzdata' 2>/dev/null ||
    python3 -m pip install --quiet --disable-pip-version-check --no-warn-conflicts \
        --root-user-action=ignore --target "$tools" \
        recurring-ical-events==3.8.2 icalendar==7.3.0 python-dateutil tzdata >&2 ||
    stop "recurring-ical-events for Python can't be installed"

work=$(mktemp -d)
python3 "$here/series.py" "$confctl" "$work" >"$work/verdicts" || stop "series.py failed"
grep -v '^ok ' "$work/verdicts" || true
passed=$(grep -c '^ok ' "$work/verdicts" || true)
failed=$(grep -c '^FAIL ' "$work/verdicts" || true)
if [ "$failed" -eq 0 ]; then rm -r "$work"; else printf 'the files are in %s\n' "$work" >&2; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
