"""Runs the program once for each invitation of the matrix and writes down what was asked for.

    matrix.py CONFCTL DIRECTORY

DIRECTORY gets one .ics a meeting and manifest.json, a list with one object for each of them:
file, command, kind, method, subject, note, dial_in, attendees (address, name, role), start and end
(seconds since 1970), tzid (null where the times must be in UTC). All of it follows from the
arguments, nothing from the program's output; times are what zoneinfo makes of the clock asked for.
A run that fails is printed as a line "FAIL confctl: NAME: why".
"""

import json
import shlex
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

NOW = "2026-11-22T09:15:00Z"
YEAR = 2027
REQUIRED, OPTIONAL = "REQ-PARTICIPANT", "OPT-PARTICIPANT"
KINDS = ["live-meeting", "conference-call"]
ZONES = [
    "Europe/Prague",
    "America/New_York",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "Asia/Jerusalem",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "UTC",
]

SUBJECTS = {
    "plain": "Quarterly review",
    "commas": "Prague, Brno, and Plzeň",
    "semicolons": "agenda; minutes;; next steps;",
    "quotes": 'the "big" one, ""quoted""',
    "backslashes": "C:\\new\\table \\\\server\\share \\, \\; \\",
    "colons": "Re: BEGIN:VEVENT;X-FAKE=1:x",
    "carets": "2^n ^' ^^",
    "emoji": "🎉 launch 👩🏽‍🚀 🇨🇿 day",
    "right-to-left": "ישיבה רבעונית, اجتماع; \"x\" \u200fend",
    "combining": "Z\u030cofie n\u0303 \u1112\u1161\u11ab",
    "long": "a subject, with 300 characters; " * 9 + "and here it ends",
    "long-narrow": "ž" * 300,
    "long-wide": "🎉" * 300,
    "spaces": "two  spaces   three",
    "html": "<b>R&D</b> &amp; %0D%0A {x} $(x) 100%",
}
assert len(SUBJECTS["long"]) >= 300

NOTES = {
    "lines": "First line\n\n  indented, third\nlast: https://example.com/a;b?c=d,e",
    "everything": "\n".join(SUBJECTS.values()),
    "hostile": "x\nEND:VEVENT\nEND:VCALENDAR\n BEGIN:VEVENT\nATTENDEE:mailto:eve@example.org\n\\n",
}

# What is typed, and the address and name that it stands for.
PEOPLE = {
    "bare": ("bo@example.com", "bo@example.com", None),
    "plain": ("Bo Example <bo@example.com>", "bo@example.com", "Bo Example"),
    "comma": ('"Exemplar, Ana" <ana@example.com>', "ana@example.com", "Exemplar, Ana"),
    "quotes": (r'"Ana \"Nana\" Exemplar" <nana@example.com>', "nana@example.com", 'Ana "Nana" Exemplar'),
    "quotes-comma": (r'"Exemplar, \"Nana\"" <nana2@example.com>', "nana2@example.com", 'Exemplar, "Nana"'),
    "apostrophe": ("Cy O'Neil <cy.o'neil@example.com>", "cy.o'neil@example.com", "Cy O'Neil"),
    "semicolon": ('"Room; floor: 4" <room@example.org>', "room@example.org", "Room; floor: 4"),
    "caret": ('"2^n ^^ up^" <caret@example.org>', "caret@example.org", "2^n ^^ up^"),
    "backslash": (r'"Back\\slash" <back@example.org>', "back@example.org", "Back\\slash"),
    "accents": ("Žofie Příkladová <zofie@example.org>", "zofie@example.org", "Žofie Příkladová"),
    "kanji": ("見本 太郎 <taro@example.org>", "taro@example.org", "見本 太郎"),
    "hebrew": ('"דוגמה, דנה" <dana@example.org>', "dana@example.org", "דוגמה, דנה"),
    "emoji": ("Ann 🎉 Example <ann+party@example.org>", "ann+party@example.org", "Ann 🎉 Example"),
    "long": (f'"{"ř" * 120}, A" <long@example.org>', "long@example.org", "ř" * 120 + ", A"),
}


