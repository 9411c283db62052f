//! `lint`: what calendars and mail programs would do with an invitation.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use console::Style;
use serde::Serialize;

use crate::app::App;
use crate::error::{Error, Result};
use crate::icalendar::Severity;
use crate::lint::{Finding, LARGEST_MAIL, Purpose, Rule, lint, rules};
use crate::report::Report;
use crate::terminal::visible;

/// Check an invitation before others see it
///
/// Reads calendar files and mails, and says what Outlook, Gmail, Apple, Thunderbird and CalDAV
/// servers would do with them: what is wrong and in which line, who is hurt, what to do, and where
/// that is known from. An error means that a program refuses it, loses it or takes it for something
/// else; a warning, that somebody sees it wrong; a note is worth knowing.
///
/// In a mail, FILE[1.3]:12 is line 12 of its part 1.3, decoded.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Calendar files or mails; '-' is the standard input
    #[arg(value_name = "FILE", required_unless_present = "rules")]
    files: Vec<PathBuf>,
    /// What calendar files are for: mail, which needs a METHOD, or caldav, which forbids it [default: what the file looks like]
    #[arg(long = "for", value_name = "PURPOSE")]
    purpose: Option<Purpose>,
    /// Let warnings count as errors do
    #[arg(long)]
    strict: bool,
    /// For programs: a JSON array
    #[arg(long)]
    json: bool,
    /// List what is looked for instead
    #[arg(long)]
    rules: bool,
}

