//! The invitation as a mail (iMIP, RFC 6047): text, page and calendar for programs that answer
//! meeting requests, and the calendar once more as a file for all others.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Body, Message, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, error};
use openssl::sha::sha256;

use crate::conference::{Appointment, Person, Status, in_ascii};
use crate::hex::hex;
use crate::invitation::clean;

/// The longest line of a mail without its CRLF (RFC 5322 2.1.1).
const LONGEST_LINE: usize = 998;
/// Longer header words are encoded, so that lines can be folded at 78 (RFC 5322 2.1.1).
const LONG_WORD: usize = 60;

/// What a mail is made of.
pub struct Mail<'a> {
    /// The meeting that it is about.
    pub appointment: &'a Appointment,
    /// iCalendar with one METHOD, as a calendar object is sent.
    pub calendar: &'a str,
    /// All there is to know, for people who see nothing else.
    pub text: &'a str,
    /// The same as a page.
    pub html: &'a str,
    /// What stands before the subject, as `Cancelled: `; may be empty.
    pub prefix: &'a str,
    /// Who gets it; nobody: the organizer.
    pub to: &'a [Person],
    /// A mailing of its own; none: the first one about this version.
    pub mailing: Option<&'a Mailing>,
}

/// An invitation that is sent once more, on request: another mail than the first one about the same
/// version, which mail systems would drop as a duplicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailing {
    /// What its Message-IDs are told apart by.
    pub token: String,
    /// When it was asked for.
    pub date: Timestamp,
}

/// Which bytes the way of a mail lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Octets {
    /// ASCII alone.
    Seven,
    /// All of them (8BITMIME, RFC 6152).
    Eight,
}

/// There can be no such mail.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not an address.
    #[error("'{0}' is not an address that a mail can have: expected user@domain")]
    Address(String),
    /// The calendar is none that can be sent (RFC 6047 2.4).
    #[error("the calendar of the mail has no METHOD")]
    Method,
    /// A bug: the parts were made by us.
    #[error("the mail can't be put together: {0}")]
    Parts(#[from] error::Error),
}

/// Writes the mail. The same input gives the same bytes; lines end with CRLF.
///
/// `From` is the organizer, and a delegate is `Sender`. No Auto-Submitted: rooms and other
/// automatic guests must not answer such mails (RFC 3834 2), and here they should.
pub fn message(mail: &Mail<'_>, octets: Octets) -> Result<Vec<u8>, MailError> {
    let appointment = mail.appointment;
    let organizer = std::slice::from_ref(&appointment.organizer);
    let to = mail.to();
    let id = mail.id()?;
    let first = first_message_id(appointment, to)?;
    let date = mail.mailing.map_or(appointment.stamp, |own| own.date);
    let mut builder = Message::builder()
        .date(SystemTime::from(date.max(Timestamp::UNIX_EPOCH)))
        .raw_header(people("From", organizer)?)
        .raw_header(people("To", to)?)
        .raw_header(subject(mail.prefix, &appointment.subject))
        .message_id(Some(id.clone()))
        // The envelope is written elsewhere; without one lettre reads its headers again.
        .envelope(Envelope::new(None, vec![address(&appointment.organizer)?])?);
    if let Some(sender) = &appointment.sender {
        builder = builder.raw_header(people("Sender", std::slice::from_ref(sender))?);
    }
    if id != first {
        builder = builder.in_reply_to(first.clone()).references(first);
    }
    Ok(builder.multipart(parts(mail, octets, &id)?)?.formatted())
}

impl Mail<'_> {
    /// Its Message-ID (RFC 5322 3.6.4), with the angle brackets: names one version of a meeting in
    /// the hands of one recipient, or of several who get one mail.
    pub fn id(&self) -> Result<String, MailError> {
        let appointment = self.appointment;
        let occurrence = appointment.occurrence.as_ref();
        let mut part = occurrence.map_or(String::new(), |start| start.timestamp().to_string());
        if appointment.status == Status::Cancelled {
            part += " cancelled";
        }
        if let Some(mailing) = self.mailing {
            part += &format!(" {}", mailing.token);
        }
        version_id(appointment, appointment.sequence, &part, self.to())
    }

    fn to(&self) -> &[Person] {
        match self.to.is_empty() {
            true => std::slice::from_ref(&self.appointment.organizer),
            false => self.to,
        }
    }
}

