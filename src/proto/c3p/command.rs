//! The eight commands, and what each needs.

use crate::proto::c3p::conference_info::ConferenceInfo;
use crate::proto::c3p::description::STATIC;
use crate::proto::c3p::request::address;
use crate::proto::c3p::value::{attribute_value, boolean};
use crate::proto::c3p::{Certificate, CommandName, Dialect, Error, MSCI, excerpt};
use crate::xml::{Element, Tag};

/// One of the eight commands with all it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Makes the conference whose id the client has chosen ([MS-CONFPRO] 3.1.4.1).
    AddConference(ConferenceInfo),
    /// Replaces the conference of that id; needs the version that was read. (INF)
    ModifyConference(ConferenceInfo),
    /// Forgets the conference. (INF)
    DeleteConference {
        /// Which.
        conference_id: String,
    },
    /// Asks for everything about a conference ([MS-CONFPRO] 4.5).
    GetConference {
        /// Which.
        conference_id: String,
        /// For whom the passcode is to be sealed; none: it is left out.
        certificate: Option<Certificate>,
    },
    /// Asks for the organizer's conferences, in short.
    GetConferences {
        /// True: the assigned one only. Since Lync ([MS-CONFPRO] 3.1.4.1).
        assigned: bool,
    },
    /// Asks for the certificate for which passcodes are to be sealed.
    GetEncryptionKey,
    /// Asks for the kinds of media servers ([MS-CONFPRO] 4.7).
    GetAvailableMcuTypes,
    /// Asks for media, policy and dial-in numbers; not on OCS 2007 ([MS-CONFPRO] 2.2.3.8).
    GetConferencingCapabilities,
}

/// Who writes: servers say more than clients may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Client,
    Server,
}

impl Command {
    /// The command without what it needs.
    pub fn name(&self) -> CommandName {
        match self {
            Self::AddConference(_) => CommandName::AddConference,
            Self::ModifyConference(_) => CommandName::ModifyConference,
            Self::DeleteConference { .. } => CommandName::DeleteConference,
            Self::GetConference { .. } => CommandName::GetConference,
            Self::GetConferences { .. } => CommandName::GetConferences,
            Self::GetEncryptionKey => CommandName::GetEncryptionKey,
            Self::GetAvailableMcuTypes => CommandName::GetAvailableMcuTypes,
            Self::GetConferencingCapabilities => CommandName::GetConferencingCapabilities,
        }
    }

    pub(super) fn tag(&self, dialect: Dialect) -> Tag {
        let tag = Tag::new(self.name().as_str());
        match self {
            Self::AddConference(info) => tag.child(info.tag("", dialect, Sender::Client)),
            Self::ModifyConference(info) => {
                let entity = info.entity.as_deref().unwrap_or_default();
                tag.child(info.tag(entity, dialect, Sender::Client))
            }
            Self::DeleteConference { conference_id } => tag.child(keys_tag(conference_id)),
            Self::GetConference {
                conference_id,
                certificate,
            } => tag
                .child(keys_tag(conference_id))
                .children(certificate.as_ref().map(Certificate::tag)),
            Self::GetConferences { assigned: true } if dialect >= Dialect::Lync => {
                tag.attribute(STATIC, "true")
            }
            Self::GetConferences { .. } => tag,
            Self::GetEncryptionKey
            | Self::GetAvailableMcuTypes
            | Self::GetConferencingCapabilities => tag,
        }
    }

    pub(super) fn read(element: Element<'_>) -> Result<Self, Error> {
        let unknown = || Error::UnknownCommand(excerpt(element.name()));
        let name = CommandName::parse(element.name()).ok_or_else(unknown)?;
        Ok(match name {
            CommandName::AddConference => Self::AddConference(read_conference(element)?),
            CommandName::ModifyConference => Self::ModifyConference(read_conference(element)?),
            CommandName::DeleteConference => Self::DeleteConference {
                conference_id: read_key(element)?,
            },
            CommandName::GetConference => Self::GetConference {
                conference_id: read_key(element)?,
                certificate: Certificate::read(element),
            },
            CommandName::GetConferences => Self::GetConferences {
                assigned: attribute_value(element, STATIC, boolean)?.unwrap_or_default(),
            },
            CommandName::GetEncryptionKey => Self::GetEncryptionKey,
            CommandName::GetAvailableMcuTypes => Self::GetAvailableMcuTypes,
            CommandName::GetConferencingCapabilities => Self::GetConferencingCapabilities,
        })
    }
}

fn read_conference(command: Element<'_>) -> Result<ConferenceInfo, Error> {
    let element = command.child("conference-info");
    let element = element.ok_or(Error::missing("conference-info"))?;
    let info = ConferenceInfo::read(element)?;
    match info.description.conference_id {
        Some(_) => Ok(info),
        None => Err(Error::missing("conference-id")),
    }
}

/// `conferenceKeys/@msci:conference-id` ([MS-CONFPRO] 4.5; for deleteConference (INF)).
fn keys_tag(conference_id: &str) -> Tag {
    Tag::new("conferenceKeys")
        .attribute("xmlns:msci", MSCI)
        .attribute("msci:conference-id", conference_id)
}

