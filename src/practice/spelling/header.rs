//! A SIP message in another legal form (RFC 3261 7.3). Signed values stay: Call-ID, CSeq, the URIs and
//! tags of From and To, Expires.

use super::{Dimension, Spelling};
use crate::proto::sip::{Header, Message, StartLine};

/// Headers with blanks at which they may be folded; the others are short, or taken apart by clients
/// that count characters.
const FOLDABLE: [&str; 6] = [
    "Via",
    "Authentication-Info",
    "WWW-Authenticate",
    "ms-keep-alive",
    "Contact",
    "Supported",
];
/// Headers that hold lists; of the first, clients compare each header as a whole when they register.
const LISTS: [&str; 2] = ["Supported", "Allow-Events"];
/// Headers whose values are a scheme and parameters.
const AUTHENTICATION: [&str; 2] = ["Authentication-Info", "WWW-Authenticate"];
/// Headers of later servers. The values are made up.
const UNKNOWN: [(&str, &str); 4] = [
    ("ms-telemetry-id", "6F1D2C3B-0000-5A5A-8B8B-001122334455"),
    (
        "ms-edge-proxy-message-trust",
        "ms-source-type=AutoFederation;ms-ep-fqdn=edge.example.com",
    ),
    (
        "X-Later",
        "\"quoted, with; separators\" <sip:nobody@example.com>;tag=none",
    ),
    ("ms-correlation-id", "0"),
];

/// The message in this spelling, body aside.
pub(super) fn respell(spelling: Spelling, mut message: Message) -> Message {
    let varies = |dimension| spelling.varies(dimension);
    let is_register = message
        .cseq()
        .is_some_and(|(_, method)| method == "REGISTER");
    let code = message.code();
    if varies(Dimension::Edge) && code.is_some_and(|code| code >= 200) {
        message.add("ms-user-logon-data", "RemoteUser");
    }
    if varies(Dimension::Schemes) {
        add_schemes(&mut message);
    }
    if varies(Dimension::Contacts) && is_register && code == Some(200) {
        add_contacts(&mut message, spelling);
    }
    if varies(Dimension::ReasonPhrases) {
        change_reason(&mut message, spelling);
    }
    if varies(Dimension::UnknownHeaders) {
        for (name, value) in UNKNOWN {
            message.add(name, value);
        }
    }
    if varies(Dimension::Splitting) {
        message.headers = message.headers.iter().flat_map(split).collect();
    }
    // Written here instead of behind everything else.
    message.remove("Content-Length");
    message.add("Content-Length", message.body.len().to_string());
    if varies(Dimension::HeaderOrder) {
        shuffle(&mut message.headers, spelling);
    }
    let headers = std::mem::take(&mut message.headers);
    message.headers = headers
        .into_iter()
        .map(|header| write(spelling, &header).unwrap_or(header))
        .collect();
    message
}

/// Lync Server 2013 offers three, each in a header of its own.
fn add_schemes(message: &mut Message) {
    let Some(ntlm) = message.header("WWW-Authenticate") else {
        return;
    };
    let begins = ntlm.split_once(' ').filter(|(scheme, _)| *scheme == "NTLM");
    let Some((_, parameters)) = begins.filter(|_| !ntlm.contains("gssapi-data")) else {
        return;
    };
    let target = parameters.replacen("targetname=\"", "targetname=\"sip/", 1);
    message.add("WWW-Authenticate", format!("Kerberos {target}"));
    message.add(
        "WWW-Authenticate",
        format!("TLS-DSK {parameters}, sts-uri=\"https://pool.practice.example:443/CertProv/CertProvisioningService.svc\""),
    );
}

/// The same user at two other desks. In a list the own one comes first: clients look no further.
fn add_contacts(message: &mut Message, spelling: Spelling) {
    let other = |host: &str, instance: &str| {
        format!(
            "\"Ana, at home; \\\"upstairs\\\"\" <sip:{host}:49152;transport=tls;ms-opaque=a,b>;methods=\"INVITE, BYE\";expires=7200;+sip.instance=\"<urn:uuid:{instance}>\";gruu=\"sip:other@example.com;opaque=user:epid:{host};gruu\""
        )
    };
    let [first, second] = [
        other("192.0.2.7", "00000000-0000-5000-8000-000000000001"),
        other("192.0.2.8", "00000000-0000-5000-8000-000000000002"),
    ];
    let Some(at) = message.headers.iter().position(|h| h.is("Contact")) else {
        return;
    };
    let own = message.headers[at].value();
    match spelling.choices(Dimension::Contacts).below(3) {
        0 => message.headers[at] = Header::new("Contact", &format!("{own}, {first}, {second}")),
        1 => {
            message.headers.insert(at, Header::new("Contact", &first));
            message
                .headers
                .insert(at + 2, Header::new("Contact", &second));
        }
        _ => message
            .headers
            .insert(at, Header::new("Contact", &format!("{first},{second}"))),
    }
}

