"""What other programs do to a diary: edits by khal's own code and by the icalendar library.

    diary.py khal KHAL_CONF SUBJECT PLACE      move the meeting to PLACE as khal would
    diary.py icalendar FOLDER SUBJECT PLACE    the same by reading and writing the file anew
    diary.py cancelled FOLDER SUBJECT          is it marked as cancelled?
"""

import pathlib
import sys


def with_khal(conf, subject, place):
    import datetime

    from khal.cli import build_collection
    from khal.settings import get_config

    collection = build_collection(get_config(conf), None)
    collection.update_db()
    day = datetime.date.today()
    for offset in range(60):
        for event in collection.get_events_on(day + datetime.timedelta(days=offset)):
            if event.summary == subject:
                event.update_location(place)
                collection.update(event)
                return
    sys.exit(f"khal has no '{subject}'")


def meetings(folder, subject):
    import icalendar

    for path in pathlib.Path(folder).glob("*.ics"):
        calendar = icalendar.Calendar.from_ical(path.read_bytes())
        for event in calendar.walk("VEVENT"):
            if event["SUMMARY"] == subject:
                yield path, calendar, event


def with_icalendar(folder, subject, place):
    found = list(meetings(folder, subject))
    if len(found) != 1:
        sys.exit(f"{len(found)} meetings are called '{subject}'")
    path, calendar, event = found[0]
    event["LOCATION"] = place
    path.write_bytes(calendar.to_ical())


def cancelled(folder, subject):
    states = [str(event.get("STATUS")) for _, _, event in meetings(folder, subject)]
    if states != ["CANCELLED"]:
        sys.exit(f"the states of '{subject}' are {states}")


{"khal": with_khal, "icalendar": with_icalendar, "cancelled": cancelled}[sys.argv[1]](*sys.argv[2:])
