//! `conference-info`: a conference as the Focus Factory keeps it (RFC 4575 with Microsoft's
//! extensions).

use crate::proto::c3p::command::Sender;
use crate::proto::c3p::description::{Description, STATIC};
use crate::proto::c3p::foreign::{self, Foreign};
use crate::proto::c3p::value::{
    attribute_value, boolean, boolean_tag, child_value, number, text_tag,
};
use crate::proto::c3p::{CI, CIS, Dialect, Error, MSCI, McuType, Role, focus_uri};
use crate::xml::{Element, Tag, XmlError};

/// The known children in the order of the schema: RFC 4575 first, then what is foreign to it.
const ORDER: [&str; 4] = [
    "conference-description",
    "conference-state",
    "users",
    "conference-view",
];
const USER_ORDER: [&str; 1] = ["roles"];

/// A conference, or as much of it as its sender says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConferenceInfo {
    /// Focus URI; none where the protocol has an empty one: when a conference is added, and in
    /// Microsoft's own example of a server's answer ([MS-CONFPRO] 4.1, 4.5).
    pub entity: Option<String>,
    /// Grows with each change; a change must name the version it was made from. (INF)
    pub version: Option<u32>,
    /// True for the organizer's assigned conference: the attribute `static`, without a namespace. Since
    /// Lync.
    pub assigned: bool,
    /// Subject, id, passcode, times, access.
    pub description: Description,
    /// Whether everybody but presenters waits in the lobby.
    pub locked: Option<bool>,
    /// Invited people and their roles. The organizer need not be among them.
    pub users: Vec<User>,
    /// The media, in the order given.
    pub views: Vec<EntityView>,
    /// Children not known here.
    pub foreign: Vec<Foreign>,
}

/// Somebody invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `sip:user@domain`; empty when the sender forgot it.
    pub entity: String,
    /// Usually one.
    pub roles: Vec<Role>,
    /// Children not known here.
    pub foreign: Vec<Foreign>,
}

/// One of the media of a conference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityView {
    /// Which media server; in live conferences, which are not spoken of here, its URI instead.
    pub mcu: McuType,
    /// The media server's settings, as they came.
    pub foreign: Vec<Foreign>,
}

impl From<McuType> for EntityView {
    fn from(mcu: McuType) -> Self {
        let foreign = Vec::new();
        Self { mcu, foreign }
    }
}

impl ConferenceInfo {
    /// The focus URI: as told, else computed from the organizer (`sip:user@domain`) and the
    /// conference-id.
    pub fn focus(&self, organizer: &str, conference_id: &str) -> String {
        let computed = || focus_uri(organizer, conference_id);
        self.entity.clone().unwrap_or_else(computed)
    }

    /// Kinds of the media.
    pub fn mcu_types(&self) -> impl Iterator<Item = &McuType> {
        self.views.iter().map(|view| &view.mcu)
    }

    pub(super) fn read(element: Element<'_>) -> Result<Self, Error> {
        let description = element.child("conference-description");
        Ok(Self {
            entity: named_entity(element),
            version: attribute_value(element, "version", number)?,
            assigned: read_assigned(element, description)?,
            description: description
                .map(Description::read)
                .transpose()?
                .unwrap_or_default(),
            locked: match element.child("conference-state") {
                Some(state) => child_value(state, "locked", boolean)?,
                None => None,
            },
            users: read_all(element, "users", "user", User::read)?,
            views: read_all(element, "conference-view", "entity-view", EntityView::read)?,
            foreign: foreign::foreign_children(element, &ORDER)?,
        })
    }

