#!/bin/sh
# Lets everything that reads calendar files and can be installed here read the invitations of a
# confctl: libraries of Python, Node, Ruby and PHP, calcurse and khal. Together with check.sh
# (icalendar, ical.js, libical), series.sh (dateutil) and diary.sh (Radicale).
#
#   judges.sh PATH_TO_CONFCTL
#
# matrix.py runs the program and writes down what was asked for, readers.* say what they find, and
# judges.py compares. The last line is "N passed, N failed": one for each file and reader, and each
# run of the program that failed. Exit code: 0 all well, 1 a check failed, 2 wrong call or something
# to read with is missing. Needs Python 3.10, Node 18 and a Debian; what is missing is installed,
# the libraries into a folder for temporary files that later runs use again.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${TMPDIR:-/tmp}/confctl-judges.$(id -u)
packages="calcurse php-cli php-sabre-vobject ruby ruby-icalendar"
python_readers="vobject ics ical recurring-ical-events icalevents ics-query x-wr-timezone mergecal
    anonymizer icalendar-viewer caldav vdirsyncer khal calcurse"
node_readers="node-ical ts-ics cal-parser ical-expander"

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "judges.sh: $1"
    exit 2
}

[ $# -eq 1 ] || stop "usage: judges.sh PATH_TO_CONFCTL"
[ -x "$1" ] || stop "$1 is not a program"
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }

has_python() {
    "$tools/python/bin/python" -c 'import vobject, ics, ical, khal, recurring_ical_events, icalevents
import ics_query, x_wr_timezone, mergecal, icalendar_anonymizer, caldav, vdirsyncer, tzdata' 2>/dev/null
}

install_python() {
    has_python || {
        python3 -m venv "$tools/python" &&
            "$tools/python/bin/pip" install --quiet --disable-pip-version-check \
                vobject==0.9.9 ics==0.7.3 ical==14.3.1 khal==0.14.1 icalevents==0.3.1 \
                recurring-ical-events==3.8.2 ics-query==0.5.34 x-wr-timezone==2.0.1 \
                mergecal==0.5.0 icalendar-anonymizer==0.1.4 caldav==3.6.0 vdirsyncer==0.21.0 \
                tzdata >&2
    } || stop "the readers of Python can't be installed"
}

# npm, unlike pip, gives up on a registry that fails once.
install_from_npm() {
    for pause in 2 10 0; do
        npm install --loglevel=error --no-audit --no-fund --prefix "$tools" "$@" >&2 && return
        sleep "$pause"
    done
    return 1
}

install_others() {
    for reader in $node_readers; do
        [ -d "$tools/node_modules/$reader" ] && continue
        install_from_npm node-ical@0.26.1 ts-ics@2.4.6 cal-parser@1.0.2 ical-expander@3.2.0 ||
            stop "the readers of Node can't be installed"
    done
    for file in /usr/bin/calcurse /usr/bin/php /usr/bin/ruby \
        /usr/share/php/Sabre/VObject/Reader.php /usr/share/doc/ruby-icalendar; do
        [ -e "$file" ] && continue
        { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -qq -y --no-install-recommends $packages; } >&2 ||
            stop "can't be installed: $packages"
    done
}

# judge NAME COMMAND...: what the command reads in the files, against what was asked for.
judge() {
    name=$1
    shift
    "$@" "$work/matrix" >"$work/$name.out" 2>"$work/$name.err" || echo "exit $?" >>"$work/$name.err"
    "$tools/python/bin/python" "$here/judges.py" "$work/matrix" "$name" "$work/$name.out" \
        "$work/$name.err" >"$work/$name.verdicts" ||
        echo "FAIL $name: what it says can't be read" >>"$work/$name.verdicts"
}

judge_python() {
    for reader in $python_readers; do
        judge "$reader" "$tools/python/bin/python" -W error -W ignore::DeprecationWarning \
            "$here/readers.py" "$reader"
    done
}

judge_others() {
    for reader in $node_readers; do
        judge "$reader" node "$tools/readers.mjs" "$reader"
    done
    judge ruby-icalendar ruby -W -rstringio "$here/readers.rb"
    judge sabre php "$here/readers.php"
}

mkdir -p "$tools"
[ -O "$tools" ] || stop "$tools belongs to somebody else"
work=$(mktemp -d)
install_python
# The program is run while the rest is installed.
"$tools/python/bin/python" "$here/matrix.py" "$confctl" "$work/matrix" >"$work/confctl.verdicts" &
matrix=$!
install_others
wait "$matrix" || stop "matrix.py failed"

# An import is looked for beside the program that wants it.
cp "$here/readers.mjs" "$tools/readers.mjs"
mkdir "$work/home"
export HOME="$work/home" TZ=UTC LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
# Who looks up zones by name shall find the same ones as the program.
[ ! -d /usr/share/zoneinfo ] || export PYTZ_TZDATADIR=/usr/share/zoneinfo
judge_others &
others=$!
judge_python
wait "$others"

cat "$work"/*.verdicts | grep -v '^ok ' || true
passed=$(cat "$work"/*.verdicts | grep -c '^ok ' || true)
failed=$(cat "$work"/*.verdicts | grep -c '^FAIL ' || true)
if [ "$failed" -eq 0 ]; then rm -r "$work"; else say "the files are in $work/matrix"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
