//! A good invitation is passed in silence; each way to break it is found, and nothing else.

mod calendars;
mod hostile;
mod mails;

use super::{Finding, Purpose, Severity, lint};
use crate::icalendar::refold;

/// An invitation to a series with one changed occurrence; lines not folded, ends LF.
const GOOD: &str = include_str!("tests/good.ics");

/// The same as mail; ends LF.
const MAIL: &str = include_str!("tests/good.eml");

/// As it is sent.
fn to_bytes(text: &str) -> Vec<u8> {
    refold(text).into_bytes()
}

/// The text with one piece of it replaced.
#[track_caller]
fn replace(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "'{from}' is not there");
    text.replacen(from, to, 1)
}

/// Which rules found something worse than a note, in the order of their names.
fn ids(findings: &[Finding]) -> Vec<&'static str> {
    let bad = findings.iter().filter(|f| f.rule.severity > Severity::Note);
    let mut ids: Vec<&str> = bad.map(|finding| finding.rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[track_caller]
fn finds(bytes: &[u8], purpose: Option<Purpose>, expected: &str) {
    if let Some(trouble) = mismatch(bytes, purpose, expected) {
        panic!("{trouble}\n{}", String::from_utf8_lossy(bytes));
    }
}

/// What is found instead of what is expected.
fn mismatch(bytes: &[u8], purpose: Option<Purpose>, expected: &str) -> Option<String> {
    let findings = lint(bytes, purpose);
    let mut expected: Vec<&str> = expected.split_whitespace().collect();
    expected.sort_unstable();
    if ids(&findings) == expected {
        return None;
    }
    let told: Vec<String> = findings
        .iter()
        .map(|f| format!("  {}: {}: {}\n", f.place.line, f.rule.id, f.message))
        .collect();
    Some(format!("expected {expected:?}, found\n{}", told.concat()))
}

/// Breaks the good one in each way of a table; what is not found as expected is told at once.
#[track_caller]
fn find_all(table: &[(&str, &str, &str)], broken: impl Fn(&str, &str) -> Vec<u8>) {
    let troubles: Vec<String> = table
        .iter()
        .filter_map(|(from, to, expected)| {
            let trouble = mismatch(&broken(from, to), None, expected)?;
            Some(format!("{from:?} -> {to:?}: {trouble}"))
        })
        .collect();
    assert!(troubles.is_empty(), "{}", troubles.concat());
}

#[test]
fn every_rule_is_told_in_full_and_has_a_name_of_its_own() {
    let mut names = std::collections::HashSet::new();
    for rule in super::rules() {
        assert!(names.insert(rule.id), "{} is there twice", rule.id);
        assert!(
            rule.id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        );
        assert!(
            !rule.evidence.is_empty() && rule.evidence.iter().all(|e| is_evidence(e)),
            "{:?}",
            rule.evidence
        );
        assert!(
            rule.why.ends_with('.') && rule.fix.ends_with('.'),
            "{}",
            rule.id
        );
        assert!(!rule.what.ends_with('.'), "{}", rule.id);
    }
}

/// An RFC with its section, a specification of Microsoft, or owner/repository#number.
fn is_evidence(text: &str) -> bool {
    let is_rfc = text
        .strip_prefix("RFC ")
        .is_some_and(|rfc| rfc.contains(' '));
    let is_issue = text.contains('/') && !text.contains(' ');
    is_rfc || text.starts_with("[MS-") || is_issue
}
