//! Numbers that look drawn and are the same each time (Steele, Lea and Flood's SplitMix).

/// A row of numbers that follows from one.
pub(super) struct Draws(u64);

impl Draws {
    /// The row that belongs to a number.
    pub(super) fn new(seed: u64) -> Self {
        let mut draws = Self(seed);
        // Rows of neighbouring numbers begin alike otherwise.
        draws.0 = draws.next();
        draws
    }

    /// The next number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below that one; 0 below 0.
    pub(super) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % (most.max(1) as u64)).unwrap_or_default()
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Puts a list into another order.
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}
