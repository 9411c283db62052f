# Installs recurring-ical-events and ical.js into $tools, a folder for temporary files that later runs use again.
# To be sourced by a script that has a function stop, which says why and ends it. Needs Python 3.11 and Node 18.
# shellcheck shell=sh

tools=${TMPDIR:-/tmp}/confctl-differential.$(id -u)
mkdir -p "$tools"
[ -O "$tools" ] || stop "$tools belongs to somebody else"
export PYTHONPATH="$tools/python" PYTHONDONTWRITEBYTECODE=1
python3 -c 'import recurring_ical_events, icalendar, tzdata' 2>/dev/null ||
    python3 -m pip install --quiet --disable-pip-version-check --no-warn-conflicts \
        --root-user-action=ignore --target "$tools/python" \
        recurring-ical-events==3.8.2 icalendar==7.3.0 tzdata >&2 ||
    stop "recurring-ical-events for Python can't be installed"
for pause in 2 10 0; do
    [ -d "$tools/node_modules/ical.js" ] && break
    npm install --loglevel=error --no-audit --no-fund --prefix "$tools" ical.js@2.2.1 >&2 || sleep "$pause"
done
[ -d "$tools/node_modules/ical.js" ] || stop "ical.js can't be installed"
