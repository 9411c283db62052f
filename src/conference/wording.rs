//! In which language an invitation speaks, and what it leaves unsaid.

use serde::{Deserialize, Serialize};

/// How an invitation is worded; kept with the meeting, so that its updates are worded alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wording {
    /// The language of its labels.
    pub language: Language,
    /// Whether the passcode is left out, to be told another way.
    pub without_passcode: bool,
    /// Whether it tells somebody that they need not come any more; never kept.
    #[serde(skip)]
    pub withdrawn: bool,
}

/// Makes the languages, each with its BCP 47 tag.
macro_rules! languages {
    ($($(#[$attribute:meta])* $language:ident = $tag:literal,)+) => {
        /// A language that invitations speak, by its BCP 47 tag.
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord,
            clap::ValueEnum, Serialize, Deserialize,
        )]
        pub enum Language {
            $($(#[$attribute])* #[serde(rename = $tag)] #[value(name = $tag)] $language,)+
        }

        impl Language {
            /// All of them.
            pub const ALL: [Self; [$(Self::$language,)+].len()] = [$(Self::$language,)+];

            /// BCP 47 tag.
            pub fn tag(self) -> &'static str {
                match self {
                    $(Self::$language => $tag,)+
                }
            }
        }
    };
}

languages! {
    /// English
    #[default]
    English = "en",
    /// Čeština
    Czech = "cs",
    /// Deutsch
    German = "de",
    /// Français
    French = "fr",
    /// Español
    Spanish = "es",
    /// 日本語
    Japanese = "ja",
}