/// The Message-ID of the first mail about the meeting, which later ones answer to, so that mail
/// programs show them together.
fn first_message_id(appointment: &Appointment, to: &[Person]) -> Result<String, MailError> {
    version_id(appointment, 0, "", to)
}

fn version_id(
    appointment: &Appointment,
    sequence: u32,
    part: &str,
    to: &[Person],
) -> Result<String, MailError> {
    let mut recipients: Vec<String> = to.iter().map(|to| to.address.to_lowercase()).collect();
    recipients.sort();
    recipients.push(part.to_owned());
    Ok(format!(
        "<{}.{sequence}.{}@{}>",
        short_hash(&appointment.uid),
        short_hash(&recipients.join("\n")),
        address(&appointment.organizer)?.domain(),
    ))
}

fn parts(mail: &Mail<'_>, octets: Octets, id: &str) -> Result<MultiPart, MailError> {
    // Both copies, and every line of them, are the same.
    let calendar = mail.calendar.replace("\r\n", "\n").replace('\n', "\r\n");
    let method = method(&calendar).ok_or(MailError::Method)?;
    let texts = [mail.text, mail.html, &calendar];
    let with_boundary = |kind| multipart(kind, id, &texts, octets);
    let alternative = with_boundary(MultiPartKind::Alternative)
        .singlepart(part(
            "text/plain; charset=utf-8",
            readable_body(mail.text, octets),
        ))
        .singlepart(part(
            "text/html; charset=utf-8",
            readable_body(mail.html, octets),
        ))
        .singlepart(part(
            // Outlook takes the last part that it understands, and only without a disposition
            // (swiftmailer/swiftmailer#176, PHPMailer/PHPMailer#175).
            &format!("text/calendar; charset=UTF-8; method={method}"),
            exact_body(&calendar, octets),
        ));
    let file = SinglePart::builder()
        .header(content_type("application/ics; name=\"invite.ics\""))
        .header(ContentDisposition::attachment("invite.ics"))
        .body(encode(calendar.clone(), ContentTransferEncoding::Base64));
    Ok(with_boundary(MultiPartKind::Mixed)
        .multipart(alternative)
        .singlepart(file))
}

/// What the calendar says it is for: a word of letters (RFC 5545 3.7.2).
fn method(calendar: &str) -> Option<&str> {
    let head = calendar.split("\r\nBEGIN:V").next()?;
    let method = head.lines().find_map(|line| line.strip_prefix("METHOD:"))?;
    let word = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic());
    word.then_some(method)
}

/// With a boundary that none of the texts holds. `=_` is in no encoded part (RFC 2045 6.7).
fn multipart(kind: MultiPartKind, id: &str, texts: &[&str], octets: Octets) -> MultiPart {
    let seed = format!("{kind:?} {id}");
    let boundaries = (0u32..).map(|turn| format!("=_{}", short_hash(&format!("{seed} {turn}"))));
    let mut free = boundaries.filter(|name| !texts.iter().any(|text| text.contains(name.as_str())));
    let boundary = free.next().unwrap_or(seed);
    let whole = MultiPart::builder().kind(kind).boundary(boundary);
    // Whoever holds an 8-bit part is one (RFC 2045 6.4).
    match octets {
        Octets::Eight => whole.header(ContentTransferEncoding::EightBit).build(),
        Octets::Seven => whole.build(),
    }
}

fn part(kind: &str, body: Body) -> SinglePart {
    SinglePart::builder().header(content_type(kind)).body(body)
}

/// Ours alone, so it is one.
fn content_type(text: &str) -> ContentType {
    ContentType::parse(text).unwrap_or(ContentType::TEXT_PLAIN)
}

/// A text that stays readable for programs that know nothing of encodings.
fn readable_body(text: &str, octets: Octets) -> Body {
    match as_it_is(text, octets) {
        Some(encoding) => encode(text.to_owned(), encoding),
        None if text.contains('\0') => encode(text.to_owned(), ContentTransferEncoding::Base64),
        None => Body::new(text.to_owned()),
    }
}

/// A text of which every byte counts.
fn exact_body(text: &str, octets: Octets) -> Body {
    let encoding = as_it_is(text, octets).unwrap_or(ContentTransferEncoding::Base64);
    encode(text.to_owned(), encoding)
}

