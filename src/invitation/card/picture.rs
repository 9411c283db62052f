//! The card as SVG: text as text, in tenths of a millimetre.

use super::{Card, Place, Row, code, wrap};

/// Width of an ISO/IEC 7810 ID-1 card.
const WIDTH: usize = 856;

/// Its height: the picture's, unless it needs more.
const LEAST_HEIGHT: usize = 540;

const MARGIN: usize = 36;

/// Side of the QR code with its quiet zone.
const CODE: usize = 290;

/// Most lines of one text of the heading.
const MOST_LINES: usize = 3;

/// How letters look.
#[derive(Clone, Copy)]
struct Font {
    size: usize,
    weight: usize,
    color: &'static str,
}

const SUBJECT: Font = Font::new(36, 700, "#000");
const LARGE: Font = Font::new(30, 700, "#000");
const SMALL: Font = Font::new(22, 400, "#000");
const LABEL: Font = Font::new(18, 400, "#444");

impl Font {
    const fn new(size: usize, weight: usize, color: &'static str) -> Self {
        Self {
            size,
            weight,
            color,
        }
    }

    /// Columns that surely fit: a column is taken for six tenths of the size.
    fn columns(self, width: usize) -> usize {
        width * 10 / (self.size * 6)
    }
}

/// The picture while it grows downwards.
struct Sheet {
    elements: String,
    y: usize,
}

pub(super) fn svg(card: &Card) -> String {
    let mut sheet = Sheet {
        elements: String::new(),
        y: MARGIN,
    };
    let full = WIDTH - 2 * MARGIN;
    for (at, text) in card.heading.iter().enumerate() {
        let font = if at == 0 { SUBJECT } else { SMALL };
        sheet.draw_lines(&shorten(wrap(text, font.columns(full))), font, None);
    }
    let below_code = sheet.draw_code(card);
    let column = if below_code > 0 { full - CODE } else { full };
    for row in &card.rows {
        match row.place {
            Place::Nowhere => {}
            Place::Foot if wrap(&row.value, font(row).columns(column)).len() > 1 => {
                sheet.y = sheet.y.max(below_code);
                sheet.draw_row(row, full);
            }
            _ => sheet.draw_row(row, column),
        }
    }
    sheet.y = sheet.y.max(below_code);
    let height = (sheet.y + MARGIN).max(LEAST_HEIGHT);
    let subject = escape(card.heading.first().map_or("", String::as_str));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" viewBox=\"0 0 {WIDTH} \
         {height}\" font-family=\"Arial, 'Liberation Sans', 'Noto Sans', sans-serif\" \
         style=\"color-scheme: light\">\n<title>{subject}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"30\" fill=\"#fff\"/>\n{}</svg>\n",
        millimetres(WIDTH),
        millimetres(height),
        sheet.elements
    )
}

impl Sheet {
    /// One line below the other.
    fn draw_lines(&mut self, lines: &[String], font: Font, link: Option<&str>) {
        for line in lines {
            self.y += font.size;
            let text = text(line, MARGIN, self.y, font);
            self.elements += &match link {
                Some(link) => format!("<a href=\"{}\">{text}</a>\n", escape(link)),
                None => text + "\n",
            };
            self.y += font.size / 4;
        }
    }

    /// A row with its label above.
    fn draw_row(&mut self, row: &Row, width: usize) {
        self.y += 10;
        if !row.label.is_empty() {
            self.draw_lines(&wrap(&row.label, LABEL.columns(width)), LABEL, None);
        }
        let font = font(row);
        let lines = wrap(&row.value, font.columns(width));
        self.draw_lines(&lines, font, row.link.as_deref());
    }

    /// The code with its words, on the right. Returns where it ends; 0 without one.
    fn draw_code(&mut self, card: &Card) -> usize {
        let Some((caption, code)) = card.scan() else {
            return 0;
        };
        let left = WIDTH - MARGIN - CODE;
        self.elements += &code_element(&code, left, self.y);
        let y = self.y + CODE + LABEL.size / 2;
        let center = left + CODE / 2;
        self.elements += &format!(
            "<text x=\"{center}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"{}\" fill=\"{}\">{}</text>\n",
            LABEL.size,
            LABEL.color,
            escape(caption)
        );
        y + LABEL.size
    }
}

fn code_element(code: &code::Code, x: usize, y: usize) -> String {
    let side = code.side();
    format!(
        "<svg x=\"{x}\" y=\"{y}\" width=\"{CODE}\" height=\"{CODE}\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path d=\"{}\" fill=\"#000\"/></svg>\n",
        code.path()
    )
}

fn font(row: &Row) -> Font {
    match row.place {
        Place::Large => LARGE,
        Place::Small | Place::Foot | Place::Nowhere => SMALL,
    }
}

fn text(line: &str, x: usize, y: usize, font: Font) -> String {
    format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" font-weight=\"{}\" fill=\"{}\">{}</text>",
        font.size,
        font.weight,
        font.color,
        escape(line)
    )
}

fn shorten(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

fn millimetres(tenths: usize) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Text for XML 1.0, without the characters that its production 2 leaves out.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\u{FFFE}' | '\u{FFFF}' => {}
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
