//! Other words for the same: answers in forms that are as legal as the usual ones, so that a client is
//! not tested by its own mirror.
//!
//! The usual form is what the codecs of [`crate::proto`] write, and clients are written with the
//! same codecs. A [`Spelling`] stands between an answer and its bytes and chooses, by a number, among
//! what XML, SIP and Microsoft's documents leave open, and between what sources disagree about. It
//! keeps to what pidgin-sipe understands, a client that has worked at real pools for years.
//!
//! | file | what it varies |
//! | --- | --- |
//! | `tree` | nothing: a document as an owned tree, so that it can be changed |
//! | `content` | what a document says with other words, or leaves out |
//! | `document` | how a tree is written as XML |
//! | `header` | how a SIP message is written |
//!
//! What is signed are values and not bytes ([MS-SIPAE] 3.2.5.2), so all of it may happen after signing.

mod content;
mod document;
mod draws;
mod header;
mod tree;

use crate::proto::sip::Message;

use draws::Draws;
use tree::Tree;

/// Longest body that is written otherwise; longer ones could outgrow what clients take.
const LONGEST_BODY: usize = 64 * 1024;

/// Which of the legal forms a pool writes. The same number gives the same forms each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spelling(u64);

/// Makes the list of dimensions from their declaration.
macro_rules! dimensions {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// Something that may be written in more than one way.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Dimension {
            $($(#[$doc])* $name,)+
        }

        impl Dimension {
            /// All of them.
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$name,)+];
        }
    };
}

dimensions! {
    /// Other prefixes for namespaces, the envelope's too.
    Prefixes,
    /// No prefixes: every element that is in another namespace than its parent declares it.
    DefaultNamespaces,
    /// Attributes in another order.
    AttributeOrder,
    /// Single quotes around attributes.
    Quotes,
    /// Texts as CDATA sections.
    Cdata,
    /// Characters as numeric references.
    References,
    /// Comments and processing instructions, inside texts too.
    Comments,
    /// Line breaks and blanks between elements and inside tags; empty elements with an end tag.
    Layout,
    /// Another XML declaration, none, or a byte order mark.
    Declaration,
    /// Elements that nobody knows.
    UnknownElements,
    /// Attributes that nobody knows.
    UnknownAttributes,
    /// Elements in another order where there is none to keep.
    FreeOrder,
    /// Without what is optional.
    Omissions,
    /// Attributes as elements, elements as attributes, where sources disagree.
    AttributeOrElement,
    /// `1` and `0` for `true` and `false`.
    Booleans,
    /// Moments with fractions of a second, or with an offset of zero.
    Moments,
    /// The other spelling of a word, where sources have two.
    Words,
    /// Another element around lists and certificates.
    Wrappers,
    /// The capabilities' elements in another namespace.
    CapabilityNamespace,
    /// Access numbers as `tel:` URIs.
    TelephoneUris,
    /// Names of headers in capitals, or in small letters.
    HeaderCase,
    /// The compact name of Via.
    CompactNames,
    /// Long headers on several lines.
    Folding,
    /// Headers in another order.
    HeaderOrder,
    /// No blank behind a header's colon, or several.
    Blanks,
    /// Headers that nobody knows.
    UnknownHeaders,
    /// Lists in several headers.
    Splitting,
    /// 100 before the final answer, unsigned as pools send it.
    Provisional,
    /// Display names without quotes, or with a blank behind them.
    DisplayNames,
    /// Other reason phrases, or none.
    ReasonPhrases,
    /// Parameters of authentication headers in another order.
    ParameterOrder,
    /// Kerberos and TLS-DSK on offer beside NTLM, as Lync Server 2013 does.
    Schemes,
    /// The user's other endpoints among the Contacts of a REGISTER's answer.
    Contacts,
    /// Provisioning in several notifications.
    Notifications,
    /// A message in several pieces.
    Pieces,
    /// The server's clock in the NTLM challenge, as Lync Server 2013 tells it.
    Clock,
    /// A challenge without 128-bit keys and without a word about the server.
    WeakChallenge,
    /// Another version of the product, where the dialect has several.
    Version,
    /// What an Edge server adds to answers for people outside.
    Edge,
}

