//! The phone card: what people without a screen need, short enough for a wallet, with a QR code
//! that dials.

mod code;
mod picture;

pub use code::Ink;

use crate::conference::{AccessNumber, Appointment, DialIn, Passcode, Status};
use crate::invitation::clean;
use crate::invitation::words::Words;
use crate::telephony::{DialString, Telephone};

/// Widest line of the text, in columns.
const WIDTH: usize = 80;

/// There is no QR code to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NothingToScan {
    /// No telephone, no web.
    #[error(
        "there is nothing to scan: the conference has neither a telephone number nor a web link"
    )]
    NoWayIn,
    /// It will not take place.
    #[error("there is nothing to scan: the meeting is cancelled")]
    Cancelled,
}

/// The card as text, for a terminal with a QR code in the ink that it can show; each line ends with
/// LF. Its labels have the forms `Label: value`, the Conference ID in one run of digits.
pub fn text(appointment: &Appointment, dial_string: &DialString, code: Option<Ink>) -> String {
    let card = Card::of(appointment, dial_string);
    let mut lines: Vec<String> = card.heading.iter().flat_map(|h| wrap(h, WIDTH)).collect();
    lines.push(String::new());
    let colon = Words::of(appointment.wording.language).labels.colon;
    let row = |row: &Row| match row.label.as_str() {
        "" => row.value.clone(),
        label => format!("{label}{colon} {}", row.value),
    };
    lines.extend(card.rows.iter().map(row));
    let mut text = lines.join("\n") + "\n";
    if let (Some(ink), Some((caption, code))) = (code, card.scan()) {
        text += &format!("\n{caption}{colon}\n{}", code.on_terminal(ink));
    }
    text
}

/// The QR code of the card, at least 300 pixels wide: the `tel:` link of the first number, or the
/// web link of a conference that has none.
pub fn png(appointment: &Appointment, dial_string: &DialString) -> Result<Vec<u8>, NothingToScan> {
    if appointment.status == Status::Cancelled {
        return Err(NothingToScan::Cancelled);
    }
    let card = Card::of(appointment, dial_string);
    let picture = card.scan().and_then(|(_, code)| code.png());
    picture.ok_or(NothingToScan::NoWayIn)
}

/// The card as SVG, as wide as a bank card (ISO/IEC 7810 ID-1) and at least as high; black on white
/// in dark mode too, so that it can be scanned.
pub fn svg(appointment: &Appointment, dial_string: &DialString) -> String {
    picture::svg(&Card::of(appointment, dial_string))
}

/// What is on the card, before it is laid out.
struct Card {
    /// Subject, then kind and time, then what else must be known first.
    heading: Vec<String>,
    rows: Vec<Row>,
    /// The words below the QR code, and what is in it.
    scan: Option<(&'static str, String)>,
}

struct Row {
    /// Empty when the value speaks for itself.
    label: String,
    value: String,
    /// `tel:` or web link.
    link: Option<String>,
    place: Place,
}

/// Where a row stands in a picture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Large,
    Small,
    /// Below the others; over the whole width, if it needs that.
    Foot,
    /// In the text only.
    Nowhere,
}

impl Card {
    fn of(appointment: &Appointment, dial_string: &DialString) -> Self {
        let words = Words::of(appointment.wording.language);
        let appointment = clean::for_people(appointment);
        let mut card = Self {
            heading: heading(&appointment, words),
            rows: Vec::new(),
            scan: None,
        };
        if appointment.status == Status::Confirmed {
            card.add_ways_in(&appointment, dial_string, words);
        }
        card
    }

    fn add_ways_in(
        &mut self,
        appointment: &Appointment,
        dial_string: &DialString,
        words: &'static Words,
    ) {
        let ways_in = &appointment.conference.ways_in;
        match &ways_in.dial_in {
            Some(dial_in) => {
                self.add_telephone(dial_in, ways_in.passcode.as_ref(), dial_string, words);
            }
            None => self.add("", words.card.no_numbers.to_owned(), Place::Small),
        }
        if let Some(passcode) = &ways_in.passcode {
            self.add(
                words.labels.passcode,
                passcode.digits().to_owned(),
                Place::Large,
            );
        }
        match &ways_in.dial_in {
            Some(dial_in) => {
                self.add_link(words.labels.local_numbers, dial_in.settings_page.as_ref());
            }
            None => {
                let label = words.join_web(appointment.conference.kind);
                self.add_link(label, ways_in.web_link.as_ref());
            }
        }
        if let (None, Some(link)) = (&self.scan, &ways_in.web_link) {
            self.scan = Some((words.card.scan_to_join, link.clone()));
        }
    }

