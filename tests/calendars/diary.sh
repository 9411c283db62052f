#!/bin/sh
# Lets other programs read and write the diary of a confctl: khal lists and edits it, vdirsyncer
# carries it over a Radicale server to a second calendar and back.
#
#   diary.sh PATH_TO_CONFCTL
#
# The last line is "N passed, N failed". Exit code: 0 all well, 1 a check failed, 2 wrong call or
# something to check with is missing. Needs Python 3.10; the rest is installed into a folder for
# temporary files that later runs use again. Talks to this machine only.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
tools=${TMPDIR:-/tmp}/confctl-diary.$(id -u)
passed=0 failed=0 server=''

stop() {
    printf 'diary.sh: %s\n' "$1" >&2
    exit 2
}

[ $# -eq 1 ] || stop "usage: diary.sh PATH_TO_CONFCTL"
[ -x "$1" ] || stop "$1 is not a program"
confctl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

[ -x "$tools/bin/khal" ] || {
    python3 -m venv "$tools" &&
        "$tools/bin/pip" install --quiet --disable-pip-version-check \
            khal==0.14.1 vdirsyncer==0.21.0 radicale==3.9.0 >&2
} || stop "khal, vdirsyncer and Radicale can't be installed"

work=$(mktemp -d)
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
export HOME="$work" TZ=UTC LC_ALL=C.UTF-8 USER=ana
unset XDG_DATA_HOME XDG_CONFIG_HOME
diary="$work/.local/share/confctl/diary"

check() { # NAME COMMAND...
    name=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        passed=$((passed + 1))
        echo "ok $name"
    else
        failed=$((failed + 1))
        echo "FAIL $name"
        sed 's/^/    /' "$work/said"
    fi
}

khal() { "$tools/bin/khal" -c "$work/khal.conf" "$@"; }
vdirsyncer() { yes | "$tools/bin/vdirsyncer" -c "$work/vdirsyncer.conf" "$@"; }
carry() { vdirsyncer sync "$1" && vdirsyncer sync "$2"; }
edit() { "$tools/bin/python" "$here/diary.py" "$@"; }
lists() { khal list --format '{start-time} {title}' "$1" "$2" | grep -qx "$3"; }
says() { grep -q -- "$1" "$2"; }
count() { [ "$(find "$1" -name '*.ics' | wc -l)" -eq "$2" ]; }

cat >"$work/khal.conf" <<CONF
[calendars]
[[diary]]
path = $diary
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = UTC
default_timezone = UTC
[sqlite]
path = $work/khal.db
CONF

day=$(date -u -d 'next monday + 7 days' +%F)
later=$(date -u -d "$day + 1 day" +%F)

"$confctl" -q schedule live-meeting -s 'Quarterly review' -t "$day 10:00" -i bo@example.com >/dev/null
"$confctl" -q schedule conference-call -s Standup -t "$day 9:00" -d 15m \
    --repeat weekly --count 3 >/dev/null

# khal reads.
check "khal lists a meeting" lists "$day" 1d '10:00 Quarterly review'
check "khal lists the first of a series" lists "$day" 1d '09:00 Standup'
check "khal lists the last of a series" lists "$(date -u -d "$day + 14 days" +%F)" 1d '09:00 Standup'

# khal writes.
check "khal edits an entry" edit khal "$work/khal.conf" 'Quarterly review' 'Room 5'
check "confctl still knows it" "$confctl" -q show 'quarterly review'
check "confctl reschedules it" "$confctl" -q update 'quarterly review' --start "$later 14:00" -o "$work/update.ics"
check "khal sees the new time" lists "$later" 1d '14:00 Quarterly review'
check "what khal wrote stays" says '^LOCATION:Room 5' "$work/update.ics"

# An appointment that khal made gets a conference, and stays one appointment.
khal new -a diary "$day" 16:00 17:00 'Žluťoučký kůň' :: 'Bring a saddle' >/dev/null
own=$(grep -l 'Bring a saddle' "$diary"/*.ics)
check "an appointment of khal's is no meeting" sh -c "! '$confctl' -q list --offline | grep -q kůň"
check "an appointment of khal's gets a conference" "$confctl" -q schedule live-meeting --from "$own" -o "$work/from.ics"
check "it is still there once" count "$diary" 3
check "khal lists it once" sh -c "[ \"\$('$tools/bin/khal' -c '$work/khal.conf' list --format '{title}' '$day' 1d | grep -c kůň)\" = 1 ]"
check "its words are kept" says 'Bring a saddle' "$own"

# vdirsyncer carries it to a server and to a second calendar.
mkdir -p "$work/phone" "$work/collections"
port=$((20000 + $$ % 20000))
"$tools/bin/python" -m radicale --hosts "127.0.0.1:$port" --auth-type none \
    --storage-filesystem-folder "$work/collections" >"$work/radicale" 2>&1 &
server=$!
cat >"$work/vdirsyncer.conf" <<CONF
[general]
status_path = "$work/status"
[pair up]
a = "diary"
b = "server"
collections = [["work", "diary", "diary"]]
conflict_resolution = "a wins"
[pair down]
a = "phone"
b = "server"
collections = [["work", "phone", "diary"]]
conflict_resolution = "a wins"
[storage diary]
type = "filesystem"
path = "$(dirname "$diary")"
fileext = ".ics"
[storage phone]
type = "filesystem"
path = "$work"
fileext = ".ics"
[storage server]
type = "caldav"
url = "http://127.0.0.1:$port/ana/"
username = "ana"
password = "any"
CONF
for _ in 1 2 3 4 5 6 7 8 9 10; do
    "$tools/bin/python" -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>/dev/null && break
    sleep 1
done
check "vdirsyncer finds both sides" vdirsyncer discover
check "vdirsyncer carries the diary" carry up down
check "all meetings arrive" count "$work/phone" 3
check "another program edits one there" edit icalendar "$work/phone" 'Quarterly review' 'Room 7'
check "vdirsyncer carries it back" carry down up
check "confctl reads what the server wrote" "$confctl" -q show 'quarterly review' --offline
check "confctl changes it" "$confctl" -q update 'quarterly review' --invite cy@example.com -o "$work/again.ics"
check "what was written there stays" says '^LOCATION:Room 7' "$work/again.ics"
check "the new guest is invited" says 'mailto:cy@example.com' "$work/again.ics"
check "the meeting is cancelled" "$confctl" -q cancel 'quarterly review' --yes -o "$work/cancel.ics"
check "vdirsyncer carries the cancellation" carry up down
check "the cancellation arrives" edit cancelled "$work/phone" 'Quarterly review'
check "nothing is there twice" count "$work/phone" 3

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
