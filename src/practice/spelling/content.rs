//! What a document says, said otherwise: with what is optional left out, with what nobody knows put in,
//! with the other form where sources have two.

use super::tree::{Attribute, Part, Tree};
use super::{Dimension, Draws, Spelling};

/// Whose the unknown elements and attributes are.
const UNKNOWN: &str = "urn:example:of-a-later-version";
/// What an unknown element is called; no client may look for it.
const NOTE: &str = "note-of-later";

/// Where schemas let other elements stand behind the known ones.
const EXTENSIBLE: [&str; 12] = [
    "response",
    "addConference",
    "getConference",
    "getConferences",
    "getConferencingCapabilities",
    "getAvailableMcuTypes",
    "conference-info",
    "conference-description",
    "pstn-bridging",
    "access-number",
    "provisionGroupList",
    "provisionGroup",
];
/// What [MS-CONFPRO] lets a server leave out: version numbers that have one value, and news.
const OPTIONAL_ATTRIBUTES: [&str; 2] = ["C3PVersion", "capability-version"];
const OPTIONAL_ELEMENTS: [&str; 3] = ["last-update", "last-activate", "is-active"];
/// xs:boolean.
const BOOLEANS: [&str; 7] = [
    "enabled",
    "static",
    "is-active",
    "locked",
    "passcode-optional",
    "pstn-lobby-bypass",
    "property",
];
/// xs:dateTime.
const MOMENTS: [&str; 3] = ["expiry-time", "last-update", "last-activate"];
/// Reasons whose names on the wire nobody has confirmed, with those of the programming interfaces.
const REASONS: [(&str, &str); 9] = [
    ("conferenceExistsAlready", "conferenceExists"),
    ("conferenceDoesntExist", "conferenceDoesNotExist"),
    ("maxConferencesExceeded", "maximumConferencesExceeded"),
    ("maxMeetingSizeExceeded", "maximumMeetingSizeExceeded"),
    ("invalidAutopromoteValue", "invalidAutomaticPromoteValue"),
    ("userDoesntExist", "userDoesNotExist"),
    ("endpointDoesntExist", "endpointDoesNotExist"),
    ("otherFailure", "other"),
    ("", "other"),
];
/// Settings that programs see in small letters; nobody has seen them on the wire.
const SEEN_IN_SMALL_LETTERS: [&str; 4] = [
    "cwaInternalUri",
    "cwaExternalUri",
    "organization",
    "ucLocationProfile",
];
/// Where the capabilities' elements may be at home.
const NAMESPACES: [&str; 4] = [
    "urn:ietf:params:xml:ns:cccp",
    "http://schemas.microsoft.com/rtc/2005/08/cccpextensions",
    "http://schemas.microsoft.com/rtc/2005/08/confinfoextensions",
    "http://schemas.microsoft.com/rtc/2008/12/confinfoextensions",
];

/// Changes a document of the pool's. Rosters are left as they are, but for what nobody knows: clients
/// compare more of them than they should.
pub(super) fn vary(spelling: Spelling, document: &mut Tree) {
    match document.name.as_str() {
        "response" => vary_response(spelling, document),
        "provisionGroupList" => vary_provisioning(spelling, document),
        "conference-info" => {}
        _ => return,
    }
    if spelling.varies(Dimension::UnknownElements) {
        document.each(&mut add_unknown_element);
    }
    if spelling.varies(Dimension::UnknownAttributes) {
        document.each(&mut |element| {
            element.attributes.push(Attribute {
                namespace: Some(UNKNOWN.to_owned()),
                name: "revision".to_owned(),
                value: "7".to_owned(),
            });
        });
    }
}

/// What a client has handed back is there already.
fn add_unknown_element(element: &mut Tree) {
    let known = |part: &Part| match part {
        Part::Element(child) => child.namespace.as_deref() == Some(UNKNOWN),
        Part::Verbatim(xml) => xml.contains(UNKNOWN),
        Part::Text(_) => false,
    };
    let has_room = EXTENSIBLE.contains(&element.name.as_str());
    if has_room && !element.content.iter().any(known) {
        let note = Tree::new(Some(UNKNOWN), NOTE).with_text("42");
        element.content.push(Part::Element(note));
    }
}

