//! One SIP message: start line, headers in order, body.

use std::fmt::Write as _;

/// A request or a response, with everything that was in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What kind of message this is.
    pub start: StartLine,
    /// All headers in their order, repeated names included.
    pub headers: Vec<Header>,
    /// As long as Content-Length said.
    pub body: Vec<u8>,
}

/// First line of a message (RFC 3261 7.1, 7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine {
    /// `METHOD uri SIP/2.0`
    Request {
        /// Upper-case token such as `SERVICE` or `BENOTIFY`.
        method: String,
        /// Request-URI with its parameters.
        uri: String,
    },
    /// `SIP/2.0 code reason`
    Response {
        /// 100 to 699.
        code: u16,
        /// For people; may be empty.
        reason: String,
    },
}

/// A header line as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name as written, compact forms included.
    pub name: String,
    /// Everything between the colon and the end of the header, folds and blanks included.
    raw: String,
}

/// Why bytes were no SIP message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SipError {
    /// The head is longer than the limit.
    #[error("the message head is longer than {0} bytes")]
    HeadTooLong(usize),
    /// There are more header lines than the limit.
    #[error("the message has more than {0} headers")]
    TooManyHeaders(usize),
    /// Content-Length is over the limit.
    #[error("the message body is longer than {0} bytes")]
    BodyTooLong(usize),
    /// The first line is neither a request nor a response.
    #[error("expected a SIP start line, got '{0}'")]
    StartLine(String),
    /// A header line has no name or no colon.
    #[error("expected a 'Name: value' header, got '{0}'")]
    Header(String),
    /// Content-Length is missing beside a Content-Type, given twice, or no number.
    #[error("the Content-Length header is missing, repeated or not a number")]
    ContentLength,
    /// The head holds NUL, or a lone CR or LF.
    #[error("the message head holds bytes that are not allowed")]
    Bytes,
}

/// Compact header names (RFC 3261 7.3.3, RFC 6665) that these pools may use.
const COMPACT: [(&str, &str); 10] = [
    ("c", "Content-Type"),
    ("e", "Content-Encoding"),
    ("f", "From"),
    ("i", "Call-ID"),
    ("k", "Supported"),
    ("l", "Content-Length"),
    ("m", "Contact"),
    ("o", "Event"),
    ("t", "To"),
    ("v", "Via"),
];

impl Header {
    /// A header of ours. Line breaks in the value become blanks, so no value can add a header.
    pub fn new(name: &str, value: &str) -> Self {
        let raw: String = value
            .chars()
            .map(|c| if c.is_control() && c != '\t' { ' ' } else { c })
            .collect();
        Self {
            name: name.to_owned(),
            raw: format!(" {raw}"),
        }
    }

    /// Reads one header, its continuation lines included, without the final CRLF.
    pub fn read(text: &str) -> Result<Self, SipError> {
        let refused = || SipError::Header(excerpt(text));
        let (name, raw) = text.split_once(':').ok_or_else(refused)?;
        let name = name.trim_end_matches([' ', '\t']);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(refused());
        }
        // The blanks before the colon, if any, are not worth a field: no pool sends them.
        Ok(Self {
            name: name.to_owned(),
            raw: raw.to_owned(),
        })
    }

    /// The value without surrounding blanks, folds replaced by one blank (RFC 3261 7.3.1).
    pub fn value(&self) -> String {
        if !self.raw.contains("\r\n") {
            return self.raw.trim().to_owned();
        }
        let lines: Vec<&str> = self.raw.split("\r\n").map(str::trim).collect();
        lines.join(" ").trim().to_owned()
    }

    /// Whether this header has that name, in either form and any case.
    pub fn is(&self, name: &str) -> bool {
        let own = COMPACT
            .iter()
            .find(|(short, _)| self.name.eq_ignore_ascii_case(short))
            .map_or(self.name.as_str(), |(_, long)| long);
        own.eq_ignore_ascii_case(name)
    }
}

impl Message {
    /// A request without headers.
    pub fn request(method: &str, uri: &str) -> Self {
        Self::with_start(StartLine::Request {
            method: method.to_owned(),
            // A URI that came from a server can't end the line and begin a header.
            uri: uri
                .chars()
                .filter(|c| !c.is_control() && *c != ' ')
                .collect(),
        })
    }

    /// A response without headers.
    pub fn response(code: u16, reason: &str) -> Self {
        Self::with_start(StartLine::Response {
            code,
            reason: reason.to_owned(),
        })
    }

    fn with_start(start: StartLine) -> Self {
        Self {
            start,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header at the end.
    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.add(name, value);
        self
    }

    /// Sets body and Content-Type.
    pub fn with_body(self, content_type: &str, body: Vec<u8>) -> Self {
        let mut message = self.with("Content-Type", content_type);
        message.body = body;
        message
    }

    /// Adds a header at the end.
    pub fn add(&mut self, name: &str, value: impl AsRef<str>) {
        self.headers.push(Header::new(name, value.as_ref()));
    }

    /// Removes every header of that name.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|header| !header.is(name));
    }