class Matrix:
    """The meetings, each run when it is added."""

    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        self.home = directory / "home"
        self.home.mkdir(parents=True)
        self.entries = []
        self.runs = 0

    def add(self, name, start, end, arguments=(), **asked):
        """One meeting; `arguments` say its start and end, the rest of `asked` becomes arguments here."""
        self.runs += 1
        kind = asked.get("kind") or KINDS[self.runs % 2]
        subject = asked.get("subject", f"Meeting {name}")
        people = asked.get("people", [("--invite", REQUIRED, "comma")])
        command = ["schedule", kind, f"--subject={subject}", *arguments]
        command += [f"{flag}={PEOPLE[person][0]}" for flag, _, person in people]
        if (note := asked.get("note")) is not None:
            command.append(f"--note={note}")
        if not asked.get("dial_in", True):
            command.append("--no-dial-in")
        if not self.run(name, command):
            return
        self.entries.append(
            {
                "file": f"{name}.ics",
                "command": shlex.join(command),
                "kind": kind,
                "method": "REQUEST" if people else "PUBLISH",
                "subject": subject,
                "note": note,
                "dial_in": asked.get("dial_in", True),
                "attendees": attendees(people),
                "start": int(start.timestamp()),
                "end": int(end.timestamp()),
                "tzid": tzid(start, end),
            }
        )

    def run(self, name, command):
        """Every second invitation goes through a pipe, the others are files of the program's own."""
        file = self.directory / f"{name}.ics"
        piped = self.runs % 4 < 2
        ran = subprocess.run(
            [self.program, *command, *([] if piped else [f"--output={file}"])],
            env={"HOME": str(self.home), "TZ": "UTC", "CONFCTL_NOW": NOW},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
        )
        if ran.returncode != 0:
            why = ran.stderr.decode(errors="replace").strip().replace("\n", " | ")
            print(f"FAIL confctl: {name}: exit code {ran.returncode}: {why} ({shlex.join(command)})")
            return False
        if piped:
            file.write_bytes(ran.stdout)
        elif ran.stdout:
            print(f"FAIL confctl: {name}: with --output it wrote to stdout too")
        return True


def attendees(people):
    """Everybody once, in the role of the first list that names them."""
    roles = {}
    for _, role, person in people:
        roles.setdefault(PEOPLE[person][1], (PEOPLE[person][2], role))
    return [{"address": a, "name": name, "role": role} for a, (name, role) in roles.items()]


def tzid(start, end):
    """None where one of the times is the second that the clock shows: it can't be named in a zone."""
    unnamed = any(is_second(at) for at in (start, end))
    return None if unnamed or start.tzinfo.key == "UTC" else start.tzinfo.key


def is_second(at):
    return at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset() and (
        settled(at).fold == 1
    )


def settled(at):
    """The same instant as a clock that exists; `at` may be one that is skipped."""
    return at.astimezone(timezone.utc).astimezone(at.tzinfo)


def after(at, **span):
    """So much time later, not so much on the clock."""
    return (at.astimezone(timezone.utc) + timedelta(**span)).astimezone(at.tzinfo)


def clock(at):
    return f"{at:%Y-%m-%d %H:%M}"


def changes(zone):
    """Instants of the year at which the zone's offset changes."""
    at = datetime(YEAR, 1, 1, tzinfo=timezone.utc)
    offset = at.astimezone(zone).utcoffset()
    while at.year == YEAR:
        at += timedelta(minutes=15)
        if at.astimezone(zone).utcoffset() != offset:
            offset = at.astimezone(zone).utcoffset()
            yield at.astimezone(zone)


