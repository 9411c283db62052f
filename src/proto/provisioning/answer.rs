//! The answer: settings of the server and of the user's meeting policy.

use crate::proto::provisioning::{
    ANSWER_NAMESPACE, BODY_CAP, MEETING_POLICY, ProvisioningError, Query, SERVER_CONFIGURATION,
    named_root,
};
use crate::xml::{Document, Element, Tag, document};

/// What the pool says. Whatever it doesn't say, or says unreadably, is none: not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provisioning {
    /// Where C3P requests go, `sip:user@domain;gruu;opaque=app:conf:focusfactory`.
    pub focus_factory_uri: Option<String>,
    /// The home pool.
    pub pool_uri: Option<String>,
    /// Name of the organisation.
    pub organization: Option<String>,
    /// Communicator Web Access (OCS) or the dial-in page (Lync), inside the network.
    pub cwa_internal_uri: Option<String>,
    /// The same, outside the network.
    pub cwa_external_uri: Option<String>,
    /// Location profile, whose name is the user's dial-in region.
    pub uc_location_profile: Option<String>,
    /// What the user's conferences may have.
    pub meeting_policy: MeetingPolicy,
}

/// Group `meetingPolicy`. Apart from the first three, spellings are (INF) from names that programs
/// see in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeetingPolicy {
    /// May conferences have dial-in?
    pub enable_pstn_conferencing: Option<bool>,
    /// May people without an account join?
    pub allow_anonymous_participants: Option<bool>,
    /// Most people in a conference, callers included.
    pub meeting_size: Option<u32>,
    /// Must callers from known numbers give their PIN?
    pub trusted_conferencing_pin_required: Option<bool>,
    /// May conferences have sound over the network?
    pub allow_ip_audio: Option<bool>,
    /// May conferences have pictures?
    pub allow_ip_video: Option<bool>,
    /// May conferences have shared content?
    pub enable_data_collaboration: Option<bool>,
    /// May desktops and applications be shared?
    pub enable_app_desktop_sharing: Option<bool>,
    /// May presenters record?
    pub allow_presenter_to_record: Option<bool>,
}

impl Provisioning {
    /// The answer to that query; groups that are not known here are left out.
    pub fn encode(&self, query: &Query) -> Vec<u8> {
        let root = Tag::new("provisionGroupList").attribute("xmlns", ANSWER_NAMESPACE);
        let server = query
            .asks_for(SERVER_CONFIGURATION)
            .then(|| self.server_tag());
        let policy = query
            .asks_for(MEETING_POLICY)
            .then(|| self.meeting_policy.tag());
        document(root.children(server).children(policy))
    }

    /// Reads an answer of at most [`BODY_CAP`] bytes. Names of groups and settings have no case;
    /// settings are child elements or properties; what is unknown is ignored.
    ///
    /// # Errors
    /// [`ProvisioningError`]
    pub fn decode(body: &[u8]) -> Result<Self, ProvisioningError> {
        let document = Document::parse(body, BODY_CAP)?;
        let root = named_root(&document, "provisionGroupList")?;
        let server = Settings::read(root, SERVER_CONFIGURATION);
        Ok(Self {
            focus_factory_uri: server.text("focusFactoryUri"),
            pool_uri: server.text("poolUri"),
            organization: server.text("organization"),
            cwa_internal_uri: server.text("cwaInternalUri"),
            cwa_external_uri: server.text("cwaExternalUri"),
            uc_location_profile: server.text("ucLocationProfile"),
            meeting_policy: MeetingPolicy::read(&Settings::read(root, MEETING_POLICY)),
        })
    }

    /// Takes over what a later notification says.
    pub fn update(&mut self, later: Self) {
        fn newer<T>(own: &mut Option<T>, later: Option<T>) {
            *own = later.or(own.take());
        }
        newer(&mut self.focus_factory_uri, later.focus_factory_uri);
        newer(&mut self.pool_uri, later.pool_uri);
        newer(&mut self.organization, later.organization);
        newer(&mut self.cwa_internal_uri, later.cwa_internal_uri);
        newer(&mut self.cwa_external_uri, later.cwa_external_uri);
        newer(&mut self.uc_location_profile, later.uc_location_profile);
        let (own, later) = (&mut self.meeting_policy, later.meeting_policy);
        newer(
            &mut own.enable_pstn_conferencing,
            later.enable_pstn_conferencing,
        );
        newer(
            &mut own.allow_anonymous_participants,
            later.allow_anonymous_participants,
        );
        newer(&mut own.meeting_size, later.meeting_size);
        newer(
            &mut own.trusted_conferencing_pin_required,
            later.trusted_conferencing_pin_required,
        );
        newer(&mut own.allow_ip_audio, later.allow_ip_audio);
        newer(&mut own.allow_ip_video, later.allow_ip_video);
        newer(
            &mut own.enable_data_collaboration,
            later.enable_data_collaboration,
        );
        newer(
            &mut own.enable_app_desktop_sharing,
            later.enable_app_desktop_sharing,
        );
        newer(
            &mut own.allow_presenter_to_record,
            later.allow_presenter_to_record,
        );
    }