fn vary_response(spelling: Spelling, response: &mut Tree) {
    let varies = |dimension| spelling.varies(dimension);
    if varies(Dimension::Omissions) {
        omit(response);
    }
    if varies(Dimension::Words) {
        response.children().for_each(rename_reason);
    }
    if varies(Dimension::Wrappers) {
        let draws = &mut spelling.choices(Dimension::Wrappers);
        response.children().for_each(|command| wrap(command, draws));
    }
    if varies(Dimension::TelephoneUris) {
        response.each(&mut make_telephone_uri);
    }
    if varies(Dimension::CapabilityNamespace) {
        let other = NAMESPACES[spelling.choices(Dimension::CapabilityNamespace).below(4)];
        if let Some(capabilities) = response.child("getConferencingCapabilities") {
            let own = ["anonymous-scheduling", "pstn-bridging"];
            for child in capabilities.children() {
                if own.contains(&child.name.as_str()) {
                    child.each(&mut |element| element.namespace = Some(other.to_owned()));
                }
            }
        }
    }
    if varies(Dimension::AttributeOrElement) {
        let draws = &mut spelling.choices(Dimension::AttributeOrElement);
        response.each(&mut |element| swap_forms(element, draws));
    }
    if varies(Dimension::FreeOrder) {
        let draws = &mut spelling.choices(Dimension::FreeOrder);
        if let Some(capabilities) = response.child("getConferencingCapabilities") {
            draws.shuffle(&mut capabilities.content);
        }
        // The pool's order of regions is that in which people are shown them.
        response.each(&mut |element| {
            if element.name == "access-numbers" {
                let is_region =
                    |part: &Part| matches!(part, Part::Element(e) if e.name == "region");
                let behind = draws.once_in(2);
                element
                    .content
                    .sort_by_key(|part| is_region(part) == behind);
            }
        });
    }
    vary_values(spelling, response);
}

fn vary_values(spelling: Spelling, document: &mut Tree) {
    if spelling.varies(Dimension::Booleans) {
        document.each(&mut |element| {
            let own = element.attributes.iter_mut();
            for attribute in own.filter(|a| BOOLEANS.contains(&a.name.as_str())) {
                attribute.value = to_number(&attribute.value);
            }
            if BOOLEANS.contains(&element.name.as_str())
                && let Some(text) = element.only_text()
            {
                *text = to_number(text);
            }
        });
    }
    if spelling.varies(Dimension::Moments) {
        let ending = [".000Z", "+00:00", ".0000000+00:00"];
        let ending = ending[spelling.choices(Dimension::Moments).below(ending.len())];
        document.each(&mut |element| {
            if MOMENTS.contains(&element.name.as_str())
                && let Some(text) = element.only_text()
                && let Some(moment) = text.strip_suffix('Z')
            {
                *text = format!("{moment}{ending}");
            }
        });
    }
}

fn to_number(text: &str) -> String {
    match text {
        "true" => "1",
        "false" => "0",
        other => other,
    }
    .to_owned()
}

/// [MS-CONFPRO] 3.1.5.3 promises a new conference's URI, and no more.
fn omit(response: &mut Tree) {
    for command in ["addConference", "modifyConference"] {
        let info = response.child(command);
        if let Some(info) = info.and_then(|command| command.child("conference-info")) {
            info.content.clear();
        }
    }
    response.each(&mut |element| {
        let optional = |a: &Attribute| OPTIONAL_ATTRIBUTES.contains(&a.name.as_str());
        element.attributes.retain(|a| !optional(a));
        element.content.retain(|part| match part {
            Part::Element(child) => !OPTIONAL_ELEMENTS.contains(&child.name.as_str()),
            _ => true,
        });
    });
}

fn rename_reason(command: &mut Tree) {
    for attribute in &mut command.attributes {
        let other = REASONS.iter().find(|(usual, _)| *usual == attribute.value);
        if let Some((_, other)) = other.filter(|_| attribute.name == "reason") {
            attribute.value = (*other).to_owned();
        }
    }
}

/// No document says what is around the list of conferences, nor around a certificate.
fn wrap(command: &mut Tree, draws: &mut Draws) {
    match command.name.as_str() {
        "getConferences" => {
            let mut list = Tree::new(command.namespace.as_deref(), "conferences");
            list.content = std::mem::take(&mut command.content);
            command.content.push(Part::Element(list));
        }
        "getEncryptionKey" => {
            let name = ["certificate", "x509Certificate"][draws.below(2)];
            command.each(&mut |element| {
                if element.name == "x509-certificate" {
                    element.name = name.to_owned();
                }
            });
        }
        _ => {}
    }
}

