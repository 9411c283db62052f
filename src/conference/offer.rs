//! What a pool offers its user: policy, numbers, pages.

use crate::conference::AccessNumber;

/// What the pool lets the signed-in user do.
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
    /// Whether the pool knows passcodes: OCS 2007 and 2007 R2 do, Lync and later don't. Where they
    /// are known, phone callers need a conference that has one and lets anonymous people in.
    pub passcodes: bool,
    /// Whether the pool knows lobbies and presenters by promotion: Lync and later do.
    pub lobby: bool,
}

/// Dial-in numbers, and whether the user may use them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialInOffer {
    /// False when the user's meeting policy or the pool has dial-in off.
    pub allowed: bool,
    /// All numbers in the pool's order.
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
    /// The numbers with those of `region` first, else of the user's region, when the pool has no
    /// such region; the others in the pool's order.
    pub fn numbers_from(&self, region: Option<&str>) -> Vec<AccessNumber> {
        let is = |number: &AccessNumber, name: &str| number.region.eq_ignore_ascii_case(name);
        let known = |name: &&str| self.numbers.iter().any(|number| is(number, name));
        let first = region.filter(known).or(self.default_region.as_deref());
        let here = |number: &&AccessNumber| first.is_some_and(|name| is(number, name));
        let mut numbers: Vec<_> = self.numbers.iter().filter(here).cloned().collect();
        numbers.extend(self.numbers.iter().filter(|n| !here(n)).cloned());
        numbers
    }

    /// Names of all regions, each once, in the pool's order.
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
            offer
                .numbers_from(region)
                .iter()
                .map(|n| n.display.clone())
                .collect()
        };
        assert_eq!(order(None), "1324");
        assert_eq!(order(Some("b")), "2413");
        assert_eq!(order(Some("gone")), "1324");
        assert_eq!(offer.regions(), ["A", "B"]);
    }
}