    /// `entity` is what the attribute says, which is not always [`ConferenceInfo::entity`].
    pub(super) fn tag(&self, entity: &str, dialect: Dialect, sender: Sender) -> Tag {
        let tag = Tag::new("ci:conference-info")
            .attribute("xmlns:ci", CI)
            .attribute("xmlns:cis", CIS)
            .attribute("xmlns:msci", MSCI)
            .attribute("entity", entity);
        let tag = match self.version {
            Some(version) => tag.attribute("version", &version.to_string()),
            None => tag,
        };
        let tag = match self.assigned && dialect >= Dialect::Lync {
            true => tag.attribute(STATIC, "true"),
            false => tag,
        };
        let parts = [
            (
                "conference-description",
                self.description_tag(dialect, sender),
            ),
            ("conference-state", self.locked.map(state_tag)),
            (
                "users",
                list_tag("ci:users", self.users.iter().map(User::tag)),
            ),
            (
                "conference-view",
                list_tag(
                    "msci:conference-view",
                    self.views.iter().map(EntityView::tag),
                ),
            ),
        ];
        let present = parts
            .into_iter()
            .filter_map(|(name, tag)| Some((0, name, tag?)));
        foreign::write_sequence(tag, &ORDER, present.collect(), &self.foreign)
    }

    fn description_tag(&self, dialect: Dialect, sender: Sender) -> Option<Tag> {
        let says_something = self.description != Description::default();
        says_something.then(|| self.description.tag(dialect, sender))
    }
}

impl User {
    fn read(element: Element<'_>) -> Result<Self, XmlError> {
        let entries = element
            .child("roles")
            .into_iter()
            .flat_map(|roles| roles.elements());
        let words = entries
            .filter(|entry| entry.name() == "entry")
            .filter_map(Element::token);
        Ok(Self {
            entity: element.attribute("entity").unwrap_or_default().to_owned(),
            roles: words.map(|word| Role::from(word.as_str())).collect(),
            foreign: foreign::foreign_children(element, &USER_ORDER)?,
        })
    }

    fn tag(&self) -> Tag {
        let entries = self
            .roles
            .iter()
            .map(|role| text_tag("ci:entry", role.as_str()));
        let roles = list_tag("ci:roles", entries).map(|tag| (0, "roles", tag));
        let tag = Tag::new("ci:user").attribute("entity", &self.entity);
        foreign::write_sequence(tag, &USER_ORDER, roles.into_iter().collect(), &self.foreign)
    }
}

impl EntityView {
    fn read(element: Element<'_>) -> Result<Self, XmlError> {
        Ok(Self {
            mcu: McuType::from(element.attribute("entity").unwrap_or_default()),
            foreign: foreign::foreign_children(element, &[])?,
        })
    }

    fn tag(&self) -> Tag {
        let tag = Tag::new("msci:entity-view").attribute("entity", self.mcu.as_str());
        foreign::write_sequence(tag, &[], Vec::new(), &self.foreign)
    }
}

/// The attribute `entity`, unless it is missing or empty.
pub(super) fn named_entity(element: Element<'_>) -> Option<String> {
    let entity = element.attribute("entity").unwrap_or_default().trim();
    (!entity.is_empty()).then(|| entity.to_owned())
}

/// A filter for Skype for Business Server reads it as an attribute, which goes first; an element in the
/// description is taken as well.
fn read_assigned(info: Element<'_>, description: Option<Element<'_>>) -> Result<bool, Error> {
    let told = match (attribute_value(info, STATIC, boolean)?, description) {
        (None, Some(description)) => child_value(description, STATIC, boolean)?,
        (told, _) => told,
    };
    Ok(told.unwrap_or_default())
}

fn read_all<T>(
    info: Element<'_>,
    list: &str,
    item: &str,
    read: fn(Element<'_>) -> Result<T, XmlError>,
) -> Result<Vec<T>, XmlError> {
    let list = info.child(list).into_iter().flat_map(Element::elements);
    list.filter(|element| element.name() == item)
        .map(read)
        .collect()
}

fn state_tag(locked: bool) -> Tag {
    Tag::new("ci:conference-state").child(boolean_tag("ci:locked", locked))
}

/// A list around its items; none when there are none.
fn list_tag(name: &str, items: impl ExactSizeIterator<Item = Tag>) -> Option<Tag> {
    (items.len() > 0).then(|| Tag::new(name).children(items))
}
