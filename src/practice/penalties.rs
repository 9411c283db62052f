//! How long those wait who guess passwords.
//!
//! Only who has failed before waits, and before the guess is looked at: an answer that is late when
//! the guess is wrong alone would tell at once by its silence. Everybody waits for his turn, and
//! nobody is refused, so that the right password of somebody whose name is guessed at gets in as well.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::practice::seats::origin;

/// Wrong guesses for which nobody waits.
const FREE: u32 = 20;
/// Between two guesses at first: fifty a second.
const SHORTEST: Duration = Duration::from_millis(20);
/// Between two guesses at last. As many as there may be strangers wait less than the time that these
/// have to sign in.
const LONGEST: Duration = Duration::from_millis(50);
/// After so many wrong guesses the time between two is twice the shortest.
const DOUBLING: u32 = 1000;
/// After so long, half of the wrong guesses are forgotten.
const HALF_LIFE: Duration = Duration::from_secs(60);
/// Most culprits remembered.
const MOST_CULPRITS: usize = 4096;

/// Wrong guesses of late.
#[derive(Default)]
pub(super) struct Penalties(Mutex<HashMap<Culprit, Guesses>>);

/// Whose guesses are counted together: those at one user from one address, at one user from
/// everywhere, and from one address at everybody.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Culprit {
    Pair(String, IpAddr),
    User(String),
    Address(IpAddr),
}

#[derive(Clone, Copy)]
struct Guesses {
    wrong: u32,
    /// When they were last halved.
    since: Instant,
    /// When the next one may be looked at.
    next: Instant,
}

/// A guess that is counted as wrong unless it turns out to be right.
#[must_use = "wait, and say if it was right"]
pub(super) struct Guess {
    culprits: [Culprit; 3],
    /// How long to wait before looking whether it is right.
    pub(super) wait: Duration,
}

impl Penalties {
    /// Takes a guess at a user's password; nobody's if the pool has no such user.
    pub(super) fn begin(&self, user: &str, address: IpAddr) -> Guess {
        self.begin_at(user, address, Instant::now())
    }

    fn begin_at(&self, user: &str, address: IpAddr, now: Instant) -> Guess {
        let address = origin(address);
        let culprits = [
            Culprit::Pair(user.to_owned(), address),
            Culprit::User(user.to_owned()),
            Culprit::Address(address),
        ];
        let mut table = self.table();
        if table.len() + culprits.len() > MOST_CULPRITS {
            forget(&mut table, now);
        }
        let [pair, others @ ..] = &culprits;
        // Who has not failed here is not kept waiting for those who have.
        let is_first = note(&mut table, pair, now).wrong == 1;
        let waits = others.clone().map(|culprit| {
            let guesses = note(&mut table, &culprit, now);
            if is_first || guesses.wrong <= FREE {
                return Duration::ZERO;
            }
            let turn = guesses.next.max(now);
            guesses.next = turn + pause(guesses.wrong);
            turn - now
        });
        Guess {
            culprits,
            wait: waits.into_iter().max().unwrap_or_default(),
        }
    }

