//! Where the Dial-In Conferencing Settings page is.

/// Address of the Dial-In Conferencing Settings page from a provisioned one (`cwaExternalUri`,
/// `cwaInternalUri`) and the major version that the pool's `Server: RTC/x.y` header says. Up to 3,
/// OCS, the page is `/dialin` of Communicator Web Access; later, and when the version is not known,
/// the address is the page's own. (INF) None: the text is no `https` address; what goes over `http` anybody
/// on the way may read and change, and people sign in there.
pub fn dial_in_page(server_version: Option<u32>, address: &str) -> Option<String> {
    let address = address.trim();
    let path = web_path(address)?;
    let is_page = path
        .trim_end_matches('/')
        .to_ascii_lowercase()
        .ends_with("/dialin");
    let is_bare = server_version.is_some_and(|version| version <= 3) && !path.contains(['?', '#']);
    if is_page || !is_bare {
        return Some(address.to_owned());
    }
    Some(format!("{}/dialin", address.trim_end_matches('/')))
}

/// What stands behind the host, if the address is safe to open and to print: ASCII without anything
/// that URLs have no place for, without a user's name.
fn web_path(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("https");
    let has_host = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
    let is_odd = |c: char| !c.is_ascii_graphic() || "\"'<>\\^`{|}@".contains(c);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    (is_web && has_host && !rest.contains(is_odd)).then(|| rest.split_at(end).1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_page_follows_from_the_address_and_the_generation() {
        let page = |version, address| dial_in_page(Some(version), address).unwrap();
        assert_eq!(
            page(3, "https://im.example.com"),
            "https://im.example.com/dialin"
        );
        assert_eq!(
            page(3, "https://im.example.com/cwa/"),
            "https://im.example.com/cwa/dialin"
        );
        assert_eq!(
            page(3, "https://im.example.com/DialIn/"),
            "https://im.example.com/DialIn/"
        );
        assert_eq!(page(3, "https://dialin"), "https://dialin/dialin");
        assert_eq!(
            page(3, "https://im.example.com/?a=b"),
            "https://im.example.com/?a=b"
        );
        assert_eq!(
            page(4, "https://dialin.example.com"),
            "https://dialin.example.com"
        );
        assert_eq!(
            page(4, "https://lync.example.com/dialin"),
            "https://lync.example.com/dialin"
        );
        let unknown = dial_in_page(None, " https://dialin.example.com ");
        assert_eq!(unknown.as_deref(), Some("https://dialin.example.com"));
    }

    #[test]
    fn only_web_addresses_are_pages() {
        for address in [
            "",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://dialin.example.com/",
            "im.example.com",
            "https://",
            "https:///dialin",
            "https://a b.example.com",
            "https://im.example.com/\u{1b}[0m",
            "https://user:word@example.com",
            "https://im.example.com/\u{202E}",
        ] {
            assert_eq!(dial_in_page(Some(3), address), None, "{address}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(address in any::<String>()) {
            let _ = dial_in_page(Some(3), &address);
            let _ = dial_in_page(Some(3), &format!("https://{address}"));
        }
    }
}