fn change_reason(message: &mut Message, spelling: Spelling) {
    if let StartLine::Response { reason, .. } = &mut message.start {
        match spelling.choices(Dimension::ReasonPhrases).below(3) {
            0 => reason.clear(),
            1 => *reason = reason.to_uppercase(),
            _ => reason.push_str(", says the practice pool: v\u{E9}rifi\u{E9}"),
        }
    }
}

fn split(header: &Header) -> Vec<Header> {
    if !LISTS.iter().any(|name| header.is(name)) {
        return vec![header.clone()];
    }
    let value = header.value();
    let items = value.split(',').map(str::trim);
    items.map(|item| Header::new(&header.name, item)).collect()
}

/// Headers of one name keep their order (RFC 3261 7.3.1).
fn shuffle(headers: &mut [Header], spelling: Spelling) {
    let before = headers.to_vec();
    spelling.choices(Dimension::HeaderOrder).shuffle(headers);
    let mut placed: Vec<&str> = Vec::new();
    for header in &before {
        if placed.contains(&header.name.as_str()) {
            continue;
        }
        placed.push(&header.name);
        let same = |other: &&Header| other.name == header.name;
        let mut in_order = before.iter().filter(same);
        for slot in headers.iter_mut().filter(|slot| slot.name == header.name) {
            if let Some(next) = in_order.next() {
                *slot = next.clone();
            }
        }
    }
}

fn write(spelling: Spelling, header: &Header) -> Option<Header> {
    let mut value = header.value();
    if AUTHENTICATION.iter().any(|name| header.is(name))
        && spelling.varies(Dimension::ParameterOrder)
    {
        value = reorder_parameters(&value, spelling);
    }
    if header.is("From") && spelling.varies(Dimension::DisplayNames) {
        value = change_display_name(&value, spelling);
    }
    let folds = FOLDABLE.iter().any(|name| header.is(name));
    if folds && spelling.varies(Dimension::Folding) {
        value = fold(&value, spelling);
    }
    let name = write_name(&header.name, spelling);
    let blanks = match spelling.form_of(Dimension::Blanks, 4) {
        0 => " ",
        1 => "",
        2 => "   ",
        _ => "\t",
    };
    Header::read(&format!("{name}:{blanks}{value}")).ok()
}

fn write_name(name: &str, spelling: Spelling) -> String {
    if name.eq_ignore_ascii_case("Via") && spelling.varies(Dimension::CompactNames) {
        return "v".to_owned();
    }
    match spelling.form_of(Dimension::HeaderCase, 4) {
        0 => name.to_owned(),
        1 => name.to_uppercase(),
        2 => name.to_lowercase(),
        _ => {
            let odd = name.char_indices().map(|(at, c)| match at % 2 {
                0 => c.to_ascii_lowercase(),
                _ => c.to_ascii_uppercase(),
            });
            odd.collect()
        }
    }
}

fn reorder_parameters(value: &str, spelling: Spelling) -> String {
    let (scheme, parameters) = value.split_once(' ').unwrap_or((value, ""));
    let mut parameters = split_outside_quotes(parameters);
    let mut draws = spelling.choices(Dimension::ParameterOrder);
    draws.shuffle(&mut parameters);
    let separator = [", ", ","][draws.below(2)];
    format!("{scheme} {}", parameters.join(separator))
}

