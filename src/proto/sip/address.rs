//! Addresses in From, To and Contact headers.

/// `"Name" <uri>;parameter=value`, or the same without brackets (RFC 3261 20.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Display name without quotes; empty when there is none.
    pub name: String,
    /// The URI with its own parameters, exactly as written.
    pub uri: String,
    /// Parameters of the header, values without quotes.
    parameters: Vec<(String, String)>,
}

impl Address {
    /// Reads one address; whatever is odd in it is kept rather than refused.
    pub fn read(value: &str) -> Self {
        let value = value.trim();
        let Some(open) = find_outside_quotes(value, '<') else {
            let (uri, rest) = value.split_once(';').unwrap_or((value, ""));
            return Self::of("", uri.trim(), rest);
        };
        let after = &value[open + 1..];
        let (uri, rest) = after.split_once('>').unwrap_or((after, ""));
        let name = value[..open].trim();
        Self::of(
            name,
            uri,
            rest.trim_start().strip_prefix(';').unwrap_or_default(),
        )
    }

    fn of(name: &str, uri: &str, parameters: &str) -> Self {
        Self {
            name: unquote(name),
            uri: uri.to_owned(),
            parameters: split_outside_quotes(parameters, ';')
                .filter_map(parameter)
                .collect(),
        }
    }

    /// Value of a header parameter, by name in any case; empty for a parameter without value.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self
            .parameters
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// The members of a comma-separated header such as Contact.
pub fn list(value: &str) -> impl Iterator<Item = Address> + '_ {
    split_outside_quotes(value, ',')
        .filter(|item| !item.trim().is_empty())
        .map(Address::read)
}

fn parameter(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    Some((name.trim().to_owned(), unquote(value.trim())))
}

/// A quoted string without its quotes, what a backslash protects as itself (RFC 3261 25.1); any other
/// text as it is.
fn unquote(text: &str) -> String {
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(inside) = quoted else {
        return text.trim_matches('"').to_owned();
    };
    let mut escaped = false;
    let kept = inside.chars().filter(|c| {
        escaped = *c == '\\' && !escaped;
        !escaped
    });
    kept.collect()
}

/// Splits at a separator that is neither in quotes nor in angle brackets.
pub(super) fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        match find_outside_quotes(current, separator) {
            Some(at) => {
                rest = Some(&current[at + separator.len_utf8()..]);
                Some(&current[..at])
            }
            None => rest.take(),
        }
    })
}

fn find_outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        } else if !quoted && !bracketed && c == wanted {
            return Some(at);
        } else if !quoted && c == '<' {
            bracketed = true;
        } else if !quoted && c == '>' {
            bracketed = false;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uri_parameters_stay_in_the_uri_and_header_parameters_outside() {
        let to = Address::read(
            "\"Ex \\\"A\\\", Ana\" <sip:ana@example.com;gruu;opaque=app:conf:focusfactory>;tag=7C22;epid=01",
        );
        assert_eq!(to.name, "Ex \"A\", Ana");
        assert_eq!(
            to.uri,
            "sip:ana@example.com;gruu;opaque=app:conf:focusfactory"
        );
        assert_eq!(to.parameter("TAG"), Some("7C22"));
        assert_eq!(to.parameter("epid"), Some("01"));
    }

    #[test]
    fn what_is_protected_in_quotes_is_kept_at_their_end_too() {
        for (written, name) in [
            (r#""Ana \"the boss\"""#, r#"Ana "the boss""#),
            (r#""back\\slash""#, r"back\slash"),
            (r#""<Ana>, at; home""#, "<Ana>, at; home"),
            (r#""Ana" "#, "Ana"),
            ("Ana", "Ana"),
            (r#""""#, ""),
        ] {
            let read = Address::read(&format!("{written}<sip:ana@example.com>;tag=1"));
            assert_eq!(read.name, name, "{written}");
            assert_eq!(read.parameter("tag"), Some("1"), "{written}");
        }
    }

    #[test]
    fn without_brackets_the_uri_ends_at_the_first_semicolon() {
        let from = Address::read("sip:bo@example.com;tag=6f0e");
        assert_eq!(
            (from.uri.as_str(), from.parameter("tag")),
            ("sip:bo@example.com", Some("6f0e"))
        );
    }

    #[test]
    fn a_contact_list_is_split_outside_quotes_and_brackets() {
        let value = "<sip:192.0.2.1:5061;ms-opaque=a,b>;methods=\"INVITE, BYE\";expires=7200, <sip:192.0.2.2>;gruu=\"sip:a@b;gruu\"";
        let contacts: Vec<Address> = list(value).collect();
        assert_eq!(contacts.len(), 2);
        assert_eq!(contacts[0].parameter("methods"), Some("INVITE, BYE"));
        assert_eq!(contacts[1].parameter("gruu"), Some("sip:a@b;gruu"));
    }
}
