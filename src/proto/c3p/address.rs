//! Addresses of the Focus Factory and of conferences, which are functions of the organizer's.

/// Header of a SERVICE that is sent for somebody else, with his address, without brackets as another
/// vendor's bridge writes it. Microsoft's own parser looks for it in these requests; that the request then
/// goes to his Focus Factory with his address as C3P's `from` is a (GUESS).
pub const ON_BEHALF_OF: &str = "P-Session-On-Behalf-Of";

/// What stands between the organizer's address and the conference-id in a focus URI.
const FOCUS: &str = ";gruu;opaque=app:conf:focus:id:";
/// What stands behind the organizer's address in the Focus Factory's ([MS-CONFPRO] 4.1).
const FOCUS_FACTORY: &str = ";gruu;opaque=app:conf:focusfactory";

/// The Focus Factory of an organizer (`sip:user@domain`), for pools that don't tell it. (INF)
pub fn focus_factory_uri(organizer: &str) -> String {
    format!("{organizer}{FOCUS_FACTORY}")
}

/// The focus URI, a conference's own address, of an organizer (`sip:user@domain`) and a
/// conference-id ([MS-CONFBAS] 4.4.7).
pub fn focus_uri(organizer: &str, conference_id: &str) -> String {
    format!("{organizer}{FOCUS}{conference_id}")
}

/// Organizer and conference-id of a focus URI; none when the text is no such URI.
pub fn focus_parts(focus: &str) -> Option<(&str, &str)> {
    let (organizer, id) = focus.split_once(FOCUS)?;
    let address = organizer.strip_prefix("sip:")?;
    let right =
        address.contains('@') && !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
    right.then_some((organizer, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_focus_uri_is_taken_apart_as_it_was_made() {
        let focus = focus_uri("sip:ana@example.com", "7QX2M4TB");
        assert_eq!(
            focus,
            "sip:ana@example.com;gruu;opaque=app:conf:focus:id:7QX2M4TB"
        );
        assert_eq!(
            focus_parts(&focus),
            Some(("sip:ana@example.com", "7QX2M4TB"))
        );
    }

    #[test]
    fn other_uris_are_none() {
        let factory = focus_factory_uri("sip:ana@example.com");
        assert_eq!(
            factory,
            "sip:ana@example.com;gruu;opaque=app:conf:focusfactory"
        );
        for text in [
            &factory,
            "",
            "tel:+14255550100",
            "sip:ana@example.com;gruu;opaque=app:conf:focus:id:",
        ] {
            assert_eq!(focus_parts(text), None, "{text}");
        }
    }
}