/// How a text may go without being encoded, if it may.
fn as_it_is(text: &str, octets: Octets) -> Option<ContentTransferEncoding> {
    let short = text.lines().all(|line| line.len() <= LONGEST_LINE);
    let ends_oddly = text.replace("\r\n", "").contains('\r');
    match (octets, text.is_ascii()) {
        _ if !short || ends_oddly || text.contains('\0') => None,
        (_, true) => Some(ContentTransferEncoding::SevenBit),
        (Octets::Eight, false) => Some(ContentTransferEncoding::EightBit),
        (Octets::Seven, false) => None,
    }
}

fn encode(text: String, encoding: ContentTransferEncoding) -> Body {
    use ContentTransferEncoding::{EightBit, SevenBit};
    match encoding {
        // lettre encodes lines of more than 76 octets, which RFC 5322 2.1.1 allows.
        SevenBit | EightBit => {
            let lines = text.replace("\r\n", "\n").replace('\n', "\r\n");
            Body::dangerous_pre_encoded(lines.into_bytes(), encoding)
        }
        _ => Body::new_with_encoding(text, encoding).unwrap_or_else(Body::new),
    }
}

/// The subject as the user wrote it, on one line.
fn subject(prefix: &str, text: &str) -> HeaderValue {
    let text = clean::line(&format!("{prefix}{text}"));
    let name = HeaderName::new_from_ascii_str("Subject");
    let folds = text
        .split(' ')
        .all(|word| !word.is_empty() && word.len() <= LONG_WORD);
    if is_plain(&text) && folds {
        return HeaderValue::new(name, text);
    }
    let words = encoded_words(&text);
    HeaderValue::dangerous_new_pre_encoded(name, text, words)
}

/// Names and addresses, each on a line of its own.
fn people(header: &'static str, people: &[Person]) -> Result<HeaderValue, MailError> {
    let mailboxes: Result<Vec<String>, MailError> = people.iter().map(mailbox).collect();
    let mailboxes = mailboxes?.join(",\r\n ");
    // Never printed; lettre looks into it whether there is a From.
    let addresses: Result<Vec<Address>, MailError> = people.iter().map(address).collect();
    let raw: Vec<String> = addresses?.iter().map(Address::to_string).collect();
    let name = HeaderName::new_from_ascii_str(header);
    Ok(HeaderValue::dangerous_new_pre_encoded(
        name,
        raw.join(", "),
        mailboxes,
    ))
}

/// `"Name" <user@domain>`, or the bare address of somebody without a name.
fn mailbox(person: &Person) -> Result<String, MailError> {
    let address = address(person)?;
    let name = clean::line(person.name.as_deref().unwrap_or_default());
    let phrase = match name.as_str() {
        "" => return Ok(address.to_string()),
        name if is_plain(name) && name.len() <= LONG_WORD => {
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{quoted}\"")
        }
        name => encoded_words(name),
    };
    let address = address.to_string();
    let fits = phrase.len() + address.len() <= LONG_WORD;
    let gap = if fits { " " } else { "\r\n " };
    Ok(format!("{phrase}{gap}<{address}>"))
}

/// An address that can't leave its place in a header.
fn address(person: &Person) -> Result<Address, MailError> {
    let refused = || MailError::Address(clean::line(&person.address));
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;()".contains(c);
    if clean::line(&person.address) != person.address || person.address.contains(odd) {
        return Err(refused());
    }
    let ascii = in_ascii(&person.address).ok_or_else(refused)?;
    ascii.parse().map_err(|_| refused())
}

/// Printable ASCII that nobody takes for encoded words.
fn is_plain(text: &str) -> bool {
    let printable = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    text.bytes().all(printable) && !text.contains("=?")
}

/// RFC 2047, one encoded word a line.
fn encoded_words(text: &str) -> String {
    // With its frame, 68 of the 75 characters that a word may have.
    const MOST_BYTES: usize = 42;
    let mut words = vec![String::new()];
    for c in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= MOST_BYTES => word.push(c),
            _ => words.push(c.into()),
        }
    }
    let words = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
    words.collect::<Vec<_>>().join("\r\n ")
}

/// Enough that no two of a person's meetings or recipients share it.
fn short_hash(text: &str) -> String {
    const DIGITS: usize = 20;
    let mut hash = hex(&sha256(text.as_bytes()));
    hash.truncate(DIGITS);
    hash
}

#[cfg(test)]
mod tests;
