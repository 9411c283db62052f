//! What a template may print: an invitation in the words of its language.

use jiff::Zoned;
use serde::Serialize;

use crate::conference::{
    AccessNumber, Appointment, Attendance, Attendee, Client, Conference, DialIn, Kind, Person,
    Status, WaysIn,
};
use crate::invitation::block::{label, printed_numbers};
use crate::invitation::branding::Branding;
use crate::invitation::words::{Labels, Words};

/// An occurrence at another time.
#[derive(Serialize)]
struct Instead {
    /// When it would have been.
    original: String,
    /// From when to when it is.
    time: String,
}

/// Most people of one list that are named on a page; the calendar has them all.
const MOST_PEOPLE: usize = 30;

/// The names in a template are those of these fields; what is not there is `none`.
#[derive(Default, Serialize)]
pub(super) struct View<'a> {
    /// BCP 47 tag.
    language: &'static str,
    /// Labels in that language: `words.passcode`.
    words: Option<&'static Labels>,
    /// `live-meeting`, `online-meeting` or `conference-call`.
    kind: String,
    /// The kind in words, as a heading.
    title: &'static str,
    /// True: it does not take place, and there is no way in.
    cancelled: bool,
    /// True on the practice pool, whose numbers nobody can call.
    practice: bool,
    subject: &'a str,
    /// The organizer's own words, several lines.
    note: Option<&'a str>,
    /// Who invites to what, or has cancelled it; a sentence.
    opening: Option<String>,
    /// From when to when, with the zone.
    when: Option<String>,
    /// The same without the zone.
    time: Option<String>,
    /// And the zone.
    zone: Option<String>,
    /// How it comes again; for a series.
    repeats: Option<String>,
    /// When it does not, though the series does.
    except: Vec<String>,
    /// Occurrences that are at another time.
    changed: Vec<Instead>,
    /// True: this is about one occurrence of a series, at its time.
    only_this: bool,
    /// When one occurrence would have been that is now at another time.
    instead_of: Option<String>,
    organizer: Option<Contact<'a>>,
    /// The organizer's organization.
    organization: Option<&'a str>,
    /// Who sends for the organizer.
    sender: Option<Contact<'a>>,
    required: Invited<'a>,
    optional: Invited<'a>,
    /// Rooms and resources.
    rooms: Invited<'a>,
    /// Ways in by computer.
    links: Links<'a>,
    /// True: there is sound by computer.
    computer_audio: bool,
    /// Numbers to call, those of the organizer's region first; empty without dial-in.
    numbers: Vec<Number<'a>>,
    /// What to do with a number; a sentence.
    call: Option<String>,
    /// Width of the longest number, in characters.
    width: usize,
    /// How many numbers are not among `numbers`.
    more_numbers: usize,
    /// Label of `settings_page`; without one, what says that there are more numbers.
    local_numbers: Option<String>,
    /// Dial-In Conferencing Settings: all numbers, PIN.
    settings_page: Option<&'a str>,
    /// Digits to key in.
    conference_id: Option<&'a str>,
    passcode: Option<&'a str>,
    /// What callers may key in later; empty unless the settings ask for it.
    keypad: Vec<Key>,
    /// For the program on the desk: what to enter by hand.
    meeting_id: Option<&'a str>,
    /// The passcode that it asks for then, where that is not what callers key in.
    meeting_passcode: Option<&'a str>,
    /// The address of the conference, to enter by hand; empty where there is none.
    location: &'a str,
    /// Address of a picture.
    logo: Option<&'a str>,
    /// Last lines, of the settings.
    footer: Option<&'a str>,
    /// Address of a page that helps.
    help: Option<&'a str>,
    /// Address of a page with what the law demands.
    legal: Option<&'a str>,
}

/// Somebody.
#[derive(Serialize)]
struct Contact<'a> {
    /// The name, or the address of somebody without one.
    label: &'a str,
    name: Option<&'a str>,
    address: &'a str,
    /// `mailto:` link.
    mailto: String,
    /// `Name <address>`
    both: String,
    presenter: bool,
}

/// People, and a sentence about those that are left out here.
#[derive(Default, Serialize)]
struct Invited<'a> {
    people: Vec<Contact<'a>>,
    more: Option<String>,
}

#[derive(Default, Serialize)]
struct Links<'a> {
    /// `meet:`, `conf:` or another address for the program on the desk.
    client: Option<Link<'a>>,
    /// A web page.
    web: Option<Link<'a>>,
}

