"""What Python's calendar libraries and programs read in invitations.

    readers.py READER DIRECTORY

DIRECTORY holds what matrix.py wrote. One line for each file, an object of JSON: "file", and
"facts", what the reader found, by the names that judges.py knows, or "error".
"""

import json
import sys
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path

MOST_STARTS = 10
LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.utc)
FAR = datetime(2040, 1, 1, tzinfo=timezone.utc)


def seconds(at):
    return int(at.timestamp())


def addresses(uris):
    return sorted(str(uri).lower().removeprefix("mailto:") for uri in uris)


def read_vobject(document):
    """Its register of zones outlives a file, and it knows none that begins with a file."""
    import vobject
    from vobject import icalendar

    icalendar.__dict__["__tzidMap"].clear()
    icalendar.registerTzid("UTC", icalendar.utc)
    calendar = vobject.readOne(document)
    calendar.validate(raiseException=True)
    event = calendar.vevent_list[0]
    facts = {
        "method": calendar.method.value,
        "uid": event.uid.value,
        "events": len(calendar.vevent_list),
        "subject": event.summary.value,
        "status": event.status.value,
        "start": seconds(event.dtstart.value),
        "end": seconds(event.dtend.value),
        "attendees": addresses(who.value for who in getattr(event, "attendee_list", [])),
    }
    # It expands a VEVENT by itself, so that what was moved comes at its old time.
    if len(calendar.vevent_list) == 1:
        rule = event.getrruleset(addRDate=True)
        facts["starts"] = [seconds(at) for at in islice(rule or [event.dtstart.value], MOST_STARTS)]
    return facts


def read_ics(document):
    """It knows no recurrence."""
    import ics

    calendar = ics.Calendar(document)
    event = min(calendar.events, key=lambda event: event.begin)
    return {
        "method": calendar.method,
        "events": len(calendar.events),
        "uid": event.uid,
        "subject": event.name,
        "status": event.status,
        "start": seconds(event.begin),
        "end": seconds(event.end),
        "attendees": addresses(who.email for who in event.attendees),
    }


def read_ical(document):
    from ical.calendar_stream import IcsCalendarStream

    calendar = IcsCalendarStream.calendar_from_ics(document)
    event = calendar.events[0]
    return {
        "method": calendar.method,
        "events": len(calendar.events),
        "uid": event.uid,
        "subject": event.summary,
        "status": event.status.value,
        "start": seconds(event.start),
        "end": seconds(event.end),
        "attendees": addresses(who.uri for who in event.attendees),
        "starts": [seconds(at.start) for at in islice(calendar.timeline, MOST_STARTS)],
    }


def facts_of(event):
    """Of an event of the icalendar library, which several others build on."""
    attendees = event.get("ATTENDEE", [])
    return {
        "uid": str(event["UID"]),
        "subject": str(event["SUMMARY"]),
        "status": str(event["STATUS"]),
        "start": seconds(event.start),
        "end": seconds(event.end),
        "attendees": addresses(attendees if isinstance(attendees, list) else [attendees]),
    }


def read_recurring_ical_events(document):
    import recurring_ical_events
    from icalendar import Calendar

    calendar = Calendar.from_ical(document)
    found = recurring_ical_events.of(calendar).between(LONG_AGO, FAR)
    starts = sorted(seconds(event.start) for event in found)
    return {"starts": starts[:MOST_STARTS], "method": str(calendar["METHOD"])}


def read_icalevents(document):
    from icalevents.icalevents import events

    found = events(string_content=document.encode(), start=LONG_AGO, end=FAR, sort=True)
    return {
        "uid": found[0].uid.split("_")[0],
        "subject": found[0].summary,
        "status": found[0].status,
        "starts": [seconds(event.start) for event in found[:MOST_STARTS]],
    }


def read_ics_query(document):
    """It prints what recurring-ical-events finds; the UID and the start of the first."""
    from click.testing import CliRunner
    from icalendar import Event
    from ics_query.cli import cli

    ran = CliRunner().invoke(cli, ["first", "-", "-"], input=document, catch_exceptions=False)
    if ran.exit_code != 0:
        raise RuntimeError(ran.output)
    facts = facts_of(Event.from_ical(ran.stdout))
    return {"uid": facts["uid"], "subject": facts["subject"], "starts_with": facts["start"]}


def read_x_wr_timezone(document):
    """A calendar that names the zone of each time stays as it is."""
    import x_wr_timezone
    from icalendar import Calendar

    calendar = Calendar.from_ical(document)
    if x_wr_timezone.to_standard(calendar).to_ical() != calendar.to_ical():
        raise RuntimeError("it is not the same afterwards")
    return facts_of(calendar.events[0])


def read_mergecal(document):
    """Merged with itself, a meeting is there once."""
    import mergecal
    from icalendar import Calendar

    calendar = Calendar.from_ical(document)
    merged = mergecal.merge_calendars([calendar, calendar])
    return {"events": len(merged.events), **facts_of(merged.events[0])}


