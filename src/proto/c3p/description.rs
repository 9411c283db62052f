//! `conference-description`: what the pool keeps of a conference besides people and media.

use jiff::Timestamp;

use crate::proto::c3p::command::Sender;
use crate::proto::c3p::foreign::{self, Foreign, Known};
use crate::proto::c3p::value::{
    boolean, boolean_tag, child_value, number, text_tag, timestamp, timestamp_tag, word,
};
use crate::proto::c3p::{AdmissionPolicy, Dialect, Error};
use crate::secret::Secret;
use crate::xml::{Element, Tag};

/// The known children in the order of the schema ([MS-CONFPRO] 2.2.1.2 and 4.1; the places of
/// `passcode-optional` and `join-url` are (GUESS)). `static` is none of them, but is taken for what the
/// attribute says.
const ORDER: [&str; 15] = [
    "display-text",
    "subject",
    "conference-id",
    "conference-key",
    "last-update",
    "last-activate",
    "is-active",
    "expiry-time",
    "admission-policy",
    "pstn-access",
    "passcode-optional",
    "autopromote",
    "pstn-lobby-bypass",
    "join-url",
    STATIC,
];

/// What says that a conference is the assigned one.
pub(super) const STATIC: &str = "static";

/// [MS-CONFPRO] 2.2.1.2. What a dialect has no element for is not written in it, and what only
/// servers say is not written by clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// What the conference is about, at length. Pools may ignore it.
    pub display_text: Option<String>,
    /// One line.
    pub subject: Option<String>,
    /// 8 to 32 letters and digits, made by the client. Servers need it in every request.
    pub conference_id: Option<String>,
    /// The passcode, sealed: see [`crate::proto::c3p::seal`]. Not in the Lync dialect.
    pub conference_key: Option<Secret>,
    /// When it was made or changed last; servers only.
    pub last_update: Option<Timestamp>,
    /// When somebody joined last; servers only.
    pub last_activate: Option<Timestamp>,
    /// Whether it is going on; servers only.
    pub is_active: Option<bool>,
    /// When the pool may delete it; written to the second. None: the pool's own default.
    pub expiry_time: Option<Timestamp>,
    /// Who is admitted; none: `openAuthenticated`.
    pub admission_policy: Option<AdmissionPolicy>,
    /// Present when people may dial in. Since OCS 2007 R2.
    pub pstn_access: Option<PstnAccess>,
    /// Whether phone callers are let in without the passcode. Since OCS 2007 R2. (GUESS)
    pub passcode_optional: Option<bool>,
    /// Who becomes a presenter on joining: 0 nobody, 0x8000 the organizer's enterprise,
    /// 0x8000_0000 everybody; other values are kept. Since Lync.
    pub autopromote: Option<u32>,
    /// Whether phone callers skip the lobby. Since Lync.
    pub pstn_lobby_bypass: Option<bool>,
    /// `https` address of the join page; servers only, since Lync. (INF)
    pub join_url: Option<String>,
    /// Everything else that was there.
    pub foreign: Vec<Foreign>,
}

/// The telephone way into a conference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PstnAccess {
    /// Digits that callers key in, assigned by the pool; servers only.
    pub id: Option<String>,
}

impl Description {
    /// What only servers say is no more than news, so it may be unreadable; a list should not fail
    /// for it.
    pub(super) fn read(element: Element<'_>) -> Result<Self, Error> {
        let text = |name| element.child(name).map(Element::text);
        let policy = |text: &str| Some(AdmissionPolicy::from(text));
        Ok(Self {
            display_text: text("display-text"),
            subject: text("subject"),
            conference_id: child_value(element, "conference-id", word)?,
            conference_key: read_key(element),
            last_update: child_value(element, "last-update", timestamp).unwrap_or_default(),
            last_activate: child_value(element, "last-activate", timestamp).unwrap_or_default(),
            is_active: child_value(element, "is-active", boolean).unwrap_or_default(),
            expiry_time: child_value(element, "expiry-time", timestamp)?,
            admission_policy: child_value(element, "admission-policy", policy)?,
            pstn_access: element.child("pstn-access").map(PstnAccess::read),
            passcode_optional: child_value(element, "passcode-optional", boolean)?,
            autopromote: child_value(element, "autopromote", number)?,
            pstn_lobby_bypass: child_value(element, "pstn-lobby-bypass", boolean)?,
            join_url: child_value(element, "join-url", word)?,
            foreign: foreign::foreign_children(element, &ORDER)?,
        })
    }

