// Judges invitations with ical.js.
//
//     node check.mjs DIRECTORY
//
// DIRECTORY holds what matrix.py wrote. One line for each file: "ok FILE" or "FAIL FILE: why; why".
// Clock times are resolved with the file's own VTIMEZONE: no other zone is registered.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import ICAL from "ical.js";

/** Everything that is wrong with one invitation, in words. */
function judge(document, wanted) {
  const faults = [];
  const same = (what, came, asked) => {
    if (!isDeepStrictEqual(came, asked)) {
      faults.push(`${what} is ${JSON.stringify(came)}, expected ${JSON.stringify(asked)}`);
    }
  };
  const parsed = ICAL.parse(document);
  const calendar = new ICAL.Component(parsed);
  same("what it writes again", ICAL.parse(calendar.toString()), parsed);
  same("number of events", calendar.getAllSubcomponents("vevent").length, wanted.events ?? 1);
  const event = calendar.getFirstSubcomponent("vevent");
  same("METHOD", calendar.getFirstPropertyValue("method"), wanted.method);
  same("SUMMARY", event.getFirstPropertyValue("summary"), wanted.subject);
  same("DTSTART", instant(event, "dtstart"), [wanted.start, wanted.tzid ?? "UTC"]);
  same("DTEND", instant(event, "dtend"), [wanted.end, wanted.tzid ?? "UTC"]);
  same("STATUS", event.getFirstPropertyValue("status"), wanted.status);
  // It has no times for one meeting of a series, and those before the change for all of them.
  if (!wanted.events && !wanted.recurrence) same("starts", starts(event), wanted.starts);
  same("ATTENDEE", people(event), asked(wanted.attendees));
  judgeBody(event, wanted, same);
  return faults;
}

/** Seconds since 1970, and the zone that was used; "floating" if the file does not declare it. */
function instant(event, name) {
  const time = event.getFirstPropertyValue(name);
  return [time.toUnixTime(), time.zone.tzid];
}

/** The first ten starts, in seconds since 1970. */
function starts(event) {
  const dtstart = event.getFirstPropertyValue("dtstart");
  const expansion = new ICAL.RecurExpansion({ component: event, dtstart });
  const found = [];
  for (let at = expansion.next(); at && found.length < 10; at = expansion.next()) {
    found.push(at.toUnixTime());
  }
  return found;
}

function people(event) {
  return event
    .getAllProperties("attendee")
    .map((who) => [who.getFirstValue(), who.getFirstParameter("role"), who.getFirstParameter("cn")])
    .sort();
}

function asked(attendees) {
  return attendees
    .map((who) => [`mailto:${who.address}`, who.role, who.name ?? who.address])
    .sort();
}

function judgeBody(event, wanted, same) {
  let text = event.getFirstPropertyValue("description") ?? "";
  if (wanted.note !== null) {
    const note = `${wanted.note}\n\n`;
    same("begin of DESCRIPTION", text.slice(0, note.length), note);
    text = text.slice(note.length);
  }
  const ids = [...text.matchAll(/^Conference ID: (\d+)$/gm)].map((found) => found[1]);
  same("number of Conference IDs", ids.length, wanted.dial_in ? 1 : 0);
  const phones = event
    .getAllProperties("conference")
    .filter((conference) => conference.getFirstParameter("feature") === "PHONE")
    .map((conference) => conference.getFirstValue());
  same("whether there is a number", phones.length > 0, wanted.dial_in);
  const numbers = phones.map((phone) => phone.replace("tel:", "").replace(`,,${ids[0]}`, ""));
  const printed = text.replace(/(?<=\d) (?=\d)/g, "");
  same("numbers that are not printed", numbers.filter((number) => !printed.includes(number)), []);
  // Exchange escapes it like TEXT, and ical.js leaves what it does not know as it is.
  const microsoft = event.getFirstPropertyValue("x-microsoft-conferenceteluri");
  same("X-MICROSOFT-CONFERENCETELURI", microsoft?.replaceAll("\\,", ","), phones[0]);
}

const directory = process.argv[2];
for (const wanted of JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8"))) {
  let faults;
  try {
    faults = judge(readFileSync(join(directory, wanted.file), "utf8"), wanted);
  } catch (error) {
    faults = [`${error}`];
  }
  console.log(faults.length ? `FAIL ${wanted.file}: ${faults.join("; ")}` : `ok ${wanted.file}`);
}
