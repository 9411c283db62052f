//! The only place that prints and asks: data to stdout, talk to stderr, questions on a terminal.

mod log;

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::Stdio;

use console::Style;
use dialoguer::theme::ColorfulTheme;
use dialoguer::{Input, Password, Select};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::interrupt;
use crate::report::{Progress, Report};
use crate::secret::Secret;

/// Whether to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What the user wants to hear.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verbosity {
    /// 1: errors only; 2: not even those.
    pub quiet: u8,
    /// 1: each step; 2: the wire as well.
    pub verbose: u8,
    /// Colour.
    pub color: Color,
    /// Never ask.
    pub no_input: bool,
}

/// The user's terminal, or the pipes in its place.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    verbosity: Verbosity,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    stdin_is_terminal: bool,
}

/// What squares can be drawn with on stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Squares {
    /// With characters of ASCII.
    Ascii,
    /// With half blocks, in the terminal's own colours.
    Blocks,
    /// With half blocks, in black on white.
    Colors,
}

/// A bar that grows with the work, and goes with it.
struct Bar(ProgressBar);

impl Progress for Bar {
    fn advance(&self) {
        self.0.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Report for Terminal {
    fn status(&self, sentence: &str) {
        log::append("status", sentence);
        if self.verbosity.quiet == 0 {
            self.tell(&visible(sentence));
        }
    }

    fn warn(&self, sentence: &str) {
        log::append("warning", sentence);
        if self.verbosity.quiet == 0 {
            let mark = self.paint("warning:", Style::new().yellow().bold());
            self.tell(&format!("{mark} {}", visible_line(sentence)));
        }
    }

    fn note(&self, sentence: &str) {
        log::append("note", sentence);
        if self.verbosity.quiet == 0 {
            let mark = self.paint("note:", Style::new().cyan().bold());
            self.tell(&format!("{mark} {}", visible_line(sentence)));
        }
    }

    fn step(&self, clause: &str) {
        log::append("step", clause);
        if self.verbosity.verbose > 0 {
            self.tell(&format!("* {}", visible_line(clause)));
        }
    }

    fn shows_wire(&self) -> bool {
        self.verbosity.verbose > 1 || log::is_open()
    }

    fn wire(&self, mark: char, message: &str) {
        log::append(&format!("wire {mark}"), message);
        if self.verbosity.verbose > 1 {
            let lines: String = message
                .lines()
                .map(|line| format!("{mark} {}\n", visible(line)))
                .collect();
            self.tell(lines.trim_end_matches('\n'));
        }
    }

    fn in_doubt(&self, sentence: Option<&str>) {
        interrupt::set_in_doubt(sentence.map(str::to_owned));
    }

    /// Not into the log: it holds what the invitation holds.
    fn salvage(&self, text: &str) {
        self.tell(&visible(text));
    }

    fn can_ask(&self) -> bool {
        self.stdin_is_terminal && self.stderr_is_terminal && !self.verbosity.no_input
    }

    fn confirm(&self, question: &str, usual: bool) -> Result<bool> {
        let theme = ColorfulTheme::default();
        let meant = |answer: &str| match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Some(true),
            "n" | "no" => Some(false),
            "" => Some(usual),
            _ => None,
        };
        let choices = if usual { "Y/n" } else { "y/N" };
        let answer: String = Input::with_theme(&theme)
            .with_prompt(format!("{question} [{choices}]"))
            .allow_empty(true)
            .validate_with(|answer: &String| match meant(answer) {
                Some(_) => Ok(()),
                None => Err("please type yes or no"),
            })
            .interact_text()
            .map_err(ask_error)?;
        Ok(meant(&answer).unwrap_or(false))
    }

    fn progress(&self, what: &'static str, all: usize, done: usize) -> Box<dyn Progress> {
        let hidden = self.verbosity.quiet > 0 || !self.stderr_is_terminal || all < 2;
        let target = match hidden {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(Some(all as u64), target).with_message(what);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len}");
        let bar = match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        bar.set_position(done as u64);
        Box::new(Bar(bar))
    }
}

impl Terminal {
    /// Looks at what stdin, stdout and stderr are.
    pub fn new(verbosity: Verbosity) -> Self {
        Self {
            verbosity,
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            stdin_is_terminal: io::stdin().is_terminal(),
        }
    }

