//! `meet:` and `conf:` links, with which the Live Meeting console and Communicator join.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::proto::words::closed_words;
use crate::secret::Secret;

/// What a parameter's value may not hold as it is (RFC 3986 2.3).
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The same for the focus URI: what a SIP URI may hold stays, but for the mark of its parameters.
#[rustfmt::skip]
const FOCUS_URI: &AsciiSet = &VALUE.remove(b':').remove(b';').remove(b'=').remove(b'@').remove(b',').remove(b'+').remove(b'$')
    .remove(b'&').remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')').remove(b'/');
/// The passcode's parameter.
const KEY: &str = "conf-key";
const MEDIA: &str = "required-media";
const CONVERSATION: &str = "conversation-id";

/// A link with which a program on the desk joins a conference. Its debug output hides the passcode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinLink {
    /// Which program.
    pub scheme: Scheme,
    /// Focus URI, `sip:…`.
    pub focus: String,
    /// Passcode for people without an account.
    pub conference_key: Option<Secret>,
    /// `audio` or `audiovideo`.
    pub required_media: Option<String>,
    /// Identifier of the conversation, a UUID.
    pub conversation_id: Option<String>,
}

closed_words! {
    /// The program that joins.
    Scheme {
        /// `conf:`, Communicator and Lync.
        Conf = "conf",
        /// `meet:`, the Live Meeting console.
        Meet = "meet",
    }
}

impl JoinLink {
    /// A link without parameters.
    pub fn new(scheme: Scheme, focus: impl Into<String>) -> Self {
        Self {
            scheme,
            focus: focus.into(),
            conference_key: None,
            required_media: None,
            conversation_id: None,
        }
    }

    /// The link as it stands in an invitation, passcode included: ASCII without white space and
    /// quotes, but with `;`, `=` and `&`, which other formats must escape.
    pub fn url(&self) -> String {
        let key = self.conference_key.as_ref().map(|key| (KEY, key.expose()));
        let media = self.required_media.as_deref().map(|media| (MEDIA, media));
        let conversation = self.conversation_id.as_deref().map(|id| (CONVERSATION, id));
        let parameters = [key, media, conversation].into_iter().flatten();
        let query: Vec<_> = parameters
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, VALUE)))
            .collect();
        let head = format!(
            "{}:{}",
            self.scheme,
            utf8_percent_encode(&self.focus, FOCUS_URI)
        );
        if query.is_empty() {
            return head;
        }
        format!("{head}{}{}", self.scheme.query_mark(), query.join("&"))
    }
}

impl Scheme {
    /// What starts the parameters. Percent-encoded in the one real `meet:` link known, plain in
    /// `conf:` links.
    fn query_mark(self) -> &'static str {
        match self {
            Self::Conf => "?",
            Self::Meet => "%3F",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOCUS: &str = "sip:ana@example.com;gruu;opaque=app:conf:focus:id:0F3B5C7A9E1D4266";

    fn with_key(key: &str) -> JoinLink {
        let mut link = JoinLink::new(Scheme::Meet, FOCUS);
        link.conference_key = Some(Secret::from(key));
        link
    }

    #[test]
    fn links_are_written_as_the_programs_know_them() {
        let conf = JoinLink::new(Scheme::Conf, FOCUS);
        assert_eq!(conf.url(), format!("conf:{FOCUS}"));
        assert_eq!(
            with_key("aB34567890").url(),
            format!("meet:{FOCUS}%3Fconf-key=aB34567890")
        );
        let audio = JoinLink {
            required_media: Some("audio".into()),
            ..conf
        };
        assert_eq!(audio.url(), format!("conf:{FOCUS}?required-media=audio"));
    }

    #[test]
    fn debug_output_hides_the_passcode() {
        let shown = format!("{:?}", with_key("12345678"));
        assert!(
            shown.contains("(redacted)") && !shown.contains("12345678"),
            "{shown}"
        );
    }
}
