//! How invitations look and dial here: what the settings say of it.

mod sample;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::invitation::template::Template;
use crate::invitation::view::View;
use crate::invitation::{block, clean};
use crate::telephony::DialString;

/// Most numbers that are printed unless the settings say another number; the settings page of the
/// pool has them all.
const MOST_NUMBERS: usize = 12;

/// Longest template, in bytes.
const LONGEST: usize = 256 * 1024;

/// The `[invitation]` table of the settings.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Template of the call-in block, in the language of Jinja; none: ours.
    pub text: Option<PathBuf>,
    /// Template of the page; none: ours.
    pub html: Option<PathBuf>,
    /// Last lines of both.
    pub footer: Option<String>,
    /// Picture at the head of the page: an `https://` address.
    pub logo: Option<String>,
    /// Page that helps people to join, `https://` or `http://`.
    pub help: Option<String>,
    /// Page with what the law demands, `https://` or `http://`.
    pub legal: Option<String>,
    /// Most numbers that are printed, 1 to 100; none: 12.
    pub numbers: Option<usize>,
    /// Whether the keys that callers may press are printed; none: no.
    pub keypad: Option<bool>,
    /// Whether the calendar has the block in HTML as well (X-ALT-DESC); none: no.
    pub html_in_calendar: Option<bool>,
}

/// Templates, links and dialling of the organizer's house.
#[derive(Clone, Debug, Default)]
pub struct Branding {
    /// What telephones are told.
    pub dial_string: DialString,
    settings: Settings,
    text: Option<Template>,
    html: Option<Template>,
    warnings: Vec<String>,
}

/// The settings of invitations can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrandingError {
    /// No such file, or one that is no text.
    #[error("the template '{file}' can't be read: {why}")]
    Unreadable {
        /// Which one.
        file: String,
        /// What the reader said.
        why: String,
    },
    /// It can't be filled in.
    #[error("the template '{file}' can't be used: line {line}: {why}")]
    Template {
        /// Which one.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// It prints what only we may print.
    #[error(
        "the template '{0}' prints a line that begins or ends the call-in block: leave it out, \
         confctl puts both around what the template prints"
    )]
    Fence(String),
    /// A link that a browser may not follow.
    #[error("the invitation's {what} is '{link}': expected {expected}")]
    Link {
        /// Name of the setting.
        what: &'static str,
        /// What it is.
        link: String,
        /// What it may be.
        expected: &'static str,
    },
    /// None, or more than anybody reads.
    #[error("the invitation's numbers are {0}: expected 1 to 100")]
    Numbers(usize),
}

impl Branding {
    /// Reads the templates with `read`, whose error is a sentence, and tries them on samples.
    pub fn new(
        settings: &Settings,
        read: impl Fn(&Path) -> Result<String, String>,
    ) -> Result<Self, BrandingError> {
        settings.check()?;
        let mut branding = Self {
            settings: settings.clone(),
            ..Self::default()
        };
        branding.settings.footer = settings.footer.as_deref().map(clean::note);
        if let Some(file) = &settings.text {
            branding.text = Some(branding.read_form(file, &read, false)?);
        }
        if let Some(file) = &settings.html {
            branding.html = Some(branding.read_form(file, &read, true)?);
        }
        Ok(branding)
    }

    /// What a template leaves out that people need in order to join, one sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether the calendar has the block in HTML as well (X-ALT-DESC).
    pub fn has_html_in_calendar(&self) -> bool {
        self.settings.html_in_calendar.unwrap_or_default()
    }

    pub(super) fn most_numbers(&self) -> usize {
        self.settings.numbers.unwrap_or(MOST_NUMBERS)
    }

    pub(super) fn has_keypad(&self) -> bool {
        self.settings.keypad.unwrap_or_default()
    }

    pub(super) fn logo(&self) -> Option<&str> {
        self.settings.logo.as_deref()
    }

    pub(super) fn footer(&self) -> Option<&str> {
        self.settings.footer.as_deref()
    }

    pub(super) fn help(&self) -> Option<&str> {
        self.settings.help.as_deref()
    }

