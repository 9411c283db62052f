"""Runs the program once for each invitation of the matrix and writes down what was asked for.

    matrix.py CONFCTL DIRECTORY

DIRECTORY gets one .ics a meeting and manifest.json, a list with one object for each of them:
file, command, kind, method, status, subject, note, dial_in, attendees (address, name, role), start
and end (seconds since 1970), tzid (null where the times must be in UTC), rule (null for what takes
place once) and starts (the first ten of a series). All of it follows from the arguments, nothing
from the program's output; times are what zoneinfo makes of the clock asked for.
What changes a meeting has "of", the file of the meeting.
What is about one meeting of a series has "recurrence", its original start. A series in which some
were moved or dropped has "events", the number of VEVENTs, and all its starts as they are now.
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
CANCELLED = {"method": "CANCEL", "status": "CANCELLED", "dial_in": False}
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

CHANGED_ZONES = ["Europe/Prague", "America/New_York", "Africa/Casablanca", "Europe/Dublin", "UTC"]

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
    "long": ("a subject, with many characters; " * 10)[:300].strip(",; ") + ".",
    "long-narrow": "ž" * 300,
    "long-wide": "🎉" * 300,
    "spaces": "two  spaces   three",
    "html": "<b>R&D</b> &amp; %0D%0A {x} $(x) 100%",
}

NOTES = {
    "lines": "First line\n\n  indented, third\nlast: https://example.com/a;b?c=d,e",
    "everything": "\n".join(SUBJECTS.values()),
    "hostile": "x\nEND:VEVENT\nEND:VCALENDAR\n BEGIN:VEVENT\nATTENDEE:mailto:eve@example.org\n\\n",
}

# What is typed before the address, which is KEY@example.com, and the name that it stands for.
NAMES = {
    "bare": ("", None),
    "plain": ("Bo Example", "Bo Example"),
    "comma": ('"Exemplar, Ana"', "Exemplar, Ana"),
    "quotes": (r'"Ana \"Nana\" Exemplar"', 'Ana "Nana" Exemplar'),
    "quotes-comma": (r'"Exemplar, \"Nana\""', 'Exemplar, "Nana"'),
    "o'apostrophe": ("Cy O'Neil", "Cy O'Neil"),
    "semicolon": ('"Room; floor: 4"', "Room; floor: 4"),
    "caret": ('"2^n ^^ up^"', "2^n ^^ up^"),
    "backslash": (r'"Back\\slash"', r"Back\slash"),
    "accents": ("Žofie Příkladová", "Žofie Příkladová"),
    "kanji": ("見本 太郎", "見本 太郎"),
    "hebrew": ('"דוגמה, דנה"', "דוגמה, דנה"),
    "party+emoji": ("Ann 🎉 Example", "Ann 🎉 Example"),
    "long": ('"' + "ř" * 120 + ', A"', "ř" * 120 + ", A"),
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
        """One meeting; `arguments` are its start and end, `asked` becomes arguments here. Gives its
        entry, if there is one."""
        self.runs += 1
        kind = asked.get("kind") or KINDS[self.runs % 2]
        subject = asked.get("subject", f"Meeting {name}")
        people = asked.get("people", [("--invite", REQUIRED, "comma")])
        flags, rule, starts = asked.get("series", (asked.get("flags", ()), None, [start]))
        command = ["schedule", kind, f"--subject={subject}", *arguments, *flags]
        command += [f"{flag}={typed(person)}" for flag, _, person in people]
        if (note := asked.get("note")) is not None:
            command.append(f"--note={note}")
        if not asked.get("dial_in", True):
            command.append("--no-dial-in")
        if not self.run(name, command):
            return None
        entry = {
            "file": f"{name}.ics",
            "command": shlex.join(command),
            "kind": kind,
            "method": "REQUEST" if people else "PUBLISH",
            "status": "CONFIRMED",
            "subject": subject,
            "note": note,
            "dial_in": asked.get("dial_in", True),
            "attendees": attendees(people),
            "start": int(start.timestamp()),
            "end": int(end.timestamp()),
            "tzid": tzid(start, end),
            "rule": rule,
            "starts": [int(at.timestamp()) for at in starts],
        }
        self.entries.append(entry)
        if asked.get("then_cancel"):
            self.cancel(name, entry)
        return entry

    def cancel(self, name, entry):
        """The same meeting once more, as the cancellation that comes out."""
        self.change(f"{name}-cancelled", entry, ["cancel", "--yes"], **CANCELLED)

    def change(self, name, entry, command, **changed):
        """The same meeting once more, as what comes out when it is changed."""
        self.runs += 1
        command = [*command, entry["subject"]]
        if self.run(name, command):
            ran = {"file": f"{name}.ics", "of": entry["file"], "command": shlex.join(command)}
            self.entries.append({**entry, **ran, **changed})

    def run(self, name, command):
        """Half of the invitations go through a pipe, the others the program writes itself."""
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
            print(f"FAIL confctl: {name}: exit {ran.returncode}: {why} ({shlex.join(command)})")
            return False
        if piped:
            file.write_bytes(ran.stdout)
        elif ran.stdout:
            print(f"FAIL confctl: {name}: with --output it wrote to stdout too")
        return True


def typed(person):
    name = NAMES[person][0]
    return f"{name} <{person}@example.com>" if name else f"{person}@example.com"


def attendees(people):
    """Everybody once, in the role of the first list that names them."""
    roles = {}
    for _, role, person in people:
        roles.setdefault(person, role)
    return [
        {"address": f"{person}@example.com", "name": NAMES[person][1], "role": role}
        for person, role in roles.items()
    ]


def tzid(start, end):
    """None for UTC, and where the clock shows a time twice: calendars differ in which they take."""
    twice = any(comes_twice(at) for at in (start, end))
    return None if twice or start.tzinfo.key == "UTC" else start.tzinfo.key


def comes_twice(at):
    at = after(at)
    return at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()


def after(at, **span):
    """So much time later, not so much on the clock; never a time that the clock skips."""
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
        for season, month in [("winter", 1), ("summer", 7)]:
            start = datetime(YEAR, month, 12, 10, 0, tzinfo=zone)
            add_clock(matrix, f"{name}-{season}", start, after(start, minutes=90))
            instant = start.astimezone(timezone.utc).isoformat()
            arguments = [f"--zone={key}", f"--start={instant}", "--duration=1h30m"]
            matrix.add(f"{name}-{season}-instant", start, after(start, minutes=90), arguments)
        far = datetime(YEAR + 7, 6, 30, 23, 30, tzinfo=zone)
        add_clock(matrix, f"{name}-far", far, after(far, hours=2))
        found = list(changes(zone))
        for number, change in enumerate(found, 1):
            add_change(matrix, f"{name}-change-{number}", change)
        if found:
            start, end = after(found[0], days=-1), after(found[-1], days=1)
            add_clock(matrix, f"{name}-changes-all", start, end)


def add_clock(matrix, name, start, end):
    """Both ends by the clock."""
    zone = f"--zone={start.tzinfo.key}"
    matrix.add(name, start, end, [zone, f"--start={clock(start)}", f"--end={clock(end)}"])


def add_change(matrix, name, change):
    """Around a change of the clock, and in the time that is skipped or comes twice."""
    zone = change.tzinfo
    late = change.replace(tzinfo=None, fold=0)
    early = late - change.utcoffset() + after(change, seconds=-1).utcoffset()
    skips = early < late
    early, late = sorted([early, late])
    inside = (early + (late - early) / 2).replace(tzinfo=zone)
    first = (early - timedelta(minutes=15)).replace(tzinfo=zone)
    add_clock(matrix, f"{name}-tight", first, late.replace(tzinfo=zone))
    for suffix, start, hours in [("long", after(change, hours=-2), 4), ("inside", inside, 2)]:
        arguments = [f"--zone={zone.key}", f"--start={clock(start)}", f"--duration={hours}h"]
        matrix.add(f"{name}-{suffix}", start, after(start, hours=hours), arguments)
    if not skips:
        second = inside.replace(fold=1)
        arguments = [f"--start={second.isoformat()}[{zone.key}]", "--duration=2h"]
        matrix.add(f"{name}-second", second, after(second, hours=2), arguments)


def add_people(add):
    for name in NAMES:
        add(f"name-{name}", people=[("--invite", REQUIRED, name)])
    everybody = list(NAMES)
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
            asked = {"kind": kind, "dial_in": dial_in}
            add(f"{name}-{kind}", **asked)
            add(f"{name}-{kind}-nobody", people=[], note=NOTES["everything"], **asked)


def add_series(matrix):
    """Series through changes of the clock, each cancelled afterwards."""
    for number, key in enumerate(ZONES):
        zone = ZoneInfo(key)
        for name, (flags, rule, days) in repeats(number).items():
            first = datetime(YEAR, 3, 1, 10, 0, tzinfo=zone)
            starts = [first.replace(month=3 + month, day=day) for month, day in days]
            name = f"series-{key.replace('/', '-')}-{name}"
            arguments = [f"--zone={key}", f"--start={clock(starts[0])}", "--duration=45m"]
            people = [] if name.endswith("monthly") else [("--invite", REQUIRED, "comma")]
            end = after(starts[0], minutes=45)
            asked = {"people": people, "series": (flags, rule, starts), "then_cancel": True}
            matrix.add(name, starts[0], end, arguments, **asked)


def repeats(number):
    """What is typed, its rule without UNTIL, and the first ten days: months after March, day."""
    mondays = [(0, 1), (0, 8), (0, 15), (0, 22), (0, 29), (1, 5), (1, 12), (1, 19), (1, 26)]
    count = 3 + number % 7
    return {
        "weekly": (
            ["--repeat=weekly", f"--count={count}"],
            f"FREQ=WEEKLY;BYDAY=MO;COUNT={count}",
            mondays[:count],
        ),
        "fortnight": (
            ["--repeat=weekly", "--every=2", "--on=mon,sun", f"--until={YEAR}-04-11"],
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
            [(0, 1), (0, 7), (0, 15), (0, 21), (0, 29), (1, 4)],
        ),
        "monthly": (
            ["--repeat=monthly", "--on=last friday"],
            "FREQ=MONTHLY;BYDAY=-1FR",
            [(0, 26), (1, 30), (2, 28), (3, 25), (4, 30), (5, 27), (6, 24), (7, 29), (8, 26), (9, 31)],
        ),
    }


def add_cancelled(add):
    for kind in KINDS:
        for people in [[], [("--invite", REQUIRED, "quotes-comma"), ("--optional", OPTIONAL, "kanji")]]:
            name = f"single-{kind}-{len(people)}"
            add(name, kind=kind, people=people, note=NOTES["everything"], then_cancel=True)


def add_changes(matrix):
    """Weekly series of which one meeting loses a guest, one is moved and one dropped."""
    for key in CHANGED_ZONES:
        zone = ZoneInfo(key)
        first = datetime(YEAR, 3, 1, 10, 0, tzinfo=zone)
        starts = [first + timedelta(weeks=week) for week in range(8)]
        people = [("--invite", REQUIRED, "comma"), ("--optional", OPTIONAL, "plain")]
        series = (["--repeat=weekly", "--count=8"], "FREQ=WEEKLY;BYDAY=MO;COUNT=8", starts)
        arguments = [f"--zone={key}", f"--start={clock(first)}", "--duration=45m"]
        name = f"change-{key.replace('/', '-')}"
        end = after(first, minutes=45)
        entry = matrix.add(name, first, end, arguments, people=people, series=series)
        if entry:
            change_some(matrix, name, entry, starts)


def change_some(matrix, name, entry, starts):
    guest = entry["attendees"][0]
    removal = ["invite", f"--cancel-for={guest['address']}"]
    gone = {**CANCELLED, "note": None, "attendees": [guest]}
    matrix.change(f"{name}-without", entry, removal, **gone)
    moved = (starts[2] + timedelta(days=1)).replace(hour=15)
    new = [f"--occurrence={starts[2]:%F}", f"--start={clock(moved)}"]
    matrix.change(f"{name}-moved", entry, ["update", *new], **one(starts[2], moved))
    removal.append(new[0])
    matrix.change(f"{name}-moved-without", entry, removal, **one(starts[2], moved), **gone)
    drop = ["cancel", "--yes", f"--occurrence={starts[4]:%F}"]
    matrix.change(f"{name}-dropped", entry, drop, **one(starts[4], starts[4]), **CANCELLED)
    left = sorted([*starts[:2], moved, starts[3], *starts[5:]])
    now = {"events": 2, "starts": [int(at.timestamp()) for at in left]}
    matrix.change(f"{name}-whole", entry, ["invite"], **now)
    matrix.change(f"{name}-whole-cancelled", entry, ["cancel", "--yes"], **now, **CANCELLED)


def one(original, start):
    """One meeting of a series."""
    end = after(start, minutes=45)
    times = {"start": int(start.timestamp()), "end": int(end.timestamp())}
    once = {"rule": None, "starts": [times["start"]]}
    return {"recurrence": int(original.timestamp()), **times, **once}


def add_rescheduled(matrix):
    """Meetings that get another time and another subject."""
    subjects = [SUBJECTS[name] for name in SUBJECTS if name != "spaces"]
    for number, key in enumerate(ZONES):
        zone = ZoneInfo(key)
        start = datetime(YEAR, 1, 12, 10, 0, tzinfo=zone)
        later = datetime(YEAR, 7, 13, 16, 30, tzinfo=zone)
        name = f"late-{key.replace('/', '-')}"
        arguments = [f"--zone={key}", f"--start={clock(start)}", "--duration=1h30m"]
        entry = matrix.add(name, start, after(start, minutes=90), arguments)
        if not entry:
            continue
        new = {"subject": subjects[number], **one(start, later)}
        new["end"] = new["start"] + 90 * 60
        del new["recurrence"]
        command = ["update", f"--start={clock(later)}", f"--subject={new['subject']}"]
        matrix.change(f"{name}-rescheduled", entry, command, **new)


def add_open(add):
    """Meetings without a passcode; what has a telephone needs one."""
    for kind in KINDS:
        asked = {"kind": kind, "dial_in": False}
        add(f"open-{kind}", flags=["--access=open", "--id=new"], **asked)
        add(f"bare-{kind}", flags=["--passcode=none", "--id=new"], **asked)


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
    add_series(matrix)
    add_cancelled(add)
    add_changes(matrix)
    add_rescheduled(matrix)
    add_open(add)
    manifest = json.dumps(matrix.entries, ensure_ascii=False, indent=1)
    (directory / "manifest.json").write_text(manifest, encoding="utf-8")


main()
