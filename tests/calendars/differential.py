"""Writes calendars as other programs might, and compares when their meetings take place next.

    differential.py write FOLDER COUNT SEED
    differential.py compare FOLDER CONFCTL JS_ANSWERS DECISIONS

'write' makes one file for each meeting. 'compare' asks confctl, to which the folder is a diary, and
recurring-ical-events, which reads the same files; JS_ANSWERS is what differential.mjs found by ical.js. A
meeting on which all three agree is right. Where they do not, DECISIONS says for which kind of meeting which
of them is followed and why; anything else is a failure.
"""

import json
import multiprocessing
import os
import random
import subprocess
import sys
import tomllib
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/Prague")
# Whenever it is asked what comes next.
ASKED = [datetime(2026, 12, 1, tzinfo=timezone.utc) + timedelta(days=34 * n, hours=5 * n) for n in range(12)]
HORIZON = datetime(2029, 1, 1, tzinfo=timezone.utc)
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def yearly(standard, daylight, to_standard, to_daylight):
    """Two changes a year: offsets, and for each the time of day, the month and the day of the rule."""
    (hour, month, day), (summer_hour, summer_month, summer_day) = to_standard, to_daylight
    return [
        ("STANDARD", f"1970{month:02}01T{hour}0000", daylight, standard, f"RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY={day}"),
        ("DAYLIGHT", f"1970{summer_month:02}01T{summer_hour}0000", standard, daylight,
         f"RRULE:FREQ=YEARLY;BYMONTH={summer_month};BYDAY={summer_day}"),
    ]


NAMED = {
    "Europe/Prague": yearly("+0100", "+0200", ("03", 10, "-1SU"), ("02", 3, "-1SU")),
    "Europe/London": yearly("+0000", "+0100", ("02", 10, "-1SU"), ("01", 3, "-1SU")),
    "America/New_York": yearly("-0500", "-0400", ("02", 11, "1SU"), ("02", 3, "2SU")),
    "America/St_Johns": yearly("-0330", "-0230", ("02", 11, "1SU"), ("02", 3, "2SU")),
    "Australia/Sydney": yearly("+1000", "+1100", ("03", 4, "1SU"), ("02", 10, "1SU")),
    "Asia/Kolkata": [("STANDARD", "19700101T000000", "+0530", "+0530", "")],
    "Asia/Tokyo": [("STANDARD", "19700101T000000", "+0900", "+0900", "")],
}