/// RFC 3966, with the separators that people see.
fn make_telephone_uri(element: &mut Tree) {
    if element.name == "number"
        && let Some(text) = element.only_text()
        && text.starts_with('+')
    {
        *text = format!("tel:{}", text.replace(' ', "-"));
    }
}

fn swap_forms(element: &mut Tree, draws: &mut Draws) {
    match element.name.as_str() {
        // A filter for Skype for Business Server reads an attribute; others an element.
        "conference-info" => {
            if element.child("conference-description").is_none() {
                return;
            }
            let Some(value) = element.take_attribute("static") else {
                return;
            };
            let form = Tree::new(Some(NAMESPACES[2]), "static").with_text(&value);
            if let Some(description) = element.child("conference-description") {
                description.content.push(Part::Element(form));
            }
        }
        "anonymous-scheduling" | "pstn-bridging" => {
            let Some(value) = element.take_attribute("enabled") else {
                return;
            };
            let form = Tree::new(element.namespace.as_deref(), "enabled").with_text(&value);
            let bare = element.content.is_empty() && draws.once_in(2);
            match bare {
                true => element.content.push(Part::Text(value)),
                false => element.content.insert(0, Part::Element(form)),
            }
        }
        _ => {}
    }
}

fn vary_provisioning(spelling: Spelling, list: &mut Tree) {
    if spelling.varies(Dimension::AttributeOrElement) {
        let mut draws = spelling.choices(Dimension::AttributeOrElement);
        let as_children = draws.once_in(2);
        list.children()
            .for_each(|group| swap_property_list(group, as_children));
    }
    if spelling.varies(Dimension::Words) {
        list.each(&mut use_small_letters);
    }
    if spelling.varies(Dimension::FreeOrder) {
        let draws = &mut spelling.choices(Dimension::FreeOrder);
        list.each(&mut |element| draws.shuffle(&mut element.content));
    }
    vary_values(spelling, list);
}

/// Microsoft's example has properties in `instance` and in `propertyEntryList`, and settings that are
/// elements ([MS-SIPREGE] 4.2.2).
fn swap_property_list(group: &mut Tree, as_children: bool) {
    let Some(instance) = group.child("instance") else {
        return;
    };
    if !as_children {
        instance.name = "propertyEntryList".to_owned();
        return;
    }
    for property in instance.children() {
        if let Some(name) = property.take_attribute("name") {
            property.name = name;
        }
    }
    let settings = std::mem::take(&mut instance.content);
    let is_instance = |part: &Part| matches!(part, Part::Element(e) if e.name == "instance");
    group.content.retain(|part| !is_instance(part));
    group.content.extend(settings);
}