def read_anonymizer(document):
    """It keeps nothing but the times."""
    from icalendar import Calendar
    from icalendar_anonymizer import anonymize

    calendar = anonymize(Calendar.from_ical(document))
    event = calendar.events[0]
    times = {"start": seconds(event.start), "end": seconds(event.end)}
    return {"events": len(calendar.events), "method": str(calendar["METHOD"]), **times}


def read_icalendar_viewer(document):
    """icalendar's own program; it prints times in the zone of the computer, which is UTC."""
    from icalendar import Calendar
    from icalendar.cli import view

    shown = {}
    for line in view(Calendar.from_ical(document).events[0]).splitlines():
        name, colon, value = line.partition(": ")
        if colon:
            shown.setdefault(name.strip(), value)
    time = lambda name: seconds(
        datetime.strptime(shown[name], "%a %b %d %H:%M:%S %Y").replace(tzinfo=timezone.utc)
    )
    return {"subject": shown["Summary"], "start": time("Starts"), "end": time("End")}


def read_caldav(document):
    import caldav

    event = caldav.Event(data=document)
    instance = event.icalendar_instance
    return {"events": len(instance.events), **facts_of(event.icalendar_component)}


def read_vdirsyncer(document):
    """It wants to know which meeting it is, and takes several apart."""
    from vdirsyncer.vobject import Item, split_collection

    items = [Item(item) for item in split_collection(document)]
    if len(items) != 1:
        raise RuntimeError(f"it takes it for {len(items)} items")
    return {"uid": items[0].uid, "events": items[0].raw.splitlines().count("BEGIN:VEVENT")}


KHAL = """\
[calendars]
[[none]]
path = {home}/none
[locale]
timeformat = %H:%M:%S
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%dT%H:%M:%S+0000
longdatetimeformat = %Y-%m-%dT%H:%M:%S+0000
local_timezone = UTC
default_timezone = UTC
[sqlite]
path = {home}/khal.db
"""


def read_khal(document):
    """khal printics; between two of its fields there is a unit separator."""
    import os

    from click.testing import CliRunner
    from khal.cli import main_khal

    home = Path(os.environ["HOME"])
    settings = home / "khal.conf"
    if not settings.exists():
        (home / "none").mkdir()
        settings.write_text(KHAL.format(home=home))
    fields = ["uid", "title", "status", "start-long-full", "end-long-full"]
    arguments = ["-c", str(settings), "printics", "-f", "\x1f".join(f"{{{f}}}" for f in fields)]
    ran = CliRunner().invoke(main_khal, arguments, input=document, catch_exceptions=False)
    count, _, line = ran.output.partition("\n")
    if ran.exit_code != 0 or ran.stderr or count != "1 events found in stdin input":
        raise RuntimeError(ran.output)
    uid, subject, status, start, end = line.rstrip("\n").split("\x1f")
    return {
        "uid": uid,
        "subject": subject,
        "status": status.strip(),
        "start": seconds(datetime.fromisoformat(start)),
        "end": seconds(datetime.fromisoformat(end)),
    }


def read_calcurse(document):
    """It repeats in the zone of the computer, so this is made that of the meeting."""
    import re
    import subprocess
    from tempfile import TemporaryDirectory

    zone = re.search(r"^DTSTART;TZID=([^:]*):", document, re.MULTILINE)
    clock = {"TZ": zone[1] if zone else "UTC", "LC_ALL": "C.UTF-8"}

    def calcurse(home, *arguments, **more):
        command = ["calcurse", "-D", home, "-C", home, *arguments]
        ran = subprocess.run(command, env=clock, capture_output=True, timeout=60, **more)
        if ran.returncode != 0 or ran.stderr:
            raise RuntimeError(f"{ran.returncode}: {ran.stdout + ran.stderr}")
        return ran.stdout.decode()

    with TemporaryDirectory() as home:
        report = calcurse(home, "-i", "-", input=document.encode())
        if not re.search(r"^(\d+) apps? / 0 events / 0 todos / 0 skipped$", report, re.MULTILINE):
            raise RuntimeError(report)
        line = "%(start:%s) %(end:%s) %m\n"
        formats = [f"--format-apt={line}", f"--format-recur-apt={line}"]
        said = calcurse(home, "-Q", "--from=01/01/2026", "--days=4000", "--filter-type=cal", *formats)
    # What lasts past midnight is listed for each day.
    found = list(dict.fromkeys(re.findall(r"^(\d+) (\d+) (.*)$", said, re.MULTILINE)))
    return {
        "subject": found[0][2],
        "start": int(found[0][0]),
        "end": int(found[0][1]),
        "starts": [int(start) for start, _, _ in found[:MOST_STARTS]],
    }


def main():
    name, directory = sys.argv[1], Path(sys.argv[2])
    read = globals()[f"read_{name.replace('-', '_')}"]
    for wanted in json.loads((directory / "manifest.json").read_text(encoding="utf-8")):
        found = {"file": wanted["file"]}
        try:
            found["facts"] = read((directory / wanted["file"]).read_bytes().decode())
        except Exception as error:  # a reader that gives up has judged, too
            found["error"] = f"{type(error).__name__}: {error}"
        print(json.dumps(found))


if __name__ == "__main__":
    main()
