//! What people follow or dial: schemes, telephone links, HTML.

use crate::lint::link::Link;
use crate::lint::text::Text;
use crate::lint::{Check, Hits, Rule, Severity, quote};

/// What a link in an invitation may open; cid: is a picture in the same mail.
const SCHEMES: [&str; 10] = [
    "http", "https", "tel", "mailto", "sip", "sips", "conf", "meet", "cid", "callto",
];

/// What programs run instead of showing it.
const ACTIVE: [&str; 6] = [
    "<script",
    "<iframe",
    "<object",
    "<embed",
    "<form",
    "javascript:",
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "link-scheme",
        severity: Severity::Error,
        what: "a link that opens anything but http, https, tel, mailto, sip, conf or meet",
        why: "Mail programs remove it or warn of it; some would run it.",
        fix: "Link to https; write the rest as text.",
        evidence: &["spaceraccoon/icalendardb", "RFC 3986 7"],
        check: Check::Link(link_scheme),
    },
    Rule {
        id: "active-html",
        severity: Severity::Warning,
        what: "scripts, frames or forms in HTML",
        why: "Every mail program removes them, and filters count them.",
        fix: "Keep to text, tables and links.",
        evidence: &["spaceraccoon/icalendardb"],
        check: Check::Text(active_html),
    },
    Rule {
        id: "tel-hash",
        severity: Severity::Warning,
        what: "a tel: link with #",
        why: "# begins a fragment: Android drops it, iOS may dial nothing at all.",
        fix: "End the link with the Conference ID; keep # for the text.",
        evidence: &[
            "RFC 3986 3.5",
            "google/WebFundamentals#6826",
            "nextcloud/spreed#4946",
        ],
        check: Check::Link(tel_hash),
    },
    Rule {
        id: "tel-semicolon",
        severity: Severity::Warning,
        what: "a tel: link with ; before the code",
        why: "Android joins number and code and dials that; ;ext= and ;postd= work on few phones.",
        fix: "Write commas: tel:+14255550100,,1234567.",
        evidence: &["RFC 3966 3", "google/WebFundamentals#6826"],
        check: Check::Link(tel_semicolon),
    },
    Rule {
        id: "tel-characters",
        severity: Severity::Warning,
        what: "a tel: link with spaces, brackets or letters",
        why: "Phones stop at the first of them.",
        fix: "Write + and digits, then commas and the code.",
        evidence: &["RFC 3966 3"],
        check: Check::Link(tel_characters),
    },
    Rule {
        id: "tel-local",
        severity: Severity::Warning,
        what: "a tel: link without + and country",
        why: "It works in one country only; phones abroad dial somebody else.",
        fix: "Write the number with + and the country's code.",
        evidence: &["RFC 3966 5.1.5"],
        check: Check::Link(tel_local),
    },
];

fn link_scheme(link: &Link, hits: &mut Hits) {
    let scheme = link.scheme();
    // Attachments have schemes of their own, and a picture may be in its own link.
    let is_picture = link.is_html && link.name == "src" && link.uri.starts_with("data:image/");
    let is_attached = ["ATTACH", "IMAGE"].contains(&link.name.as_str());
    let is_known = match scheme.as_deref() {
        Some(scheme) => SCHEMES.contains(&scheme),
        None => link.is_html || link.uri.is_empty(),
    };
    let is_hostile =
        scheme.is_some_and(|scheme| ["javascript", "vbscript", "file"].contains(&scheme.as_str()));
    if is_hostile || (!is_known && !is_picture && !is_attached) {
        hits.add(
            link.spot.clone(),
            format!("{} opens {}.", link.name, quote(&link.uri)),
        );
    }
}

fn active_html(text: &Text, hits: &mut Hits) {
    if !text.is_html {
        return;
    }
    let lower = text.text.to_ascii_lowercase();
    for word in ACTIVE {
        if let Some(at) = lower.find(word) {
            let at = text.spot_after(&lower[..at]);
            hits.add(at, format!("The HTML holds {}.", quote(word)));
        }
    }
}

fn tel_hash(link: &Link, hits: &mut Hits) {
    if link.tel().is_some_and(|number| number.contains('#')) {
        hits.add(
            link.spot.clone(),
            format!("{} is {}.", link.name, quote(&link.uri)),
        );
    }
}

fn tel_semicolon(link: &Link, hits: &mut Hits) {
    // RFC 3966 has two parameters that are no codes.
    let is_code = |parameter: &str| {
        let lower = parameter.to_ascii_lowercase();
        !lower.starts_with("phone-context=") && !lower.starts_with("isub=")
    };
    let mut parameters = link.tel().unwrap_or_default().split(';').skip(1);
    if parameters.any(is_code) {
        hits.add(
            link.spot.clone(),
            format!("{} is {}.", link.name, quote(&link.uri)),
        );
    }
}

fn tel_characters(link: &Link, hits: &mut Hits) {
    let number = link.tel().unwrap_or_default();
    let number = number
        .split(';')
        .next()
        .unwrap_or_default()
        .replace("%23", "#");
    // RFC 3966 allows hyphens and dots to the eye; the rest is dialled.
    if number.contains(|c: char| !c.is_ascii_digit() && !"+,-.*#pw".contains(c)) {
        hits.add(
            link.spot.clone(),
            format!("{} is {}.", link.name, quote(&link.uri)),
        );
    }
}

fn tel_local(link: &Link, hits: &mut Hits) {
    let is_local = link
        .tel()
        .is_some_and(|number| !number.starts_with('+') && !number.contains("phone-context="));
    if is_local {
        hits.add(
            link.spot.clone(),
            format!("{} is {}.", link.name, quote(&link.uri)),
        );
    }
}
