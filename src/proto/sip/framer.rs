//! Cutting a byte stream into SIP messages by Content-Length (RFC 3261 18.3).

use super::message::{Message, SipError};

/// How much of a peer's message is taken before it is called hostile.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of start line and headers.
    pub head: usize,
    /// Header lines.
    pub headers: usize,
    /// Bytes of body; provisioning documents are some 50 KB ([MS-SIPREGE] 4.2.2).
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: 64 * 1024,
            headers: 256,
            body: 2 * 1024 * 1024,
        }
    }
}

/// Bytes of memory that are kept for the next message.
const RESTING: usize = 16 * 1024;

/// Collects bytes and hands out whole messages.
#[derive(Debug, Default)]
pub struct Framer {
    limits: Limits,
    buffer: Vec<u8>,
    /// Bytes already searched for the end of the head, so slow drips stay linear.
    searched: usize,
    /// The head already read, its length with the empty line, and the length of its body.
    head: Option<(Message, usize, usize)>,
}

impl Framer {
    /// A framer with other limits than the default ones.
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Other limits from the next message on, for a peer that is known better by now.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Takes what came from the peer.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message. After an error the stream can't be trusted any more.
    pub fn next_message(&mut self) -> Result<Option<Message>, SipError> {
        if self.head.is_none() && !self.read_head()? {
            return Ok(None);
        }
        let complete =
            |(_, head, body): &mut (Message, usize, usize)| self.buffer.len() >= *head + *body;
        let Some((mut message, head, body)) = self.head.take_if(complete) else {
            return Ok(None);
        };
        message.body = self.buffer[head..head + body].to_vec();
        self.buffer.drain(..head + body);
        self.buffer.shrink_to(RESTING);
        self.searched = 0;
        Ok(Some(message))
    }

    /// Bytes of memory that what has come of the next message takes.
    pub fn held(&self) -> usize {
        self.buffer.capacity()
    }

    fn read_head(&mut self) -> Result<bool, SipError> {
        self.skip_keep_alives();
        let Some(end) = self.end_of_head() else {
            return if self.buffer.len() > self.limits.head {
                Err(SipError::HeadTooLong(self.limits.head))
            } else {
                Ok(false)
            };
        };
        if end > self.limits.head {
            return Err(SipError::HeadTooLong(self.limits.head));
        }
        let message = Message::read_head(&self.buffer[..end], self.limits.headers)?;
        let body = message.content_length()?;
        if body > self.limits.body {
            return Err(SipError::BodyTooLong(self.limits.body));
        }
        self.head = Some((message, end + 4, body));
        Ok(true)
    }

    /// CR LF before a start line is a keep-alive (RFC 3261 7.5, [MS-CONMGMT] 2.2.1).
    fn skip_keep_alives(&mut self) {
        let breaks = self
            .buffer
            .iter()
            .take_while(|b| matches!(b, b'\r' | b'\n'))
            .count();
        if breaks > 0 {
            self.buffer.drain(..breaks);
            self.searched = 0;
        }
    }

