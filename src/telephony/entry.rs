//! A number with all its forms, for programs.

use serde::Serialize;

use crate::conference::{AccessNumber, DialIn, Passcode};
use crate::telephony::{Country, DialString, Telephone};

/// A number to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry<'a> {
    /// As the pool writes it: `+44 20 7946 0123`
    pub display: &'a str,
    /// ITU-T E.164, `+442079460123`; null without a country code.
    pub e164: Option<String>,
    /// As people in its country dial it, `020 7946 0123`; null when that is not known.
    pub national: Option<String>,
    /// As people elsewhere do, `+44 20 7946 0123`; null when that is not known.
    pub international: Option<String>,
    /// ISO 3166-1 alpha-2, `GB`; null for numbers of no country.
    pub country: Option<Country>,
    /// Whether its country has such numbers.
    pub valid: bool,
    /// Why it is not valid, in words; null when it is.
    pub flaw: Option<String>,
    /// Dial-in region.
    pub region: &'a str,
    /// BCP 47 tags, the primary language first.
    pub languages: &'a [String],
    /// With pauses and the Conference ID.
    pub dial: Dial,
}

/// A number with pauses and the Conference ID, for telephones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dial {
    /// For people and for the telephones that find it in a text: `+442079460123,,1234567#`
    pub text: String,
    /// `tel:+442079460123,,1234567`; null for a number without digits.
    pub link: Option<String>,
}

impl<'a> Entry<'a> {
    /// All forms of one of the numbers of `dial_in`.
    pub fn of(
        number: &'a AccessNumber,
        dial_in: &DialIn,
        passcode: Option<&Passcode>,
        dial_string: &DialString,
    ) -> Self {
        let telephone = Telephone::of(number);
        Self {
            display: &number.display,
            e164: telephone.e164,
            national: telephone.national,
            international: telephone.international,
            country: telephone.country,
            valid: telephone.flaw.is_none(),
            flaw: telephone.flaw.map(|flaw| flaw.to_string()),
            region: &number.region,
            languages: &number.languages,
            dial: Dial {
                text: dial_string.text(number, dial_in, passcode),
                link: dial_string.uri(number, dial_in),
            },
        }
    }
}
