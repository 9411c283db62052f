//! Addresses of calendar servers: which may be used, and how they are named in messages.

use std::borrow::Cow;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::error::{Error, Result};
use crate::net::http::{is_safe, shown_host};

/// An address as a user wrote it.
#[derive(Debug)]
pub(super) struct Address {
    /// https, or http to this machine; without user, query and fragment.
    pub(super) url: Url,
    /// The user it names.
    pub(super) user: Option<String>,
}

/// Reads an address. A text that may hold a password is never repeated.
pub(super) fn parse(text: &str) -> Result<Address> {
    let expected = || Error::usage("the calendar's url can't be used: expected https://HOST/PATH");
    let mut url = Url::parse(text.trim()).map_err(|_| expected())?;
    if url.password().is_some() {
        return Err(Error::usage("the calendar's url holds a password, which would be seen in settings and logs: expected https://USER@HOST/PATH without one")
            .hint("take it out, and set CONFCTL_CALENDAR_PASSWORD, or let calendar.password.command in the settings print it"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(expected());
    }
    if !is_safe(&url) {
        let host = shown_host(&url);
        return Err(Error::usage(format!(
            "the calendar's url would send the password to {host} for everybody to read: expected https://"
        )));
    }
    let user = unescape(url.username()).filter(|user| !user.is_empty());
    let _ = url.set_username("");
    url.set_query(None);
    url.set_fragment(None);
    Ok(Address { url, user })
}

/// The domain of a mail address as DNS has it; none: it has no domain that could be asked.
pub(super) fn domain(mail: &str) -> Option<String> {
    let (_, domain) = mail.rsplit_once('@')?;
    let url = Url::parse(&format!("https://{domain}/")).ok()?;
    let host = url.host_str()?;
    let is_name = host.contains('.') && host.parse::<IpAddr>().is_err() && !host.starts_with('[');
    (is_name && url.port().is_none() && url.path() == "/").then(|| host.to_owned())
}

/// Whether a host is that domain or below it.
pub(super) fn belongs(url: &Url, domain: &str) -> bool {
    let host = url.host_str().unwrap_or_default();
    let above = host.strip_suffix(domain);
    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

/// Percent-encoding undone; none: what comes out is no text.
pub(super) fn unescape(text: &str) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8();
    text.ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_keep_a_password_are_taken() {
        for (text, user) in [
            ("https://dav.example.com", None),
            (
                "https://ana%40example.com@dav.example.com:8443/cal/?x#y",
                Some("ana@example.com"),
            ),
            ("http://127.0.0.1:5232/", None),
            ("http://[::1]/ana/", None),
            ("http://localhost:80/", None),
        ] {
            let address = parse(text).unwrap();
            assert_eq!(address.user.as_deref(), user, "{text}");
            assert!(!address.url.as_str().contains(['@', '?', '#']), "{text}");
        }
        for text in [
            "",
            "dav.example.com",
            "ftp://127.0.0.1/",
            "http://dav.example.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost.example.com/",
            "https://ana:hunter2@dav.example.com/",
            "https://:hunter2@dav.example.com/",
            "http://ana:hunter2@@",
        ] {
            let error = parse(text).unwrap_err();
            let said = format!("{error} {:?}", error.hints());
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn the_domain_of_an_address_can_be_asked_or_not() {
        for (mail, expected) in [
            ("ana@example.com", Some("example.com")),
            ("a@b@Bücher.example", Some("xn--bcher-kva.example")),
            ("ana", None),
            ("ana@localhost", None),
            ("ana@192.0.2.1", None),
            ("ana@[192.0.2.1]", None),
            ("ana@example.com:8080", None),
            ("ana@example.com/x", None),
        ] {
            assert_eq!(domain(mail).as_deref(), expected, "{mail}");
        }
        let url = |text| Url::parse(text).unwrap();
        assert!(belongs(&url("https://dav.example.com/"), "example.com"));
        assert!(!belongs(&url("https://badexample.com/"), "example.com"));
        assert!(!belongs(
            &url("https://example.com.evil.example/"),
            "example.com"
        ));
    }
}
