//! Who has which connections to the pool, whatever listener they came by, and who gets one more.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::practice::limits::Limits;
use crate::practice::random;

/// Most memory for messages that one user has sent in part. A message has two megabytes at most.
const HELD_PER_USER: usize = 16 << 20;
/// The same for all users together.
const HELD_BY_ALL: usize = 128 << 20;
/// A connection on which nothing was said for so long makes room for another one of its user's.
const IDLE: Duration = Duration::from_secs(60);
/// For each seat of a user's, so many may wait for it. What waits is a stranger to the others.
const WAITING_PER_SEAT: usize = 6;

/// All connections of a pool.
pub(super) struct Seats {
    pub(super) limits: Limits,
    table: Mutex<Table>,
    /// Told when somebody goes.
    freed: Condvar,
}

#[derive(Default)]
struct Table {
    /// Number of the next one.
    next: u64,
    taken: HashMap<u64, Taken>,
}

/// A connection.
struct Taken {
    origin: IpAddr,
    /// Who has signed in over it.
    user: Option<String>,
    /// Whose seat it waits for.
    waits_for: Option<String>,
    /// When something was said last.
    heard: Instant,
    /// Bytes of memory for a message that is not whole yet.
    held: usize,
    /// What ends it.
    socket: Option<Arc<TcpStream>>,
}

/// A connection's place, free again when dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
}

/// Where somebody comes from, as far as it tells people apart: a computer has all of loopback, and
/// mostly 64 bits of addresses to itself.
pub(super) fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        address if address.is_loopback() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

