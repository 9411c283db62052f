#!/bin/sh
# Lets strace count what a command opens: the settings once, and each file of a diary of 200 at most
# once, the one that it changes twice. What the index knows is not opened at all. And how often a
# command on the practice pool waits for the disk: journal 2, pool 1, entry 2, state 1.
#
#   opens.sh CONFCTL
#
# Ends with "N passed, M failed". Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped
# (strace can't be installed or may not trace). Talks to this machine only.

set -eu

confctl=${1:-}
[ -x "$confctl" ] || { echo "usage: opens.sh CONFCTL" >&2; exit 2; }
confctl=$(cd "$(dirname "$confctl")" && pwd)/$(basename "$confctl")

command -v strace >/dev/null ||
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y strace; } >&2 ||
    { echo "skipped: strace can't be installed"; exit 77; }
strace -o /dev/null true || { echo "skipped: strace may not trace here"; exit 77; }

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -p "$home/.config/confctl"
cat >"$home/.config/confctl/config.toml" <<'TOML'
zone = "Europe/Prague"
language = "de"
[mail]
via = "folder:mails"
[invitation]
footer = "Example Ltd"
TOML

passed=0 failures=0

opens_once() { # CODE WORD...
    expected=$1 code=0
    shift
    (cd "$home" && env -i HOME="$home" PATH="$PATH" LANG=C.UTF-8 BROWSER=false \
        strace -f -qq -e trace=open,openat,openat2 -o trace "$confctl" "$@") \
        >/dev/null 2>&1 </dev/null || code=$?
    count=$(grep -c 'config\.toml"' "$home/trace" || :)
    if [ "$count" = 1 ] && [ "$code" = "$expected" ]; then
        passed=$((passed + 1))
    else
        failures=$((failures + 1))
        echo "FAILED: confctl $* opened the settings $count times (exit code $code, expected $expected)"
    fi
}

meeting="schedule live-meeting -s Review -t $(date -u -d "+2 days" +%Y-%m-%dT10:00) -i bo@example.com"
opens_once 0 $meeting --key one --send
opens_once 0 $meeting --key one
opens_once 0 schedule conference-call -s Call -t +3d --dry-run
opens_once 0 list
opens_once 0 list --json --all
opens_once 0 show Review
opens_once 0 update Review -t +1h --send
opens_once 0 copy Review -t +7d -s Next
opens_once 0 invite Review -f eml
opens_once 0 invite Review --send
opens_once 0 invite Review --send --dry-run
opens_once 0 refresh --yes --send
opens_once 0 resume
opens_once 0 resume --list
opens_once 0 meet-now live-meeting
opens_once 0 settings url
# The browser is one that fails.
opens_once 1 settings open
opens_once 0 settings show
opens_once 0 cancel Next --yes --send

diary=$home/.local/share/confctl/diary
names() { (cd "$diary" && ls -i | sort -k 2); }

# A file that was changed is another one under its name.
opened() { # BEFORE AFTER TRACE: how often each is too much, and how many were opened
    awk -v folder="$diary/" '
        FILENAME == ARGV[1] { inode[$2] = $1; next }
        FILENAME == ARGV[2] { if (inode[$2] != $1) changed[$2] = 1; next }
        match($0, /"[^"]*\.ics"/) {
            path = substr($0, RSTART + 1, RLENGTH - 2)
            if (index(path, folder) != 1) next
            name = substr(path, length(folder) + 1)
            if (!count[name]++) files++
        }
        END {
            for (name in count)
                if (count[name] > (name in changed ? 2 : 1)) print name, "was opened", count[name], "times;"
            print files + 0
        }' "$1" "$2" "$3"
}

opens_files() { # MOST CODE WORD...: at most so many files, each as often as it may be
    most=$1 expected=$2 code=0
    shift 2
    # What was changed a moment ago is not believed yet, and looked at once more.
    sleep 0.05
    [ "$index" = cold ] || run list
    names >"$home/before"
    (cd "$home" && env -i HOME="$home" PATH="$PATH" LANG=C.UTF-8 CONFCTL_COMPLETE="$asked" \
        strace -f -qq -e trace=open,openat,openat2 -o trace "$confctl" "$@") \
        >/dev/null 2>&1 </dev/null || code=$?
    names >"$home/after"
    opened "$home/before" "$home/after" "$home/trace" >"$home/opened"
    files=$(tail -n 1 "$home/opened")
    if [ "$(wc -l <"$home/opened")" = 1 ] && [ "$files" -le "$most" ] && [ "$code" = "$expected" ]; then
        passed=$((passed + 1))
    else
        failures=$((failures + 1))
        echo "FAILED: confctl $* ($index index) opened $files files, expected at most $most (exit code $code, expected $expected)"
        sed '$d' "$home/opened" | head -n 3
    fi
}