    /// Keeps a log from now on; `command` is what was typed.
    pub fn keep_log(path: &Path, clock: fn() -> Timestamp, command: &[String]) -> Result<()> {
        log::open(path, clock).map_err(|error| {
            let path = path.display();
            Error::usage(format!("CONFCTL_LOG can't be written to '{path}': {error}"))
        })?;
        let system = (std::env::consts::OS, std::env::consts::ARCH);
        log::append(
            "began",
            &format!(
                "confctl {} on {} {}: {}",
                env!("CARGO_PKG_VERSION"),
                system.0,
                system.1,
                log::masked(command).join(" ")
            ),
        );
        Ok(())
    }

    /// Tells a secret that somebody at the terminal needs; it is in no log.
    pub fn show_secret(&self, what: &str, secret: &Secret) {
        if self.verbosity.quiet == 0 {
            self.tell(&visible(&format!("{what} {}", secret.expose())));
        }
    }

    /// Whether a person looks at stdout.
    pub fn shows_people(&self) -> bool {
        self.stdout_is_terminal
    }

    /// How many characters a line of stdout has room for.
    pub fn columns(&self) -> usize {
        usize::from(console::Term::stdout().size().1)
    }

    /// For programs whose stdout is none of our data.
    pub fn stderr(&self) -> Stdio {
        io::stderr().into()
    }

    /// Writes data to stdout, exactly.
    pub fn print(&self, data: &str) -> Result<()> {
        self.print_bytes(data.as_bytes())
    }

    /// Writes facts for programs.
    pub fn print_json(&self, facts: &(impl Serialize + ?Sized)) -> Result<()> {
        let json = serde_json::to_string_pretty(facts);
        let json = json.map_err(Error::failed)?;
        self.print(&format!("{json}\n"))
    }

    /// The same as `print` for what may be a picture.
    pub fn print_bytes(&self, data: &[u8]) -> Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(data)?;
        out.flush()?;
        Ok(())
    }

    /// Writes the card of a conference to a terminal: headings and numbers stand out.
    pub fn print_card(&self, card: &str) -> Result<()> {
        if !self.has_colors() {
            return self.print(card);
        }
        let shown: String = card
            .lines()
            .enumerate()
            .map(|(at, line)| decorate(at, line) + "\n")
            .collect();
        self.print(&shown)
    }

    /// Writes rows: into a pipe with tabs between their fields, to a terminal as a table, columns as
    /// wide as their widest field, headings faint. There `longest` says of some columns how many
    /// characters are to be read at a glance.
    pub fn print_rows<const N: usize>(
        &self,
        headings: &[&str; N],
        mut rows: Vec<[String; N]>,
        longest: &[(usize, usize)],
    ) -> Result<()> {
        if !self.shows_people() {
            let lines: String = rows.iter().map(|row| row.join("\t") + "\n").collect();
            return self.print(&lines);
        }
        for row in &mut rows {
            for &(column, longest) in longest {
                if row[column].chars().count() > longest {
                    let kept: String = row[column].chars().take(longest - 1).collect();
                    row[column] = kept + "…";
                }
            }
        }
        let width = |column: usize| {
            let fields = rows
                .iter()
                .map(|row| console::measure_text_width(&row[column]));
            fields.max().unwrap_or_default().max(headings[column].len())
        };
        let widths: [usize; N] = std::array::from_fn(width);
        let line = |fields: [&str; N]| {
            let padded: Vec<String> = fields
                .iter()
                .zip(widths)
                .map(|(field, width)| {
                    let gap = width.saturating_sub(console::measure_text_width(field));
                    format!("{field}{}", " ".repeat(gap))
                })
                .collect();
            padded.join("  ").trim_end().to_owned()
        };
        let mut heading = line(*headings);
        if self.has_colors() {
            heading = Style::new()
                .dim()
                .force_styling(true)
                .apply_to(heading)
                .to_string();
        }
        let mut table = heading + "\n";
        for row in rows {
            table += &line(std::array::from_fn(|column| row[column].as_str()));
            table.push('\n');
        }
        self.print(&table)
    }

    /// Whether stdout may have colour.
    pub fn has_colors(&self) -> bool {
        self.uses_colors(self.stdout_is_terminal)
    }

