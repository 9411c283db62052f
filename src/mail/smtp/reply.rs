//! What mail servers say (RFC 5321 4.2), and what they can do (RFC 5321 4.1.1.1).

use crate::mail::one_line;

/// Longest line that is read. RFC 5321 4.5.3.1.5 has 512, and some servers talk more.
const LONGEST_LINE: usize = 2048;
/// Most lines of one reply.
const MOST_LINES: usize = 128;

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// 200 to 599.
    pub(super) code: u16,
    /// The text of each line.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// Done, or go on (2yz, 3yz).
    pub(super) fn is_good(&self) -> bool {
        self.code < 400
    }

    /// No for good (5yz).
    pub(super) fn is_final(&self) -> bool {
        self.code >= 500
    }

    /// The text as one line.
    pub(super) fn words(&self) -> String {
        one_line(&self.lines.join(" "))
    }

    /// Code and text, as logs have it.
    pub(super) fn quote(&self) -> String {
        format!("{} {}", self.code, self.words())
    }
}

/// Puts a reply together from the bytes that arrive.
#[derive(Default)]
pub(super) struct Reading {
    line: Vec<u8>,
    code: Option<u16>,
    lines: Vec<String>,
}

/// The server said something that no mail server says.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it answers with something that is not SMTP")]
pub(super) struct Nonsense;

impl Reading {
    /// Takes one byte; the reply when it is complete.
    pub(super) fn take(&mut self, byte: u8) -> Result<Option<Reply>, Nonsense> {
        if byte != b'\n' {
            self.line.push(byte);
            return if self.line.len() > LONGEST_LINE {
                Err(Nonsense)
            } else {
                Ok(None)
            };
        }
        let line = std::mem::take(&mut self.line);
        self.take_line(&String::from_utf8_lossy(&line))
    }

    fn take_line(&mut self, line: &str) -> Result<Option<Reply>, Nonsense> {
        let line = line.trim_end();
        let (digits, rest) = line.split_at_checked(3).ok_or(Nonsense)?;
        let code: u16 = digits.parse().map_err(|_| Nonsense)?;
        let fits = (200..600).contains(&code) && *self.code.get_or_insert(code) == code;
        if !fits || self.lines.len() >= MOST_LINES {
            return Err(Nonsense);
        }
        let last = match rest.chars().next() {
            None | Some(' ') => true,
            Some('-') => false,
            Some(_) => return Err(Nonsense),
        };
        self.lines
            .push(rest.get(1..).unwrap_or_default().to_owned());
        let lines = &mut self.lines;
        Ok(last.then(|| Reply {
            code,
            lines: std::mem::take(lines),
        }))
    }
}

/// What a server offers in its answer to EHLO.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Offers {
    /// RFC 3207.
    pub(super) starttls: bool,
    /// 8BITMIME, RFC 6152.
    pub(super) eight_bit: bool,
    /// SMTPUTF8, RFC 6531.
    pub(super) utf8: bool,
    /// Largest mail in bytes, when it says one (SIZE, RFC 1870).
    pub(super) size: Option<usize>,
    /// AUTH PLAIN, RFC 4616.
    pub(super) plain: bool,
    /// AUTH LOGIN, draft-murchison-sasl-login: what Exchange has instead of PLAIN.
    pub(super) login: bool,
}

impl Offers {
    pub(super) fn read(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("STARTTLS") => offers.starttls = true,
                Some("8BITMIME") => offers.eight_bit = true,
                Some("SMTPUTF8") => offers.utf8 = true,
                Some("SIZE") => {
                    let size = words.next().and_then(|size| size.parse().ok());
                    offers.size = size.filter(|&size| size > 0);
                }
                Some("AUTH") => {
                    for word in words {
                        offers.plain |= word == "PLAIN";
                        offers.login |= word == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        offers
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Reply>, Nonsense> {
        let mut reading = Reading::default();
        for &byte in bytes {
            if let Some(reply) = reading.take(byte)? {
                return Ok(Some(reply));
            }
        }
        Ok(None)
    }

    #[test]
    fn replies_of_one_and_of_many_lines_are_read() {
        let reply = read(b"250-first\r\n250-\r\n250\r\n").unwrap().unwrap();
        assert_eq!((reply.code, reply.lines.len()), (250, 3));
        let reply = read(b"550 5.1.1 no\x1b[31m \xff such\tuser\n")
            .unwrap()
            .unwrap();
        assert_eq!(reply.words(), "5.1.1 no [31m \u{FFFD} such user");
        assert_eq!(read(b"250-and so on\r\n"), Ok(None));
    }

    #[test]
    fn what_is_not_smtp_is_not_taken_and_never_grows() {
        for text in [
            "HTTP/1.1 400 Bad Request\r\n",
            "\r\n",
            "99 x\r\n",
            "600 x\r\n",
            "25é x\r\n",
            "250+x\r\n",
            "250-a\r\n550 b\r\n",
        ] {
            assert_eq!(read(text.as_bytes()), Err(Nonsense), "{text}");
        }
        assert_eq!(read(&[b'2'; 5000]), Err(Nonsense));
        assert_eq!(read("250-x\r\n".repeat(500).as_bytes()), Err(Nonsense));
    }

    #[test]
    fn offers_are_found_in_any_case_and_order() {
        let text = b"250-mail.example.com STARTTLS\r\n250-size 1000\r\n250-Auth LOGIN plain\r\n250 8bitmime\r\n";
        let offers = Offers::read(&read(text).unwrap().unwrap());
        let expected = Offers {
            eight_bit: true,
            size: Some(1000),
            plain: true,
            login: true,
            ..Offers::default()
        };
        assert_eq!(offers, expected);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(Some(reply)) = read(&bytes) {
                Offers::read(&reply);
                prop_assert!(!reply.quote().contains(char::is_control));
            }
        }
    }
}