#[derive(Serialize)]
struct Link<'a> {
    label: &'static str,
    /// The label on a button, short.
    button: &'static str,
    href: &'a str,
}

#[derive(Serialize)]
struct Number<'a> {
    /// `+1 425 555 0100`
    display: &'a str,
    /// `+14255550100`
    dialable: String,
    /// `tel:` link with the Conference ID; none for a number without a digit.
    tel: Option<String>,
    /// Number, pauses and Conference ID as text.
    one_tap: String,
    region: &'a str,
    /// Their names, with commas.
    languages: String,
    /// `North America: English (US)`
    label: String,
}

#[derive(Serialize)]
struct Key {
    keys: &'static str,
    does: &'static str,
}

impl<'a> View<'a> {
    /// An appointment, clean and as people are told of it.
    pub(super) fn of(appointment: &'a Appointment, branding: &'a Branding) -> Self {
        let words = Words::of(appointment.wording.language);
        let cancelled = appointment.status == Status::Cancelled;
        let (start, end) = appointment.first_time();
        let (time, zone) = words.parts(&start, &end);
        let mut view = Self {
            cancelled,
            practice: appointment.practice,
            subject: &appointment.subject,
            note: appointment.note.as_deref(),
            opening: Some(opening(appointment, words)),
            when: Some(words.range(&start, &end)),
            time: Some(time),
            zone: Some(zone),
            organizer: Some(Contact::of(&appointment.organizer)),
            organization: appointment.organization.as_deref(),
            sender: appointment.sender.as_ref().map(Contact::of),
            required: Invited::of(&appointment.attendees, Attendance::Required, words),
            optional: Invited::of(&appointment.attendees, Attendance::Optional, words),
            rooms: Invited::of(&appointment.attendees, Attendance::Room, words),
            ..Self::of_kind(&appointment.conference, words, branding)
        };
        view.recur(appointment, words);
        if !cancelled {
            view.computer_audio = appointment.conference.kind.has_content();
            view.join(&appointment.conference, words, branding);
        }
        view
    }

    /// Says how many are invited besides those that the appointment names: behind the reader, or
    /// alone.
    pub(super) fn with_others(mut self, others: usize, words: &Words) -> Self {
        let list = match (&self.optional.people[..], &self.rooms.people[..]) {
            ([_, ..], _) => &mut self.optional,
            (_, [_, ..]) => &mut self.rooms,
            _ => &mut self.required,
        };
        if others > 0 {
            list.more = Some(words.more_people(others));
        }
        self
    }

    /// A conference that nobody is invited to.
    pub(super) fn of_conference(
        conference: &'a Conference,
        words: &'static Words,
        branding: &'a Branding,
    ) -> Self {
        let mut view = Self::of_kind(conference, words, branding);
        view.join(conference, words, branding);
        view
    }

    /// What does not depend on whether it takes place.
    fn of_kind(conference: &'a Conference, words: &'static Words, branding: &'a Branding) -> Self {
        Self {
            language: words.language.tag(),
            words: Some(&words.labels),
            kind: conference.kind.to_string(),
            title: words.title(conference.kind),
            subject: &conference.subject,
            location: location(conference),
            logo: branding.logo(),
            footer: branding.footer(),
            help: branding.help(),
            legal: branding.legal(),
            ..Self::default()
        }
    }

    fn recur(&mut self, appointment: &'a Appointment, words: &Words) {
        if let Some(series) = &appointment.series {
            self.repeats = Some(words.series(series, &appointment.start));
            let cancelled = series
                .changed
                .iter()
                .filter(|changed| changed.time.is_none());
            let excluded = series.dropped(&appointment.start);
            let excluded = excluded.map(|at| words.moment(at));
            self.except = excluded
                .chain(cancelled.map(|changed| words.left_out(changed)))
                .collect();
            self.changed = words
                .changed(series)
                .map(|(original, time)| Instead { original, time })
                .collect();
        }
        let moved = |original: &&Zoned| original.timestamp() != appointment.start.timestamp();
        let original = appointment.occurrence.as_ref();
        self.only_this = original.is_some_and(|original| !moved(&original));
        self.instead_of = original.filter(moved).map(|at| words.moment(at));
    }

