//! `meet:` and `conf:` links, with which the Live Meeting console and Communicator join.

use std::fmt;

use crate::secret::Secret;

/// Longest link that is read, in bytes.
const LINK_BYTES: usize = 4096;
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

/// The program that joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `conf:`, Communicator and Lync.
    Conf,
    /// `meet:`, the Live Meeting console.
    Meet,
}

/// The text was no join link. It is not repeated here, since it may hold a passcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a link such as conf:sip:user@domain;gruu;opaque=… or meet:sip:…")]
pub struct JoinLinkError;

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
            .map(|(name, value)| format!("{name}={}", percent_encode(value, "")))
            .collect();
        let head = format!(
            "{}:{}",
            self.scheme,
            percent_encode(&self.focus, ":;=@,+$&!*'()/")
        );
        if query.is_empty() {
            return head;
        }
        format!("{head}{}{}", self.scheme.query_mark(), query.join("&"))
    }

    /// Reads a link as programs and join pages write it: the `?` percent-encoded or not, the whole
    /// HTML-escaped or not. Unknown parameters are ignored.
    ///
    /// # Errors
    /// [`JoinLinkError`] for anything else, also for links over 4096 bytes and for such as hold
    /// white space, control characters or quotes.
    pub fn parse(text: &str) -> Result<Self, JoinLinkError> {
        let text = text.trim();
        if text.len() > LINK_BYTES {
            return Err(JoinLinkError);
        }
        let plain = percent_decode(&html_unescape(text)).ok_or(JoinLinkError)?;
        if plain.contains(|c: char| c.is_whitespace() || c.is_control() || "\"<>".contains(c)) {
            return Err(JoinLinkError);
        }
        let (scheme, rest) = Scheme::split(&plain).ok_or(JoinLinkError)?;
        let (focus, query) = rest.split_once('?').unwrap_or((rest, ""));
        if focus.len() <= 4 || !focus.starts_with("sip:") {
            return Err(JoinLinkError);
        }
        Ok(Self {
            scheme,
            focus: focus.to_owned(),
            conference_key: parameter(query, KEY).map(Secret::from),
            required_media: parameter(query, MEDIA),
            conversation_id: parameter(query, CONVERSATION),
        })
    }
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Conf => "conf",
            Self::Meet => "meet",
        }
    }

    /// What starts the parameters. Percent-encoded in the one real `meet:` link known, plain in
    /// `conf:` links.
    fn query_mark(self) -> &'static str {
        match self {
            Self::Conf => "?",
            Self::Meet => "%3F",
        }
    }

    fn split(link: &str) -> Option<(Self, &str)> {
        let (name, rest) = link.split_once(':')?;
        let named = |scheme: &Self| scheme.name().eq_ignore_ascii_case(name);
        let scheme = [Self::Conf, Self::Meet].into_iter().find(named)?;
        Some((scheme, rest))
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(n, _)| *n == name).map(|(_, value)| value);
    values
        .next()
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
}

/// RFC 3986 2.1; letters, digits and `-._~` stand for themselves, and so do `others`.
fn percent_encode(text: &str, others: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~".contains(c) || others.contains(c) {
            encoded.push(c);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A percent sign that starts no escape stands for itself. None: the bytes are no UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escape = tail
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(hexadecimal);
        bytes.push(escape.unwrap_or(*first));
        rest = match escape {
            Some(_) => tail.get(2..).unwrap_or_default(),
            None => tail,
        };
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    let right = digits.iter().all(u8::is_ascii_hexdigit);
    right.then(|| u8::from_str_radix(text, 16).ok()).flatten()
}

/// Numeric and the common named references; others stand for themselves, so `&name=` survives.
fn html_unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let reference = after
            .split_once(';')
            .and_then(|(name, tail)| Some((character(name)?, tail)));
        match reference {
            Some((c, tail)) => {
                plain.push(c);
                rest = tail;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain + rest
}

fn character(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let number = match code.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => code.parse(),
    };
    char::from_u32(number.ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn every_form_of_a_link_is_read() {
        let escaped = FOCUS.replace(':', "&#58;").replace('@', "&#x40;");
        for text in [
            format!("meet:{FOCUS}?conf-key=12345678"),
            format!(" MEET:{FOCUS}%3fconf-key=12345678 "),
            format!("meet&#58;{escaped}&#37;3Fconf-key&#61;12345678"),
            format!("meet%3A{}%3Fconf-key%3D12345678", FOCUS.replace(':', "%3A")),
            format!("meet:{FOCUS}?x=1&amp;conf-key=12345678&y"),
        ] {
            assert_eq!(JoinLink::parse(&text), Ok(with_key("12345678")), "{text}");
        }
        let text = format!("conf:{FOCUS}?required-media=audiovideo&conversation-id=4be1");
        let link = JoinLink::parse(&text).unwrap();
        assert_eq!(link.required_media.as_deref(), Some("audiovideo"));
        assert_eq!(link.conversation_id.as_deref(), Some("4be1"));
    }

    #[test]
    fn what_is_no_link_is_refused() {
        let long = format!("conf:{FOCUS}{}", "0".repeat(LINK_BYTES));
        for text in [
            "",
            "conf:",
            "conf:sip:",
            "https://meet.example.com/ana/7QX2M4TB",
            "conf:sip:a%0d%0ab",
            &long,
        ] {
            assert_eq!(JoinLink::parse(text), Err(JoinLinkError), "{text}");
        }
    }

    #[test]
    fn debug_output_hides_the_passcode() {
        let shown = format!("{:?}", with_key("12345678"));
        assert!(
            shown.contains("(redacted)") && !shown.contains("12345678"),
            "{shown}"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(key in "[A-Za-z0-9]{4,16}", user in "[a-z.%'+-]{1,9}", media in "[a-z]{1,9}") {
            let mut link = JoinLink::new(Scheme::Conf, format!("sip:{user}@example.com;gruu"));
            link.conference_key = Some(Secret::from(key.as_str()));
            link.required_media = Some(media);
            prop_assert_eq!(JoinLink::parse(&link.url()), Ok(link));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), tail in "[%&#;x0-9A-F?=a-z]{0,40}") {
            let _ = JoinLink::parse(&text);
            let _ = JoinLink::parse(&format!("conf:sip:{tail}"));
        }
    }
}