    /// What stdout can show a QR code with; none when nobody looks at it.
    pub fn squares(&self) -> Option<Squares> {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        let locale = locale.unwrap_or_default().to_ascii_lowercase();
        let is_unicode = locale.contains("utf-8") || locale.contains("utf8");
        match self.stdout_is_terminal {
            false => None,
            true if !is_unicode => Some(Squares::Ascii),
            true if self.has_colors() => Some(Squares::Colors),
            true => Some(Squares::Blocks),
        }
    }

    /// Says what went wrong and what to do.
    pub fn error(&self, error: &Error) {
        log::append("error", &error.to_string());
        for hint in error.hints() {
            log::append("hint", hint);
        }
        if self.verbosity.quiet > 1 {
            return;
        }
        let mark = self.paint("confctl:", Style::new().red().bold());
        self.tell(&format!("{mark} {}", visible_line(&error.to_string())));
        for hint in error.hints() {
            let mark = self.paint("hint:", Style::new().cyan());
            self.tell(&format!("{mark} {}", visible(hint)));
        }
    }

    /// Asks for a line; `default` is what Enter gives, `check` says what is wrong with an answer.
    pub fn ask(
        &self,
        question: &str,
        default: Option<&str>,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String> {
        let theme = ColorfulTheme::default();
        let mut input = Input::<String>::with_theme(&theme)
            .with_prompt(question)
            .validate_with(|answer: &String| check(answer));
        if let Some(default) = default {
            input = input
                .default(default.to_owned())
                .allow_empty(default.is_empty())
                .show_default(!default.is_empty());
        }
        input.interact_text().map_err(ask_error)
    }

    /// Asks to choose one of several; gives its place in the list.
    pub fn choose(&self, question: &str, choices: &[&str]) -> Result<usize> {
        let theme = ColorfulTheme::default();
        Select::with_theme(&theme)
            .with_prompt(question)
            .items(choices)
            .default(0)
            .interact()
            .map_err(ask_error)
    }

    /// Asks for a password without showing it.
    pub fn ask_password(&self, question: &str) -> Result<Secret> {
        let theme = ColorfulTheme::default();
        Password::with_theme(&theme)
            .with_prompt(question)
            .interact()
            .map(Secret::new)
            .map_err(ask_error)
    }

    fn uses_colors(&self, on_terminal: bool) -> bool {
        match self.verbosity.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                on_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }

    fn paint(&self, text: &str, style: Style) -> String {
        let colors = self.uses_colors(self.stderr_is_terminal);
        style.force_styling(colors).apply_to(text).to_string()
    }

    /// A closed stderr is no reason to fail.
    fn tell(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Says the last words of a process that is broken off, which may have hidden the cursor.
pub fn say_at_end(words: &str) {
    show_cursor();
    if !words.is_empty() {
        Terminal::new(Verbosity::default()).salvage(words);
    }
}

/// A question that is broken off by Ctrl-C leaves the cursor hidden.
fn show_cursor() {
    if io::stderr().is_terminal() {
        let _ = console::Term::stderr().show_cursor();
    }
}

fn ask_error(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(error) = error;
    match error.kind() {
        io::ErrorKind::Interrupted => {
            show_cursor();
            Error::new(Kind::Interrupted, "interrupted")
        }
        _ => Error::failed(format!("can't ask on this terminal: {error}")),
    }
}

/// Control characters and overrides of the writing direction, spelled out: a terminal would obey.
pub fn visible(text: &str) -> String {
    let hostile = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hostile(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The same in one line: a name with a line end must not look like a line of ours.
pub fn visible_line(text: &str) -> String {
    visible(text).replace('\n', "\\n").replace('\t', "\\t")
}

fn decorate(at: usize, line: &str) -> String {
    let bold = Style::new().force_styling(true).bold();
    if at == 0 {
        return bold.apply_to(line).to_string();
    }
    let strong = ["Conference ID:", "Passcode:"];
    match line.split_once(": ") {
        Some((label, value))
            if strong
                .iter()
                .any(|strong| line.trim_start().starts_with(strong)) =>
        {
            format!("{label}: {}", bold.apply_to(value))
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_can_not_steer_the_terminal() {
        assert_eq!(visible("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(visible("safe\u{202E}fdp.exe"), "safe\\u{202e}fdp.exe");
        assert_eq!(visible("Žofie\nand 日本"), "Žofie\nand 日本");
    }
}