    fn end_of_head(&mut self) -> Option<usize> {
        let from = self.searched.saturating_sub(3);
        let found = self.buffer[from..]
            .windows(4)
            .position(|window| window == b"\r\n\r\n");
        self.searched = self.buffer.len();
        found.map(|at| from + at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Shaped like the traffic of a 2007 R2 pool: folded header, compact names, odd spacing, UTF-8.
    const TRAFFIC: &str = "REGISTER sip:example.com SIP/2.0\r\n\
        v: SIP/2.0/TLS 192.0.2.10:49201;branch=z9hG4bK1\r\n\
        From:<sip:ana@example.com>;tag=7d1a;epid=c4ec7c8b581c\r\n\
        Contact: <sip:192.0.2.10:49201;transport=tls>;methods=\"INVITE, MESSAGE\";\r\n\t+sip.instance=\"<urn:uuid:57c2>\"\r\n\
        X-Unknown:   Žofie  \r\n\
        l: 4\r\n\r\nbodySIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";

    fn messages(chunks: impl Iterator<Item = Vec<u8>>) -> Vec<Message> {
        let mut framer = Framer::default();
        let mut messages = Vec::new();
        for chunk in chunks {
            framer.push(&chunk);
            while let Some(message) = framer.next_message().unwrap() {
                messages.push(message);
            }
        }
        messages
    }

    #[test]
    fn what_was_read_is_written_back_byte_for_byte() {
        let read = messages(std::iter::once(TRAFFIC.as_bytes().to_vec()));
        let written: Vec<u8> = read.iter().flat_map(Message::encode).collect();
        assert_eq!(String::from_utf8(written).unwrap(), TRAFFIC);
    }

    #[test]
    fn one_byte_at_a_time_gives_the_same_messages() {
        let at_once = messages(std::iter::once(TRAFFIC.as_bytes().to_vec()));
        let dripping = messages(TRAFFIC.bytes().map(|b| vec![b]));
        assert_eq!(at_once, dripping);
        assert_eq!(at_once[0].body, b"body");
        assert_eq!(at_once[0].header("x-unknown").as_deref(), Some("Žofie"));
        assert!(
            at_once[0]
                .header("Contact")
                .unwrap()
                .ends_with("; +sip.instance=\"<urn:uuid:57c2>\"")
        );
    }

    #[test]
    fn keep_alives_between_messages_are_skipped() {
        let read = messages(std::iter::once(
            format!("\r\n\r\n{TRAFFIC}\r\n\r\n{TRAFFIC}").into_bytes(),
        ));
        assert_eq!(read.len(), 4);
    }

    #[test]
    fn a_hostile_head_is_an_error_and_not_a_wait() {
        let head = |text: &str| {
            let mut framer = Framer::with_limits(Limits {
                head: 200,
                headers: 3,
                body: 10,
            });
            framer.push(text.as_bytes());
            framer.next_message()
        };
        assert_eq!(
            head("SIP/2.0 200 OK\r\nl: 11\r\n\r\n"),
            Err(SipError::BodyTooLong(10))
        );
        assert_eq!(head(&"x".repeat(201)), Err(SipError::HeadTooLong(200)));
        assert_eq!(
            head("A b SIP/2.0\r\na:1\r\nb:1\r\nd:1\r\ng:1\r\n\r\n"),
            Err(SipError::TooManyHeaders(3))
        );
        for length in ["-1", "1\r\nl: 1", "99999999999999999999999", "0x4", ""] {
            let text = format!("SIP/2.0 200 OK\r\nContent-Length: {length}\r\n\r\n");
            assert_eq!(head(&text), Err(SipError::ContentLength), "{length}");
        }
        assert_eq!(
            head("SIP/2.0 200 OK\r\nContent-Type: a/b\r\n\r\n"),
            Err(SipError::ContentLength)
        );
        for garbage in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "SIP/2.0 99 x\r\n\r\n",
            "é\r\n\r\n",
        ] {
            assert!(
                matches!(head(garbage), Err(SipError::StartLine(_))),
                "{garbage}"
            );
        }
        assert_eq!(
            head("SIP/2.0 200 OK\r\na: \0\r\n\r\n"),
            Err(SipError::Bytes)
        );
        assert_eq!(
            head("SIP/2.0 200 OK\r\na: 1\nb: 2\r\n\r\n"),
            Err(SipError::Bytes)
        );
    }

    /// Old servers keep names of people in code pages, and some forget to say what a body is.
    #[test]
    fn a_head_in_another_encoding_is_read_as_far_as_it_is_text() {
        let text = b"SIP/2.0 200 v\xE9rifi\xE9\r\n\
            From: \"Andr\xE9, \xC8ve\" <sip:ana@example.com>;tag=1\r\nl: 4\r\n\r\nbody";
        let mut framer = Framer::default();
        framer.push(text);
        let read = framer.next_message().unwrap().unwrap();
        assert_eq!(read.code(), Some(200));
        let from = crate::proto::sip::Address::read(&read.header("From").unwrap());
        assert_eq!(from.name, "Andr\u{FFFD}, \u{FFFD}ve");
        assert_eq!(
            (from.uri.as_str(), from.parameter("tag")),
            ("sip:ana@example.com", Some("1"))
        );
        assert!(read.may_carry("application/cccp+xml") && !read.carries("application/cccp+xml"));
        let typed = read.with("Content-Type", "text/plain");
        assert!(!typed.may_carry("application/cccp+xml"));
        assert!(!Message::response(200, "OK").may_carry("text/plain"));
    }

    #[test]
    fn limits_can_be_lifted_between_messages() {
        let small = Limits {
            body: 4,
            ..Limits::default()
        };
        let message = |body: &str| format!("SIP/2.0 200 OK\r\nl: {}\r\n\r\n{body}", body.len());
        let mut framer = Framer::with_limits(small);
        framer.push((message("abcd") + &message("abcde")).as_bytes());
        assert_eq!(framer.next_message().unwrap().unwrap().body, b"abcd");
        framer.set_limits(Limits::default());
        assert_eq!(framer.next_message().unwrap().unwrap().body, b"abcde");
    }

    #[test]
    fn a_value_of_ours_can_not_add_a_header() {
        let message = Message::request("SERVICE", "sip:a@b").with("Subject", "x\r\nX-Evil: 1");
        assert!(
            !String::from_utf8(message.encode())
                .unwrap()
                .contains("\nX-Evil")
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut framer = Framer::default();
            framer.push(&bytes);
            while let Ok(Some(_)) = framer.next_message() {}
        }

        #[test]
        fn read_write_read_is_stable(code in 100u16..700, name in "[A-Za-z-]{1,12}", value in "[^\\x00\r\n]{0,40}", body in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assume!(!name.eq_ignore_ascii_case("l") && !name.eq_ignore_ascii_case("content-length"));
            let mut message = Message::response(code, "Reason");
            message.headers.push(Header::new(&name, &value));
            message.body = body;
            let bytes = message.encode();
            let mut framer = Framer::default();
            framer.push(&bytes);
            let read = framer.next_message().unwrap().unwrap();
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    use crate::proto::sip::Header;
}
