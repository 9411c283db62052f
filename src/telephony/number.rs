//! A number as its numbering plan sees it.
//!
//! The plans of the world are read the first time they are needed, which takes some 60 ms: only
//! what prints national forms or looks for local numbers may ask.

use std::fmt::Write;

use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Mode, ParseError, PhoneNumber};

use crate::conference::AccessNumber;
use crate::telephony::Country;

/// What a display form says of the telephone behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telephone {
    /// `+442079460123`; none without a country code.
    pub e164: Option<String>,
    /// Where it is, by country code and, where countries share one, by area code; none for numbers
    /// of no country, such as +800.
    pub country: Option<Country>,
    /// As people in that country dial it, `020 7946 0123`; none for a number with a flaw.
    pub national: Option<String>,
    /// As people elsewhere do (ITU-T E.123), `+44 20 7946 0123`; none for a number with a flaw.
    pub international: Option<String>,
    /// Why nobody may answer; none: it is a number of its plan. Fictional numbers mostly are.
    pub flaw: Option<Flaw>,
}

/// Why a number is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// An extension, or a number in national form.
    #[error("it has no + and country code, so that it works in one place only")]
    NoCountryCode,
    /// Nobody has that code.
    #[error("no country has the code that it begins with")]
    UnknownCountryCode,
    /// Digits are missing.
    #[error("it is too short for its country")]
    TooShort,
    /// There are digits too many (ITU-T E.164 6).
    #[error("it is too long for its country")]
    TooLong,
    /// The length is right, the digits are not.
    #[error("its country has no such number")]
    NotAssigned,
}

/// Most digits that are looked at: the 15 of ITU-T E.164 6 and a stray 0.
const MOST_DIGITS: usize = 16;

impl Telephone {
    /// What the pool's display form says.
    pub fn of(number: &AccessNumber) -> Self {
        Self::parse(&number.dialable())
    }

    /// Reads digits, with a `+` before an international number.
    pub fn parse(dialable: &str) -> Self {
        if !dialable.starts_with('+') {
            return Self::with_flaw(Flaw::NoCountryCode);
        }
        if dialable.len() > 1 + MOST_DIGITS {
            return Self::with_flaw(Flaw::TooLong);
        }
        match phonenumber::parse(None, dialable) {
            Ok(number) => Self::read(&number),
            Err(ParseError::InvalidCountryCode) => Self::with_flaw(Flaw::UnknownCountryCode),
            Err(ParseError::TooLong) => Self::with_flaw(Flaw::TooLong),
            Err(_) => Self::with_flaw(Flaw::TooShort),
        }
    }

    fn with_flaw(flaw: Flaw) -> Self {
        Self {
            e164: None,
            country: None,
            national: None,
            international: None,
            flaw: Some(flaw),
        }
    }

    fn read(number: &PhoneNumber) -> Self {
        let flaw = flaw(number);
        let sound = |mode| format_number(number, mode).filter(|_| flaw.is_none());
        let country = country(number);
        Self {
            e164: format_number(number, Mode::E164),
            country,
            national: country.and_then(|_| sound(Mode::National)),
            international: sound(Mode::International),
            flaw,
        }
    }
}

/// The library refuses to write some numbers, and `to_string` would panic.
fn format_number(number: &PhoneNumber, mode: Mode) -> Option<String> {
    let mut text = String::new();
    write!(text, "{}", number.format().mode(mode)).ok()?;
    Some(text)
}

fn country(number: &PhoneNumber) -> Option<Country> {
    if let Some(id) = number.country().id() {
        return Country::parse(id.as_ref());
    }
    // The library finds no country for a number with a leading zero, as Italy's have.
    let begins_with_zero = number.national().zeros() > 0;
    plan(number)
        .filter(|_| begins_with_zero)
        .and_then(|plan| Country::parse(plan.id()))
}

