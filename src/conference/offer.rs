//! What a service offers its user: policy, numbers, pages.

use std::collections::HashMap;

use crate::conference::AccessNumber;

/// Most octets of numbers that a meeting has room for, each with its region and languages: some
/// 10,000 numbers.
const MOST_OCTETS: usize = 1 << 20;

/// Octets around each of them.
const FRAME: usize = 64;

/// What the service lets the signed-in user do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Name of the organisation, for invitations.
    pub organization: Option<String>,
    /// Display name of the user, as the pool knows it.
    pub user_name: Option<String>,
    /// May people without an account be let in? None: the pool does not say.
    pub anonymous: Option<bool>,
    /// Dial-in, as far as policy and pool offer it.
    pub dial_in: DialInOffer,
    /// Where the Dial-In Conferencing Settings page is.
    pub pages: Pages,
    /// A practice pool: its numbers are fictional.
    pub practice: bool,
    /// Most people in one meeting, when policy says.
    pub meeting_size: Option<u32>,
}

/// Dial-in numbers, and whether the user may use them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialInOffer {
    /// False when the user's meeting policy or the pool has dial-in off.
    pub allowed: bool,
    /// All numbers in the service's order; none where each conference comes with its own.
    pub numbers: Vec<AccessNumber>,
    /// Region of the user, whose numbers come first.
    pub default_region: Option<String>,
}

/// Addresses of the Dial-In Conferencing Settings page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// As the user's settings have it, in place of what the pool tells.
    pub configured: Option<String>,
    /// For people outside the network; tried first.
    pub external: Option<String>,
    /// For people inside the network; tried when the external one fails.
    pub internal: Option<String>,
}

impl Pages {
    /// The address for callers to read: the external one, which works everywhere, else the internal.
    pub fn for_callers(&self) -> Option<&str> {
        let pages = [&self.configured, &self.external, &self.internal];
        pages.into_iter().flatten().next().map(String::as_str)
    }
}

impl DialInOffer {
    /// Leaves out what a meeting has no room for: the first numbers of each region stay, in the
    /// pool's order. Gives how many are left out.
    pub fn leave_out_excess(&mut self) -> usize {
        let octets = |number: &AccessNumber| {
            let languages = number.languages.iter().map(|tag| tag.len() + 3);
            FRAME + number.display.len() + number.region.len() + languages.sum::<usize>()
        };
        let mut known: HashMap<&str, usize> = HashMap::new();
        let places = self.numbers.iter().map(|number| {
            let place = known.entry(&number.region).or_default();
            *place += 1;
            *place
        });
        let mut order: Vec<(usize, usize)> = places.zip(0..).collect();
        order.sort_unstable();
        let mut left = MOST_OCTETS;
        let mut stays = vec![false; self.numbers.len()];
        for (_, at) in order {
            let Some(rest) = left.checked_sub(octets(&self.numbers[at])) else {
                break;
            };
            left = rest;
            stays[at] = true;
        }
        let all = stays.len();
        let mut stays = stays.into_iter();
        self.numbers.retain(|_| stays.next() == Some(true));
        all - self.numbers.len()
    }

    /// The numbers with those of the user's region first, the others in the service's order.
    pub fn ordered_numbers(&self) -> Vec<AccessNumber> {
        let mut numbers = self.numbers.clone();
        if let Some(region) = &self.default_region {
            put_first(&mut numbers, region);
        }
        numbers
    }

    /// Names of all regions, each once, in the service's order.
    pub fn regions(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for number in &self.numbers {
            if !names.contains(&number.region.as_str()) {
                names.push(&number.region);
            }
        }
        names
    }
}

/// The numbers of a region first; the order among them, and among the others, stays.
pub(super) fn put_first(numbers: &mut [AccessNumber], region: &str) {
    numbers.sort_by_key(|number| !number.region.eq_ignore_ascii_case(region));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(display: &str, region: &str) -> AccessNumber {
        AccessNumber {
            display: display.into(),
            region: region.into(),
            languages: vec![],
        }
    }

    #[test]
    fn of_too_many_numbers_each_region_has_its_first() {
        let many = |count: usize, region: &dyn Fn(usize) -> String| DialInOffer {
            numbers: (0..count)
                .map(|n| number(&format!("+1 425 {n}"), &region(n)))
                .collect(),
            ..DialInOffer::default()
        };
        let mut usual = many(5000, &|n| format!("Region {}", n % 200));
        assert_eq!(usual.leave_out_excess(), 0);
        assert_eq!(usual.numbers.len(), 5000);
        let mut large = many(50_000, &|n| match n {
            49_999 => "Last".to_owned(),
            n => format!("Region {}", n / 1000),
        });
        let left_out = large.leave_out_excess();
        assert_eq!(large.numbers.len() + left_out, 50_000);
        assert!((5000..20_000).contains(&large.numbers.len()));
        assert_eq!(large.numbers.last().unwrap().region, "Last");
        assert_eq!(large.numbers[0].display, "+1 425 0");
        assert_eq!(large.regions().len(), 51);
        let mut wordy = many(9, &|n| "x".repeat(MOST_OCTETS / 2 + n));
        assert_eq!(wordy.leave_out_excess(), 8);
    }

    #[test]
    fn the_chosen_region_comes_first_and_nothing_is_lost() {
        let offer = DialInOffer {
            allowed: true,
            numbers: vec![
                number("1", "A"),
                number("2", "B"),
                number("3", "A"),
                number("4", "B"),
            ],
            default_region: Some("A".into()),
        };
        let order = |region| -> String {
            let mut numbers = offer.ordered_numbers();
            put_first(&mut numbers, region);
            numbers.iter().map(|n| n.display.clone()).collect()
        };
        assert_eq!(order("A"), "1324");
        assert_eq!(order("b"), "2413");
        assert_eq!(order("gone"), "1324");
        assert_eq!(offer.regions(), ["A", "B"]);
    }
}
