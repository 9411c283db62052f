//! Sets of words to which nothing is added.

/// Makes such a set: each word has one spelling on the wire.
macro_rules! closed_words {
    (
        $(#[$about:meta])*
        $name:ident { $($(#[$doc:meta])* $word:ident = $text:literal,)+ }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $word,)+
        }

        impl $name {
            /// All of them, each once.
            pub const ALL: &[Self] = &[$(Self::$word,)+];

            /// The word as it goes over the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }

            /// Reads the word in either case; none for any other text.
            pub fn parse_any_case(text: &str) -> Option<Self> {
                let mut all = Self::ALL.iter().copied();
                all.find(|known| known.as_str().eq_ignore_ascii_case(text))
            }

            /// Reads the word; none for any other text.
            pub fn parse(text: &str) -> Option<Self> {
                Self::parse_any_case(text).filter(|known| known.as_str() == text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(super) use closed_words;
