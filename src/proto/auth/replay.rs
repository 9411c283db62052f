//! Which message numbers of the peer were seen already ([MS-SIP] 3.1.5.1).

const WIDTH: u64 = 256;

/// Guards one direction of a security association against repeated messages: `snum` on the
/// client, `cnum` on the pool. Ask it only about messages whose signature is right.
#[derive(Clone, Debug)]
pub struct ReplayWindow {
    highest: u64,
    /// The last number seen of those that share a slot; 0 for none.
    slots: [u64; WIDTH as usize],
}

impl ReplayWindow {
    /// Nothing seen yet; the first number may be any but 0, since clients go on counting when
    /// they sign in again.
    pub fn new() -> Self {
        Self {
            highest: 0,
            slots: [0; WIDTH as usize],
        }
    }

    /// Takes a number, and says whether the message is new. False for 0, for a number seen
    /// before, and for one that is 256 or more below the highest.
    #[must_use]
    pub fn accept(&mut self, number: u64) -> bool {
        let slot = &mut self.slots[(number % WIDTH) as usize];
        let too_old = self.highest.saturating_sub(number) >= WIDTH;
        if number == 0 || too_old || *slot == number {
            return false;
        }
        *slot = number;
        self.highest = self.highest.max(number);
        true
    }
}

impl Default for ReplayWindow {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_in_order_are_new_once() {
        let mut window = ReplayWindow::new();
        for number in 1..=1000 {
            assert!(window.accept(number), "{number}");
            assert!(!window.accept(number), "{number} again");
        }
    }

    #[test]
    fn the_first_number_may_be_any_but_zero() {
        assert!(!ReplayWindow::new().accept(0));
        for first in [1, 17, 256, 257, 100_000, u64::MAX] {
            assert!(ReplayWindow::new().accept(first), "{first}");
        }
    }

    #[test]
    fn late_messages_are_taken_down_to_the_window_s_edge() {
        let mut window = ReplayWindow::new();
        assert!(window.accept(1000));
        assert!(window.accept(745));
        assert!(!window.accept(744));
        assert!(!window.accept(745));
        assert!(window.accept(1001));
        assert!(!window.accept(745));
        assert!(window.accept(746));
    }

    #[test]
    fn a_jump_leaves_no_ghosts() {
        let mut window = ReplayWindow::new();
        assert!(window.accept(5));
        assert!(window.accept(5 + 256));
        assert!(!window.accept(5));
        assert!(window.accept(6));
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_list_of_everything_seen(
            numbers in prop::collection::vec(prop_oneof![0..40u64, 200..900u64], 0..400),
        ) {
            let (mut window, mut seen, mut highest) = (ReplayWindow::new(), HashSet::new(), 0);
            for number in numbers {
                let expected = number > 0 && number + 256 > highest && !seen.contains(&number);
                prop_assert_eq!(window.accept(number), expected);
                if expected {
                    seen.insert(number);
                    highest = highest.max(number);
                }
            }
        }
    }
}
