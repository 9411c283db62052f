"""Judges what tests/kinds/*.toml expects, by readers that we have not written.

    kinds.py write FOLDER > CALENDARS
    kinds.py judge FOLDER JS_ANSWERS

'write' puts the calendar of every case into one JSON file for kinds.mjs, whose answers are JS_ANSWERS. 'judge'
asks recurring-ical-events for the same and says where the two do not find what a case expects, unless it says
why they do not. No confctl is asked.
"""

import glob
import json
import os
import sys
import tomllib
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

MOST = 12
HERE = "Europe/Prague"
ALWAYS = {"UID": "kinds@example.com", "DTSTAMP": "20261101T000000Z", "SUMMARY": "Plan"}
ENDS = {"crlf": "\r\n", "lf": "\n", "cr": "\r", "crcrlf": "\r\r\n"}


def cases(folder):
    """Every case, with the file that it is in."""
    for path in sorted(glob.glob(os.path.join(folder, "*.toml"))):
        with open(path, "rb") as file:
            for case in tomllib.load(file)["case"]:
                yield {"file": os.path.basename(path), **case}


def event(lines):
    """A VEVENT of these lines and what every meeting has."""
    lines = lines.strip("\n")
    names = [line.replace(":", ";").split(";")[0] for line in lines.split("\n")]
    missing = [f"{name}:{value}" for name, value in ALWAYS.items() if name not in names]
    return "\n".join(["BEGIN:VEVENT", *missing, lines, "END:VEVENT"])


def calendar(case):
    """The calendar of a case, with plain line ends; none: it has none."""
    if "calendar" in case:
        return case["calendar"].strip("\n") + "\n"
    if "event" not in case:
        return None
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Kinds//EN"]
    lines += [case["head"].strip("\n")] if "head" in case else []
    lines += [event(case["event"])] + [event(other) for other in case.get("others", [])]
    return "\n".join([*lines, "END:VCALENDAR", ""])


def moment(at, here):
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day)
    if at.tzinfo is None:
        at = at.replace(tzinfo=here)
    return at.astimezone(timezone.utc)


def by_python(text, here):
    """Starts and lengths in minutes, as recurring-ical-events has them."""
    import icalendar
    import recurring_ical_events

    # What it has read of a zone before would count for another calendar's zone of the same name.
    icalendar.use_zoneinfo()
    read = icalendar.Calendar.from_ical(text.replace("\n", "\r\n"))
    begin = datetime(2026, 11, 22, 9, 15, tzinfo=timezone.utc)
    found = []
    for item in recurring_ical_events.of(read).between(begin, begin + timedelta(days=1300)):
        if item.get("STATUS") != "CANCELLED":
            start, end = moment(item.start, here), moment(item.end, here)
            found.append((start, int((end - start).total_seconds() // 60)))
    return told(found)


def told(found):
    found = sorted(found)[:MOST]
    return [start.strftime("%Y-%m-%dT%H:%MZ") for start, _ in found], [minutes for _, minutes in found]


def asked_of_python(text, here):
    try:
        return by_python(text, here)
    except Exception as error:  # whatever a reader refuses
        return f"{type(error).__name__}: {error}"


def is_judged(case):
    """Whether a case has a calendar that is taken."""
    return calendar(case) is not None and "starts" in case


def wrong(case, name, told_by_reader):
    """What a reader tells otherwise; none: nothing."""
    if isinstance(told_by_reader, str):
        return f"{name} refuses it: {told_by_reader}"
    starts, minutes = told_by_reader
    if starts != case["starts"]:
        return f"{name} has {starts}"
    if "minutes" in case and minutes != case["minutes"]:
        return f"{name} has {minutes} minutes"
    return None


def by_the_clock(case):
    """Whether the first start shows the written time of day in the zone that is meant."""
    if "meant" not in case:
        return None
    start = datetime.strptime(case["starts"][0], "%Y-%m-%dT%H:%M%z").astimezone(ZoneInfo(case["meant"]))
    if start.strftime("%Y%m%dT%H%M00") not in calendar(case):
        return f"{case['starts'][0]} is {start} there"
    return None


def verdicts(case, js):
    """What is wrong with the expectation of a case."""
    here = ZoneInfo(case.get("here", HERE))
    differing = [wrong(case, "recurring-ical-events", asked_of_python(calendar(case), here)), wrong(case, "ical.js", js)]
    differing = [text for text in differing if text]
    readers = case.get("readers", "")
    if readers == "agree":
        yield from differing
    elif len(readers) < 10:
        yield "nothing says why readers are divided"
    elif not differing:
        yield "both readers agree, though it says: " + readers
    unlike = by_the_clock(case)
    if unlike:
        yield unlike


def write(folder):
    asked = [
        {"text": calendar(case).replace("\n", "\r\n"), "here": case.get("here", HERE)} if is_judged(case) else None
        for case in cases(folder)
    ]
    json.dump(asked, sys.stdout)


def judge(folder, js_answers):
    with open(js_answers) as file:
        answers = json.load(file)
    passed = failed = 0
    for case, js in zip(cases(folder), answers, strict=True):
        if not is_judged(case):
            continue
        if not isinstance(js, str):
            js = (js["starts"], js["minutes"])
        found = list(verdicts(case, js))
        failed, passed = failed + bool(found), passed + (not found)
        for text in found:
            print(f"FAIL {case['file']}: {case['name']}: expected {case['starts']}; {text}")
    print(f"{passed} passed, {failed} failed")
    return failed == 0 and passed > 0


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2])
    elif not judge(sys.argv[2], sys.argv[3]):
        sys.exit(1)
