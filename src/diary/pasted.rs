//! What people paste when they mean a meeting: its link as a mail program, a chat or a wrapper of links left
//! it, its one-tap number, its Conference ID as it is printed.

use percent_encoding::percent_decode_str;

use crate::conference::MeetingId;

/// Longest text that is looked at, in octets; links of Safe Links are long.
const LONGEST: usize = 8000;

/// How often something may be wrapped or encoded.
const MOST_LAYERS: usize = 4;

/// Fewest digits of a Conference ID.
const FEWEST_DIGITS: usize = 4;

/// Parameters in which wrappers of links keep the link.
const WRAPPED: [&str; 5] = ["url", "u", "q", "target", "redirect"];

/// Everything in the text that may be an id, a Conference ID or a link of a meeting.
pub(super) fn ids(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if text.len() > LONGEST {
        return found;
    }
    let mut layers = vec![tidy(text)];
    while layers.len() < MOST_LAYERS
        && let Some(inner) = layers.last().and_then(|last| unwrapped(last))
    {
        layers.push(inner);
    }
    for layer in &layers {
        if layer.contains(':') || layer.contains('/') {
            found.extend(of_link(layer));
        }
        found.extend(of_digits(layer));
    }
    found.retain(|id| id != text);
    found.dedup();
    found
}

/// Without what is around a link in a text.
fn tidy(text: &str) -> String {
    let mut rest = text.trim();
    loop {
        let before = rest;
        rest = rest.trim_matches(|c: char| {
            "<>\"'()[]{}.,;!`\u{201C}\u{201D}".contains(c) || c.is_whitespace()
        });
        let begin = rest.get(..4);
        if begin.is_some_and(|begin| begin.eq_ignore_ascii_case("url:")) {
            rest = rest.get(4..).unwrap_or_default();
        }
        if rest == before {
            break;
        }
    }
    // Terminals and mail programs break links where they like.
    let is_link = rest.contains("://")
        || rest.to_ascii_lowercase().starts_with("meet:")
        || rest.to_ascii_lowercase().starts_with("conf:");
    match is_link {
        true => rest.split_whitespace().collect(),
        false => rest.to_owned(),
    }
}

/// The link in another link, or with one layer of encoding less.
fn unwrapped(link: &str) -> Option<String> {
    let plain = link
        .replace("&amp;", "&")
        .replace("\\;", ";")
        .replace("\\,", ",");
    let query = plain
        .split_once('?')
        .map(|(_, query)| query)
        .unwrap_or_default();
    for parameter in query.split(['&', '#']) {
        let Some((name, value)) = parameter.split_once('=') else {
            continue;
        };
        let is_link = |value: &str| {
            value.contains("://") || value.contains("meet:") || value.contains("conf:")
        };
        if WRAPPED
            .iter()
            .any(|wrapped| name.eq_ignore_ascii_case(wrapped))
        {
            let value = decoded(value);
            // Proofpoint writes - and _ for % and /.
            let proofpoint = decoded(&value.replace('-', "%").replace('_', "/"));
            for value in [value, proofpoint] {
                if is_link(&value) {
                    return Some(tidy(&value));
                }
            }
        }
    }
    if let Some((_, rest)) = plain.split_once("/v3/__")
        && let Some((inner, _)) = rest.split_once("__;")
    {
        return Some(tidy(inner));
    }
    let plain = decoded(&plain);
    (plain != link).then_some(plain)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The link without what does not tell where it leads, and each word of it that may be a meeting id.
fn of_link(link: &str) -> Vec<String> {
    let whole = link.trim_end_matches('/');
    let bare = link
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .trim_end_matches('/');
    let mut ids = vec![whole.to_owned(), bare.to_owned(), format!("{bare}/")];
    for scheme in ["http://", "https://"] {
        if let Some(rest) = bare.strip_prefix(scheme) {
            ids.extend([format!("https://{rest}"), rest.to_owned()]);
        }
    }
    if !bare.contains(':') {
        ids.push(format!("https://{bare}"));
    }
    let small = |id: &String| {
        let lower = id.to_ascii_lowercase();
        (lower != *id).then_some(lower)
    };
    let lower: Vec<String> = ids.iter().filter_map(small).collect();
    ids.extend(lower);
    ids.extend(MeetingId::of_link(link).map(|id| id.to_string()));
    let words = link.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| MeetingId::of_pool(word).is_ok());
    ids.extend(words.map(str::to_owned));
    ids
}

