"""Compares what readers have found in invitations with what was asked for.

    judges.py DIRECTORY NAME FOUND COMPLAINTS

DIRECTORY holds what matrix.py wrote; FOUND what a reader said, one JSON object a line; COMPLAINTS
its stderr. One line for each file: "ok NAME: FILE" or "FAIL NAME: FILE: why; why".
"""

import json
import re
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo


# Faults of the readers' own: reader, what they stumble over (in the file's name or its unfolded
# lines), the facts that come out wrong, and why.
BACKSLASH_N = r"^SUMMARY:.*\\\\n"
COMPONENT_IN_TEXT = r"^(SUMMARY|DESCRIPTION):.*(BEGIN|END):V"
KNOWN = [
    ("ics", BACKSLASH_N, {"subject"}, "takes a backslash and an n for a line end"),
    ("node-ical", BACKSLASH_N, {"subject"}, "takes a backslash and an n for a line end"),
    ("ruby-icalendar", BACKSLASH_N, {"subject"}, "takes a backslash and an n for a line end"),
    (
        "ics",
        r"^DTEND;TZID=(Europe/Dublin|Africa/Casablanca):",
        {"end"},
        "dateutil takes the summer of a zone that is set back in winter for its standard time",
    ),
    ("ical", r"^RECURRENCE-ID:.*Z$", {"starts"}, "compares UTC with clock times, without Z"),
    ("icalevents", r"^RRULE:.*UNTIL=", {"starts"}, "adds the zone's offset to UNTIL"),
    ("ts-ics", r"\A\S*-change-", {"start", "end"}, "changes clocks at midnight"),
    (
        "ts-ics",
        COMPONENT_IN_TEXT,
        {"subject", "method", "events"},
        "looks for BEGIN and END everywhere",
    ),
    ("cal-parser", COMPONENT_IN_TEXT, {"error"}, "looks for BEGIN everywhere"),
    ("cal-parser", r"^SUMMARY:.*(\\|  )", {"subject"}, "drops backslashes, and one of two spaces"),
    ("ical-expander", r"^DTSTART;TZID=Africa/Casablanca", {"starts"}, "has the zones of 2012"),
    ("ruby-icalendar", r"\A\S*-change-", {"end"}, "changes clocks a moment after they change"),
    (
        "ruby-icalendar",
        r"^DTSTART:2\d{7}T\d{6}$",
        {"error"},
        "can't compare changes of the clock with one that is still to come",
    ),
    ("calcurse", r"^RECURRENCE-ID", {"starts"}, "takes what was moved for another meeting"),
    ("sabre", r"^SUMMARY:.*\\", {"subject"}, "leaves text escaped"),
]


def is_known(name, fact, searched):
    return any(
        name == reader and fact in facts and re.search(pattern, searched, re.MULTILINE)
        for reader, pattern, facts, _ in KNOWN
    )


def unfolded(directory, wanted):
    document = (directory / wanted["file"]).read_bytes().decode()
    return document.replace("\r\n ", "").replace("\r\n", "\n")


def expected(document, wanted):
    """By the names that readers use. The UID is the program's own choice."""
    return {
        "uid": re.search(r"^UID:(.*)$", document, re.MULTILINE)[1],
        "method": wanted["method"],
        "events": wanted.get("events", 1),
        "subject": wanted["subject"],
        "status": wanted["status"],
        "start": wanted["start"],
        "clock": clock(wanted),
        "end": wanted["end"],
        "starts": wanted["starts"],
        "starts_with": wanted["starts"][0],
        "attendees": sorted(who["address"] for who in wanted["attendees"]),
    }


def clock(wanted):
    """What a clock in the zone of the file shows at the start."""
    zone = ZoneInfo(wanted["tzid"] or "UTC")
    return f"{datetime.fromtimestamp(wanted['start'], zone):%Y-%m-%dT%H:%M:%S}"


def judge(found, facts):
    """What is wrong, as pairs of a fact's name and words."""
    if found is None:
        yield "error", "it said nothing"
    elif "error" in found:
        yield "error", found["error"]
    elif not found["facts"]:
        yield "error", "it found nothing"
    else:
        for name, came in found["facts"].items():
            if came != facts[name]:
                yield name, f"{name} is {came!r}, expected {facts[name]!r}"


def main():
    directory, name, said, complaints = Path(sys.argv[1]), *sys.argv[2:]
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    lines = Path(said).read_text(encoding="utf-8").splitlines()
    found = {one["file"]: one for one in map(json.loads, lines)}
    for wanted in manifest:
        document = unfolded(directory, wanted)
        searched = f"{wanted['file']}\n{document}"
        faults = [
            words
            for fact, words in judge(found.get(wanted["file"]), expected(document, wanted))
            if not is_known(name, fact, searched)
        ]
        shown = f"{name}: {wanted['file']}"
        print(f"FAIL {shown}: {'; '.join(faults)}" if faults else f"ok {shown}")
    if complaint := Path(complaints).read_text(encoding="utf-8", errors="replace").strip():
        print(f"FAIL {name}: it complained: {complaint}".replace("\n", " | "))


main()
