//! What the Focus Factory answers to each command.

use crate::proto::c3p::capabilities::{mcu_types_tag, read_mcu_types};
use crate::proto::c3p::command::Sender;
use crate::proto::c3p::conference_info::named_entity;
use crate::proto::c3p::{
    Capabilities, CapabilityNamespace, Certificate, CommandName, ConferenceInfo, Dialect, Error,
    McuType,
};
use crate::xml::{Element, Tag};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The new conference; often no more than its focus URI.
    AddConference(ConferenceInfo),
    /// The changed conference; often no more than its focus URI and version. (GUESS)
    ModifyConference(ConferenceInfo),
    /// It is gone.
    DeleteConference,
    /// All about the conference.
    GetConference(ConferenceInfo),
    /// The organizer's conferences in short, those that have not expired.
    GetConferences(Vec<ConferenceInfo>),
    /// For whom to seal passcodes; none: the answer holds no certificate.
    GetEncryptionKey(Option<Certificate>),
    /// Kinds of media servers.
    GetAvailableMcuTypes(Vec<McuType>),
    /// What the pool offers.
    GetConferencingCapabilities(Capabilities),
}

/// How a server writes what the documents leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Which elements there are.
    pub dialect: Dialect,
    /// Where the capabilities' elements are at home.
    pub capabilities: CapabilityNamespace,
    /// True: a new conference's focus URI is an attribute of the command, as [MS-CONFPRO] 3.1.5.3
    /// says, not of `conference-info`, where clients find it in fact.
    pub entity_on_command: bool,
}

impl From<Dialect> for Form {
    fn from(dialect: Dialect) -> Self {
        Self {
            dialect,
            capabilities: CapabilityNamespace::default(),
            entity_on_command: false,
        }
    }
}

impl Answer {
    pub(super) fn read(command: CommandName, element: Element<'_>) -> Result<Self, Error> {
        Ok(match command {
            CommandName::AddConference => Self::AddConference(read_conference(element)?),
            CommandName::ModifyConference => Self::ModifyConference(read_conference(element)?),
            CommandName::DeleteConference => Self::DeleteConference,
            CommandName::GetConference => Self::GetConference(read_conference(element)?),
            CommandName::GetConferences => Self::GetConferences(read_conferences(element)?),
            CommandName::GetEncryptionKey => Self::GetEncryptionKey(Certificate::find(element)),
            CommandName::GetAvailableMcuTypes => {
                Self::GetAvailableMcuTypes(read_mcu_types(element))
            }
            CommandName::GetConferencingCapabilities => {
                Self::GetConferencingCapabilities(Capabilities::read(element))
            }
        })
    }

    pub(super) fn tag(&self, command: CommandName, form: Form) -> Tag {
        let tag = Tag::new(command.as_str());
        let whole = |info: &ConferenceInfo| {
            let entity = info.entity.as_deref().unwrap_or_default();
            info.tag(entity, form.dialect, Sender::Server)
        };
        match self {
            Self::AddConference(info) if form.entity_on_command => tag
                .attribute("entity", info.entity.as_deref().unwrap_or_default())
                .child(info.tag("", form.dialect, Sender::Server)),
            Self::AddConference(info)
            | Self::ModifyConference(info)
            | Self::GetConference(info) => tag.child(whole(info)),
            Self::DeleteConference => tag,
            Self::GetConferences(infos) => tag.children(infos.iter().map(whole)),
            Self::GetEncryptionKey(certificate) => {
                tag.children(certificate.iter().map(Certificate::tag))
            }
            Self::GetAvailableMcuTypes(types) => tag.child(mcu_types_tag(types)),
            Self::GetConferencingCapabilities(offer) => offer.write(tag, form.capabilities),
        }
    }
}

/// The focus URI may be on the `conference-info` or on the command.
fn read_conference(command: Element<'_>) -> Result<ConferenceInfo, Error> {
    let element = command.child("conference-info");
    let mut info = element
        .map(ConferenceInfo::read)
        .transpose()?
        .unwrap_or_default();
    info.entity = info.entity.or_else(|| named_entity(command));
    Ok(info)
}

