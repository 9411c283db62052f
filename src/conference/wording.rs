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

/// A language that invitations speak, by its BCP 47 tag.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    clap::ValueEnum,
    Serialize,
    Deserialize,
)]
pub enum Language {
    /// English
    #[default]
    #[serde(rename = "en")]
    #[value(name = "en")]
    English,
    /// Čeština
    #[serde(rename = "cs")]
    #[value(name = "cs")]
    Czech,
    /// Deutsch
    #[serde(rename = "de")]
    #[value(name = "de")]
    German,
    /// Français
    #[serde(rename = "fr")]
    #[value(name = "fr")]
    French,
    /// Español
    #[serde(rename = "es")]
    #[value(name = "es")]
    Spanish,
    /// 日本語
    #[serde(rename = "ja")]
    #[value(name = "ja")]
    Japanese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::English,
        Self::Czech,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Japanese,
    ];

    /// BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Czech => "cs",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Japanese => "ja",
        }
    }
}
