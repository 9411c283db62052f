//! Instruments that break confctl at every point, from outside: nothing in the program knows them.

mod operation;
mod postmaster;
mod relay;
mod steps;
mod town;

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

pub use operation::{Act, Operation, Progress, Traces};
pub use postmaster::{Point, Postmaster, Strike};
pub use relay::{Blow, Relay, Trouble, Way};
pub use steps::{Moment, Step, Steps};
pub use town::{Citizen, Service, Town};

/// Checks that many cases beside one another; those that fail are named.
pub fn at_once<T: Debug + Sync>(beside: usize, cases: &[T], check: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..beside {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let named = Named(case);
                    check(case);
                    drop(named);
                }
            });
        }
    });
}

/// Tells which case it was that failed.
struct Named<'a, T: Debug>(&'a T);

impl<T: Debug> Drop for Named<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the case that failed: {:?}", self.0);
        }
    }
}
