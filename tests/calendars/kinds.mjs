// When the meetings of the cases in tests/kinds take place, as ical.js reads them.
//
//   node kinds.mjs CALENDARS > ANSWERS
//
// For each calendar that kinds.py has written the first twelve starts and lengths in minutes, or why there are none.

import fs from "node:fs";
import ICAL from "ical.js";

const MOST = 12;
const FIRST = Date.parse("2026-11-22T09:15:00Z");

// A time without a zone is that of the place where it is read.
function offsetAt(utc, here) {
    const shown = new Intl.DateTimeFormat("en-GB", {
        timeZone: here, hourCycle: "h23",
        year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    });
    const parts = Object.fromEntries(shown.formatToParts(utc).map((part) => [part.type, Number(part.value)]));
    return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - utc;
}
function moment(time, here) {
    if (!time.isDate && time.zone !== ICAL.Timezone.localTimezone) {
        return time.toUnixTime() * 1000;
    }
    const local = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second);
    return local - offsetAt(local - offsetAt(local, here), here);
}

function occurrences({ text, here }) {
    const calendar = new ICAL.Component(ICAL.parse(text));
    ICAL.TimezoneService.reset();
    for (const zone of calendar.getAllSubcomponents("vtimezone")) {
        ICAL.TimezoneService.register(new ICAL.Timezone(zone));
    }
    const events = calendar.getAllSubcomponents("vevent").map((event) => new ICAL.Event(event));
    const master = events.find((event) => !event.isRecurrenceException()) ?? events[0];
    for (const event of events.filter((event) => event !== master && event.isRecurrenceException())) {
        master.relateException(event);
    }
    const found = [];
    const add = (item, start, end) => {
        if (item.component.getFirstPropertyValue("status") !== "CANCELLED") {
            found.push([moment(start, here), moment(end, here)]);
        }
    };
    if (!master.isRecurring()) {
        add(master, master.startDate, master.endDate);
        return found;
    }
    const iterator = master.iterator();
    for (let next = iterator.next(), count = 0; next && count < 500; next = iterator.next(), count += 1) {
        const details = master.getOccurrenceDetails(next);
        add(details.item, details.startDate, details.endDate);
    }
    return found;
}

function told(asked) {
    const ahead = occurrences(asked).filter(([, end]) => end >= FIRST).sort((one, other) => one[0] - other[0]);
    const first = ahead.slice(0, MOST);
    return {
        starts: first.map(([start]) => new Date(start).toISOString().replace(":00.000Z", "Z")),
        minutes: first.map(([start, end]) => Math.floor((end - start) / 60000)),
    };
}

const asked = JSON.parse(fs.readFileSync(process.argv[2]));
const answers = asked.map((one) => {
    try {
        return one && told(one);
    } catch (error) {
        return String(error);
    }
});
process.stdout.write(JSON.stringify(answers));