    fn add_telephone(
        &mut self,
        dial_in: &DialIn,
        passcode: Option<&Passcode>,
        dial_string: &DialString,
        words: &'static Words,
    ) {
        if let Some(number) = dial_in.numbers.first() {
            let uri = dial_string.uri(number, dial_in);
            self.add_number(number, uri.clone(), words);
            if let Some(uri) = uri {
                let tap = dial_string.text(number, dial_in, passcode);
                self.add(words.labels.mobile, tap, Place::Nowhere);
                self.scan = Some((words.card.scan_to_call, uri));
            }
        }
        self.add_conference_id(dial_in, words);
    }

    /// The number as the pool writes it, and how it is dialled here and there.
    fn add_number(&mut self, number: &AccessNumber, uri: Option<String>, words: &'static Words) {
        let label = match number.region.as_str() {
            "" => words.card.call.to_owned(),
            region => format!("{} ({region})", words.card.call),
        };
        self.add(&label, number.display.clone(), Place::Large);
        if let Some(row) = self.rows.last_mut() {
            row.link = uri;
        }
        let telephone = Telephone::of(number);
        for (label, form) in [
            (words.card.abroad, telephone.international),
            (words.card.inside, telephone.national),
        ] {
            let is_told = label == words.card.abroad && number.display.starts_with('+');
            if let Some(form) = form.filter(|form| !is_told && *form != number.display) {
                self.add(label, form, Place::Small);
            }
        }
    }

    fn add_conference_id(&mut self, dial_in: &DialIn, words: &'static Words) {
        let id = dial_in.id.to_string();
        let grouped = group_digits(&id);
        self.add(words.labels.conference_id, id.clone(), Place::Large);
        if grouped != id {
            self.add(words.card.aloud, grouped, Place::Nowhere);
        }
    }

    fn add(&mut self, label: &str, value: String, place: Place) {
        self.rows.push(Row {
            label: label.to_owned(),
            value,
            link: None,
            place,
        });
    }

    fn add_link(&mut self, label: &str, link: Option<&String>) {
        self.rows.extend(link.map(|link| Row {
            label: label.to_owned(),
            value: link.clone(),
            link: Some(link.clone()),
            place: Place::Foot,
        }));
    }

    /// The words below the code, and the code; none when there is nothing to scan, or too much.
    fn scan(&self) -> Option<(&'static str, code::Code)> {
        let (caption, content) = self.scan.as_ref()?;
        Some((*caption, code::Code::of(content)?))
    }
}

fn heading(appointment: &Appointment, words: &Words) -> Vec<String> {
    let labels = &words.labels;
    let cancelled = appointment.status == Status::Cancelled;
    let mut heading = vec![appointment.subject.clone()];
    let kind = words.title(appointment.conference.kind);
    heading.push(match cancelled {
        true => format!("{kind}, {}", labels.cancelled),
        false => kind.to_owned(),
    });
    let (start, end) = appointment.first_time();
    heading.push(words.range(&start, &end));
    if let Some(series) = &appointment.series {
        let rule = words.series(series, &appointment.start);
        heading.push(format!("{}{} {rule}", labels.repeats, labels.colon));
    }
    if appointment.practice && !cancelled {
        heading.push(labels.practice_notice.to_owned());
    }
    heading
}

/// Digits in groups of three for reading aloud, the last ones in twos so that none stands alone:
/// `123 45 67`.
fn group_digits(digits: &str) -> String {
    let pairs = match digits.len() % 3 {
        0 => 0,
        1 if digits.len() > 3 => 2,
        _ => 1,
    };
    let threes = digits.len().saturating_sub(2 * pairs);
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        let begins = if at <= threes {
            at.is_multiple_of(3)
        } else {
            (at - threes).is_multiple_of(2)
        };
        if begins && at > 0 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// The words in lines of at most that many columns; a longer word is broken.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut column = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let width = console::measure_text_width(word);
        if column > 0 && column + 1 + width > columns {
            lines.push(String::new());
            column = 0;
        } else if column > 0 {
            append(&mut lines, ' ');
            column += 1;
        }
        for c in word.chars() {
            let width = console::measure_text_width(c.encode_utf8(&mut [0; 4]));
            if column + width > columns && column > 0 {
                lines.push(String::new());
                column = 0;
            }
            append(&mut lines, c);
            column += width;
        }
    }
    lines
}

fn append(lines: &mut [String], c: char) {
    if let Some(line) = lines.last_mut() {
        line.push(c);
    }
}

#[cfg(test)]
mod tests;