/// The plan of the country that a country code belongs to first.
fn plan(number: &PhoneNumber) -> Option<&'static Metadata> {
    let plans = DATABASE.by_code(&number.code().value())?;
    plans.first().copied()
}

fn flaw(number: &PhoneNumber) -> Option<Flaw> {
    if number.is_valid() {
        return None;
    }
    let Some(plan) = plan(number) else {
        return Some(Flaw::UnknownCountryCode);
    };
    let length = number.national().to_string().len();
    match lengths(plan) {
        Some((least, _)) if length < least => Some(Flaw::TooShort),
        Some((_, most)) if length > most => Some(Flaw::TooLong),
        _ => Some(Flaw::NotAssigned),
    }
}

/// Fewest and most digits of a country's numbers.
fn lengths(plan: &Metadata) -> Option<(usize, usize)> {
    let kinds = plan.descriptors();
    let kinds = [
        kinds.fixed_line(),
        kinds.mobile(),
        kinds.toll_free(),
        kinds.shared_cost(),
        kinds.voip(),
        kinds.uan(),
    ];
    let lengths = || {
        let known = kinds
            .iter()
            .flatten()
            .flat_map(|kind| kind.possible_length());
        known.map(|&length| usize::from(length))
    };
    lengths().min().zip(lengths().max())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn describe(dialable: &str) -> String {
        let telephone = Telephone::parse(dialable);
        let country = telephone.country.map(|country| country.to_string());
        let flaw = telephone.flaw.map(|flaw| format!("{flaw:?}"));
        let fields = [
            telephone.e164,
            country,
            telephone.national,
            telephone.international,
            flaw,
        ];
        fields.map(|field| field.unwrap_or("-".into())).join(" | ")
    }

    #[test]
    fn a_number_is_known_by_its_plan() {
        for (dialable, expected) in [
            // Fictional numbers are numbers of their plans.
            (
                "+14255550100",
                "+14255550100 | US | (425) 555-0100 | +1 425-555-0100 | -",
            ),
            (
                "+442079460123",
                "+442079460123 | GB | 020 7946 0123 | +44 20 7946 0123 | -",
            ),
            // A country code that is shared.
            (
                "+16135550123",
                "+16135550123 | CA | (613) 555-0123 | +1 613-555-0123 | -",
            ),
            (
                "+77272123456",
                "+77272123456 | KZ | 8 (7272) 12 34 56 | +7 7272 12 34 56 | -",
            ),
            // The trunk 0 that is not dialled from abroad, and the one that is.
            (
                "+4402079460123",
                "+442079460123 | GB | 020 7946 0123 | +44 20 7946 0123 | -",
            ),
            (
                "+390655500100",
                "+390655500100 | IT | 06 5550 0100 | +39 06 5550 0100 | -",
            ),
            ("+80012345678", "+80012345678 | - | - | +800 1234 5678 | -"),
            ("+1425", "+1425 | - | - | - | TooShort"),
            ("+44207946012345", "+44207946012345 | - | - | - | TooLong"),
            ("+442079460", "+442079460 | - | - | - | NotAssigned"),
            ("+999123456789", "- | - | - | - | UnknownCountryCode"),
            ("+12345678901234567890", "- | - | - | - | TooLong"),
            ("02079460123", "- | - | - | - | NoCountryCode"),
            ("100", "- | - | - | - | NoCountryCode"),
            ("+", "- | - | - | - | TooShort"),
            ("", "- | - | - | - | NoCountryCode"),
        ] {
            assert_eq!(describe(dialable), expected, "{dialable}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_display_form_is_too_much(display in "\\PC{0,12}[+0-9() x;#-]{0,24}\\PC{0,6}", digits in "\\+[0-9]{1,17}") {
            let number = AccessNumber { display, region: String::new(), languages: vec![] };
            Telephone::of(&number);
            let telephone = Telephone::parse(&digits);
            prop_assert_eq!(telephone.international.is_some(), telephone.flaw.is_none());
        }
    }
}
