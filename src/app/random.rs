//! Bytes that nobody can guess, and for tests bytes that are the same each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use openssl::sha::Sha256;

use crate::backend::Randomness;

/// The kernel's.
pub fn of_system() -> Randomness {
    Arc::new(|bytes| {
        if getrandom::fill(bytes).is_err() {
            // Only ever without a working kernel; OpenSSL keeps a generator of its own.
            let _ = openssl::rand::rand_bytes(bytes);
        }
    })
}

/// A stream that follows from a seed.
pub fn of_seed(seed: &[u8]) -> Randomness {
    let seed = seed.to_vec();
    let turn = AtomicU64::new(0);
    Arc::new(move |bytes| {
        for block in bytes.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(&seed);
            hash.update(&turn.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            block.copy_from_slice(&hash.finish()[..block.len()]);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_stream_and_another_one_is_not() {
        let drawn = |random: Randomness| {
            let (mut first, mut second) = ([0; 40], [0; 40]);
            random(&mut first);
            random(&mut second);
            assert_ne!(first, second);
            (first, second)
        };
        assert_eq!(drawn(of_seed(b"1")), drawn(of_seed(b"1")));
        assert_ne!(drawn(of_seed(b"1")), drawn(of_seed(b"2")));
        drawn(of_system());
    }
}