    fn join(&mut self, conference: &'a Conference, words: &'static Words, branding: &'a Branding) {
        let ways_in = &conference.ways_in;
        self.links = Links::of(conference, words);
        self.passcode = ways_in.passcode.as_ref().map(|passcode| passcode.digits());
        if conference.kind == Kind::LiveMeeting {
            self.meeting_id = Some(conference.id.as_str());
        }
        if let Some(join_id) = &ways_in.join_id {
            self.meeting_id = Some(&join_id.id);
            self.meeting_passcode = join_id.passcode.as_ref().map(|passcode| passcode.digits());
        }
        if let Some(dial_in) = &ways_in.dial_in {
            self.dial(dial_in, ways_in, words, branding);
        }
    }

    fn dial(
        &mut self,
        dial_in: &'a DialIn,
        ways_in: &WaysIn,
        words: &Words,
        branding: &'a Branding,
    ) {
        let number = |number| Number::of(number, dial_in, ways_in, (words, branding));
        self.numbers = printed_numbers(dial_in, branding).map(number).collect();
        let widths = self.numbers.iter().map(|n| n.display.chars().count());
        self.width = widths.max().unwrap_or_default();
        self.call = Some(words.call(&branding.dial_string.terminator));
        self.conference_id = Some(dial_in.id.as_str());
        self.settings_page = dial_in.settings_page.as_deref();
        self.more_numbers = dial_in.numbers.len().saturating_sub(self.numbers.len());
        self.local_numbers = match (self.settings_page, self.more_numbers) {
            (Some(_), more) => Some(words.local_numbers(more)),
            (None, 0) => None,
            (None, more) => Some(words.more_numbers_ask(more)),
        };
        if branding.has_keypad() {
            let keys = words.keypad().map(|(keys, does)| Key { keys, does });
            self.keypad = keys.collect();
        }
    }
}

/// Programs since Lync have no field for the address of a conference.
fn location(conference: &Conference) -> &str {
    match conference.client() {
        Client::Communicator => &conference.location,
        Client::Lync | Client::Browser => "",
    }
}

fn opening(appointment: &Appointment, words: &Words) -> String {
    let organizer = appointment.organizer.label();
    let from = match &appointment.organization {
        Some(organization) => format!("{organizer} ({organization})"),
        None => organizer.to_owned(),
    };
    let kind = appointment.conference.kind;
    match appointment.status {
        Status::Confirmed => words.invites(&from, kind),
        Status::Cancelled if appointment.wording.withdrawn => words.withdraws(&from, kind),
        Status::Cancelled => words.cancels(&from, kind),
    }
}

impl<'a> Contact<'a> {
    fn of(person: &'a Person) -> Self {
        Self {
            label: person.label(),
            name: person.name.as_deref(),
            address: &person.address,
            mailto: person.mailto(),
            both: person.to_string(),
            presenter: false,
        }
    }
}

impl<'a> Invited<'a> {
    fn of(attendees: &'a [Attendee], attendance: Attendance, words: &Words) -> Self {
        let these = || attendees.iter().filter(|a| a.attendance == attendance);
        let people = these().take(MOST_PEOPLE).map(|attendee| Contact {
            presenter: attendee.presenter,
            ..Contact::of(&attendee.person)
        });
        let more = these().count().saturating_sub(MOST_PEOPLE);
        Self {
            people: people.collect(),
            more: (more > 0).then(|| words.more_people(more)),
        }
    }
}

impl<'a> Links<'a> {
    fn of(conference: &'a Conference, words: &Words) -> Self {
        let (ways_in, kind) = (&conference.ways_in, conference.kind);
        let client = Some(ways_in.client_link.as_str()).filter(|link| !link.is_empty());
        let web = ways_in.web_link.as_deref();
        let [label, button] = words.join_client(kind, conference.client());
        Self {
            client: client.map(|href| Link {
                label,
                button,
                href,
            }),
            web: web.map(|href| Link {
                label: words.join_web(kind),
                button: words.join_web(kind),
                href,
            }),
        }
    }
}

impl<'a> Number<'a> {
    fn of(
        number: &'a AccessNumber,
        dial_in: &DialIn,
        ways_in: &WaysIn,
        (words, branding): (&Words, &Branding),
    ) -> Self {
        let dial_string = &branding.dial_string;
        let languages = number.languages.iter().map(|tag| words.language(tag));
        Self {
            display: &number.display,
            dialable: number.dialable(),
            tel: dial_string.uri(number, dial_in),
            one_tap: dial_string.text(number, dial_in, ways_in.passcode.as_ref()),
            region: &number.region,
            languages: languages.collect::<Vec<_>>().join(words.comma),
            label: label(number, words),
        }
    }
}