def add_times(matrix):
    for key in ZONES:
        zone = ZoneInfo(key)
        name = key.replace("/", "-")
        for season, month in [("winter", 1), ("summer", 7), ("another-winter", 12)]:
            start = datetime(YEAR, month, 12, 10, 0, tzinfo=zone)
            add_clock(matrix, f"{name}-{season}", start, after(start, minutes=90))
        far = datetime(YEAR + 7, 6, 30, 23, 30, tzinfo=zone)
        add_clock(matrix, f"{name}-far", far, after(far, hours=2))
        found = list(changes(zone))
        for number, change in enumerate(found, 1):
            add_change(matrix, f"{name}-change-{number}", change)
        if found:
            add_clock(matrix, f"{name}-changes-all", after(found[0], days=-1), after(found[-1], days=1))


def add_clock(matrix, name, start, end):
    """Both ends by the clock."""
    zone = f"--zone={start.tzinfo.key}"
    matrix.add(name, start, end, [zone, f"--start={clock(start)}", f"--end={clock(end)}"])


def add_change(matrix, name, change):
    """Across a change of the clock, and in the time that is skipped or comes twice."""
    zone = f"--zone={change.tzinfo.key}"
    start, end = after(change, hours=-2), after(change, hours=2)
    add_clock(matrix, f"{name}-to-clock", start, end)
    matrix.add(f"{name}-long", start, end, [zone, f"--start={clock(start)}", "--duration=4h"])
    before = after(change, minutes=-1).replace(tzinfo=None) + timedelta(minutes=1)
    inside = before + (change.replace(tzinfo=None) - before) / 2
    start = inside.replace(tzinfo=change.tzinfo, fold=0)
    end = after(start, hours=1)
    matrix.add(f"{name}-inside", start, end, [zone, f"--start={clock(inside)}", "--duration=1h"])
    if change.replace(tzinfo=None) < before:
        second = start.replace(fold=1)
        written = f"{second.isoformat()}[{change.tzinfo.key}]"
        matrix.add(f"{name}-second", second, after(second, hours=1), [f"--start={written}", "--duration=1h"])


def add_people(add):
    for name in PEOPLE:
        add(f"name-{name}", people=[("--invite", REQUIRED, name)])
    everybody = list(PEOPLE)[1:]
    roles = [("--invite", REQUIRED), ("--optional", OPTIONAL), ("--presenter", REQUIRED)]
    people = [(*roles[i % 3], person) for i, person in enumerate(everybody)]
    add("roles", kind="live-meeting", people=people)
    twice = [("--invite", REQUIRED, "comma"), ("--optional", OPTIONAL, "plain")]
    twice += [("--presenter", REQUIRED, "plain"), ("--presenter", REQUIRED, "comma")]
    add("roles-twice", kind="live-meeting", people=twice)


def add_texts(add):
    for name, subject in SUBJECTS.items():
        add(f"subject-{name}", subject=subject)
    for kind in KINDS:
        for name, note in NOTES.items():
            add(f"note-{name}-{kind}", kind=kind, note=note, subject=SUBJECTS["quotes"])
        for name, dial_in in [("dial-in", True), ("no-dial-in", False)]:
            add(f"{name}-{kind}", kind=kind, dial_in=dial_in)
            add(f"{name}-{kind}-nobody", kind=kind, dial_in=dial_in, people=[], note=NOTES["everything"])


def main():
    program, directory = sys.argv[1], Path(sys.argv[2])
    matrix = Matrix(program, directory)
    start = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Europe/Prague"))
    arguments = ["--zone=Europe/Prague", f"--start={clock(start)}"]

    def add(name, **asked):
        matrix.add(name, start, after(start, hours=1), arguments, **asked)

    add_times(matrix)
    add_people(add)
    add_texts(add)
    manifest = json.dumps(matrix.entries, ensure_ascii=False, indent=1)
    (directory / "manifest.json").write_text(manifest, encoding="utf-8")


main()