    pub(super) fn legal(&self) -> Option<&str> {
        self.settings.legal.as_deref()
    }

    /// The block by the user's template; None without one, or if it fails on this view.
    pub(super) fn text(&self, view: &View<'_>) -> Option<String> {
        self.text.as_ref()?.render(view).ok()
    }

    /// The page by the user's template; None without one, or if it fails on this view.
    pub(super) fn page(&self, view: &View<'_>) -> Option<String> {
        self.html.as_ref()?.render(view).ok()
    }

    fn read_form(
        &mut self,
        path: &Path,
        read: impl Fn(&Path) -> Result<String, String>,
        is_page: bool,
    ) -> Result<Template, BrandingError> {
        let file = path.display().to_string();
        let unreadable = |why| BrandingError::Unreadable {
            file: file.clone(),
            why,
        };
        let text = read(path).map_err(unreadable)?;
        if text.len() > LONGEST {
            return Err(unreadable(format!("it is longer than {LONGEST} bytes")));
        }
        let form = Template::read(&text, is_page).map_err(|error| refusal(&file, &error, &[]))?;
        let printed = self.render_sample(&form, &file)?;
        if !is_page && printed.lines().any(|line| block::fence(line).is_some()) {
            return Err(BrandingError::Fence(file));
        }
        self.warnings.extend(omissions(&printed, &file));
        Ok(form)
    }

    /// What a template makes of the first sample; others must not fail.
    fn render_sample(&self, form: &Template, file: &str) -> Result<String, BrandingError> {
        let mut all = Vec::new();
        for sample in sample::appointments() {
            let view = View::of(&sample, self);
            let unknown = form.unknown_names(&view);
            let printed = form.render(&view);
            all.push(printed.map_err(|error| refusal(file, &error, &unknown))?);
        }
        Ok(all.into_iter().next().unwrap_or_default())
    }
}

/// Says what is wrong with a template, and where.
fn refusal(file: &str, error: &minijinja::Error, unknown: &[String]) -> BrandingError {
    use minijinja::ErrorKind::{OutOfFuel, UndefinedError};
    let why = match (error.kind(), error.detail()) {
        (UndefinedError, _) if !unknown.is_empty() => {
            format!("invitations have no '{}'", unknown.join("', '"))
        }
        (UndefinedError, _) => {
            "this is not there in every invitation: ask for it with 'if'".to_owned()
        }
        (OutOfFuel, _) => "it does too much".to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    BrandingError::Template {
        file: file.to_owned(),
        line: error.line().unwrap_or(1),
        why,
    }
}

/// One sentence for each way in that is not printed.
fn omissions(printed: &str, file: &str) -> Vec<String> {
    let wanted = sample::WANTED.iter();
    let missing = wanted.filter(|(_, text)| !printed.contains(text));
    missing
        .map(|(what, _)| format!("the template '{file}' does not print {what}"))
        .collect()
}

impl Settings {
    fn check(&self) -> Result<(), BrandingError> {
        const WEB: (&[&str], &str) = (
            &["https://", "http://"],
            "an https:// or http:// address without blanks",
        );
        // Mail programs show no picture from elsewhere.
        const SECURE: (&[&str], &str) = (&["https://"], "an https:// address without blanks");
        for (what, link, (schemes, expected)) in [
            ("logo", &self.logo, SECURE),
            ("help", &self.help, WEB),
            ("legal", &self.legal, WEB),
        ] {
            if let Some(link) = link.as_ref().filter(|link| !is_link(link, schemes)) {
                return Err(BrandingError::Link {
                    what,
                    link: link.clone(),
                    expected,
                });
            }
        }
        match self.numbers {
            Some(number) if !(1..=100).contains(&number) => Err(BrandingError::Numbers(number)),
            _ => Ok(()),
        }
    }
}

fn is_link(link: &str, schemes: &[&str]) -> bool {
    let is_blank = |c: char| c.is_whitespace() || c.is_control();
    let host = schemes.iter().find_map(|scheme| link.strip_prefix(scheme));
    host.is_some_and(|host| !host.is_empty()) && !link.contains(is_blank)
}