impl Spelling {
    /// The spelling of that number; 0 is the usual one.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Whether something is written otherwise than usual.
    pub(super) fn varies(self, dimension: Dimension) -> bool {
        self.0 != 0 && self.draws(dimension).next() % 2 == 1
    }

    /// Where the choices within a dimension come from.
    fn draws(self, dimension: Dimension) -> Draws {
        Draws::new(self.0.wrapping_mul(0x0000_0100_0000_01B3) ^ dimension as u64)
    }

    /// The same, behind the draw that [`Self::varies`] looks at.
    fn choices(self, dimension: Dimension) -> Draws {
        let mut draws = self.draws(dimension);
        draws.next();
        draws
    }

    /// Which of so many forms a dimension has; the first is the usual one.
    pub(super) fn form_of(self, dimension: Dimension, forms: usize) -> usize {
        match self.varies(dimension) {
            true => 1 + self.choices(dimension).below(forms - 1),
            false => 0,
        }
    }

    /// The message in this spelling. What it means, and so its signature, stays.
    pub(super) fn respell(self, mut message: Message) -> Message {
        if self.0 == 0 {
            return message;
        }
        if let Some(body) = self.respell_body(&message.body) {
            message.body = body;
        }
        header::respell(self, message)
    }

    /// None: it is no XML, or too long.
    fn respell_body(self, body: &[u8]) -> Option<Vec<u8>> {
        if body.len() > LONGEST_BODY {
            return None;
        }
        let mut tree = Tree::parse(body)?;
        content::vary(self, &mut tree);
        Some(document::write(self, &tree))
    }

    /// The bytes of a message in the pieces in which they are sent.
    pub(super) fn pieces(self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        if !self.varies(Dimension::Pieces) || bytes.len() < 2 {
            return vec![bytes];
        }
        let at = 1 + self.choices(Dimension::Pieces).below(bytes.len() - 1);
        let (first, second) = bytes.split_at(at);
        vec![first.to_vec(), second.to_vec()]
    }

    /// What comes before a final answer, if anything does.
    pub(super) fn provisional(self, answer: &Message) -> Option<Message> {
        if !self.varies(Dimension::Provisional) {
            return None;
        }
        let mut provisional = Message::response(100, "Trying");
        let echoed = ["Via", "From", "To", "Call-ID", "CSeq"];
        let headers = answer.headers.iter().cloned();
        provisional.headers = headers
            .filter(|header| echoed.iter().any(|name| header.is(name)))
            .collect();
        Some(header::respell(self, provisional))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_occurs_and_is_left_alone_within_twenty_numbers() {
        for dimension in Dimension::ALL {
            let varied = (1..=20).filter(|seed| Spelling::new(*seed).varies(*dimension));
            let count = varied.count();
            assert!((3..=17).contains(&count), "{dimension:?}: {count}");
        }
        assert!(Dimension::ALL.len() >= 8);
    }

    #[test]
    fn the_usual_spelling_varies_nothing_and_the_same_number_the_same() {
        for dimension in Dimension::ALL {
            assert!(!Spelling::default().varies(*dimension), "{dimension:?}");
        }
        let message = || {
            Message::response(200, "OK")
                .with("From", "\"Ana\"<sip:ana@example.com>;tag=1")
                .with("Supported", "ms-benotify, ms-piggyback-first-notify")
                .with_body("text/xml", b"<a b=\"1\">text<c/></a>".to_vec())
        };
        assert_eq!(Spelling::default().respell(message()), message());
        for seed in 1..=20 {
            let spelling = Spelling::new(seed);
            let [first, second] = [(); 2].map(|()| spelling.respell(message()).encode());
            assert_eq!(first, second, "{seed}");
            assert_ne!(first, message().encode(), "{seed}");
        }
    }

    #[test]
    fn pieces_are_the_whole() {
        for seed in 0..=20 {
            for text in ["", "a", "ab", "SIP/2.0 200 OK\r\n\r\n"] {
                let pieces = Spelling::new(seed).pieces(text.as_bytes().to_vec());
                assert_eq!(pieces.concat(), text.as_bytes());
            }
        }
    }
}