run() { (cd "$home" && env -i HOME="$home" PATH="$PATH" LANG=C.UTF-8 "$confctl" "$@") >/dev/null 2>&1 </dev/null; }

# Occurrences of a series that were long ago stand in its file alone.
every_command() {
    opens_files 0 0 list
    opens_files $series 0 list --json --all
    opens_files 0 0 list --offline --until +7d
    opens_files 1 0 show "$one"
    opens_files 1 0 show "Meeting 7"
    opens_files 1 0 history "$one"
    opens_files 1 0 invite "$one" -f text
    opens_files 1 0 update "Meeting 8" -s "Meeting 8" --invite cy@example.com
    opens_files 1 0 update "Series 2" --start +3d
    opens_files 1 0 cancel "Meeting 10" --yes
    opens_files 1 0 undo "Meeting 10" --yes
    half_done "Meeting 9"
    opens_files 1 0 resume
    opens_files 1 0 schedule live-meeting -s More -t +2d --key more
    opens_files 1 0 schedule live-meeting -s More -t +2d --key more
    opens_files 1 0 adopt "$one" --yes
    opens_files $((own + 1)) 0 refresh --check
    opens_files 0 0 prune --yes
    asked=fish
    opens_files 0 0 -- confctl show ""
    opens_files 0 0 -- confctl show 1
    asked=
}

# Leaves an operation unfinished that can be finished.
half_done() { # CONF
    ln -sf /dev/full "$home/full"
    opens_files $most_of_one 7 update "$1" --invite di@example.com -o full
    rm "$home/full"
}

own=40 series=5 all=200 asked='' index=warm most_of_one=1
rm -rf "$home/.local" "$home/.cache"
for number in $(seq $((own - series))); do
    run schedule live-meeting -s "Meeting $number" -t "+${number}d" -i bo@example.com
done
for number in $(seq $series); do
    run schedule conference-call -s "Series $number" -t "+${number}d" --repeat weekly --id new
done
for number in $(seq $((own + 1)) $all); do
    printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//Example//Other//EN BEGIN:VEVENT \
        "UID:other-$number@example.com" DTSTAMP:20200101T000000Z \
        "DTSTART:$(date -u -d "+$number days" +%Y%m%dT080000Z)" "SUMMARY:Dentist $number" \
        END:VEVENT END:VCALENDAR >"$diary/other-$number.ics"
done
one=$(grep -l "SUMMARY:Meeting 6" "$diary"/*.ics | sed 's,.*/,,; s,\.ics$,,')
[ "$(ls "$diary" | wc -l)" = "$all" ] || { echo "FAILED: there are not $all files"; exit 1; }
every_command
index=cold most_of_one=$((all + 9))
for words in "list" "list --json --all" "show $one" "invite $one -f text" "refresh --check" \
    "update $one --invite ed@example.com" "cancel $one --yes" "undo $one --yes" "prune --yes" \
    "schedule live-meeting -s Last -t +2d --key last" "schedule live-meeting -s Last -t +2d --key last"; do
    rm -rf "$home/.cache"
    opens_files $most_of_one 0 $words
done
rm -rf "$home/.cache"
half_done "Meeting 11"
rm -rf "$home/.cache"
opens_files $most_of_one 0 resume
rm -rf "$home/.cache"
asked=fish
opens_files $most_of_one 0 -- confctl show ""

syncs() { # WAITS WORD...: of a command that is not the first
    waits=$1
    shift
    run list
    (cd "$home" && env -i HOME="$home" PATH="$PATH" LANG=C.UTF-8 \
        strace -f -qq -e trace=fsync,fdatasync,syncfs,sync_file_range,msync -o trace "$confctl" "$@") \
        >/dev/null 2>&1 </dev/null || :
    count=$(grep -c 'sync' "$home/trace" || :)
    if [ "$count" = "$waits" ]; then
        passed=$((passed + 1))
    else
        failures=$((failures + 1))
        echo "FAILED: confctl $* waited for the disk $count times, expected $waits"
    fi
}

asked=''
rm -rf "$home/.local" "$home/.cache"
run schedule live-meeting -s First -t +1d
syncs 6 schedule live-meeting -s Second -t +2d
syncs 6 schedule conference-call -s Third -t +3d --id new --key third
syncs 0 list
# What another process left unsynced is not told before it is on the disk.
syncs 1 show Second
syncs 6 cancel Second --yes

echo "$passed passed, $failures failed"
[ "$failures" = 0 ]