fn use_small_letters(element: &mut Tree) {
    if SEEN_IN_SMALL_LETTERS.contains(&element.name.as_str()) {
        element.name = element.name.to_ascii_lowercase();
    }
    if element.name == "property" {
        let names = element.attributes.iter_mut().filter(|a| a.name == "name");
        names.for_each(|name| name.value = name.value.to_ascii_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::practice::spelling::document;
    use crate::proto::c3p::{
        AccessNumber, Answer, Capabilities, CommandName, ConferenceInfo, Description, Dialect,
        EntityView, McuType, PstnAccess, PstnBridging, Reason, Region, Response,
    };
    use crate::proto::provisioning::{MeetingPolicy, Provisioning, Query};

    fn respelled(seed: u64, bytes: &[u8]) -> Vec<u8> {
        let spelling = Spelling::new(seed);
        let mut tree = Tree::parse(bytes).unwrap();
        vary(spelling, &mut tree);
        document::write(spelling, &tree)
    }

    fn info() -> ConferenceInfo {
        ConferenceInfo {
            entity: Some("sip:ana@example.com;gruu;opaque=app:conf:focus:id:7QX2M4TB".to_owned()),
            version: Some(3),
            assigned: true,
            description: Description {
                subject: Some("R&D <review>, \u{1F4DE}".to_owned()),
                conference_id: Some("7QX2M4TB".to_owned()),
                expiry_time: "2027-03-01T10:00:00Z".parse().ok(),
                pstn_access: Some(PstnAccess {
                    id: Some("17919".to_owned()),
                }),
                passcode_optional: Some(false),
                pstn_lobby_bypass: Some(true),
                join_url: Some("https://meet.example.com/ana/7QX2M4TB?a=1&b=2".to_owned()),
                ..Description::default()
            },
            locked: Some(true),
            views: vec![EntityView::from(McuType::Chat)],
            ..ConferenceInfo::default()
        }
    }

    fn capabilities() -> Capabilities {
        let number = |number: &str, languages: &[&str]| AccessNumber {
            number: number.to_owned(),
            languages: languages.iter().map(|l| (*l).to_owned()).collect(),
        };
        Capabilities {
            mcu_types: vec![McuType::Chat, McuType::Meeting],
            anonymous_scheduling: Some(true),
            pstn_bridging: Some(PstnBridging {
                enabled: false,
                regions: vec![Region {
                    name: "France".to_owned(),
                    numbers: vec![number("+33 1 99 00 01 00", &["fr-FR", "en-GB"])],
                }],
                default_region: Some("France".to_owned()),
                internal_url: Some("https://in.example.com/dialin".to_owned()),
                external_url: Some("https://out.example.com/dialin".to_owned()),
            }),
        }
    }

    fn response(command: CommandName, outcome: Result<Answer, Reason>) -> Response {
        Response {
            request_id: 7,
            from: "sip:ana@example.com;gruu;opaque=app:conf:focusfactory".to_owned(),
            to: "sip:ana@example.com".to_owned(),
            command,
            outcome,
        }
    }

    /// As it is without what is nobody's, and with separators for blanks.
    fn cleaned(mut response: Response) -> Response {
        let clean = |info: &mut ConferenceInfo| {
            info.foreign.clear();
            info.description.foreign.clear();
        };
        match &mut response.outcome {
            Ok(Answer::GetConference(info)) => clean(info),
            Ok(Answer::GetConferences(infos)) => infos.iter_mut().for_each(clean),
            Ok(Answer::GetConferencingCapabilities(offer)) => {
                for region in &mut offer.pstn_bridging.as_mut().unwrap().regions {
                    for number in &mut region.numbers {
                        number.number = number.number.replace('-', " ");
                    }
                }
            }
            _ => {}
        }
        response
    }

    #[test]
    fn what_the_focus_factory_says_means_the_same_in_every_spelling() {
        let answers = [
            response(
                CommandName::GetConference,
                Ok(Answer::GetConference(info())),
            ),
            response(
                CommandName::GetConferences,
                Ok(Answer::GetConferences(vec![info(), info()])),
            ),
            response(
                CommandName::GetConferencingCapabilities,
                Ok(Answer::GetConferencingCapabilities(capabilities())),
            ),
            response(
                CommandName::GetAvailableMcuTypes,
                Ok(Answer::GetAvailableMcuTypes(vec![McuType::Meeting])),
            ),
            response(CommandName::AddConference, Err(Reason::ConferenceExists)),
        ];
        for seed in 1..=400 {
            for answer in &answers {
                let bytes = respelled(seed, &answer.encode(Dialect::Lync));
                let shown = String::from_utf8_lossy(&bytes).into_owned();
                let read = Response::decode(&bytes);
                let read = read.unwrap_or_else(|error| panic!("{seed}: {error}\n{shown}"));
                assert_eq!(cleaned(read), *answer, "{seed}: {shown}");
            }
        }
    }

    #[test]
    fn a_new_conference_is_told_by_its_uri_at_least() {
        let answer = response(
            CommandName::AddConference,
            Ok(Answer::AddConference(info())),
        );
        for seed in 1..=100 {
            let bytes = respelled(seed, &answer.encode(Dialect::Lync));
            let Ok(Answer::AddConference(read)) = Response::decode(&bytes).unwrap().outcome else {
                panic!("{seed}");
            };
            assert_eq!(read.entity, info().entity, "{seed}");
        }
    }

    #[test]
    fn provisioning_means_the_same_in_every_spelling() {
        let told = Provisioning {
            organization: Some("R&D Ltd".to_owned()),
            focus_factory_uri: Some(
                "sip:ana@example.com;gruu;opaque=app:conf:focusfactory".to_owned(),
            ),
            cwa_external_uri: Some("https://out.example.com/dialin?a=1&b=2".to_owned()),
            uc_location_profile: Some("France".to_owned()),
            meeting_policy: MeetingPolicy {
                enable_pstn_conferencing: Some(false),
                allow_anonymous_participants: Some(true),
                meeting_size: Some(7),
                ..MeetingPolicy::default()
            },
            ..Provisioning::default()
        };
        for seed in 1..=400 {
            let bytes = respelled(seed, &told.encode(&Query::default()));
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            assert_eq!(
                Provisioning::decode(&bytes).unwrap(),
                told,
                "{seed}: {shown}"
            );
        }
    }
}