/// What is around the list is not confirmed, so every `conference-info` below counts. (INF)
fn read_conferences(command: Element<'_>) -> Result<Vec<ConferenceInfo>, Error> {
    command
        .descendants("conference-info")
        .map(ConferenceInfo::read)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::c3p::{AdmissionPolicy, Command, PstnAccess, Request, Response};

    const ANA: &str = "sip:ana@example.com";
    const FOCUS: &str = "sip:ana@example.com;gruu;opaque=app:conf:focus:id:0F3B5C7A9E1D4266";

    fn decode(inside: &str) -> Answer {
        let text = format!(
            "<c:response xmlns:c='urn:c' requestId='17' code='success' from='sip:f' to='{ANA}'>{inside}</c:response>"
        );
        let response = Response::decode(text.as_bytes()).unwrap();
        response.outcome.unwrap()
    }

    fn conference(inside: &str) -> ConferenceInfo {
        match decode(&format!("<getConference>{inside}</getConference>")) {
            Answer::GetConference(info) => info,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_conference_is_read_by_path_whatever_stands_around() {
        let info = conference(
            "<z:note xmlns:z='urn:z'><conference-info entity='decoy'/></z:note><separator/>
             <i:conference-info xmlns:i='urn:i' entity='' version='2' state='full'>
               <i:more><i:conference-description><i:subject>decoy</i:subject></i:conference-description></i:more>
               <i:conference-description><separator/>
                 <i:organizer-roaming-data><i:subject>decoy</i:subject></i:organizer-roaming-data>
                 <i:pstn-access><i:id> 41207 </i:id></i:pstn-access><separator> </separator>
                 <i:subject>Stand-up</i:subject><i:conference-id>0F3B5C7A9E1D4266</i:conference-id>
                 <i:last-update>2031-05-01T08:30:11.123Z</i:last-update><i:is-active>False</i:is-active>
                 <i:admission-policy>Anonymous</i:admission-policy><i:expiry-time/>
                 <i:autopromote>32768</i:autopromote>
               </i:conference-description>
               <i:conference-state><i:user-count>3</i:user-count><i:locked>0</i:locked></i:conference-state>
               <i:users><i:user entity='sip:bo@example.com'><i:roles><i:entry>presenter</i:entry></i:roles></i:user></i:users>
               <i:conference-view><i:entity-view entity='chat'/><i:entity-view entity='data-conf'/></i:conference-view>
             </i:conference-info>",
        );
        let description = &info.description;
        assert_eq!(description.subject.as_deref(), Some("Stand-up"));
        assert_eq!(
            description.pstn_access,
            Some(PstnAccess {
                id: Some("41207".into())
            })
        );
        assert_eq!(
            description.admission_policy,
            Some(AdmissionPolicy::Anonymous)
        );
        assert_eq!(description.autopromote, Some(0x8000));
        assert_eq!(
            (description.expiry_time, description.is_active),
            (None, Some(false))
        );
        assert_eq!(
            (info.entity.as_deref(), info.version, info.locked),
            (None, Some(2), Some(false))
        );
        assert_eq!(info.users.len(), 1);
        let types: Vec<_> = info.mcu_types().map(McuType::as_str).collect();
        assert_eq!(types, ["chat", "data-conf"]);
    }

    #[test]
    fn news_may_be_unreadable_but_settings_may_not() {
        let body = |element: &str| {
            format!(
                "<response requestId='1' code='success' from='sip:f' to='sip:a'><getConferences>\
                 <conference-info><conference-description>{element}</conference-description>\
                 </conference-info></getConferences></response>"
            )
        };
        let news = Response::decode(body("<is-active>perhaps</is-active>").as_bytes());
        assert!(news.is_ok(), "{news:?}");
        let setting = Response::decode(body("<expiry-time>soon</expiry-time>").as_bytes());
        assert_eq!(setting, Err(Error::invalid("expiry-time", "soon")));
    }

    #[test]
    fn unknown_elements_are_written_back_on_a_change() {
        let info = conference(
            "<conference-info xmlns='urn:i' xmlns:n='urn:new' entity='sip:x' version='2'><conference-description>
             <conference-id>0F3B5C7A9E1D4266</conference-id><notification-data><a b='1'/></notification-data>
             <separator/><n:announce kind='n:loud'>true</n:announce></conference-description>
             <conference-view><entity-view entity='chat'><entity-settings>x</entity-settings></entity-view>
             </conference-view></conference-info>",
        );
        let request = Request {
            id: 17,
            from: ANA.into(),
            to: "sip:f".into(),
            command: Command::ModifyConference(info),
        };
        let text = String::from_utf8(request.encode(Dialect::Ocs2007R2)).unwrap();
        for part in [
            "</msci:conference-id><notification-data xmlns=\"urn:i\"><a b='1'/></notification-data>\
             <cis:separator/><n:announce xmlns:n=\"urn:new\" xmlns=\"urn:i\" kind='n:loud'>true</n:announce>\
             </ci:conference-description>",
            "<entity-settings xmlns=\"urn:i\">x</entity-settings></msci:entity-view>",
            " entity=\"sip:x\" version=\"2\"",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    #[test]
    fn capabilities_are_read_as_real_pools_write_them() {
        let answer = decode(
            "<getConferencingCapabilities><mcu-types><mcuType>audio-video</mcuType><mcuType>chat</mcuType></mcu-types>
             <pstn-bridging><access-numbers><default-region>Head office</default-region>
             <region name='Head office'><access-number><number>+1 425 555 0100</number></access-number></region>
             <region name='Empty'><access-number/></region></access-numbers></pstn-bridging>
             </getConferencingCapabilities>",
        );
        let Answer::GetConferencingCapabilities(offer) = answer else {
            panic!()
        };
        assert_eq!(offer.mcu_types, [McuType::AudioVideo, McuType::Chat]);
        assert_eq!(offer.anonymous_scheduling, None);
        let bridging = offer.pstn_bridging.unwrap();
        assert!(bridging.enabled);
        assert_eq!(bridging.default_region.as_deref(), Some("Head office"));
        assert_eq!(bridging.regions[0].numbers[0].number, "+1 425 555 0100");
        assert!(bridging.regions[1].numbers.is_empty());
    }

    #[test]
    fn conferences_are_found_in_any_wrapper() {
        let list = "<conference-info entity='sip:a'/><conference-info entity='sip:b'/>";
        for inside in [
            list.to_owned(),
            format!("<w:list xmlns:w='urn:w'><w:x>{list}</w:x></w:list>"),
        ] {
            let answer = decode(&format!("<getConferences>{inside}</getConferences>"));
            let Answer::GetConferences(infos) = answer else {
                panic!()
            };
            let entities: Vec<_> = infos
                .iter()
                .filter_map(|info| info.entity.as_deref())
                .collect();
            assert_eq!(entities, ["sip:a", "sip:b"]);
        }
    }

    #[test]
    fn the_focus_uri_is_found_where_servers_put_it() {
        for inside in [
            format!(
                "<addConference><ci:conference-info xmlns:ci='urn:i' entity='{FOCUS}'/></addConference>"
            ),
            format!("<addConference entity='{FOCUS}'/>"),
            format!("<addConference entity='{FOCUS}'><conference-info entity=''/></addConference>"),
            "<addConference/>".to_owned(),
        ] {
            let Answer::AddConference(info) = decode(&inside) else {
                panic!("{inside}")
            };
            assert_eq!(info.focus(ANA, "0F3B5C7A9E1D4266"), FOCUS);
            assert_eq!(info.entity.is_none(), inside == "<addConference/>");
        }
    }
}
