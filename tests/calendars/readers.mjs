// What Node's calendar libraries read in invitations.
//
//     node readers.mjs READER DIRECTORY
//
// The counterpart of readers.py; the same lines come out.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const MOST_STARTS = 10;
const LONG_AGO = new Date("2020-01-01T00:00:00Z");
const FAR = new Date("2040-01-01T00:00:00Z");

const seconds = (date) => date.getTime() / 1000;
const address = (uri) => uri.replace(/^mailto:/i, "").toLowerCase();
const first = (dates) => dates.map(seconds).sort((a, b) => a - b).slice(0, MOST_STARTS);
const list = (value) => (value === undefined ? [] : [value].flat());

const READERS = {
  /** It keeps changed occurrences below the series that they are of. */
  "node-ical": async () => {
    const { default: ical } = await import("node-ical");
    return (document) => {
      const calendar = ical.sync.parseICS(document);
      const events = Object.values(calendar).filter((one) => one.type === "VEVENT");
      if (events.length !== 1) throw new Error(`it has ${events.length} meetings`);
      const [event] = events;
      const span = { from: LONG_AGO, to: FAR };
      const changed = new Set(Object.values(event.recurrences ?? {})).size;
      const facts = {
        method: calendar.vcalendar.method,
        uid: event.uid,
        subject: event.summary,
        status: event.status,
        start: seconds(event.start),
        end: seconds(event.end),
        attendees: list(event.attendee).map((who) => address(who.val)).sort(),
      };
      // Only what repeats can be expanded.
      if (event.rrule) {
        facts.events = 1 + changed;
        facts.starts = first(ical.expandRecurringEvent(event, span).map((one) => one.start));
      }
      return facts;
    };
  },

  "ts-ics": async () => {
    const { convertIcsCalendar } = await import("ts-ics");
    return (document) => {
      const calendar = convertIcsCalendar(undefined, document);
      const [event] = calendar.events;
      return {
        method: calendar.method,
        events: calendar.events.length,
        uid: event.uid,
        subject: event.summary,
        status: event.status,
        start: seconds(event.start.date),
        end: seconds(event.end.date),
        attendees: list(event.attendees).map((who) => address(who.email)).sort(),
      };
    };
  },

  /** It knows neither zones nor parts of events, and keeps the last of several properties. */
  "cal-parser": async () => {
    const { default: parser } = await import("cal-parser");
    return (document) => {
      const calendar = parser.parseString(document);
      const [event] = calendar.events;
      return {
        method: calendar.calendarData.method,
        events: calendar.events.length,
        uid: event.uid.value,
        subject: event.summary.value,
        status: event.status.value,
        clock: event.dtstart.value.toISOString().slice(0, 19),
      };
    };
  },

  "ical-expander": async () => {
    const { default: Expander } = await import("ical-expander");
    return (document) => {
      const calendar = new Expander({ ics: document, maxIterations: MOST_STARTS });
      const [event] = calendar.events;
      const facts = { uid: event.uid, subject: event.summary, events: calendar.events.length };
      // It has no use for occurrences without their series.
      if (event.isRecurrenceException()) return facts;
      const found = calendar.between(LONG_AGO, FAR);
      const times = [...found.events, ...found.occurrences].map((one) => one.startDate.toJSDate());
      return { ...facts, starts: first(times) };
    };
  },
};

const [name, directory] = process.argv.slice(2);
const read = await READERS[name]();
for (const { file } of JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"))) {
  const found = { file };
  try {
    found.facts = read(readFileSync(join(directory, file), "utf8"));
  } catch (error) {
    found.error = `${error}`;
  }
  console.log(JSON.stringify(found));
}