    /// Value of the first header of that name.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers
            .iter()
            .find(|header| header.is(name))
            .map(Header::value)
    }

    /// Values of all headers of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        self.headers
            .iter()
            .filter(move |header| header.is(name))
            .map(Header::value)
    }

    /// Status code of a response.
    pub fn code(&self) -> Option<u16> {
        match self.start {
            StartLine::Response { code, .. } => Some(code),
            StartLine::Request { .. } => None,
        }
    }

    /// Reason phrase of a response.
    pub fn reason(&self) -> &str {
        match &self.start {
            StartLine::Response { reason, .. } => reason,
            StartLine::Request { .. } => "",
        }
    }

    /// Method of a request.
    pub fn method(&self) -> Option<&str> {
        match &self.start {
            StartLine::Request { method, .. } => Some(method),
            StartLine::Response { .. } => None,
        }
    }

    /// Number and method of the CSeq header.
    pub fn cseq(&self) -> Option<(String, String)> {
        let value = self.header("CSeq")?;
        let (number, method) = value.split_once([' ', '\t'])?;
        Some((number.to_owned(), method.trim().to_owned()))
    }

    /// Whether the body is of that media type, parameters aside.
    pub fn carries(&self, media_type: &str) -> bool {
        let Some(value) = self.header("Content-Type") else {
            return false;
        };
        let plain = value.split(';').next().unwrap_or_default();
        plain.trim().eq_ignore_ascii_case(media_type)
    }

    /// The same, or there is a body whose type nobody says: then it is for the reader to find out.
    pub fn may_carry(&self, media_type: &str) -> bool {
        let is_untold = self.header("Content-Type").is_none() && !self.body.is_empty();
        is_untold || self.carries(media_type)
    }

    /// The bytes to send. Content-Length is written last, from the body, unless a header of that
    /// name was read with the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut head = match &self.start {
            StartLine::Request { method, uri } => format!("{method} {uri} SIP/2.0\r\n"),
            StartLine::Response { code, reason } => format!("SIP/2.0 {code:03} {reason}\r\n"),
        };
        for Header { name, raw } in &self.headers {
            let _ = write!(head, "{name}:{raw}\r\n");
        }
        if !self
            .headers
            .iter()
            .any(|header| header.is("Content-Length"))
        {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Reads a head: everything before the empty line, without it. The body stays empty.
    pub(super) fn read_head(head: &[u8], most_headers: usize) -> Result<Self, SipError> {
        // Names of people may come in the code page of whatever server they were kept on. Nothing that
        // is signed or acted upon is other than ASCII.
        let text = String::from_utf8_lossy(head);
        if text.contains('\0') || has_lone_break(&text) {
            return Err(SipError::Bytes);
        }
        let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
        let mut message = Self::with_start(StartLine::read(first)?);
        for line in unfolded_lines(rest) {
            if message.headers.len() == most_headers {
                return Err(SipError::TooManyHeaders(most_headers));
            }
            message.headers.push(Header::read(line)?);
        }
        Ok(message)
    }

    /// Length of the body to come. Absent means none, but not beside a Content-Type.
    pub(super) fn content_length(&self) -> Result<usize, SipError> {
        let mut values = self.all("Content-Length");
        let Some(value) = values.next() else {
            let bodiless = self.header("Content-Type").is_none();
            return if bodiless {
                Ok(0)
            } else {
                Err(SipError::ContentLength)
            };
        };
        if values.next().is_some() || value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(SipError::ContentLength);
        }
        value.parse().map_err(|_| SipError::ContentLength)
    }
}

impl StartLine {
    fn read(line: &str) -> Result<Self, SipError> {
        Self::read_response(line)
            .or_else(|| Self::read_request(line))
            .ok_or_else(|| SipError::StartLine(excerpt(line)))
    }

    fn read_response(line: &str) -> Option<Self> {
        let rest = line.strip_prefix("SIP/2.0 ")?;
        let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let code: u16 = code.parse().ok()?;
        (100..700).contains(&code).then(|| Self::Response {
            code,
            reason: reason.to_owned(),
        })
    }

    fn read_request(line: &str) -> Option<Self> {
        let rest = line.strip_suffix(" SIP/2.0")?;
        let (method, uri) = rest.split_once(' ')?;
        let right = !method.is_empty()
            && method.bytes().all(is_token)
            && !uri.is_empty()
            && !uri.contains(' ');
        right.then(|| Self::Request {
            method: method.to_owned(),
            uri: uri.to_owned(),
        })
    }
}

/// Header lines with their continuation lines still in them.
fn unfolded_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(found) = text[from..].find("\r\n") {
        let end = from + found;
        from = end + 2;
        let folded = matches!(bytes.get(from), Some(b' ' | b'\t'));
        if !folded {
            lines.push(&text[start..end]);
            start = from;
        }
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}

fn has_lone_break(text: &str) -> bool {
    let without_pairs = text.replace("\r\n", "");
    without_pairs.contains(['\r', '\n'])
}

/// Characters of a SIP token (RFC 3261 25.1).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

/// The beginning of foreign text, for an error message.
fn excerpt(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}
