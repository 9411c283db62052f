#!/bin/sh
# Lets zbar, a QR reader we have not written, read the codes on phone cards: as PNG, as SVG drawn by
# librsvg and Chromium, and on terminals, dark and light, with and without colours and UTF-8.
#
#   qr.sh CONFCTL [DIR]
#
# CONFCTL is the program to test. DIR, a new or empty folder, keeps the pictures; without it they are
# removed. Ends with "N passed, M failed".
# Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped (packages can't be installed).
# Needs Debian 12 or a relative; talks to this machine only.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
packages="zbar-tools librsvg2-bin"
confctl=${1:-} passed=0 failures=0

[ -x "$confctl" ] || { echo "usage: qr.sh CONFCTL [DIR]" >&2; exit 2; }
confctl=$(cd "$(dirname "$confctl")" && pwd)/$(basename "$confctl")
command -v python3 >/dev/null || packages="$packages python3"
command -v script >/dev/null || packages="$packages bsdutils"

missing() {
    for package in $packages; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

install_packages() {
    wanted=$(missing)
    [ -n "$wanted" ] || return 0
    apt-get update -qq >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $wanted >&2 &&
        return 0
    echo "skipped: these packages are missing:" $wanted
    exit 77
}

clean() { [ -n "$keep" ] || rm -rf "$work"; }

# clean_run [NAME=VALUE...] COMMAND...: without the settings and colours of whoever runs this
clean_run() { env -i PATH="$PATH" HOME="$work" LC_ALL=C.UTF-8 TERM=xterm-256color "$@"; }

# schedule SUBJECT ARGUMENT...: a meeting on the practice pool, as SUBJECT.json
schedule() {
    name=$1
    shift
    clean_run "$confctl" schedule conference-call --no-input --id new --subject "$name" --start +2h \
        --format json "$@" >"$work/$name.json" 2>"$work/$name.log"
}

# known EXPRESSION: of the meeting's JSON
known() {
    python3 -c 'import json, sys
meeting = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$work/Review.json" "$1"
}

# card FORMAT FILE: writes the phone card
card() { clean_run "$confctl" invite "$id" --format "$1" --output "$work/$2" 2>"$work/$2.log"; }

# reads PICTURE CONTENT [OPTION]: zbar finds that and nothing else
reads() {
    found=$(zbarimg --nodbus --quiet --raw ${3:-} "$work/$1" 2>"$work/zbar.log") || true
    [ "$found" = "$2" ] || { echo "        '$found' is not '$2'"; false; }
}

rsvg() { rsvg-convert --zoom 3 --background-color "$1" "$work/card.svg" --output "$work/$2"; }

# chromium is a heavy package: where it is, it draws as well, in dark mode
browser() {
    clean_run chromium --headless --no-sandbox --disable-gpu --force-dark-mode --hide-scrollbars \
        --force-device-scale-factor=3 --window-size=400,300 --screenshot="$work/browser.png" \
        "file://$work/card.svg" >"$work/browser.log" 2>&1
}

# terminal NAME [NAME=VALUE...]: the card as a terminal of that environment shows it
terminal() {
    name=$1
    shift
    clean_run "$@" script -qec "'$confctl' invite '$id' --format card 2>/dev/null" /dev/null >"$work/$name.txt" </dev/null
}

draw() { python3 "$here/qr.py" "$2" <"$work/$1.txt" >"$work/$1-$2.pgm"; }

# check WHAT COMMAND...: one line on whether the command succeeds
check() {
    what=$1
    shift
    if "$@"; then
        echo "ok      $what"
        passed=$((passed + 1))
    else
        echo "FAILED  $what"
        failures=$((failures + 1))
    fi
}

says() { grep -Fq -e "$2" "$work/$1" || { echo "        no '$2' in $1"; false; }; }
lacks() { ! grep -Fq -e "$2" "$work/$1"; }

check_pictures() {
    check "png: it is written" card png card.png
    check "png: it is read" reads card.png "$link"
    check "svg: it is written" card svg card.svg
    for ground in white black; do
        check "svg: librsvg draws it on $ground" rsvg "$ground" "rsvg-$ground.png"
        check "svg: and it is read" reads "rsvg-$ground.png" "$link"
    done
    check "svg: the Conference ID is text" says card.svg ">$digits<"
    if ! command -v chromium >/dev/null; then return; fi
    check "svg: Chromium draws it in dark mode" browser
    check "svg: and it is read" reads browser.png "$link"
}

# check_terminal NAME LIGHT-OPTION [NAME=VALUE...]
check_terminal() {
    name=$1 option=$2
    shift 2
    check "$name: the card is shown" terminal "$name" "$@"
    check "$name: with the one-tap text" says "$name.txt" "$tap"
    check "$name: drawn on a dark terminal" draw "$name" dark
    check "$name: it is read" reads "$name-dark.pgm" "$link"
    check "$name: drawn on a light terminal" draw "$name" light
    check "$name: it is read" reads "$name-light.pgm" "$link" "$option"
}

install_packages
keep=${2:-}
work=${keep:-$(mktemp -d)}
mkdir -p "$work"
work=$(cd "$work" && pwd)
trap clean EXIT
check "a meeting is scheduled" schedule Review
id=$(known 'meeting["call_in"]["conference_id"]')
digits=$id
number=$(known '"".join(c for c in meeting["call_in"]["numbers"][0]["display"] if c in "+0123456789")')
link="tel:$number,,$digits" tap="$number,,$digits#"
check_pictures
check_terminal colors ''
# Without colours a light terminal shows the code inverted: telephones read that, zbar when told.
check_terminal blocks -Stest-inverted=1 NO_COLOR=1
check_terminal ascii -Stest-inverted=1 NO_COLOR=1 LC_ALL=C
check "in a pipe: the card" card card card.txt
check "in a pipe: has the number" says card.txt "$tap"
check "in a pipe: has no code" lacks card.txt '█'
echo "$passed passed, $failures failed"
[ "$failures" -eq 0 ]