    /// Whether something of both groups is there that conferences need.
    pub fn is_complete(&self) -> bool {
        let of_server = Self {
            meeting_policy: MeetingPolicy::default(),
            ..self.clone()
        };
        of_server != Self::default() && self.meeting_policy != MeetingPolicy::default()
    }

    /// Spellings but that of `focusFactoryUri` are (INF) from names seen in lower case.
    fn server_tag(&self) -> Tag {
        let settings = [
            ("organization", &self.organization),
            ("focusFactoryUri", &self.focus_factory_uri),
            ("poolUri", &self.pool_uri),
            ("cwaInternalUri", &self.cwa_internal_uri),
            ("cwaExternalUri", &self.cwa_external_uri),
            ("ucLocationProfile", &self.uc_location_profile),
        ];
        let tag =
            |(name, value): (&str, &Option<String>)| Some(Tag::new(name).text(value.as_deref()?));
        group_tag(SERVER_CONFIGURATION)
            .children(settings.into_iter().filter_map(tag))
            // Some clients complain when these two are missing.
            .child(Tag::new("ucPC2PCAVEncryption").text("SupportEncryption"))
            .child(Tag::new("ucPortRangeEnabled").text("false"))
    }
}

impl MeetingPolicy {
    fn read(settings: &Settings) -> Self {
        Self {
            enable_pstn_conferencing: settings.boolean("EnablePSTNConferencing"),
            allow_anonymous_participants: settings.boolean("AllowAnonymousParticipants"),
            meeting_size: settings
                .text("MeetingSize")
                .and_then(|size| size.parse().ok()),
            trusted_conferencing_pin_required: settings.boolean("TrustedConferencingPinRequired"),
            allow_ip_audio: settings.boolean("AllowIPAudio"),
            allow_ip_video: settings.boolean("AllowIPVideo"),
            enable_data_collaboration: settings.boolean("EnableDataCollaboration"),
            enable_app_desktop_sharing: settings.boolean("EnableAppDesktopSharing"),
            allow_presenter_to_record: settings.boolean("AllowPresenterToRecord"),
        }
    }

    fn tag(&self) -> Tag {
        let boolean = |value: Option<bool>| value.map(|value| value.to_string());
        let settings = [
            (
                "EnablePSTNConferencing",
                boolean(self.enable_pstn_conferencing),
            ),
            (
                "AllowAnonymousParticipants",
                boolean(self.allow_anonymous_participants),
            ),
            (
                "MeetingSize",
                self.meeting_size.map(|size| size.to_string()),
            ),
            (
                "TrustedConferencingPinRequired",
                boolean(self.trusted_conferencing_pin_required),
            ),
            ("AllowIPAudio", boolean(self.allow_ip_audio)),
            ("AllowIPVideo", boolean(self.allow_ip_video)),
            (
                "EnableDataCollaboration",
                boolean(self.enable_data_collaboration),
            ),
            (
                "EnableAppDesktopSharing",
                boolean(self.enable_app_desktop_sharing),
            ),
            (
                "AllowPresenterToRecord",
                boolean(self.allow_presenter_to_record),
            ),
        ];
        let tag = |(name, value): (&str, Option<String>)| {
            Some(Tag::new("property").attribute("name", name).text(&value?))
        };
        let instance = Tag::new("instance").children(settings.into_iter().filter_map(tag));
        group_tag(MEETING_POLICY).child(instance)
    }
}

/// Names and values of a group's settings.
struct Settings(Vec<(String, String)>);

impl Settings {
    fn read(root: Element<'_>, group: &str) -> Self {
        let named = |name: Option<&str>| name.is_some_and(|name| name.eq_ignore_ascii_case(group));
        let groups = root
            .children("provisionGroup")
            .filter(|g| named(g.attribute("name")));
        Self(
            groups
                .flat_map(Element::elements)
                .flat_map(settings)
                .collect(),
        )
    }

    /// Without white space around it; none when it is missing or empty.
    fn text(&self, name: &str) -> Option<String> {
        let mut namesakes = self
            .0
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        namesakes.next().map(|(_, value)| value.clone())
    }

