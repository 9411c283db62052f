//! The focus of a conference, as far as a client that has just made one looks at it: it joins
//! with an INVITE and subscribes to the roster ([MS-CONFBAS] 3.5).

use crate::practice::connection::{Connection, Reply};
use crate::practice::record::Record;
use crate::practice::users::User;
use crate::proto::c3p::{self, focus_parts, focus_uri};
use crate::proto::sip::{Address, Message};
use crate::xml::{Tag, document};

/// C3P envelope ([MS-CONFBAS] 2.2.3).
const CCCP: &str = "urn:ietf:params:xml:ns:cccp";
/// The roster's namespace (RFC 4575) and media type.
const CONFERENCE_INFO: &str = "urn:ietf:params:xml:ns:conference-info";
const ROSTER_TYPE: &str = "application/conference-info+xml";

impl Connection {
    /// Answers an INVITE: to a focus with its welcome, to anybody else with 404.
    pub(super) fn invite(&mut self, user: &User, request: &Message) -> Reply {
        let Some(record) = self.focus_of(request) else {
            return self.answer(request, 404, "Not Found").into();
        };
        if !request.carries(c3p::CONTENT_TYPE) {
            return self.answer(request, 488, "Not Acceptable Here").into();
        }
        let focus = focus_uri(&record.organizer, &record.id);
        let welcome = Tag::new("response")
            .attribute("xmlns", CCCP)
            .attribute("C3PVersion", "1")
            .attribute("requestId", "0")
            .attribute("from", &focus)
            .attribute("to", &user.address)
            .attribute("code", "success")
            .child(Tag::new("addUser"));
        self.answer(request, 200, "OK")
            .with("Contact", format!("<{focus}>;isfocus"))
            .with_body(c3p::CONTENT_TYPE, document(welcome))
            .into()
    }

    /// Answers a SUBSCRIBE to a conference with its roster.
    pub(super) fn subscribe_to_focus(&mut self, request: &Message) -> Reply {
        let Some(record) = self.focus_of(request) else {
            return self.answer(request, 404, "Not Found").into();
        };
        let ends = request.header("Expires").as_deref() == Some("0");
        let answer = self.accept_subscription(request, if ends { "0" } else { "3600" });
        if ends {
            return answer.into();
        }
        answer
            .with("ms-piggyback-cseq", "1")
            .with_body(ROSTER_TYPE, document(roster(&record)))
            .into()
    }

    fn focus_of(&self, request: &Message) -> Option<Record> {
        let to = Address::read(&request.header("To").unwrap_or_default()).uri;
        let (organizer, id) = focus_parts(&to)?;
        self.pool
            .store()
            .find(&organizer.to_ascii_lowercase(), id)
            .ok()
            .flatten()
    }
}

fn roster(record: &Record) -> Tag {
    let digits = record
        .pstn_id
        .as_deref()
        .map(|id| Tag::new("pstn-access").child(Tag::new("id").text(id)));
    let name = record.organizer.trim_start_matches("sip:");
    Tag::new("conference-info")
        .attribute("xmlns", CONFERENCE_INFO)
        .attribute("entity", &focus_uri(&record.organizer, &record.id))
        .attribute("state", "full")
        .attribute("version", "1")
        .child(
            Tag::new("conference-description")
                .child(Tag::new("organizer").child(Tag::new("display-name").text(name)))
                .children(digits),
        )
        .child(Tag::new("users"))
}