impl Seats {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            table: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// A seat for a new connection, unless its address has enough of them, or the dice say no.
    pub(super) fn enter(
        self: &Arc<Self>,
        address: IpAddr,
        socket: Option<Arc<TcpStream>>,
    ) -> Option<Seat> {
        let origin = origin(address);
        let mut table = self.table();
        let taken = table.taken.values();
        let near = taken.clone().filter(|taken| taken.origin == origin).count();
        let strangers = taken.filter(|taken| taken.user.is_none());
        let own = strangers.clone().filter(|taken| taken.origin == origin);
        let (strangers, own) = (strangers.clone().count(), own.count());
        let dice = || usize::from(u16::from_be_bytes(random())) % 100;
        let ramp = self.limits.strangers;
        let is_refused_by_lot = dice() < ramp.odds(own) || dice() < ramp.of_all().odds(strangers);
        if near >= self.limits.per_address || is_refused_by_lot {
            return None;
        }
        let number = table.next;
        table.next += 1;
        let taken = Taken {
            origin,
            user: None,
            waits_for: None,
            heard: Instant::now(),
            held: 0,
            socket,
        };
        table.taken.insert(number, taken);
        Some(Seat {
            seats: Arc::clone(self),
            number,
        })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = (&'a u64, &'a Taken)> {
        let is_his = move |(_, taken): &(&u64, &Taken)| taken.user.as_deref() == Some(user);
        self.taken.iter().filter(is_his)
    }

    /// How many others wait for a seat of the user's.
    fn waiting_for(&self, user: &str, own: u64) -> usize {
        let waits =
            |(at, taken): &(&u64, &Taken)| **at != own && taken.waits_for.as_deref() == Some(user);
        self.taken.iter().filter(waits).count()
    }

    /// Ends the connection of the user's that has been silent longest, if it was for long enough.
    fn make_room(&mut self, user: &str) {
        let idle = self
            .of(user)
            .filter(|(_, taken)| taken.socket.is_some() && taken.heard.elapsed() >= IDLE);
        let oldest = idle.min_by_key(|(_, taken)| taken.heard).map(|(at, _)| *at);
        if let Some(ended) = oldest.and_then(|at| self.taken.remove(&at))
            && let Some(socket) = ended.socket
        {
            // It may be gone by itself.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Seat {
    /// Makes it a user's, unless he has as many as he may have; false then. Whoever has signed in
    /// over it first keeps it.
    pub(super) fn sign_in(&self, user: &str) -> bool {
        self.take(&mut self.seats.table(), user)
    }

    /// The same, waiting until another one of the user's is free, if not too many wait for that.
    pub(super) fn wait_to_sign_in(&self, user: &str, until: Instant) -> bool {
        let mut table = self.seats.table();
        loop {
            if self.take(&mut table, user) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            let most = WAITING_PER_SEAT * self.seats.limits.per_user;
            if left.is_zero() || table.waiting_for(user, self.number) >= most {
                return false;
            }
            if let Some(own) = table.taken.get_mut(&self.number) {
                own.waits_for = Some(user.to_owned());
            }
            let woken = self.seats.freed.wait_timeout(table, left);
            (table, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn take(&self, table: &mut Table, user: &str) -> bool {
        let has_one = |own: &Taken| own.user.is_some();
        if table.taken.get(&self.number).is_some_and(has_one) {
            return true;
        }
        let most = self.seats.limits.per_user;
        if table.of(user).count() >= most {
            table.make_room(user);
        }
        if table.of(user).count() >= most {
            return false;
        }
        let Some(own) = table.taken.get_mut(&self.number) else {
            return false;
        };
        own.user = Some(user.to_owned());
        own.waits_for = None;
        true
    }

    /// Who has signed in over it.
    pub(super) fn user(&self) -> Option<String> {
        let table = self.seats.table();
        table.taken.get(&self.number)?.user.clone()
    }

    /// Whether somebody has signed in over it.
    pub(super) fn is_signed_in(&self) -> bool {
        self.user().is_some()
    }

    /// Notes that something was said, and what memory it takes until it is whole; false: too much.
    pub(super) fn hear(&self, held: usize) -> bool {
        let mut table = self.seats.table();
        let Some(own) = table.taken.get_mut(&self.number) else {
            return false;
        };
        (own.heard, own.held) = (Instant::now(), held);
        // What strangers may send is less than what is looked at here.
        let Some(user) = own.user.clone() else {
            return true;
        };
        let users = table.taken.values().filter(|taken| taken.user.is_some());
        let by_all: usize = users.map(|taken| taken.held).sum();
        let by_user: usize = table.of(&user).map(|(_, taken)| taken.held).sum();
        by_user <= HELD_PER_USER && by_all <= HELD_BY_ALL
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.table().taken.remove(&self.number);
        self.seats.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::thread;

    use super::*;
    use crate::practice::limits::Limit;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn seats(limits: &[&str]) -> Arc<Seats> {
        let limits: Vec<Limit> = limits.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Seats::new(Limits::with(&limits)))
    }

    #[test]
    fn one_users_seats_are_not_anothers() {
        let seats = seats(&["connections-per-user=2"]);
        let all: Vec<Seat> = (0..4).filter_map(|_| seats.enter(HERE, None)).collect();
        assert!(all[0].sign_in("ana") && all[1].sign_in("ana") && !all[2].sign_in("ana"));
        assert!(all[0].sign_in("ana") && all[3].sign_in("bo"));
        assert!(!all[2].wait_to_sign_in("ana", Instant::now() + Duration::from_millis(20)));
    }

    #[test]
    fn who_waits_gets_the_seat_of_who_goes() {
        let seats = seats(&["connections-per-user=1"]);
        let [first, second] = [(); 2].map(|()| seats.enter(HERE, None).unwrap());
        assert!(first.sign_in("ana"));
        let until = Instant::now() + Duration::from_secs(60);
        let waiting = thread::spawn(move || second.wait_to_sign_in("ana", until));
        drop(first);
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn no_more_wait_for_a_user_than_others_can_bear() {
        let seats = seats(&["connections-per-user=1"]);
        let all: Vec<Seat> = (0..8).filter_map(|_| seats.enter(HERE, None)).collect();
        assert!(all[0].sign_in("ana"));
        for number in 1..=6 {
            let mut table = seats.table();
            let waiting = table.taken.get_mut(&number).unwrap();
            waiting.waits_for = Some("ana".to_owned());
        }
        let begun = Instant::now();
        assert!(!all[7].wait_to_sign_in("ana", begun + Duration::from_secs(60)));
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_silent_connection_makes_room_for_another_one_of_its_user() {
        let seats = seats(&["connections-per-user=2"]);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let old = seats.enter(HERE, Some(Arc::new(socket))).unwrap();
        let [busy, new] = [(); 2].map(|()| seats.enter(HERE, None).unwrap());
        assert!(old.sign_in("ana") && busy.sign_in("ana") && !new.sign_in("ana"));
        let ago = Instant::now().checked_sub(IDLE).unwrap();
        for taken in seats.table().taken.values_mut() {
            taken.heard = ago;
        }
        assert!(busy.hear(0) && new.sign_in("ana"));
        assert!(!old.is_signed_in() && busy.is_signed_in());
    }

    #[test]
    fn all_of_loopback_is_one_address() {
        let seats = seats(&["connections-per-address=2"]);
        let enter = |address: &str| seats.enter(address.parse().unwrap(), None);
        let all = [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.3",
            "192.0.2.7",
        ]
        .map(enter);
        assert_eq!(
            all.map(|seat| seat.is_some()),
            [true, true, false, false, true]
        );
        let [first, second] = ["2001:db8::1", "2001:db8::ffff:2"].map(|text| text.parse().unwrap());
        assert_eq!(origin(first), origin(second));
    }

    #[test]
    fn strangers_are_refused_by_and_by_and_users_are_not() {
        let seats = seats(&["strangers=10:50:20"]);
        let user = seats.enter(HERE, None).unwrap();
        assert!(user.sign_in("ana"));
        let mut all: Vec<Seat> = (0..10).map(|_| seats.enter(HERE, None).unwrap()).collect();
        all.extend((0..1000).filter_map(|_| seats.enter(HERE, None)));
        assert_eq!(all.len(), 20);
        assert!(all[0].sign_in("ana") && user.is_signed_in());
    }

    #[test]
    fn one_address_does_not_keep_others_out() {
        let seats = seats(&["strangers=10:50:20"]);
        let elsewhere = "192.0.2.7".parse().unwrap();
        let _all: Vec<Seat> = (0..1000).filter_map(|_| seats.enter(HERE, None)).collect();
        assert!(seats.enter(HERE, None).is_none());
        let others: Vec<_> = (0..9).map(|_| seats.enter(elsewhere, None)).collect();
        assert!(others.first().is_some_and(Option::is_some));
        let third = "192.0.2.8".parse().unwrap();
        let thirds = (0..1000).filter_map(|_| seats.enter(third, None));
        let thirds: Vec<Seat> = thirds.collect();
        assert!(thirds.len() < 20, "{}", thirds.len());
    }

    #[test]
    fn what_a_user_has_sent_in_part_is_bounded() {
        let seats = seats(&[]);
        let all: Vec<Seat> = (0..20).filter_map(|_| seats.enter(HERE, None)).collect();
        let (others, own) = all.split_at(10);
        assert!(own.iter().all(|seat| seat.sign_in("ana")));
        assert!(others.iter().all(|seat| seat.sign_in("bo")));
        let heard = own.iter().filter(|seat| seat.hear(2 << 20));
        assert_eq!(heard.count(), HELD_PER_USER / (2 << 20));
        assert!(others[0].hear(2 << 20));
    }
}
