//! Responses of the Focus Factory ([MS-CONFPRO] 2.2.3).

use crate::proto::c3p::request::{C3P_VERSION, address, named_root};
use crate::proto::c3p::value::{attribute_value, number};
use crate::proto::c3p::{
    ANSWER_CAP, Answer, CCCP, Code, CommandName, Error, Form, MSCP, Reason, Request, excerpt,
};
use crate::xml::{Document, Element, Tag, document};

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// That of the request.
    pub request_id: u32,
    /// The Focus Factory.
    pub from: String,
    /// The organizer.
    pub to: String,
    /// The command that was answered.
    pub command: CommandName,
    /// What was asked for, or why not.
    pub outcome: Result<Answer, Reason>,
}

impl Response {
    /// The body of the SIP response.
    pub fn encode(&self, form: impl Into<Form>) -> Vec<u8> {
        let form = form.into();
        let (code, child) = match &self.outcome {
            Ok(answer) => (Code::Success, answer.tag(self.command, form)),
            Err(reason) => (Code::Failure, failure_tag(self.command, reason)),
        };
        let root = Tag::new("response")
            .attribute("xmlns", CCCP)
            .attribute("xmlns:mscp", MSCP)
            .attribute("C3PVersion", C3P_VERSION)
            .attribute("to", &self.to)
            .attribute("from", &self.from)
            .attribute("requestId", &self.request_id.to_string())
            .attribute("code", code.as_str());
        document(root.child(child))
    }

    /// Reads the body of a SIP response, at most [`ANSWER_CAP`] bytes, whatever its namespaces and
    /// prefixes. Everything unknown is ignored or kept as foreign.
    ///
    /// # Errors
    /// All of [`Error`] but the last.
    pub fn decode(body: &[u8]) -> Result<Self, Error> {
        let document = Document::parse(body, ANSWER_CAP)?;
        let root = named_root(&document, "response")?;
        let code = root.attribute("code").ok_or(Error::missing("code"))?;
        let code = Code::parse(code).ok_or_else(|| Error::Code(excerpt(code)))?;
        let (command, child) = answered_command(root)?;
        Ok(Self {
            request_id: attribute_value(root, "requestId", number)?
                .ok_or(Error::missing("requestId"))?,
            from: address(root, "from")?,
            to: address(root, "to")?,
            command,
            outcome: match code {
                Code::Success => Ok(Answer::read(command, child)?),
                Code::Failure => Err(read_reason(child)),
            },
        })
    }

    /// Checks that this answers that request.
    ///
    /// # Errors
    /// [`Error::NotOurs`] with the first difference: we cannot know whose answer it is.
    pub fn check_answers(&self, request: &Request) -> Result<(), Error> {
        let (id, sent) = (self.request_id.to_string(), request.id.to_string());
        check_same("the requestId", &sent, &id)?;
        check_same(
            "the command",
            request.command.name().as_str(),
            self.command.as_str(),
        )?;
        check_same("the sender", &request.to, &self.from)?;
        check_same("the addressee", &request.from, &self.to)
    }
}

fn failure_tag(command: CommandName, reason: &Reason) -> Tag {
    Tag::new(command.as_str()).attribute("reason", reason.as_str())
}

/// A failure without a reason is as good as one with the general reason.
fn read_reason(command: Element<'_>) -> Reason {
    let reason = command.attribute("reason").unwrap_or_default().trim();
    if reason.is_empty() {
        return Reason::OtherFailure;
    }
    Reason::from(reason)
}

/// The first child that is a command; separators and unknown elements may stand around it.
fn answered_command(root: Element<'_>) -> Result<(CommandName, Element<'_>), Error> {
    let mut commands = root
        .elements()
        .filter_map(|child| Some((CommandName::parse(child.name())?, child)));
    commands.next().ok_or_else(|| match root.elements().next() {
        Some(other) => Error::UnknownCommand(excerpt(other.name())),
        None => Error::missing("a command"),
    })
}

/// Hosts in addresses have no case, so a difference in case is none.
fn check_same(what: &'static str, expected: &str, found: &str) -> Result<(), Error> {
    if expected.eq_ignore_ascii_case(found) {
        return Ok(());
    }
    Err(Error::NotOurs {
        what,
        expected: excerpt(expected),
        found: excerpt(found),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::c3p::{Command, ConferenceInfo, Dialect};

    const ANA: &str = "sip:ana@example.com";
    const FACTORY: &str = "sip:ana@example.com;gruu;opaque=app:conf:focusfactory";
    const FOCUS: &str = "sip:ana@example.com;gruu;opaque=app:conf:focus:id:0F3B5C7A9E1D4266";

    fn body(code: &str, inside: &str) -> String {
        format!(
            "<c:response xmlns:c='{CCCP}' C3PVersion='1' requestId='17' code='{code}' from='{FACTORY}' \
             to='{ANA}'>{inside}</c:response>"
        )
    }

    fn decode(inside: &str) -> Response {
        Response::decode(body("success", inside).as_bytes()).unwrap()
    }

    fn request(command: Command) -> Request {
        Request {
            id: 17,
            from: ANA.into(),
            to: FACTORY.into(),
            command,
        }
    }

    #[test]
    fn codes_decide() {
        let child = "<getConferences reason='forbidden'/>";
        assert_eq!(decode(child).outcome, Ok(Answer::GetConferences(vec![])));
        let refused = Response::decode(body("failure", child).as_bytes()).unwrap();
        assert_eq!(refused.outcome, Err(Reason::Forbidden));
        let silent = Response::decode(body("failure", "<getConferences/>").as_bytes()).unwrap();
        assert_eq!(silent.outcome, Err(Reason::OtherFailure));
        let pending = Response::decode(body("pending", child).as_bytes());
        assert_eq!(pending, Err(Error::Code("pending".into())));
    }

    #[test]
    fn a_response_must_be_ours() {
        let asked = request(Command::GetConferences { assigned: false });
        let response = asked.to_response(Err(Reason::NotSupported));
        assert_eq!(response.check_answers(&asked), Ok(()));
        let upper = Response {
            to: "sip:ana@EXAMPLE.com".into(),
            ..response.clone()
        };
        assert_eq!(upper.check_answers(&asked), Ok(()));
        for other in [
            Response {
                request_id: 18,
                ..response.clone()
            },
            Response {
                from: ANA.into(),
                ..response.clone()
            },
            Response {
                to: FACTORY.into(),
                ..response.clone()
            },
            Response {
                command: CommandName::GetConference,
                ..response.clone()
            },
        ] {
            assert!(
                matches!(other.check_answers(&asked), Err(Error::NotOurs { .. })),
                "{other:?}"
            );
        }
        let other = Response {
            request_id: 18,
            ..response
        };
        let message = other.check_answers(&asked).unwrap_err().to_string();
        assert_eq!(
            message,
            "expected a C3P response with the requestId '17', got '18'"
        );
    }

    #[test]
    fn the_server_can_put_the_focus_uri_on_the_command() {
        let asked = request(Command::AddConference(ConferenceInfo::default()));
        let entity = Some(FOCUS.to_owned());
        let response = asked.to_response(Ok(Answer::AddConference(ConferenceInfo {
            entity,
            ..Default::default()
        })));
        let entity_on_command = true;
        let text = response.encode(Form {
            entity_on_command,
            ..Dialect::Lync.into()
        });
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains(&format!("<addConference entity=\"{FOCUS}\">")),
            "{text}"
        );
        assert!(text.contains(" entity=\"\"/>"), "{text}");
        assert_eq!(Response::decode(text.as_bytes()), Ok(response));
    }
}
