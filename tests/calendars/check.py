"""Judges invitations with icalendar for Python, and looks at their bytes.

    check.py DIRECTORY

DIRECTORY holds what matrix.py wrote. One line for each file: "ok FILE" or "FAIL FILE: why; why".
"""

import json
import re
import sys
from pathlib import Path

from icalendar import Calendar


def judge(document, wanted, used):
    """All that is wrong with one invitation, in words; `used` are the Conference IDs so far."""
    yield from octets(document)
    calendar = Calendar.from_ical(document)
    yield from syntax(calendar)
    events = calendar.walk("VEVENT")
    if len(events) != wanted.get("events", 1) or len(calendar.walk("VCALENDAR")) != 1:
        yield f"expected one meeting in one calendar, there are {len(events)} events"
        return
    event = events[0]
    yield from differs("METHOD", str(calendar.get("METHOD")), wanted["method"])
    yield from differs("SUMMARY", str(event.get("SUMMARY")), wanted["subject"])
    yield from state(event, wanted)
    yield from times(calendar, event, wanted)
    yield from people(event, wanted)
    yield from body(event, wanted, used)


def differs(what, came, wanted):
    if came != wanted:
        yield f"{what} is {came!r}, expected {wanted!r}"


def octets(document):
    """RFC 5545 3.1: what no library minds and some calendar does."""
    if document.startswith(b"\xef\xbb\xbf"):
        yield "it begins with a byte order mark"
    if not document.endswith(b"\r\n"):
        yield "the last line has no end"
    if re.search(rb"\r(?!\n)|(?<!\r)\n", document):
        yield "a line ends with CR or LF alone"
    if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", document):
        yield "there is a control character"
    for number, line in enumerate(document.removesuffix(b"\r\n").split(b"\r\n"), 1):
        if not line.strip():
            yield f"line {number} is empty"
        if len(line) > 75:
            yield f"line {number} has {len(line)} octets"
        try:
            line.decode()
        except UnicodeDecodeError:
            yield f"line {number} is not UTF-8 by itself"


def syntax(calendar):
    for component in calendar.walk():
        for name, why in component.errors:
            yield f"{component.name} {name}: {why}"
    if missing := calendar.get_missing_tzids():
        yield f"no VTIMEZONE for {missing}"
    declared = sorted(zone.tz_name for zone in calendar.timezones)
    yield from differs("VTIMEZONEs", declared, sorted(calendar.get_used_tzids()))


def times(calendar, event, wanted):
    zones = {zone.tz_name: zone.to_tz(lookup_tzid=False) for zone in calendar.timezones}
    for name, key in [("DTSTART", "start"), ("DTEND", "end")]:
        written = event[name]
        tzid = written.params.get("TZID")
        yield from differs(f"TZID of {name}", tzid, wanted["tzid"])
        at = written.dt
        if tzid in zones:
            at = at.replace(tzinfo=zones[tzid])
        yield from differs(f"{name}", at.timestamp(), wanted[key])


def state(event, wanted):
    """RFC 5546 3.2.5: nobody is reminded of what is cancelled."""
    yield from differs("STATUS", event.get("STATUS"), wanted["status"])
    alarms = len(event.walk("VALARM"))
    yield from differs("VALARMs", alarms, int(wanted["status"] == "CONFIRMED"))
    rule = event["RRULE"].to_ical().decode() if "RRULE" in event else None
    parts = [part for part in (rule or "").split(";") if not part.startswith("UNTIL=")]
    yield from differs("RRULE", sorted(parts), sorted((wanted["rule"] or "").split(";")))
    instance = "3" if "recurrence" in wanted else "1" if wanted["rule"] else "0"
    yield from differs("X-MICROSOFT-CDO-INSTTYPE", event["X-MICROSOFT-CDO-INSTTYPE"], instance)


def people(event, wanted):
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    came = [(str(who), who.params.get("ROLE"), who.params.get("CN")) for who in attendees]
    asked = [
        ("mailto:" + who["address"], who["role"], who["name"] or who["address"])
        for who in wanted["attendees"]
    ]
    yield from differs("ATTENDEE", sorted(came), sorted(asked))


def body(event, wanted, used):
    text = str(event.get("DESCRIPTION", ""))
    if wanted["note"] is not None:
        if not text.startswith(wanted["note"] + "\n\n"):
            yield f"DESCRIPTION does not begin with the note: {text[:100]!r}"
        text = text.removeprefix(wanted["note"])
    conferences = event.get("CONFERENCE", [])
    conferences = conferences if isinstance(conferences, list) else [conferences]
    phones = [str(uri) for uri in conferences if uri.params.get("FEATURE") == "PHONE"]
    microsoft = event.get("X-MICROSOFT-CONFERENCETELURI")
    ids = re.findall(r"^Conference ID: (\d+)$", text, re.MULTILINE)
    if not wanted["dial_in"]:
        yield from differs("dial-in", (ids, phones, microsoft), ([], [], None))
        return
    if len(ids) != 1 or not phones:
        yield f"expected a Conference ID and numbers, there are {ids} and {phones}"
        return
    # Exchange escapes it like TEXT, and icalendar leaves what it does not know as it is.
    escaped = phones[0].replace(",", r"\,")
    yield from differs("X-MICROSOFT-CONFERENCETELURI", str(microsoft), escaped)
    printed = re.sub(r"(?<=\d) (?=\d)", "", text)
    for phone in phones:
        number = re.fullmatch(rf"tel:(\+\d+),,{ids[0]}", phone)
        if not number:
            yield f"CONFERENCE {phone} does not lead to Conference ID {ids[0]}"
        elif number[1] not in printed:
            yield f"{number[1]} of CONFERENCE is not in DESCRIPTION"
    yield from identity(ids[0], wanted, used)


def identity(conference_id, wanted, used):
    """A conference call has the organizer's assigned ID, a Live Meeting one of its own for good."""
    if wanted["kind"] == "conference-call":
        assigned = used.setdefault("assigned", conference_id)
        yield from differs("assigned Conference ID", conference_id, assigned)
        return
    meeting = wanted.get("of", wanted["file"])
    if conference_id in [used[other] for other in used if other != meeting]:
        yield f"Conference ID {conference_id} is another meeting's, too"
    yield from differs("Conference ID", conference_id, used.setdefault(meeting, conference_id))


def main():
    directory = Path(sys.argv[1])
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    used = {}
    for wanted in manifest:
        try:
            faults = list(judge((directory / wanted["file"]).read_bytes(), wanted, used))
        except Exception as error:  # a library that gives up has judged, too
            faults = [f"{type(error).__name__}: {error}"]
        print(f"FAIL {wanted['file']}: {'; '.join(faults)}" if faults else f"ok {wanted['file']}")


main()