# TZID, and the parts of its VTIMEZONE: kind, first onset, offset before and after, further lines.
PRIVATE = {
    "Single onsets": [
        ("STANDARD", "20201025T030000", "+0200", "+0100",
         "RDATE:20211031T030000,20221030T030000,20231029T030000,20241027T030000,20251026T030000,20261025T030000,"
         "20271031T030000,20281029T030000"),
        ("DAYLIGHT", "20200329T020000", "+0100", "+0200",
         "RDATE:20210328T020000,20220327T020000,20230326T020000,20240331T020000,20250330T020000,20260329T020000,"
         "20270328T020000,20280326T020000"),
    ],
    "Range of days": [
        ("STANDARD", "19701025T030000", "+0200", "+0100",
         "RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU"),
        ("DAYLIGHT", "19700329T020000", "+0100", "+0200",
         "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU"),
    ],
    "W. Europe Standard Time": [
        ("STANDARD", "16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
        ("DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
    ],
    "UTC+0530": [("STANDARD", "19700101T000000", "+0530", "+0530", "")],
    "Second last Sunday": [
        ("STANDARD", "19701018T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-2SU"),
        ("DAYLIGHT", "19700322T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-2SU"),
    ],
}


class Meeting:
    """One meeting, and what is special about it."""

    def __init__(self, number, chance):
        self.number, self.chance, self.tags = number, chance, set()
        self.blocks, self.lines = [], []
        pick = chance.random()
        self.day = datetime(2026, 9, 1) + timedelta(days=chance.randrange(160))
        self.start = self.day.replace(hour=chance.choice([0, 7, 9, 10, 14, 18, 23]), minute=chance.choice([0, 0, 15, 30]))
        self.tzid, self.kind = None, "zone"
        if pick < 0.12:
            self.kind = "utc"
        elif pick < 0.2:
            self.kind = "floating"
        elif pick < 0.32:
            self.kind, self.start = "date", self.day
        elif pick < 0.5:
            self.tzid = chance.choice(list(PRIVATE))
            self.tags.add("private zone")
            if any("RDATE" in more for *_, more in PRIVATE[self.tzid]):
                self.tags.add("onsets by RDATE")
            self.blocks.append(block(self.tzid, PRIVATE[self.tzid]))
        else:
            self.tzid = chance.choice(list(NAMED))
            self.blocks.append(block(self.tzid, NAMED[self.tzid]))
        self.tags.add(self.kind)
        self.add_start()
        self.add_series()

    def value(self, at):
        if self.kind == "date":
            return at.strftime("%Y%m%d")
        return at.strftime("%Y%m%dT%H%M%S") + ("Z" if self.kind == "utc" else "")

    def name(self, name):
        if self.kind == "date":
            return name + ";VALUE=DATE"
        if self.tzid:
            quoted = self.chance.random() < 0.15 or "," in self.tzid
            return f'{name};TZID="{self.tzid}"' if quoted else f"{name};TZID={self.tzid}"
        return name

    def add_start(self):
        self.lines.append(f"{self.name('DTSTART')}:{self.value(self.start)}")
        if self.kind == "date":
            self.length = timedelta(days=self.chance.choice([1, 1, 2, 3]))
            if self.length == timedelta(days=1) and self.chance.random() < 0.4:
                self.tags.add("no end")
                return
            self.lines.append(f"{self.name('DTEND')}:{self.value(self.start + self.length)}")
            return
        minutes = self.chance.choice([15, 30, 60, 90, 120, 1500])
        self.length = timedelta(minutes=minutes)
        if self.chance.random() < 0.5:
            hours, rest = divmod(minutes, 60)
            text = "PT" + (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
            self.lines.append(f"DURATION:{text}")
            self.tags.add("duration")
        else:
            self.lines.append(f"{self.name('DTEND')}:{self.value(self.start + self.length)}")

    def add_series(self):
        chance = self.chance
        if chance.random() < 0.12:
            self.tags.add("single")
            return
        rule, self.step = self.rule()
        self.lines.append("RRULE:" + rule)
        count = chance.choice([0, 0, 1, 3])
        left_out = [self.start + self.step * chance.randrange(0, 12) for _ in range(count)]
        if left_out:
            self.tags.add("exdate")
            values = [self.value(at) for at in sorted(set(left_out))]
            if chance.random() < 0.5:
                self.lines += [f"{self.name('EXDATE')}:{value}" for value in values]
            else:
                self.lines.append(f"{self.name('EXDATE')}:{','.join(values)}")
        if chance.random() < 0.2:
            self.tags.add("rdate")
            extra = self.start + timedelta(days=chance.randrange(3, 300))
            self.lines.append(f"{self.name('RDATE')}:{self.value(extra)}")

    def rule(self):
        chance = self.chance
        frequency = chance.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"])
        parts, step = [f"FREQ={frequency}"], timedelta(days=1)
        every = chance.choice([1, 1, 1, 2, 3])
        if every > 1:
            parts.append(f"INTERVAL={every}")
        if frequency == "DAILY":
            step = timedelta(days=every)
        elif frequency == "WEEKLY":
            step = timedelta(weeks=every)
            if chance.random() < 0.6:
                days = {DAYS[self.start.weekday()]} | set(chance.sample(DAYS, chance.randrange(0, 3)))
                parts.append("BYDAY=" + ",".join(sorted(days, key=DAYS.index)))
            if chance.random() < 0.2:
                parts.append("WKST=SU")
        elif frequency == "MONTHLY":
            shape = chance.randrange(4)
            if shape == 1:
                parts.append(f"BYMONTHDAY={self.start.day}")
            elif shape == 2:
                nth = (self.start.day - 1) // 7 + 1
                parts.append(f"BYDAY={nth}{DAYS[self.start.weekday()]}")
            elif shape == 3:
                parts += ["BYDAY=MO,TU,WE,TH,FR", f"BYSETPOS={chance.choice([1, 2, -1])}"]
                self.tags.add("start beside the rule")
        else:
            if chance.random() < 0.5:
                parts.append(f"BYMONTH={self.start.month}")
                parts.append(f"BYMONTHDAY={self.start.day}")
        end = chance.random()
        if end < 0.35:
            parts.append(f"COUNT={chance.choice([2, 5, 20, 60])}")
            self.tags.add("count")
        elif end < 0.6:
            until = self.start + timedelta(days=chance.choice([20, 90, 200, 400]))
            if self.kind == "date":
                parts.append(f"UNTIL={until:%Y%m%d}")
            elif self.kind == "floating":
                parts.append(f"UNTIL={until:%Y%m%dT%H%M%S}")
            else:
                parts.append(f"UNTIL={until:%Y%m%dT235959Z}")
            self.tags.add("until")
        chance.shuffle(parts)
        return ";".join(parts), step

    def changed(self):
        """An occurrence that differs, or was cancelled."""
        if "single" in self.tags or self.chance.random() > 0.25:
            return ""
        original = self.start + self.step * self.chance.randrange(0, 6)
        head = ["BEGIN:VEVENT", f"UID:{self.number}@example.com", "DTSTAMP:20260901T000000Z",
                f"SUMMARY:Meeting {self.number}", f"{self.name('RECURRENCE-ID')}:{self.value(original)}"]
        moved = original + timedelta(days=self.chance.choice([0, 1]), hours=0 if self.kind == "date" else 2)
        head.append(f"{self.name('DTSTART')}:{self.value(moved)}")
        head.append(f"{self.name('DTEND')}:{self.value(moved + self.length)}")
        self.tags.add("changed")
        if self.chance.random() < 0.3:
            head.append("STATUS:CANCELLED")
            self.tags.add("cancelled one")
        return "\r\n".join(head + ["END:VEVENT", ""])

    def text(self):
        body = [f"UID:{self.number}@example.com", "DTSTAMP:20260901T000000Z", f"SUMMARY:Meeting {self.number}",
                f"CONFERENCE;VALUE=URI:meet:sip:host@example.com;gruu;opaque=app:conf:focus:id:{self.number:032X}"]
        body += self.lines
        if self.chance.random() < 0.3:
            self.chance.shuffle(body)
        changed = self.changed()
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Differential//EN"]
        text = "\r\n".join(lines) + "\r\n" + "".join(self.blocks) + "BEGIN:VEVENT\r\n" + "\r\n".join(body)
        text += "\r\nEND:VEVENT\r\n" + changed + "END:VCALENDAR\r\n"
        return self.fold(text)

    def fold(self, text):
        if self.chance.random() < 0.3:
            width = self.chance.choice([20, 40, 74])
            folded = []
            for line in text.split("\r\n"):
                pieces = [line[at:at + width] for at in range(0, len(line), width)] or [""]
                folded.append("\r\n ".join(pieces))
            text = "\r\n".join(folded)
        if self.chance.random() < 0.15:
            text = text.replace("\r\n", "\n")
        return text


def block(tzid, parts):
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}"]
    for kind, start, before, after, more in parts:
        lines += [f"BEGIN:{kind}", f"DTSTART:{start}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}"]
        lines += [more] if more else []
        lines.append(f"END:{kind}")
    return "\r\n".join(lines + ["END:VTIMEZONE", ""])


def write(folder, count, seed):
    os.makedirs(os.path.join(folder, "diary"))
    tags = {}
    for number in range(count):
        meeting = Meeting(number, random.Random(f"{seed}/{number}"))
        with open(os.path.join(folder, "diary", f"{number}.ics"), "w", newline="") as file:
            file.write(meeting.text())
        tags[number] = sorted(meeting.tags)
    with open(os.path.join(folder, "tags.json"), "w") as file:
        json.dump(tags, file)
    with open(os.path.join(folder, "asked.json"), "w") as file:
        json.dump([at.isoformat() for at in ASKED], file)


def moment(at):
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day, tzinfo=HERE)
    elif at.tzinfo is None:
        at = at.replace(tzinfo=HERE)
    return at.astimezone(timezone.utc)


def next_ones(occurrences):
    """For each time that is asked about, the first start that is not over."""
    found = []
    for asked in ASKED:
        ahead = [start for start, end in occurrences if end > asked or start >= asked]
        found.append(min(ahead).isoformat() if ahead and min(ahead) < HORIZON else None)
    return found


def by_python(path):
    import icalendar
    import recurring_ical_events

    with open(path, "rb") as file:
        calendar = icalendar.Calendar.from_ical(file.read())
    events = recurring_ical_events.of(calendar).between(ASKED[0] - timedelta(days=4), HORIZON)
    occurrences = []
    for event in events:
        if event.get("STATUS") == "CANCELLED":
            continue
        start, end = event["DTSTART"].dt, event.get("DTEND")
        end = end.dt if end else start
        occurrences.append((moment(start), moment(end)))
    return next_ones(occurrences)


def asked_of_python(path):
    try:
        return by_python(path)
    except Exception as error:  # whatever a reader refuses
        return f"{type(error).__name__}: {error}"


def by_confctl(confctl, folder):
    answers = {}
    home = os.path.join(folder, "home")
    os.makedirs(home, exist_ok=True)
    environment = {"HOME": home, "PATH": os.environ["PATH"], "TZ": "Europe/Prague",
                   "CONFCTL_DIARY": os.path.join(folder, "diary"), "CONFCTL_NOW": "2026-09-01T00:00:00Z"}
    for at, asked in enumerate(ASKED):
        words = [confctl, "list", "--json", "--offline", "--from", asked.isoformat().replace("+00:00", "Z")]
        listed = subprocess.run(words, env=environment, capture_output=True, check=True, stdin=subprocess.DEVNULL)
        for row in json.loads(listed.stdout):
            number = int(row["uid"].split("@")[0])
            start = datetime.fromisoformat(row["start"]).astimezone(timezone.utc)
            answer = answers.setdefault(number, [None] * len(ASKED))
            answer[at] = start.isoformat() if start < HORIZON else None
    return answers


def decided(decisions, tags, one, other):
    """The decision on a meeting of such tags on which these two disagree."""
    for decision in decisions:
        if decision["reader"] == other and set(decision["tags"]) <= set(tags):
            return decision
    return None


def compare(folder, confctl, js_answers, decisions):
    with open(decisions, "rb") as file:
        decisions = tomllib.load(file)["decision"]
    with open(os.path.join(folder, "tags.json")) as file:
        tags = json.load(file)
    with open(js_answers) as file:
        js = json.load(file)
    own = by_confctl(confctl, folder)
    used, agreed = {}, 0
    paths = [os.path.join(folder, "diary", f"{number}.ics") for number in tags]
    with multiprocessing.Pool() as pool:
        told_by_python = pool.map(asked_of_python, paths, chunksize=50)
    for (number, kinds), python in zip(tags.items(), told_by_python):
        mine = own.get(int(number), [None] * len(ASKED))
        readers = {"recurring-ical-events": python, "ical.js": js.get(number)}
        wrong = {name: told for name, told in readers.items() if told != mine}
        if not wrong:
            agreed += 1
            continue
        undecided = []
        for name, told in wrong.items():
            decision = decided(decisions, kinds, mine, name)
            if decision is None or len(wrong) == 2 and wrong["ical.js"] == wrong["recurring-ical-events"]:
                undecided.append((name, told))
            else:
                used[decision["why"]] = used.get(decision["why"], 0) + 1
        if undecided:
            at = next((n for n in range(len(ASKED)) if any(isinstance(t, str) or t is None or t[n] != mine[n] for _, t in undecided)), 0)
            said = "; ".join(f"{name} {t if isinstance(t, str) or t is None else t[at]}" for name, t in undecided)
            print(f"FAIL {number} {','.join(kinds)}: at {ASKED[at].isoformat()} confctl {mine[at]}, {said}")
        else:
            print(f"ok {number}")
    for why, count in used.items():
        print(f"decided {count}: {why}")
    print(f"agreed {agreed}")


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        compare(*sys.argv[2:6])
