#!/bin/sh
# Shows invitations in Chromium as pages: light, dark, and as wide as a phone. Measures what people
# see: nothing is cut off, text stands out from what is behind it, letters and buttons are large
# enough, nothing comes from the network, nothing goes wrong.
#
#   page.sh CONFCTL [DIR]
#
# CONFCTL is the program to test. DIR, a new or empty folder, keeps the pages, and a picture of each
# in each manner; without it they are removed.
# Exit code: 0 all well, 1 a check failed, 2 wrong call, 77 skipped (packages can't be installed).
# Needs Debian 12 or a relative; talks to this machine only.

set -eu

packages="chromium fonts-dejavu-core fonts-noto-cjk python3"
confctl=${1:-} failures=0 passes=0

[ -x "$confctl" ] || { echo "usage: page.sh CONFCTL [DIR]" >&2; exit 2; }

install_packages() {
    if command -v chromium >/dev/null && command -v python3 >/dev/null; then return; fi
    apt-get update -qq >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $packages >&2 &&
        return
    echo "skipped: these packages are missing: $packages"
    exit 77
}

clean() {
    [ -n "$keep" ] || rm -rf "$work"
}

# confctl ARGUMENT...: on the practice pool, with a home of its own
run() {
    env -i PATH="$PATH" HOME="$work/home" CONFCTL_NOW=2027-02-01T08:00:00Z "$confctl" "$@" \
        </dev/null >>"$work/confctl.log" 2>&1
}

# schedule NAME KIND SUBJECT OPTION...: a page NAME.html
schedule() {
    name=$1 kind=$2 subject=$3
    shift 3
    if run schedule "$kind" --no-input --zone Europe/Prague --start "2027-03-02 10:00" \
        --subject "$subject" --invite "Bo <bo@example.com>" \
        --optional cy@example.org -f html -o "$work/pages/$name.html" "$@"; then return; fi
    echo "FAILED  $name: confctl made no page: $(tail -n 1 "$work/confctl.log")"
    failures=$((failures + 1))
}

make_pages() {
    mkdir -p "$work/pages" "$work/home/.config/confctl"
    cat >"$work/home/.config/confctl/config.toml" <<'SETTINGS'
[invitation]
footer = "Example Ltd, 1 Sample Street\nhttps://www.example.com"
help = "https://www.example.com/help"
legal = "https://www.example.com/legal"
keypad = true
SETTINGS
    link="https://wiki.example.com/$(printf 'budget%.0s' $(seq 30))"
    for language in en cs de fr es ja; do
        schedule "meeting-$language" live-meeting "Budget 2027 & a first look" --lang "$language" --note "Bring numbers. $link"
    done
    schedule call conference-call Budget --lang de
    schedule series live-meeting Budget --repeat weekly --until 2027-05-01 --lang cs
    schedule long live-meeting "$(printf 'Budget%.0s' $(seq 20))" --note "$(seq 100)"
    schedule right-to-left live-meeting "תקציב 2027" --note "שלום לכולם"
    schedule gone live-meeting Gone
    run cancel Gone --yes -f html -o "$work/pages/cancelled.html" || {
        echo "FAILED  confctl made no page of a cancellation: $(tail -n 1 "$work/confctl.log")"
        failures=$((failures + 1))
    }
}

# browser SCHEME ARGUMENT...: 0 is dark, 1 is light
browser() {
    scheme=$1
    shift
    timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run \
        --disable-background-networking --disable-component-update --enable-logging=stderr \
        --host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir="$work/chromium" \
        --blink-settings=preferredColorScheme="$scheme" "$@" 2>"$work/chromium.log"
}