    pub(super) fn tag(&self, dialect: Dialect, sender: Sender) -> Tag {
        let mut known = self.first_block(dialect, sender);
        if dialect >= Dialect::Ocs2007R2 {
            known.extend(self.second_block(sender));
        }
        if dialect >= Dialect::Lync {
            known.extend(self.third_block(sender));
        }
        let parent = Tag::new("ci:conference-description");
        foreign::write_sequence(parent, &ORDER, known, &self.foreign)
    }

    fn first_block(&self, dialect: Dialect, sender: Sender) -> Vec<Known> {
        let text = |name, value: &Option<String>| Some(text_tag(name, value.as_deref()?));
        let key = self
            .conference_key
            .as_ref()
            .filter(|_| dialect < Dialect::Lync);
        let policy = self.admission_policy.as_ref();
        let server = |tag: Option<Tag>| tag.filter(|_| sender == Sender::Server);
        let moment = |name, value: Option<Timestamp>| Some(timestamp_tag(name, value?));
        in_block(
            0,
            [
                ("display-text", text("ci:display-text", &self.display_text)),
                ("subject", text("ci:subject", &self.subject)),
                (
                    "conference-id",
                    text("msci:conference-id", &self.conference_id),
                ),
                (
                    "conference-key",
                    key.map(|key| text_tag("msci:conference-key", key.expose())),
                ),
                (
                    "last-update",
                    server(moment("msci:last-update", self.last_update)),
                ),
                (
                    "last-activate",
                    server(moment("msci:last-activate", self.last_activate)),
                ),
                (
                    "is-active",
                    server(self.is_active.map(|is| boolean_tag("msci:is-active", is))),
                ),
                ("expiry-time", moment("msci:expiry-time", self.expiry_time)),
                (
                    "admission-policy",
                    policy.map(|p| text_tag("msci:admission-policy", p.as_str())),
                ),
            ],
        )
    }

    fn second_block(&self, sender: Sender) -> Vec<Known> {
        let access = self.pstn_access.as_ref();
        let optional = self.passcode_optional;
        in_block(
            1,
            [
                ("pstn-access", access.map(|access| access.tag(sender))),
                (
                    "passcode-optional",
                    optional.map(|is| boolean_tag("msci:passcode-optional", is)),
                ),
            ],
        )
    }

    fn third_block(&self, sender: Sender) -> Vec<Known> {
        let server = sender == Sender::Server;
        let autopromote = self
            .autopromote
            .map(|value| text_tag("msci:autopromote", &value.to_string()));
        let bypass = self
            .pstn_lobby_bypass
            .map(|is| boolean_tag("msci:pstn-lobby-bypass", is));
        let join_url = self.join_url.as_ref().filter(|_| server);
        in_block(
            2,
            [
                ("autopromote", autopromote),
                ("pstn-lobby-bypass", bypass),
                (
                    "join-url",
                    join_url.map(|url| text_tag("msci:join-url", url)),
                ),
            ],
        )
    }
}

impl PstnAccess {
    fn read(element: Element<'_>) -> Self {
        Self {
            id: element.child("id").and_then(Element::token),
        }
    }

    /// Clients ask with an empty element ([MS-CONFPRO] 4.1).
    fn tag(&self, sender: Sender) -> Tag {
        let id = self.id.as_ref().filter(|_| sender == Sender::Server);
        Tag::new("msci:pstn-access").children(id.map(|id| text_tag("msci:id", id)))
    }
}

/// What is inside the element is not confirmed, so all text below it counts. (GUESS)
fn read_key(description: Element<'_>) -> Option<Secret> {
    let text = description.child("conference-key")?.all_text();
    let sealed = text.trim();
    (!sealed.is_empty()).then(|| Secret::from(sealed))
}

fn in_block<const N: usize>(block: usize, tags: [(&'static str, Option<Tag>); N]) -> Vec<Known> {
    let present = |(name, tag): (_, Option<Tag>)| tag.map(|tag| (block, name, tag));
    tags.into_iter().filter_map(present).collect()
}