const EXAMPLES: &str = "\
Examples:
  confctl lint invite.ics
  confctl schedule live-meeting -s Review -t \"tomorrow 10:00\" | confctl lint -
  confctl lint --strict --json *.eml | jq -r '.[] | .id' | sort | uniq -c
  confctl lint --for caldav ~/.local/share/confctl/diary/*.ics

Exit codes:
  0  nothing, or nothing worse than a warning (with --strict: than a note)
  1  errors (with --strict: or warnings)
  2  a file can not be read";

/// Longest line of an explanation on a terminal, in columns.
const WIDEST: usize = 100;

/// Before the lines of an explanation.
const INDENT: &str = "    ";

/// A finding for programs. Fields are only added, never renamed.
#[derive(Serialize)]
struct Told<'f> {
    file: &'f str,
    /// Section number of the MIME part whose decoded lines are counted; null: lines of the file.
    part: Option<&'f str>,
    /// From 1.
    line: usize,
    /// Character of that line, from 1.
    column: usize,
    severity: Severity,
    rule: &'static str,
    /// The same, as earlier versions called it.
    id: &'static str,
    /// What of a calendar it is about, or misses; null: no single property.
    property: Option<&'f str>,
    message: &'f str,
    why: &'static str,
    fix: &'static str,
    evidence: &'static [&'static str],
}

/// A rule for programs.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    rule: &'static Rule,
    #[serde(rename = "for")]
    scope: &'static str,
}

/// Runs the command.
pub fn run(args: &Args, app: &App) -> Result<()> {
    if args.rules {
        return list_rules(args.json, app);
    }
    let mut found = Vec::new();
    for file in &args.files {
        let name = file.to_string_lossy().into_owned();
        let findings = lint(&read(file)?, args.purpose);
        found.extend(findings.into_iter().map(|finding| (name.clone(), finding)));
    }
    print(args, &found, app)?;
    verdict(args, &found, app)
}

/// One more byte than is looked at tells that there are more.
fn read(file: &Path) -> Result<Vec<u8>> {
    let most = u64::try_from(LARGEST_MAIL)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    let read = match file.to_str() {
        Some("-") => io::stdin().lock().take(most).read_to_end(&mut bytes),
        _ => File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes)),
    };
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Error::usage(format!(
            "can't read '{}': {error}",
            file.display()
        ))),
    }
}

fn print(args: &Args, found: &[(String, Finding)], app: &App) -> Result<()> {
    if args.json {
        let told: Vec<Told<'_>> = found
            .iter()
            .map(|(file, finding)| Told::of(file, finding))
            .collect();
        return app.terminal.print_json(&told);
    }
    let page = Page::of(app);
    let mut explained = HashSet::new();
    let mut text = String::new();
    for (file, finding) in found {
        text += &page.headline(file, finding);
        if explained.insert(finding.rule.id) {
            text += &page.explanation(finding.rule);
        }
    }
    app.terminal.print(&text)
}

/// How it went, as a sentence and as an exit code.
fn verdict(args: &Args, found: &[(String, Finding)], app: &App) -> Result<()> {
    let count = |severity| {
        found
            .iter()
            .filter(|(_, f)| f.rule.severity == severity)
            .count()
    };
    let severities = [Severity::Error, Severity::Warning, Severity::Note];
    let counts: Vec<String> = severities
        .into_iter()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| count_words(count(severity), severity.word()))
        .collect();
    let what = match args.files.as_slice() {
        [file] => file.display().to_string(),
        files => count_words(files.len(), "file"),
    };
    if counts.is_empty() {
        if app.terminal.shows_people() {
            app.terminal
                .status(&format!("{what}: nothing to complain about."));
        }
        return Ok(());
    }
    let worst = if args.strict {
        Severity::Warning
    } else {
        Severity::Error
    };
    let summary = format!("{what}: {}", counts.join(", "));
    if found
        .iter()
        .any(|(_, finding)| finding.rule.severity >= worst)
    {
        return Err(Error::failed(summary));
    }
    if app.terminal.shows_people() {
        app.terminal.status(&format!("{summary}."));
    }
    Ok(())
}

fn count_words(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    }
}

impl<'f> Told<'f> {
    fn of(file: &'f str, finding: &'f Finding) -> Self {
        Self {
            file,
            part: finding.part.as_deref(),
            line: finding.place.line,
            column: finding.place.column,
            rule: finding.rule.id,
            property: finding.property.as_deref(),
            severity: finding.rule.severity,
            id: finding.rule.id,
            message: &finding.message,
            why: finding.rule.why,
            fix: finding.rule.fix,
            evidence: finding.rule.evidence,
        }
    }
}

/// How findings are written: for a pipe one line each piece, for people in colour and not too wide.
struct Page {
    has_colors: bool,
    width: Option<usize>,
}

impl Page {
    fn of(app: &App) -> Self {
        let terminal = app.terminal;
        Self {
            has_colors: terminal.has_colors(),
            width: terminal
                .shows_people()
                .then(|| terminal.columns().clamp(40, WIDEST)),
        }
    }

    fn style(&self, text: &str, style: Style) -> String {
        style
            .force_styling(self.has_colors)
            .apply_to(text)
            .to_string()
    }

    /// `FILE:LINE: severity[id]: sentence`
    fn headline(&self, file: &str, finding: &Finding) -> String {
        let place = match &finding.part {
            Some(part) => format!("{file}[{part}]:{}:", finding.place.line),
            None => format!("{file}:{}:", finding.place.line),
        };
        let rule = finding.rule;
        let place = self.style(&visible(&place), Style::new().bold());
        let kind = self.style(
            &format!("{}[{}]:", rule.severity.word(), rule.id),
            color(rule.severity),
        );
        format!("{place} {kind} {}\n", visible(&finding.message))
    }

    fn explanation(&self, rule: &Rule) -> String {
        let evidence = rule.evidence.join(", ");
        let pieces = [
            ("why", rule.why),
            ("fix", rule.fix),
            ("evidence", &evidence),
        ];
        pieces
            .iter()
            .map(|(label, text)| self.piece(label, text))
            .collect()
    }

    fn piece(&self, label: &str, text: &str) -> String {
        let label_width = label.len() + 2;
        let room = self
            .width
            .map(|width| width.saturating_sub(INDENT.len() + label_width));
        let label = self.style(&format!("{label}:"), Style::new().dim());
        let hang = format!("\n{INDENT}{}", " ".repeat(label_width));
        format!("{INDENT}{label} {}\n", wrap(text, room).join(&hang))
    }
}

fn color(severity: Severity) -> Style {
    match severity {
        Severity::Error => Style::new().red().bold(),
        Severity::Warning => Style::new().yellow().bold(),
        Severity::Note => Style::new().cyan(),
    }
}

/// Lines of whole words that fit; None: one line.
fn wrap(text: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else {
        return vec![text.to_owned()];
    };
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn list_rules(json: bool, app: &App) -> Result<()> {
    if json {
        let all: Vec<Listed> = rules()
            .map(|rule| Listed {
                rule,
                scope: rule.scope(),
            })
            .collect();
        return app.terminal.print_json(&all);
    }
    let row = |rule: &Rule| {
        let evidence = rule.evidence.join(", ");
        [
            rule.id,
            rule.severity.word(),
            rule.scope(),
            rule.what,
            &evidence,
        ]
        .map(str::to_owned)
    };
    let headings = ["RULE", "SEVERITY", "FOR", "FINDS", "EVIDENCE"];
    app.terminal
        .print_rows(&headings, rules().map(row).collect(), &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanations_fit_a_terminal_and_lose_no_word() {
        for rule in rules() {
            let lines = wrap(rule.why, Some(60));
            assert!(
                lines.iter().all(|line| line.chars().count() <= 60),
                "{lines:?}"
            );
            assert_eq!(lines.join(" "), rule.why);
        }
        assert_eq!(wrap("a b", None), ["a b"]);
    }
}