    fn boolean(&self, name: &str) -> Option<bool> {
        match self.text(name)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

/// The settings in a child of a group: the properties of a list, or the child itself.
fn settings(child: Element<'_>) -> Vec<(String, String)> {
    let lists = ["instance", "propertyEntryList"];
    if lists
        .iter()
        .any(|list| list.eq_ignore_ascii_case(child.name()))
    {
        let properties = child
            .elements()
            .filter(|e| e.name().eq_ignore_ascii_case("property"));
        return properties
            .filter_map(|e| Some((e.attribute("name")?.to_owned(), e.token()?)))
            .collect();
    }
    let setting = child.token().map(|value| (child.name().to_owned(), value));
    setting.into_iter().collect()
}

fn group_tag(name: &str) -> Tag {
    Tag::new("provisionGroup").attribute("name", name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(inside: &str) -> Provisioning {
        let text = format!("<p:provisionGroupList xmlns:p='urn:p'>{inside}</p:provisionGroupList>");
        let text = text
            .replace("provisionGroup ", "p:provisionGroup ")
            .replace("/provisionGroup>", "/p:provisionGroup>");
        Provisioning::decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn settings_are_read_in_every_form_and_case() {
        let direct = "<CWAExternalURI> https://im.example.com\n</CWAExternalURI>";
        let property = "<property name='cwaexternaluri'>https://im.example.com</property>";
        for form in [
            direct.to_owned(),
            format!("<instance>{property}</instance>"),
            format!("<propertyEntryList>{property}</propertyEntryList>"),
            format!("<propertyentrylist><x/>{property}</propertyentrylist>"),
        ] {
            let group =
                format!("<provisionGroup name='serverConfiguration'>{form}</provisionGroup>");
            assert_eq!(
                decode(&group).cwa_external_uri.as_deref(),
                Some("https://im.example.com"),
                "{form}"
            );
        }
    }

    #[test]
    fn what_is_missing_empty_or_odd_is_not_known() {
        let policy = decode(
            "<provisionGroup name='meetingPolicy'><instance><property name='EnablePSTNConferencing'> </property>
             <property name='AllowAnonymousParticipants'>perhaps</property><property name='AllowIPAudio'>FALSE</property>
             <property name='MeetingSize'>-1</property><property>x</property></instance></provisionGroup>",
        )
        .meeting_policy;
        let expected = MeetingPolicy {
            allow_ip_audio: Some(false),
            ..MeetingPolicy::default()
        };
        assert_eq!(policy, expected);
        assert_eq!(decode(""), Provisioning::default());
    }

    #[test]
    fn namesakes_in_other_places_are_not_settings() {
        let found = decode(
            "<provisionGroup name='other'><organization>decoy</organization></provisionGroup>
             <organization>decoy</organization><provisionGroup name='ServerConfiguration'>
             <deeper><organization>decoy</organization></deeper>
             <instance><organization>decoy</organization></instance>
             <organization>Example &amp; Söhne</organization></provisionGroup>",
        );
        assert_eq!(found.organization.as_deref(), Some("Example & Söhne"));
    }

    #[test]
    fn large_documents_are_read() {
        let other: String = (0..2000)
            .map(|n| format!("<setting{n}>{}</setting{n}>", "x".repeat(100)))
            .collect();
        let group = format!(
            "<provisionGroup name='ServerConfiguration'>{other}<poolUri>sip:p</poolUri></provisionGroup>"
        );
        assert_eq!(decode(&group).pool_uri.as_deref(), Some("sip:p"));
    }

    prop_compose! {
        fn policy()(flags in prop::array::uniform8(any::<Option<bool>>()), meeting_size in any::<Option<u32>>()) -> MeetingPolicy {
            MeetingPolicy {
                enable_pstn_conferencing: flags[0],
                allow_anonymous_participants: flags[1],
                meeting_size,
                trusted_conferencing_pin_required: flags[2],
                allow_ip_audio: flags[3],
                allow_ip_video: flags[4],
                enable_data_collaboration: flags[5],
                enable_app_desktop_sharing: flags[6],
                allow_presenter_to_record: flags[7],
            }
        }
    }

    proptest! {
        #[test]
        fn answers_are_read_as_they_were_meant(
            texts in prop::array::uniform6(prop::option::of("[a-z&<\"'é;:]([a-z &<\"'é;:]{0,9}[a-z&<\"'é;:])?")),
            meeting_policy in policy(),
        ) {
            let [focus_factory_uri, pool_uri, organization, cwa_internal_uri, cwa_external_uri, uc_location_profile] = texts;
            let answer = Provisioning {
                focus_factory_uri, pool_uri, organization, cwa_internal_uri, cwa_external_uri, uc_location_profile, meeting_policy,
            };
            prop_assert_eq!(Provisioning::decode(&answer.encode(&Query::default())), Ok(answer));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Provisioning::decode(&bytes);
        }
    }
}