fn read_key(command: Element<'_>) -> Result<String, Error> {
    let keys = command
        .child("conferenceKeys")
        .ok_or(Error::missing("conferenceKeys"))?;
    address(keys, "conference-id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::c3p::{
        AdmissionPolicy, Description, EntityView, McuType, PstnAccess, Request, Role, User,
    };
    use crate::secret::Secret;

    /// Everything that a client can say, and some of what it can't.
    fn conference() -> ConferenceInfo {
        ConferenceInfo {
            description: Description {
                subject: Some("R&D <budget> \"call\" \u{1F4DE}".into()),
                conference_id: Some("0F3B5C7A9E1D42668B90A4C2D7E51F38".into()),
                conference_key: Some(Secret::from("MIIBAA==")),
                last_update: Some("2031-05-01T08:30:11Z".parse().unwrap()),
                is_active: Some(true),
                expiry_time: Some("2031-05-06T20:00:00.5+02:00".parse().unwrap()),
                admission_policy: Some(AdmissionPolicy::Anonymous),
                pstn_access: Some(PstnAccess {
                    id: Some("41207".into()),
                }),
                passcode_optional: Some(false),
                autopromote: Some(0x8000_0000),
                pstn_lobby_bypass: Some(true),
                join_url: Some("https://meet.example.com/ana/1".into()),
                ..Description::default()
            },
            locked: Some(false),
            users: vec![User {
                entity: "sip:bo@example.com".into(),
                roles: vec![Role::Presenter],
                foreign: vec![],
            }],
            views: vec![McuType::Chat.into(), EntityView::from(McuType::AudioVideo)],
            ..ConferenceInfo::default()
        }
    }

    fn encode(command: Command, dialect: Dialect) -> String {
        String::from_utf8(
            Request {
                id: 17,
                from: "sip:ana@example.com".into(),
                to: "sip:ana@example.com;gruu;opaque=app:conf:focusfactory".into(),
                command,
            }
            .encode(dialect),
        )
        .unwrap()
    }

    /// Names with prefixes of all start tags of the description.
    fn description(text: &str) -> Vec<&str> {
        let (_, inside) = text.split_once("<ci:conference-description>").unwrap();
        let (inside, _) = inside.split_once("</ci:conference-description>").unwrap();
        let tags = inside
            .split('<')
            .filter(|tag| !tag.is_empty() && !tag.starts_with('/'));
        tags.map(|tag| tag.split(['>', '/']).next().unwrap())
            .collect()
    }

    const FIRST: [&str; 4] = [
        "ci:subject",
        "msci:conference-id",
        "msci:expiry-time",
        "msci:admission-policy",
    ];

    #[test]
    fn each_dialect_has_its_elements_in_order_behind_separators() {
        let text = |dialect| encode(Command::AddConference(conference()), dialect);
        let (ocs, r2, lync) = (
            text(Dialect::Ocs2007),
            text(Dialect::Ocs2007R2),
            text(Dialect::Lync),
        );
        let mut first = FIRST.to_vec();
        first.insert(2, "msci:conference-key");
        assert_eq!(description(&ocs), first);
        let second = [
            "cis:separator",
            "msci:pstn-access",
            "msci:passcode-optional",
        ];
        assert_eq!(description(&r2), [&first[..], &second].concat());
        let third = [
            "cis:separator",
            "msci:autopromote",
            "msci:pstn-lobby-bypass",
        ];
        assert_eq!(description(&lync), [&FIRST[..], &second, &third].concat());
        assert!(
            lync.contains("<msci:pstn-access/>") && lync.contains("<msci:autopromote>2147483648<")
        );
        assert!(lync.contains("<msci:expiry-time>2031-05-06T18:00:00Z</msci:expiry-time>"));
        assert!(lync.contains(" entity=\"\""));
    }

    #[test]
    fn a_conference_is_asked_for_by_its_key() {
        let command = Command::GetConference {
            conference_id: "7QX2M4TB".into(),
            certificate: Some(Certificate::from_der(b"certificate")),
        };
        let text = encode(command, Dialect::Lync);
        let keys =
            format!("<conferenceKeys xmlns:msci=\"{MSCI}\" msci:conference-id=\"7QX2M4TB\"/>");
        let key =
            "<msci:x509-certificate>Y2VydGlmaWNhdGU=</msci:x509-certificate></msci:encryption-key>";
        assert!(text.contains(&keys) && text.contains(key), "{text}");
    }

    #[test]
    fn the_assigned_conference_is_a_matter_of_lync() {
        let asked = |dialect| encode(Command::GetConferences { assigned: true }, dialect);
        assert!(asked(Dialect::Lync).contains("<getConferences static=\"true\"/>"));
        assert!(asked(Dialect::Ocs2007R2).contains("<getConferences/>"));
        let assigned = true;
        let add = Command::AddConference(ConferenceInfo {
            assigned,
            ..conference()
        });
        let text = encode(add, Dialect::Lync);
        assert!(
            text.contains("<addConference><ci:conference-info ")
                && text.contains(" entity=\"\" static=\"true\">")
                && !text.contains(":static"),
            "{text}"
        );
        let decoded = Request::decode(text.as_bytes()).unwrap();
        assert!(matches!(decoded.command, Command::AddConference(info) if info.assigned));
    }
}
