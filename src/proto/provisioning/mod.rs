//! In-band provisioning: the settings a pool gives its users when they sign in
//! ([MS-SIPREGE] 2.2.2), asked for and answered.

mod answer;
mod dial_in_page;

use crate::xml::{Document, Element, Tag, XmlError, document};

pub use answer::{MeetingPolicy, Provisioning};
pub use dial_in_page::dial_in_page;

/// Content-Type of the request and of the answer ([MS-SIPREGE] 2.2.2).
pub const CONTENT_TYPE: &str = "application/vnd-microsoft-roaming-provisioning-v2+xml";

/// Event of the SUBSCRIBE ([MS-SIPREGE] 2.2.2.1).
pub const EVENT: &str = "vnd-microsoft-provisioning-v2";

/// Most bytes that are read; Microsoft's own example has 52 146.
pub const BODY_CAP: usize = 1 << 20;

/// The request says "provisioning", the answer "provision".
const QUERY_NAMESPACE: &str = "http://schemas.microsoft.com/2006/09/sip/provisioninggrouplist";
const ANSWER_NAMESPACE: &str =
    "http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification";

const SERVER_CONFIGURATION: &str = "ServerConfiguration";
const MEETING_POLICY: &str = "meetingPolicy";

/// Why a body was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvisioningError {
    /// Not well-formed, or not within bounds.
    #[error("the provisioning document could not be read: {0}")]
    Xml(#[from] XmlError),
    /// Another document.
    #[error("expected a provisioning document with the root '{expected}', got '{found}'")]
    Root {
        /// Local name of the root that was expected.
        expected: &'static str,
        /// Local name of the root that came, cut short.
        found: String,
    },
}

/// Which groups of settings are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Names of groups. A pool leaves out those it doesn't know. (INF)
    pub groups: Vec<String>,
}

impl Default for Query {
    /// The groups that have what conferences need.
    fn default() -> Self {
        let groups = [SERVER_CONFIGURATION, MEETING_POLICY, "ucPolicy"];
        Self {
            groups: groups.map(str::to_owned).to_vec(),
        }
    }
}

impl Query {
    /// The body of the SUBSCRIBE.
    pub fn encode(&self) -> Vec<u8> {
        let group = |name: &String| Tag::new("provisioningGroup").attribute("name", name);
        let root = Tag::new("provisioningGroupList").attribute("xmlns", QUERY_NAMESPACE);
        document(root.children(self.groups.iter().map(group)))
    }

    /// Reads the body of a SUBSCRIBE, at most [`BODY_CAP`] bytes.
    ///
    /// # Errors
    /// [`ProvisioningError`]
    pub fn decode(body: &[u8]) -> Result<Self, ProvisioningError> {
        let document = Document::parse(body, BODY_CAP)?;
        let root = named_root(&document, "provisioningGroupList")?;
        let names = root
            .children("provisioningGroup")
            .filter_map(|group| group.attribute("name"));
        let groups = names.map(str::to_owned).collect();
        Ok(Self { groups })
    }

    fn asks_for(&self, name: &str) -> bool {
        self.groups
            .iter()
            .any(|group| group.eq_ignore_ascii_case(name))
    }
}

fn named_root<'d>(
    document: &'d Document<'_>,
    expected: &'static str,
) -> Result<Element<'d>, ProvisioningError> {
    let root = document.root();
    if root.name() == expected {
        return Ok(root);
    }
    let found = root.name().chars().take(60).collect();
    Err(ProvisioningError::Root { expected, found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_answered_with_what_it_asks_for() {
        let text = String::from_utf8(Query::default().encode()).unwrap();
        assert!(
            text.contains(&format!(
                "<provisioningGroupList xmlns=\"{QUERY_NAMESPACE}\">"
            )),
            "{text}"
        );
        assert!(
            text.contains("<provisioningGroup name=\"meetingPolicy\"/>"),
            "{text}"
        );
        assert_eq!(Query::decode(text.as_bytes()), Ok(Query::default()));
        let query = Query {
            groups: vec!["MeetingPolicy".into(), "userSetting".into()],
        };
        let answer = String::from_utf8(Provisioning::default().encode(&query)).unwrap();
        assert!(
            answer.contains(&format!(
                "<provisionGroupList xmlns=\"{ANSWER_NAMESPACE}\">"
            )),
            "{answer}"
        );
        assert!(
            answer.contains("<provisionGroup name=\"meetingPolicy\">"),
            "{answer}"
        );
        assert!(
            !answer.contains("ServerConfiguration") && !answer.contains("userSetting"),
            "{answer}"
        );
    }

    #[test]
    fn other_documents_are_refused() {
        let swapped = Query::decode(b"<provisionGroupList/>").unwrap_err();
        let message = "expected a provisioning document with the root 'provisioningGroupList', got 'provisionGroupList'";
        assert_eq!(swapped.to_string(), message);
        assert!(matches!(
            Provisioning::decode(b"<provisionGroupList>"),
            Err(ProvisioningError::Xml(_))
        ));
    }

    #[test]
    fn queries_are_read_whatever_is_in_them() {
        let body = b"<a:provisioningGroupList xmlns:a='urn:a' subnet='192.0.2.0'><a:x/><a:provisioningGroup/>\
            <a:provisioningGroup name='ucPolicy' opaque='1'/></a:provisioningGroupList>";
        let groups = vec!["ucPolicy".to_owned()];
        assert_eq!(Query::decode(body), Ok(Query { groups }));
    }
}