/// A Conference ID with blanks and dashes, with its name before it, and what a one-tap number keys in.
fn of_digits(text: &str) -> Vec<String> {
    let mut ids = Vec::new();
    // Behind `tel:`, or behind what the number is for.
    let dialled = text.rsplit(':').next().unwrap_or(text);
    let mut parts = dialled.split(|c: char| ",;pPwWxX".contains(c));
    let called = parts.next().unwrap_or_default().trim();
    // What is keyed in comes behind a number that is called, never behind a word.
    let is_called = called.chars().filter(char::is_ascii_digit).count() >= FEWEST_DIGITS
        && called
            .chars()
            .all(|c| c.is_ascii_digit() || "+-.()/ \u{A0}".contains(c));
    for part in parts.filter(|_| is_called) {
        let digits: String = part.chars().filter(char::is_ascii_digit).collect();
        let is_keyed = part
            .chars()
            .all(|c| c.is_ascii_digit() || "# *".contains(c));
        if is_keyed && digits.len() >= FEWEST_DIGITS {
            ids.push(digits);
        }
    }
    let number = dialled.trim().trim_end_matches('#');
    let is_number = number
        .chars()
        .all(|c| c.is_ascii_digit() || " -.\u{A0}".contains(c));
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if is_number && digits.len() >= FEWEST_DIGITS {
        ids.push(digits);
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_in_every_form_in_which_people_paste_it() {
        const ID: &str = "5F5F5F5F5F5F5F5F5F5F5F5F5F5F5F5F";
        let link = format!("meet:sip:ana@example.com;gruu;opaque=app:conf:focus:id:{ID}");
        let encoded = link
            .replace(':', "%3A")
            .replace(';', "%3B")
            .replace('@', "%40");
        let twice = encoded.replace('%', "%25");
        for pasted in [
            link.clone(),
            format!("<{link}>"),
            format!("{link}."),
            format!("URL:{link}"),
            link.to_ascii_uppercase(),
            link.replace(';', "\\;"),
            encoded.clone(),
            twice.clone(),
            format!("{}\n {}", &link[..40], &link[40..]),
            format!(
                "https://eur01.safelinks.protection.outlook.com/?url={encoded}&amp;data=05&reserved=0"
            ),
            format!("https://www.google.com/url?q={twice}&sa=D"),
        ] {
            let ids = ids(&pasted);
            assert!(
                ids.iter().any(|id| id.eq_ignore_ascii_case(ID)),
                "{pasted}: {ids:?}"
            );
        }
        const WEB: &str = "https://meet.example.com/ana/abc12345";
        for pasted in [
            "https://meet.example.com/ana/abc12345/",
            "<https://meet.example.com/ana/abc12345?sl=1>",
            "https://MEET.example.com/ana/ABC12345",
            "meet.example.com/ana/abc12345",
            "http://meet.example.com/ana/abc12345#x",
            "https://urldefense.com/v3/__https://meet.example.com/ana/abc12345__;!!x",
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__meet.example.com_ana_abc12345&d=x",
        ] {
            let ids = ids(pasted);
            assert!(ids.iter().any(|id| id == WEB), "{pasted}: {ids:?}");
        }
    }

    #[test]
    fn a_number_is_found_as_it_is_printed_and_keyed_in() {
        for pasted in [
            "123 4567",
            "123-4567",
            "Conference ID: 1234567",
            "1234567#",
            "+14255550100,,1234567#",
            "tel:+14255550100,,1234567%23",
            "tel:+14255550100;1234567",
            "+14255550100,,,1234567#,,87654321#",
        ] {
            let ids = ids(pasted);
            assert!(ids.iter().any(|id| id == "1234567"), "{pasted}: {ids:?}");
        }
        for subject in [
            "Quarterly review",
            "Workshop 4711",
            "Group 2026",
            "Swap, 12345",
            "Plan x 4711",
        ] {
            assert_eq!(ids(subject), Vec::<String>::new(), "{subject}");
        }
        assert!(ids(&"a:".repeat(10_000)).is_empty());
    }
}
