// What ical.js finds in the calendars that differential.py has written.
//
//   node differential.mjs FOLDER > ANSWERS
//
// For each file and each time that is asked about the start of the first meeting that is not over, as JSON.

import fs from "node:fs";
import path from "node:path";
import ICAL from "ical.js";

const folder = process.argv[2];
const asked = JSON.parse(fs.readFileSync(path.join(folder, "asked.json"))).map((at) => Date.parse(at));
const horizon = Date.parse("2029-01-01T00:00:00Z");
const earliest = asked[0] - 4 * 86400e3;

// A time without a zone is that of the place where it is read.
const shown = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Europe/Prague", hourCycle: "h23",
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
function offsetAt(utc) {
    const parts = Object.fromEntries(shown.formatToParts(utc).map((part) => [part.type, Number(part.value)]));
    return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - utc;
}
function moment(time) {
    if (!time.isDate && time.zone !== ICAL.Timezone.localTimezone) {
        return time.toUnixTime() * 1000;
    }
    const local = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second);
    return local - offsetAt(local - offsetAt(local));
}

function occurrences(text) {
    const calendar = new ICAL.Component(ICAL.parse(text));
    ICAL.TimezoneService.reset();
    for (const zone of calendar.getAllSubcomponents("vtimezone")) {
        ICAL.TimezoneService.register(new ICAL.Timezone(zone));
    }
    const events = calendar.getAllSubcomponents("vevent").map((event) => new ICAL.Event(event));
    const master = events.find((event) => !event.isRecurrenceException());
    for (const event of events.filter((event) => event.isRecurrenceException())) {
        master.relateException(event);
    }
    const found = [];
    const add = (item, start, end) => {
        if (item.component.getFirstPropertyValue("status") !== "CANCELLED") {
            found.push([moment(start), moment(end)]);
        }
    };
    if (!master.isRecurring()) {
        add(master, master.startDate, master.endDate);
        return found;
    }
    const iterator = master.iterator();
    for (let next = iterator.next(), count = 0; next && count < 3000; next = iterator.next(), count += 1) {
        const details = master.getOccurrenceDetails(next);
        if (moment(next) > horizon + 40 * 86400e3) break;
        add(details.item, details.startDate, details.endDate);
    }
    return found.filter(([, end]) => end >= earliest);
}

const answers = {};
for (const file of fs.readdirSync(path.join(folder, "diary"))) {
    const number = file.replace(".ics", "");
    try {
        const found = occurrences(fs.readFileSync(path.join(folder, "diary", file), "utf8"));
        answers[number] = asked.map((at) => {
            const ahead = found.filter(([start, end]) => end > at || start >= at).map(([start]) => start);
            const first = Math.min(...ahead);
            return ahead.length && first < horizon ? new Date(first).toISOString().replace(".000Z", "+00:00") : null;
        });
    } catch (error) {
        answers[number] = String(error);
    }
}
process.stdout.write(JSON.stringify(answers));
