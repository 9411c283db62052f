//! Requests to the Focus Factory ([MS-CONFPRO] 2.2.2).

use crate::proto::c3p::value::{attribute_value, number};
use crate::proto::c3p::{
    Answer, BODY_CAP, CCCP, Command, Dialect, Error, MSCP, Reason, Response, excerpt,
};
use crate::xml::{Document, Element, Tag, document};

/// What an organizer asks the Focus Factory to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Never the same twice from one sender.
    pub id: u32,
    /// The organizer, `sip:user@domain`.
    pub from: String,
    /// The Focus Factory, as in the SIP To header without its parameters.
    pub to: String,
    /// What to do.
    pub command: Command,
}

/// The version of C3P in `request` and `response`; it may be left out but has no other value.
pub(super) const C3P_VERSION: &str = "1";

impl Request {
    /// The body of the SIP request. What the dialect has no element for is left out.
    pub fn encode(&self, dialect: Dialect) -> Vec<u8> {
        let root = Tag::new("request")
            .attribute("xmlns", CCCP)
            .attribute("xmlns:mscp", MSCP)
            .attribute("C3PVersion", C3P_VERSION)
            .attribute("to", &self.to)
            .attribute("from", &self.from)
            .attribute("requestId", &self.id.to_string());
        document(root.child(self.command.tag(dialect)))
    }

    /// Reads the body of a SIP request, at most [`BODY_CAP`] bytes. Unknown elements and attributes
    /// are ignored or kept as foreign.
    ///
    /// # Errors
    /// All of [`Error`] but the last two. Each means SIP 400 without a body ([MS-CONFPRO] 3.2.5.1).
    pub fn decode(body: &[u8]) -> Result<Self, Error> {
        let document = Document::parse(body, BODY_CAP)?;
        let root = named_root(&document, "request")?;
        let command = only_child(root)?;
        Ok(Self {
            id: attribute_value(root, "requestId", number)?.ok_or(Error::missing("requestId"))?,
            from: address(root, "from")?,
            to: address(root, "to")?,
            command: Command::read(command)?,
        })
    }

    /// The response to this request, on its way back.
    pub fn to_response(&self, outcome: Result<Answer, Reason>) -> Response {
        Response {
            request_id: self.id,
            from: self.to.clone(),
            to: self.from.clone(),
            command: self.command.name(),
            outcome,
        }
    }
}

/// The root, if it has that local name and no other version of C3P.
pub(super) fn named_root<'d>(
    document: &'d Document<'_>,
    name: &'static str,
) -> Result<Element<'d>, Error> {
    let root = document.root();
    if root.name() != name {
        let found = excerpt(root.name());
        return Err(Error::Root {
            expected: name,
            found,
        });
    }
    match root.attribute("C3PVersion") {
        None | Some(C3P_VERSION) => Ok(root),
        Some(other) => Err(Error::invalid("C3PVersion 1", other)),
    }
}

/// The value of `from` or `to`.
pub(super) fn address(root: Element<'_>, name: &'static str) -> Result<String, Error> {
    let text = root.attribute(name).unwrap_or_default().trim();
    if text.is_empty() {
        return Err(Error::missing(name));
    }
    Ok(text.to_owned())
}

/// [MS-CONFPRO] 2.2.2: the request has exactly one child, the command.
fn only_child(root: Element<'_>) -> Result<Element<'_>, Error> {
    let mut children = root.elements();
    let command = children.next().ok_or(Error::missing("a command"))?;
    match children.next() {
        None => Ok(command),
        Some(second) => Err(Error::invalid("one command", second.name())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "sip:ana@example.com";
    const TO: &str = "sip:ana@example.com;gruu;opaque=app:conf:focusfactory";

    fn request(command: Command) -> Request {
        let (from, to) = (FROM.to_owned(), TO.to_owned());
        Request {
            id: 17,
            from,
            to,
            command,
        }
    }

    #[test]
    fn the_envelope_is_as_documented() {
        let text = request(Command::GetConferencingCapabilities).encode(Dialect::Ocs2007R2);
        let text = String::from_utf8(text).unwrap();
        let expected = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<request xmlns=\"{CCCP}\" xmlns:mscp=\"{MSCP}\" \
             C3PVersion=\"1\" to=\"{TO}\" from=\"{FROM}\" requestId=\"17\"><getConferencingCapabilities/></request>"
        );
        assert_eq!(text, expected);
    }

    fn refusal(inside: &str) -> Error {
        let text = format!("<request requestId='1' from='{FROM}' to='{TO}'>{inside}</request>");
        Request::decode(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        assert!(matches!(Request::decode(b"<request"), Err(Error::Xml(_))));
        assert!(matches!(
            Request::decode(b"<response/>"),
            Err(Error::Root {
                expected: "request",
                ..
            })
        ));
        assert_eq!(
            refusal("<getWeather/>"),
            Error::UnknownCommand("getWeather".into())
        );
        assert_eq!(refusal(""), Error::missing("a command"));
        assert_eq!(
            refusal("<getConferences/><getConference/>"),
            Error::invalid("one command", "getConference")
        );
        assert_eq!(
            refusal("<addConference/>"),
            Error::missing("conference-info")
        );
        assert_eq!(
            refusal("<addConference><conference-info/></addConference>"),
            Error::missing("conference-id")
        );
        assert_eq!(
            refusal("<getConference/>"),
            Error::missing("conferenceKeys")
        );
        assert_eq!(
            refusal("<deleteConference><conferenceKeys/></deleteConference>"),
            Error::missing("conference-id")
        );
        assert_eq!(
            refusal("<getConferences static='maybe'/>"),
            Error::invalid("static", "maybe")
        );
        let message = refusal("<getConferences static='maybe'/>").to_string();
        assert_eq!(message, "expected static in the C3P body, got 'maybe'");
    }

    #[test]
    fn attributes_of_the_envelope_are_needed() {
        let body = |attributes: &str| format!("<request {attributes}><getConferences/></request>");
        let decoded = |attributes: &str| Request::decode(body(attributes).as_bytes());
        assert!(decoded("requestId='7' from='sip:a@example.com' to='b' C3PVersion='1'").is_ok());
        assert_eq!(decoded("from='a' to='b'"), Err(Error::missing("requestId")));
        assert_eq!(decoded("requestId='7' to='b'"), Err(Error::missing("from")));
        assert_eq!(
            decoded("requestId='7' from='a' to=' '"),
            Err(Error::missing("to"))
        );
        assert_eq!(
            decoded("requestId='-7' from='a' to='b'"),
            Err(Error::invalid("requestId", "-7"))
        );
        let version = Err(Error::invalid("C3PVersion 1", "2"));
        assert_eq!(
            decoded("requestId='7' from='a' to='b' C3PVersion='2'"),
            version
        );
    }
}