# Puts all pages as wide as that into one, which measures them and says what it finds.
all_in_one() {
    python3 - "$work/pages" "$1" >"$work/all.html" <<'PYTHON'
import html, pathlib, sys

folder, width = sys.argv[1:]
MEASURE = """
const WIDTH = %s, LEAST = 4.5, SMALLEST = 14, TAP = 40;
const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
const part = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
function behind(view, element) {
  for (let e = element; e; e = e.parentElement) {
    const colour = numbers(view.getComputedStyle(e).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
}
function judge(frame) {
  const page = frame.contentDocument, view = frame.contentWindow, found = new Set();
  const say = (what, element) => found.add(what + ': ' + element.textContent.trim().slice(0, 40));
  const wide = page.scrollingElement.scrollWidth;
  if (wide > WIDTH) found.add('is ' + wide + ' pixels wide');
  for (const element of page.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect(), style = view.getComputedStyle(element);
    if (box.width === 0 || box.height === 0) continue;
    if (box.right > WIDTH + 1 || box.left < -1) say('is cut off', element);
    const says = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!says) continue;
    const [one, other] = [light(numbers(style.color)), light(behind(view, element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < LEAST) say('contrast ' + contrast.toFixed(1), element);
    if (parseFloat(style.fontSize) < SMALLEST) say('font of ' + style.fontSize, element);
    const link = element.closest('a');
    if (link && /^(tel|meet|conf):/.test(link.href) && link.getBoundingClientRect().height < TAP)
      say('is too small to be tapped', element);
  }
  if (!page.documentElement.lang) found.add('has no language');
  if (page.scripts.length) found.add('has a script');
  for (const image of page.images) if (!image.alt) found.add('has a picture without words');
  for (const entry of view.performance.getEntriesByType('resource')) found.add('fetches ' + entry.name);
  if (page.body.innerText.length < 100) found.add('is empty');
  return [...found];
}
addEventListener('load', () => {
  const lines = [...document.querySelectorAll('iframe')].map(frame =>
    frame.name + '\\t' + (judge(frame).join(' | ') || 'well'));
  document.getElementById('verdict').textContent = lines.join('\\n') + '\\nall\\tmeasured';
});
""" % width
print('<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><pre id="verdict"></pre>')
for page in sorted(pathlib.Path(folder).glob('*.html')):
    text = html.escape(page.read_text(encoding='utf-8'))
    print(f'<iframe name="{page.stem}" width="{width}" height="900" style="border:0" srcdoc="{text}"></iframe>')
print(f'<script>{MEASURE}</script>')
PYTHON
}

# measure NAME SCHEME WIDTH
measure() {
    all_in_one "$3"
    browser "$2" --window-size="$(($3 + 20)),1000" --dump-dom "file://$work/all.html" >"$work/dom.html" || true
    sed -n '/<pre id="verdict">/,/<\/pre>/p' "$work/dom.html" |
        sed 's/.*<pre id="verdict">//; s/<\/pre>.*//' >"$work/verdict"
    grep -q "measured" "$work/verdict" || {
        echo "FAILED  $1: chromium measured nothing: $(tail -n 1 "$work/chromium.log")"
        failures=$((failures + 1))
    }
    tab=$(printf '\t')
    while IFS="$tab" read -r page verdict; do
        case $verdict in
            well) passes=$((passes + 1)) ;;
            measured | '') ;;
            *) echo "FAILED  $1 $page: $verdict" && failures=$((failures + 1)) ;;
        esac
    done <"$work/verdict"
    if grep -q 'CONSOLE' "$work/chromium.log"; then
        echo "FAILED  $1: $(grep -m 1 'CONSOLE' "$work/chromium.log")"
        failures=$((failures + 1))
    else
        passes=$((passes + 1))
    fi
    [ -z "$keep" ] || browser "$2" --window-size="$3,20000" --screenshot="$work/$1.png" "file://$work/all.html" || true
}

keep=${2:-}
if [ -n "$keep" ]; then
    mkdir -p "$keep" && work=$(cd "$keep" && pwd)
else
    work=$(mktemp -d)
fi
trap clean EXIT
trap 'exit 130' INT TERM

install_packages
make_pages
measure light 1 760
measure dark 0 760
measure phone 1 360
measure dark-phone 0 360
measure old-phone 1 320

echo "$passes passed, $failures failed"
[ "$failures" -eq 0 ]
