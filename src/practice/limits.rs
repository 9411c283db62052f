//! How much of the practice pool one user, one computer and all strangers together may take.

use std::str::FromStr;
use std::time::Duration;

/// Limits of the pool's connections, whatever listener they come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most connections over which one user is signed in.
    pub per_user: usize,
    /// Most connections from one address; all of loopback is one.
    pub per_address: usize,
    /// How long somebody has to sign in, or to send a whole HTTP request ([MS-CONMGMT] 3.5.6).
    pub grace: Duration,
    /// When those who have not signed in are refused.
    pub strangers: Ramp,
}

/// From `start` strangers on, `rate` in a hundred of the new ones are refused, and more and more up to
/// `full`, where it is all of them. Whoever fills the table would keep everybody out if it were
/// all or nothing; so he throws dice with the others. Of one address; of all together, twice as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    start: usize,
    rate: usize,
    full: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_user: 32,
            per_address: 512,
            grace: Duration::from_secs(30),
            strangers: Ramp {
                start: 256,
                rate: 30,
                full: 448,
            },
        }
    }
}

/// One limit, as `--limit` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `connections-per-user=N`
    PerUser(usize),
    /// `connections-per-address=N`
    PerAddress(usize),
    /// `grace=SECONDS`
    Grace(Duration),
    /// `strangers=START:RATE:FULL`
    Strangers(Ramp),
}

/// The text was no limit.
#[derive(Debug, thiserror::Error)]
#[error(
    "'{0}' is not a limit: expected connections-per-user=N, connections-per-address=N, grace=SECONDS (1 to 3600) or strangers=START:RATE:FULL"
)]
pub struct LimitError(String);

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let read = || {
            let (name, value) = text.split_once('=')?;
            let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number > 0);
            Some(match name {
                "connections-per-user" => Self::PerUser(number(value)?),
                "connections-per-address" => Self::PerAddress(number(value)?),
                "grace" => {
                    let seconds = value.parse().ok()?;
                    let is_taken = (1..=3600).contains(&seconds);
                    Self::Grace(is_taken.then(|| Duration::from_secs(seconds))?)
                }
                "strangers" => {
                    let mut numbers = value.split(':').map(number);
                    let ramp = Ramp {
                        start: numbers.next()??,
                        rate: numbers.next()??,
                        full: numbers.next()??,
                    };
                    let is_taken =
                        numbers.next().is_none() && ramp.rate <= 100 && ramp.start <= ramp.full;
                    Self::Strangers(is_taken.then_some(ramp)?)
                }
                _ => return None,
            })
        };
        read().ok_or_else(|| LimitError(text.to_owned()))
    }
}

impl Limits {
    /// The default limits with those over them, the last one of a kind winning.
    pub fn with(limits: &[Limit]) -> Self {
        let mut all = Self::default();
        for limit in limits {
            match *limit {
                Limit::PerUser(most) => all.per_user = most,
                Limit::PerAddress(most) => all.per_address = most,
                Limit::Grace(time) => all.grace = time,
                Limit::Strangers(ramp) => all.strangers = ramp,
            }
        }
        all
    }
}

impl Ramp {
    /// The same for all addresses together: a single one does not make others draw lots.
    pub(super) fn of_all(self) -> Self {
        Self {
            start: self
                .start
                .saturating_mul(2)
                .max(self.full.saturating_add(1)),
            full: self.full.saturating_mul(2),
            ..self
        }
    }

    /// How many in a hundred are refused when there are so many already.
    pub(super) fn odds(self, strangers: usize) -> usize {
        if strangers < self.start {
            return 0;
        }
        if strangers >= self.full {
            return 100;
        }
        let above = (100 - self.rate) * (strangers - self.start);
        self.rate + above / (self.full - self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_by_their_names() {
        let limits: Vec<Limit> = ["connections-per-user=2", "grace=5", "strangers=1:50:3"]
            .map(|text| text.parse().unwrap())
            .into();
        let limits = Limits::with(&limits);
        assert_eq!((limits.per_user, limits.per_address), (2, 512));
        assert_eq!(limits.grace, Duration::from_secs(5));
        for text in [
            "connections-per-user",
            "connections-per-user=0",
            "connections-per-address=-1",
            "grace=0",
            "grace=3601",
            "strangers=5:50:3",
            "strangers=1:101:3",
            "strangers=1:50:3:4",
            "coffee=1",
        ] {
            let error = text.parse::<Limit>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("grace="), "{error}");
        }
    }

    #[test]
    fn a_limit_may_be_as_large_as_numbers_are() {
        let most = format!("strangers=1:1:{}", usize::MAX);
        let ramp = Limits::with(&[most.parse().unwrap()]).strangers;
        assert_eq!(ramp.of_all().odds(0), 0);
        assert!(ramp.odds(10_000) <= 1);
    }

    #[test]
    fn the_more_strangers_the_worse_the_odds() {
        let ramp = Limits::default().strangers;
        let odds: Vec<usize> = [0, 255, 256, 352, 447, 448, 1000]
            .map(|strangers| ramp.odds(strangers))
            .into();
        assert_eq!(odds, [0, 0, 30, 65, 99, 100, 100]);
    }
}