fn split_outside_quotes(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let parts = text.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

/// The name as a token where it may be one, else with a blank behind its quotes.
fn change_display_name(value: &str, spelling: Spelling) -> String {
    let Some((quoted, rest)) = value.split_once("\"<") else {
        return value.to_owned();
    };
    let name = quoted.trim_start_matches('"');
    let is_token = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ') && !name.is_empty();
    let bare = spelling.choices(Dimension::DisplayNames).once_in(2);
    match is_token && bare {
        true => format!("{name} <{rest}"),
        false => format!("\"{name}\" <{rest}"),
    }
}

/// Breaks lines at some of the blanks outside quotes; white space at a fold counts as one blank.
fn fold(value: &str, spelling: Spelling) -> String {
    let mut draws = spelling.choices(Dimension::Folding);
    let (mut quoted, mut escaped) = (false, false);
    let mut folded = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        let literal = std::mem::take(&mut escaped);
        escaped = quoted && c == '\\' && !literal;
        quoted ^= c == '"' && !literal;
        if c == ' ' && !quoted && draws.once_in(2) {
            folded.push_str(["\r\n ", "\r\n\t", "\r\n   "][draws.below(3)]);
        } else {
            folded.push(c);
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::sip::{Address, Credentials, Framer, list, signed_values};

    fn answer() -> Message {
        Message::response(200, "OK")
            .with("Via", "SIP/2.0/TLS 192.0.2.1:49201;branch=z9hG4bK1;ms-received-cid=2A00")
            .with("From", "\"Ana\"<sip:ana@example.com>;tag=7d1a;epid=c4ec7c8b581c")
            .with("To", "<sip:ana@example.com>;tag=1F2E")
            .with("Call-ID", "5f0c")
            .with("CSeq", "3 REGISTER")
            .with("Contact", "<sip:192.0.2.1:49201;transport=tls>;expires=7200;+sip.instance=\"<urn:uuid:57c2622a>\";gruu=\"sip:ana@example.com;opaque=user:epid:KmLC;gruu\"")
            .with("Expires", "7200")
            .with("Allow-Events", "vnd-microsoft-provisioning-v2,presence")
            .with("Supported", "adhoclist")
            .with("Supported", "msrtc-event-categories")
            .with("Authentication-Info", "NTLM qop=\"auth\", opaque=\"3F, 6C\", srand=\"9C0D1E01\", snum=\"1\", rspauth=\"0100\", targetname=\"pool.example.com\", realm=\"SIP Communications Service\"")
            .with_body("text/plain", b"body".to_vec())
    }

    #[test]
    fn a_message_in_any_spelling_has_the_same_values() {
        for seed in 1..=400 {
            let bytes = respell(Spelling::new(seed), answer()).encode();
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            let mut framer = Framer::default();
            framer.push(&bytes);
            let read = framer.next_message().unwrap().unwrap();
            assert_eq!(
                signed_values(&read),
                signed_values(&answer()),
                "{seed}: {shown}"
            );
            assert_eq!(read.body, b"body", "{shown}");
            let credentials = Credentials::read(&read.header("Authentication-Info").unwrap());
            assert_eq!(credentials.parameter("opaque"), Some("3F, 6C"), "{shown}");
            assert_eq!(credentials.parameter("rspauth"), Some("0100"), "{shown}");
            let contacts: Vec<String> = read.all("Contact").collect();
            let own = |contact: &Address| {
                contact.parameter("+sip.instance") == Some("<urn:uuid:57c2622a>")
            };
            let own = contacts.iter().flat_map(|value| list(value)).find(own);
            let gruu = own.as_ref().and_then(|contact| contact.parameter("gruu"));
            assert_eq!(
                gruu,
                Some("sip:ana@example.com;opaque=user:epid:KmLC;gruu"),
                "{shown}"
            );
            let supported: Vec<String> = read.all("Supported").collect();
            assert_eq!(
                supported,
                ["adhoclist", "msrtc-event-categories"],
                "{shown}"
            );
            assert_eq!(
                Address::read(&read.header("From").unwrap()).name,
                "Ana",
                "{shown}"
            );
        }
    }

    #[test]
    fn ntlm_is_found_among_other_schemes() {
        let challenge =
            "NTLM realm=\"SIP Communications Service\", targetname=\"pool.example.com\", version=4";
        for seed in 1..=100 {
            let message = Message::response(401, "Unauthorized")
                .with("CSeq", "1 REGISTER")
                .with("WWW-Authenticate", challenge);
            let message = respell(Spelling::new(seed), message);
            let offered: Vec<Credentials> = message
                .all("WWW-Authenticate")
                .map(|value| Credentials::read(&value))
                .collect();
            let ntlm = offered.iter().find(|c| c.scheme == "NTLM").unwrap();
            assert_eq!(ntlm.parameter("version"), Some("4"), "{seed}");
            assert!([1, 3].contains(&offered.len()), "{seed}");
        }
    }
}
