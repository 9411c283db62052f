//! Templates and what comes of them: text as it is, pages with every value escaped.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value};

use crate::invitation::view::View;

/// What one rendering of somebody's template may cost: so many steps, or 64 octets for each of them
/// that is not made.
const FUEL: u64 = 100_000;

/// The one template of an environment.
const NAME: &str = "template";

static BLOCK: LazyLock<Template> =
    LazyLock::new(|| built_in(include_str!("templates/block.txt"), false));
static PAGE: LazyLock<Template> =
    LazyLock::new(|| built_in(include_str!("templates/page.html"), true));

/// A template that was read.
#[derive(Clone, Debug)]
pub(super) struct Template(Environment<'static>);

impl Template {
    /// Reads somebody's template. `is_page`: values are escaped for HTML.
    pub(super) fn read(text: &str, is_page: bool) -> Result<Self, Error> {
        let mut form = Self(environment(is_page)?);
        form.0.set_fuel(Some(FUEL));
        form.0.add_template_owned(NAME, text.to_owned())?;
        Ok(form)
    }

    /// Fills it in.
    pub(super) fn render(&self, view: &View<'_>) -> Result<String, Error> {
        let values = Value::from(Serde(view));
        self.0.get_template(NAME)?.render(values)
    }

    /// Names in it that no view has, with dots, in order.
    pub(super) fn unknown_names(&self, view: &View<'_>) -> Vec<String> {
        let values = Value::from(Serde(view));
        let Ok(template) = self.0.get_template(NAME) else {
            return Vec::new();
        };
        let names = template.undeclared_variables(true).into_iter();
        let mut unknown: Vec<String> = names.filter(|name| !is_known(&values, name)).collect();
        unknown.sort();
        unknown
    }
}

/// The call-in block by our own template.
pub(super) fn block(view: &View<'_>) -> String {
    BLOCK.render(view).unwrap_or_default()
}

/// The page by our own template.
pub(super) fn page(view: &View<'_>) -> String {
    PAGE.render(view).unwrap_or_default()
}

/// Tests print each of ours; one that can't be read would be empty.
fn built_in(text: &'static str, is_page: bool) -> Template {
    let mut environment = environment(is_page).unwrap_or_default();
    let _ = environment.add_template(NAME, text);
    Template(environment)
}

fn environment(is_page: bool) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(move |_| match is_page {
        true => AutoEscape::Html,
        false => AutoEscape::None,
    });
    environment.set_formatter(write);
    environment.add_filter("pad", pad);
    environment.add_filter("paragraphs", |value: &Value| {
        Value::from_safe_string(paragraphs(value.as_str().unwrap_or_default()))
    });
    Ok(environment)
}

fn is_known(values: &Value, name: &str) -> bool {
    let mut value = values.clone();
    for part in name.split('.') {
        match value.get_attr(part) {
            Ok(inner) if !inner.is_undefined() => value = inner,
            _ => return value.is_none(),
        }
    }
    true
}

/// Nothing for what is not there. Slashes are no danger in a page, and programs look for links.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_none() {
        return Ok(());
    }
    let escapes = *state.auto_escape() == AutoEscape::Html && !value.is_safe();
    match escapes {
        true => out.write_str(&escape(&value.to_string()))?,
        false => out.write_str(&value.to_string())?,
    }
    Ok(())
}

/// Fit for HTML, inside quotes too.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// `{{ number.display|pad(width) }}`
fn pad(value: &Value, width: usize) -> String {
    let text = value.as_str().unwrap_or_default();
    format!("{text:width$}", width = width.min(1000))
}

/// `{{ note|paragraphs }}`: escaped, with its lines, paragraphs and web links.
pub(super) fn paragraphs(text: &str) -> String {
    let paragraphs: Vec<&str> = text
        .split("\n\n")
        .map(|paragraph| paragraph.trim_matches('\n'))
        .filter(|paragraph| !paragraph.trim().is_empty())
        .collect();
    let last = paragraphs.len().saturating_sub(1);
    let html = paragraphs.iter().enumerate().map(|(number, paragraph)| {
        let below = if number == last { 0 } else { 12 };
        let lines: Vec<String> = paragraph.split('\n').map(line).collect();
        let lines = lines.join("<br>\n");
        format!("<p dir=\"auto\" style=\"margin:0 0 {below}px 0;\">{lines}</p>\n")
    });
    html.collect()
}

/// One line, with blanks at its begin kept.
fn line(text: &str) -> String {
    let rest = text.trim_start_matches(' ');
    let blanks = "&nbsp;".repeat(text.len() - rest.len());
    blanks + &mark_links(rest)
}

/// Web addresses become links; what ends a sentence behind them is no part of them.
pub(crate) fn mark_links(text: &str) -> String {
    let words = text.split_inclusive(' ').map(|word| {
        let (word, blank) = match word.strip_suffix(' ') {
            Some(word) => (word, " "),
            None => (word, ""),
        };
        let begin = ["https://", "http://"]
            .iter()
            .find_map(|scheme| word.find(scheme));
        let Some((before, link)) = begin.and_then(|begin| word.split_at_checked(begin)) else {
            return escape(word) + blank;
        };
        let end = link.find(['<', '>', '"', '\'', '`']).unwrap_or(link.len());
        let (link, after) = link.split_at_checked(end).unwrap_or((link, ""));
        let bare = link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '。', '、']);
        let after = link.strip_prefix(bare).unwrap_or_default().to_owned() + after;
        let (before, bare, after) = (escape(before), escape(bare), escape(&after));
        format!("{before}<a href=\"{bare}\">{bare}</a>{after}{blank}")
    });
    words.collect()
}
