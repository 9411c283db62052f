"""Compares when a series takes place with what two recurrence libraries make of it.

    series.py CONFCTL DIRECTORY

Every rule is scheduled in every zone, twenty days before the clock goes forward there, at a time
of day that the change skips. DIRECTORY gets the program's home and one .ics and one .json each.
Three judgements a series, each a line "ok NAME" or "FAIL NAME: why": the occurrences in the JSON
against recurring-ical-events reading the .ics, against dateutil iterating the rule on the wall
clock, and the VTIMEZONE of the .ics against zoneinfo at those of the first six years.
"""

import json
import shlex
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import recurring_ical_events
from dateutil.rrule import rrulestr
from icalendar import Calendar

NOW = "2026-11-22T09:15:00Z"
YEAR = 2027
LISTED = 60
HORIZON = 6 * 366

# A time of day that the clock skips once a year, where it ever does.
ZONES = {
    "Europe/Prague": "02:30",
    "America/New_York": "02:30",
    "Australia/Lord_Howe": "02:15",
    "America/Santiago": "00:30",
    "Africa/Cairo": "00:30",
    "Asia/Kathmandu": "10:00",
}

# What is typed, and the rule that it stands for; {} is the day of the start, a Monday.
RULES = {
    "daily": ("--repeat=daily", "FREQ=DAILY"),
    "third-day": ("--repeat=daily --every=3 --count=50", "FREQ=DAILY;INTERVAL=3;COUNT=50"),
    "weekdays": (
        f"--repeat=weekdays --until={YEAR}-12-24",
        f"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL={YEAR}1224T235959",
    ),
    "weekly": ("--repeat=weekly", "FREQ=WEEKLY;BYDAY=MO"),
    "three-days": (
        "--repeat=weekly --on=tue,thu,sun --count=55",
        "FREQ=WEEKLY;BYDAY=TU,TH,SU;COUNT=55",
    ),
    "fortnight": (
        "--repeat=weekly --every=2 --on=sun,fri",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,FR",
    ),
    "last-day": ("--repeat=monthly --on=31", "FREQ=MONTHLY;BYMONTHDAY=31"),
    "last-sunday": ("--repeat=monthly --on=-1sun", "FREQ=MONTHLY;BYDAY=-1SU"),
    "first-and-third": (
        "--repeat=monthly --every=2 '--on=first sunday,third friday' --count=20",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,3FR;COUNT=20",
    ),
    "yearly": ("--repeat=yearly --on=2sun", "FREQ=YEARLY;BYMONTH={};BYDAY=2SU"),
    "last-working-day": (
        "--rrule=FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    ),
    "twice-a-day": (
        "--rrule=FREQ=WEEKLY;BYDAY=SU;BYHOUR=2,14;COUNT=40",
        "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2,14;COUNT=40",
    ),
}


def first_day(zone):
    """The Monday about twenty days before the clock goes forward."""
    at = datetime(YEAR, 1, 1, tzinfo=timezone.utc)
    while at.year == YEAR:
        later = at + timedelta(hours=1)
        if later.astimezone(zone).utcoffset() > at.astimezone(zone).utcoffset():
            break
        at = later
    day = (at if at.year == YEAR else datetime(YEAR, 3, 1)).date() - timedelta(days=20)
    return day - timedelta(days=day.weekday())


def instant(clock, zone):
    """Of a time on the wall clock: skipped ones move forward, of two the first."""
    return int(clock.replace(tzinfo=zone, fold=0).timestamp())


def is_skipped(clock, zone):
    at = clock.replace(tzinfo=zone, fold=0)
    return at.astimezone(timezone.utc).astimezone(zone).replace(tzinfo=None) != clock


class Series:
    """One series: what was asked for, and what the program says of it."""

    def __init__(self, program, directory, name, zone, start, flags, rule):
        self.name, self.zone, self.start, self.rule = name, zone, start, rule
        arguments = ["schedule", "live-meeting", f"--subject={name}", f"--zone={zone.key}"]
        arguments += [f"--start={start:%Y-%m-%d %H:%M}", "--duration=1h", *shlex.split(flags)]
        run = lambda suffix: schedule(program, directory, arguments, directory / f"{name}{suffix}")
        self.calendar = Calendar.from_ical(run(".ics"))
        listed = json.loads(run(".json"))["series"]["occurrences"]
        self.listed = [datetime.fromisoformat(at["start"]) for at in listed]

    def judge_reader(self):
        """Asked in one go: in pages, it loses what the clock skips at the edge of a page."""
        more = timedelta(minutes=1) if len(self.listed) == LISTED else timedelta(days=1000)
        begin, end = self.listed[0] - timedelta(days=1), self.listed[-1] + more
        events = recurring_ical_events.of(self.calendar).between(begin, end)
        yield from self.differs(sorted(int(event["DTSTART"].dt.timestamp()) for event in events))

    def judge_rule(self):
        """A series whose first day has no such time begins with the next one."""
        clock = iter(rrulestr(self.rule, dtstart=self.start))
        first = next(at for at in clock if not is_skipped(at, self.zone))
        times = islice(rrulestr(self.rule, dtstart=first), LISTED)
        yield from self.differs([instant(at, self.zone) for at in times])

    def differs(self, wanted):
        came = [int(at.timestamp()) for at in self.listed]
        if came == wanted:
            return
        odd = sorted(set(came) ^ set(wanted))[:3]
        shown = [f"{datetime.fromtimestamp(at, self.zone):%a %F %R %z}" for at in odd]
        yield f"{len(came)} came, {len(wanted)} expected; not in both: {', '.join(shown)}"

    def judge_zone(self):
        (block,) = self.calendar.timezones
        declared = block.to_tz(lookup_tzid=False)
        for at in self.listed:
            if at > self.listed[0] + timedelta(days=HORIZON):
                return
            clock = at.replace(tzinfo=None)
            twice = {clock.replace(tzinfo=self.zone, fold=fold).utcoffset() for fold in (0, 1)}
            if len(twice) == 1 and clock.replace(tzinfo=declared).utcoffset() != at.utcoffset():
                yield f"VTIMEZONE is wrong at {at}"
                return


def schedule(program, directory, arguments, file):
    ran = subprocess.run(
        [program, *arguments, f"--output={file}"],
        env={"HOME": str(directory), "TZ": "UTC", "CONFCTL_NOW": NOW},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    if ran.returncode != 0:
        raise RuntimeError(f"exit {ran.returncode}: {ran.stderr.decode()}".replace("\n", " | "))
    return file.read_bytes()


def judgements(series):
    yield "reader", series.judge_reader
    yield "rule", series.judge_rule
    yield "zone", series.judge_zone


def main():
    program, directory = sys.argv[1], Path(sys.argv[2])
    for key, clock in ZONES.items():
        zone = ZoneInfo(key)
        start = datetime.fromisoformat(f"{first_day(zone)} {clock}")
        for rule_name, (flags, rule) in RULES.items():
            name = f"{key.replace('/', '-')}-{rule_name}"
            rule = rule.format(start.month)
            try:
                series = Series(program, directory, name, zone, start, flags, rule)
            except Exception as error:  # no series is a fault, too
                print(f"FAIL {name}: {type(error).__name__}: {error}")
                continue
            for judge, faults in judgements(series):
                found = "; ".join(faults())
                print(f"FAIL {name} {judge}: {found}" if found else f"ok {name} {judge}")


main()
