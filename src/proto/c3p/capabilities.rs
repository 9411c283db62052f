//! What a pool offers for conferences: media, anonymous people, dial-in numbers.

use crate::proto::c3p::value::{boolean, text_tag};
use crate::proto::c3p::{CCCP, MSCI, MSCI2, MSCP, McuType};
use crate::xml::{Element, Tag};

/// Answer to `getConferencingCapabilities` ([MS-CONFPRO] 2.2.3.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Kinds of media servers.
    pub mcu_types: Vec<McuType>,
    /// Whether this organizer may invite anonymous people; none when the pool doesn't say.
    pub anonymous_scheduling: Option<bool>,
    /// Dial-in; none when the pool has none.
    pub pstn_bridging: Option<PstnBridging>,
}

/// Dial-in as a pool offers it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PstnBridging {
    /// Whether this organizer may have it. True when the pool doesn't say.
    pub enabled: bool,
    /// Regions with their numbers, in the pool's order.
    pub regions: Vec<Region>,
    /// Name of the region whose numbers come first. Since Lync.
    pub default_region: Option<String>,
    /// Address of the dial-in page inside the network.
    pub internal_url: Option<String>,
    /// Address of the dial-in page outside the network.
    pub external_url: Option<String>,
}

/// A dial-in region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// As the administrator named it.
    pub name: String,
    /// In the pool's order, the first one being the one to show.
    pub numbers: Vec<AccessNumber>,
}

/// A telephone number to call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessNumber {
    /// As the administrator wrote it, but for what makes a `tel:` URI of it.
    pub number: String,
    /// BCP 47 tags, the primary language first; may be empty.
    pub languages: Vec<String>,
}

/// Where a server's elements besides `mcu-types` are at home. Not confirmed, so clients must take
/// any, and a practice pool can use each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CapabilityNamespace {
    /// The envelope's own.
    Cccp,
    /// C3P extensions. (INF) from [MS-CONFPRO] 2.2.3, which gives them to responses only.
    #[default]
    Mscp,
    /// Data model extensions.
    Msci,
    /// Lync's data model extensions.
    Msci2,
}

/// `getConferencingCapabilities/@capability-version`, which has one value ([MS-CONFPRO] 2.2.3.8).
const CAPABILITY_VERSION: &str = "0";
/// Attribute, or else child, of `anonymous-scheduling` and `pstn-bridging`. (GUESS)
const ENABLED: &str = "enabled";
/// Child of `access-number`. (GUESS)
const LANGUAGE: &str = "language";
/// Children of `access-numbers`. (GUESS)
const INTERNAL_URL: &str = "internal-url";
const EXTERNAL_URL: &str = "external-url";
/// The prefix written for whatever namespace the extension elements are in.
const PREFIX: &str = "x";

impl Capabilities {
    pub(super) fn read(answer: Element<'_>) -> Self {
        let bridging = answer.child("pstn-bridging");
        Self {
            mcu_types: read_mcu_types(answer),
            anonymous_scheduling: answer.child("anonymous-scheduling").and_then(read_enabled),
            pstn_bridging: bridging.map(PstnBridging::read),
        }
    }

    /// Adds attributes and children to the answer's element.
    pub(super) fn write(&self, answer: Tag, namespace: CapabilityNamespace) -> Tag {
        let anonymous = self.anonymous_scheduling.unwrap_or_default();
        answer
            .attribute(&format!("xmlns:{PREFIX}"), namespace.uri())
            .attribute("capability-version", CAPABILITY_VERSION)
            .child(mcu_types_tag(&self.mcu_types))
            .child(extension("anonymous-scheduling").attribute(ENABLED, yes_or_no(anonymous)))
            .children(self.pstn_bridging.as_ref().map(PstnBridging::tag))
    }
}

impl PstnBridging {
    fn read(element: Element<'_>) -> Self {
        let numbers = element.child("access-numbers");
        let token = |name| numbers.and_then(|n| n.child(name)).and_then(Element::token);
        let regions = numbers.into_iter().flat_map(Element::elements);
        Self {
            enabled: read_enabled(element).unwrap_or(true),
            regions: regions
                .filter(|e| e.name() == "region")
                .map(Region::read)
                .collect(),
            default_region: token("default-region"),
            internal_url: token(INTERNAL_URL),
            external_url: token(EXTERNAL_URL),
        }
    }

    fn tag(&self) -> Tag {
        let text = |name, value: &Option<String>| Some(extension(name).text(value.as_deref()?));
        let numbers = extension("access-numbers")
            .children(text(INTERNAL_URL, &self.internal_url))
            .children(text(EXTERNAL_URL, &self.external_url))
            .children(self.regions.iter().map(Region::tag))
            .children(text("default-region", &self.default_region));
        extension("pstn-bridging")
            .attribute(ENABLED, yes_or_no(self.enabled))
            .child(numbers)
    }
}

impl Region {
    fn read(element: Element<'_>) -> Self {
        let numbers = element.children("access-number");
        Self {
            name: element
                .attribute("name")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            numbers: numbers.filter_map(AccessNumber::read).collect(),
        }
    }

    fn tag(&self) -> Tag {
        extension("region")
            .attribute("name", &self.name)
            .children(self.numbers.iter().map(AccessNumber::tag))
    }
}

impl AccessNumber {
    fn read(element: Element<'_>) -> Option<Self> {
        Some(Self {
            number: without_scheme(&element.child("number")?.token()?).to_owned(),
            languages: element
                .children(LANGUAGE)
                .filter_map(Element::token)
                .collect(),
        })
    }

    fn tag(&self) -> Tag {
        let languages = self
            .languages
            .iter()
            .map(|tag| extension(LANGUAGE).text(tag));
        extension("access-number")
            .child(extension("number").text(&self.number))
            .children(languages)
    }
}

impl CapabilityNamespace {
    fn uri(self) -> &'static str {
        match self {
            Self::Cccp => CCCP,
            Self::Mscp => MSCP,
            Self::Msci => MSCI,
            Self::Msci2 => MSCI2,
        }
    }
}

/// `mcu-types/mcuType` ([MS-CONFPRO] 4.7).
pub(super) fn read_mcu_types(answer: Element<'_>) -> Vec<McuType> {
    let list = answer
        .child("mcu-types")
        .into_iter()
        .flat_map(Element::elements);
    let words = list
        .filter(|e| e.name() == "mcuType")
        .filter_map(Element::token);
    words.map(|word| McuType::from(word.as_str())).collect()
}

/// `mcu-types/mcuType` in the envelope's namespace ([MS-CONFPRO] 4.7).
pub(super) fn mcu_types_tag(types: &[McuType]) -> Tag {
    let types = types.iter().map(|mcu| text_tag("mcuType", mcu.as_str()));
    Tag::new("mcu-types").children(types)
}

/// RFC 3966: the scheme has no case, and parameters follow the number. Its separators are for people.
fn without_scheme(number: &str) -> &str {
    match number.split_at_checked(4) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tel:") => {
            rest.split(';').next().unwrap_or_default().trim()
        }
        _ => number,
    }
}

fn read_enabled(element: Element<'_>) -> Option<bool> {
    let attribute = element.attribute(ENABLED).map(str::to_owned);
    let child = || element.child(ENABLED).and_then(Element::token);
    let text = attribute.or_else(child).or_else(|| element.token())?;
    boolean(text.trim())
}

fn extension(name: &str) -> Tag {
    Tag::new(format!("{PREFIX}:{name}"))
}

fn yes_or_no(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