    /// Takes back that it was wrong.
    pub(super) fn was_right(&self, guess: &Guess) {
        let mut table = self.table();
        for culprit in &guess.culprits {
            if let Some(guesses) = table.get_mut(culprit) {
                guesses.wrong = guesses.wrong.saturating_sub(1);
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Culprit, Guesses>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts one more guess.
fn note<'a>(
    table: &'a mut HashMap<Culprit, Guesses>,
    culprit: &Culprit,
    now: Instant,
) -> &'a mut Guesses {
    let guesses = table.entry(culprit.clone()).or_insert(Guesses {
        wrong: 0,
        since: now,
        next: now,
    });
    guesses.fade(now);
    guesses.wrong = guesses.wrong.saturating_add(1);
    guesses
}

impl Guesses {
    fn fade(&mut self, now: Instant) {
        while self.wrong > 0 && now.saturating_duration_since(self.since) >= HALF_LIFE {
            self.wrong /= 2;
            self.since += HALF_LIFE;
        }
        if self.wrong == 0 {
            self.since = now;
        }
    }
}

/// Time between two guesses of who has failed so often.
fn pause(wrong: u32) -> Duration {
    let more = SHORTEST * wrong.saturating_sub(FREE).min(10 * DOUBLING) / DOUBLING;
    (SHORTEST + more).min(LONGEST)
}

/// Forgets those who have not failed of late, and when that is not enough, half of the others: those
/// who failed least.
fn forget(table: &mut HashMap<Culprit, Guesses>, now: Instant) {
    for guesses in table.values_mut() {
        guesses.fade(now);
    }
    table.retain(|_, guesses| guesses.wrong > 0 || guesses.next > now);
    if table.len() > MOST_CULPRITS / 2 {
        let mut counts: Vec<u32> = table.values().map(|guesses| guesses.wrong).collect();
        counts.sort_unstable();
        let middle = counts.get(counts.len() / 2).copied().unwrap_or_default();
        table.retain(|_, guesses| guesses.wrong > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// Guesses that are looked at within a time, by somebody who has as many connections as he likes.
    fn looked_at(penalties: &Penalties, user: &str, begun: Instant, time: Duration) -> usize {
        let waits = (0..10_000).map(|_| penalties.begin_at(user, HERE, begun).wait);
        waits.filter(|wait| *wait < time).count()
    }

    #[test]
    fn after_twenty_guesses_fifty_a_second_are_looked_at_and_later_less() {
        let (penalties, begun) = (Penalties::default(), Instant::now());
        let second = Duration::from_secs(1);
        let first = looked_at(&penalties, "ana", begun, second);
        assert!((60..=70).contains(&first), "{first}");
        let later = begun + Duration::from_secs(600);
        let waits: Vec<Duration> = (0..40)
            .map(|_| penalties.begin_at("ana", HERE, later).wait)
            .collect();
        let slower = waits[39] - waits[38];
        assert!(slower > SHORTEST && slower <= LONGEST, "{slower:?}");
        assert_eq!(pause(u32::MAX), LONGEST);
    }

    #[test]
    fn others_do_not_wait_for_who_guesses() {
        let (penalties, now) = (Penalties::default(), Instant::now());
        for _ in 0..500 {
            let _ = penalties.begin_at("ana", HERE, now);
        }
        let bo = penalties.begin_at("bo", HERE, now);
        assert_eq!(bo.wait, Duration::ZERO);
        penalties.was_right(&bo);
        // From somewhere else, Ana herself.
        let elsewhere = "192.0.2.7".parse().unwrap();
        assert_eq!(
            penalties.begin_at("ana", elsewhere, now).wait,
            Duration::ZERO
        );
        // One guess each at many users is a guess too many at the second.
        let _ = penalties.begin_at("cy", HERE, now);
        assert!(penalties.begin_at("cy", HERE, now).wait > Duration::from_secs(1));
    }

    #[test]
    fn right_ones_are_not_counted_and_wrong_ones_are_forgotten() {
        let (penalties, now) = (Penalties::default(), Instant::now());
        for _ in 0..500 {
            let guess = penalties.begin_at("ana", HERE, now);
            assert_eq!(guess.wait, Duration::ZERO);
            penalties.was_right(&guess);
        }
        for _ in 0..500 {
            let _ = penalties.begin_at("ana", HERE, now);
        }
        let later = now + 10 * HALF_LIFE;
        assert_eq!(penalties.begin_at("ana", HERE, later).wait, Duration::ZERO);
    }

    #[test]
    fn who_waits_longest_gets_in_before_his_time_to_sign_in_is_over() {
        let limits = crate::practice::limits::Limits::default();
        let strangers = (1..)
            .find(|count| limits.strangers.odds(*count) == 100)
            .unwrap();
        assert!(LONGEST * u32::try_from(strangers).unwrap() < limits.grace);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_worst_stay() {
        let (penalties, now) = (Penalties::default(), Instant::now());
        for _ in 0..30 {
            let _ = penalties.begin_at("ana", HERE, now);
        }
        for number in 0..50_000 {
            let _ = penalties.begin_at(&format!("user-{number}"), HERE, now);
        }
        assert!(penalties.table().len() <= MOST_CULPRITS);
        assert!(penalties.begin_at("ana", HERE, now).wait > Duration::ZERO);
    }
}
