//! The local number first, for each of the people invited.

use std::cell::OnceCell;

use crate::conference::{AccessNumber, Person};
use crate::telephony::people::domain;
use crate::telephony::{Country, Location, People, Telephone};

/// Numbers to be put in order for many people; their countries are found once, when first needed.
pub struct Locals<'a> {
    numbers: &'a [AccessNumber],
    countries: OnceCell<Vec<Option<Country>>>,
}

impl<'a> Locals<'a> {
    /// Numbers in the order for somebody of whom nothing is known.
    pub fn new(numbers: &'a [AccessNumber]) -> Self {
        Self {
            numbers,
            countries: OnceCell::new(),
        }
    }

    /// The numbers in the order for one of the people.
    ///
    /// What is said of their address counts first, then of their domain, then of the domains above:
    /// each time the region, or else the country of the telephone or the zone. At last, if no country
    /// is known, the country of the top-level domain. The first of them that has a number decides.
    /// Among local numbers, those come first that speak their language.
    pub fn order_for(&self, who: &Person, people: &People) -> Vec<AccessNumber> {
        let mut ordered = self.numbers.to_vec();
        if self.numbers.len() < 2 {
            return ordered;
        }
        let known = people.locations(&who.address);
        if let Some(local) = self.find_local(&who.address, &known) {
            let language = known.iter().find_map(|known| known.language());
            let mut ranked: Vec<_> = self.numbers.iter().zip(local).collect();
            ranked.sort_by_key(|(number, is_local)| rank(number, *is_local, language));
            ordered = ranked
                .into_iter()
                .map(|(number, _)| number.clone())
                .collect();
        }
        ordered
    }

    /// Which numbers are local; none: nothing is known, or nothing that a number fits.
    fn find_local(&self, address: &str, known: &[&Location]) -> Option<Vec<bool>> {
        let mut has_country = false;
        for known in known {
            if let Some(local) = known
                .region
                .as_deref()
                .and_then(|name| self.of_region(name))
            {
                return Some(local);
            }
            if let Some(country) = known.country() {
                if let Some(local) = self.of_country(country) {
                    return Some(local);
                }
                has_country = true;
            }
        }
        let country = Country::of_domain(domain(address)).filter(|_| !has_country);
        self.of_country(country?)
    }

    fn of_region(&self, name: &str) -> Option<Vec<bool>> {
        let name = name.trim().to_lowercase();
        let regions = self
            .numbers
            .iter()
            .map(|number| number.region.trim().to_lowercase());
        some_of(regions.map(|region| region == name))
    }

    fn of_country(&self, country: Country) -> Option<Vec<bool>> {
        let find = || {
            self.numbers
                .iter()
                .map(|number| Telephone::of(number).country)
        };
        let countries = self.countries.get_or_init(|| find().collect());
        some_of(countries.iter().map(|found| *found == Some(country)))
    }
}

fn some_of(local: impl Iterator<Item = bool>) -> Option<Vec<bool>> {
    let local: Vec<bool> = local.collect();
    local.contains(&true).then_some(local)
}

/// 0: local and speaks the very tag; 1: local and speaks the language; 2: local; 3: not.
fn rank(number: &AccessNumber, is_local: bool, language: Option<&str>) -> u8 {
    let Some(wanted) = language.filter(|_| is_local) else {
        return if is_local { 2 } else { 3 };
    };
    let spoken = || number.languages.iter();
    if spoken().any(|tag| tag.eq_ignore_ascii_case(wanted)) {
        0
    } else if spoken().any(|tag| primary_subtag(tag).eq_ignore_ascii_case(primary_subtag(wanted))) {
        1
    } else {
        2
    }
}

/// `en` of `en-GB`.
fn primary_subtag(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> Vec<AccessNumber> {
        let number = |display: &str, region: &str, languages: &[&str]| AccessNumber {
            display: display.into(),
            region: region.into(),
            languages: languages.iter().map(|&tag| tag.into()).collect(),
        };
        vec![
            number("+1 425 555 0100", "North America", &["en-US"]),
            number("Reception 100", "Headquarters", &[]),
            number("+1 613 555 0123", "Canada", &["en-CA"]),
            number("+1 613 555 0124", "Canada", &["fr-CA", "en-CA"]),
            number("+44 (0)20 7946 0123", "United Kingdom", &["en-GB"]),
            number("+49 30 5550 0100", "Germany", &["de-DE", "en-GB"]),
        ]
    }

    const PEOPLE: &str = r#"
        ["ana@example.com"]
        phone = "+44 20 7946 0999"
        ["bo@example.com"]
        region = "headquarters"
        ["cy@example.com"]
        zone = "America/Toronto"
        language = "fr"
        ["di@example.com"]
        region = "Atlantis"
        zone = "Europe/Berlin"
        ["ed@example.co.uk"]
        zone = "Europe/Prague"
        ["example.org"]
        region = "Canada"
        language = "en-CA"
        ["*.example.org"]
        region = "Germany"
        ["fay@example.org"]
        zone = "Europe/London"
        ["gil@example.org"]
        zone = "Europe/Prague"
    "#;

    #[test]
    fn each_finds_the_local_number_first() {
        let people: People = toml::from_str(PEOPLE).unwrap();
        let numbers = numbers();
        let locals = Locals::new(&numbers);
        for (address, order) in [
            ("ana@example.com", "401235"),
            ("bo@example.com", "102345"),
            ("cy@example.com", "320145"),
            ("di@example.com", "501234"),
            // No Czech number, and we know better than the domain.
            ("ed@example.co.uk", "012345"),
            ("fay@example.org", "401235"),
            ("gil@example.org", "230145"),
            ("hal@example.org", "230145"),
            ("hal@mail.example.org", "501234"),
            ("hal@example.co.uk", "401235"),
            ("hal@example.ca", "230145"),
            ("hal@example.io", "012345"),
            ("hal@example.net", "012345"),
            ("nobody", "012345"),
        ] {
            let who = Person {
                address: address.into(),
                name: None,
            };
            let ordered = locals.order_for(&who, &people);
            let places = ordered
                .iter()
                .map(|number| numbers.iter().position(|n| n == number).unwrap());
            let found: String = places.map(|place| place.to_string()).collect();
            assert_eq!(found, order, "{address}");
        }
    }
}
