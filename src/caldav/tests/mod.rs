//! The client against servers on this machine that behave, and some that don't.

mod entries;
mod finding;
mod hostile;
mod server;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::caldav::tests::server::Server;
use crate::caldav::{Access, Calendar, Target};
use crate::error::{Error, Result};
use crate::net::tls::Tls;
use crate::report::Recorder;
use crate::secret::Secret;

/// Access to a server as ana; counts how often the password was asked for.
fn access(url: &str) -> (Access, Rc<Cell<u32>>) {
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let access = Access {
        target: Target {
            url: Some(url.to_owned()),
            user: Some("ana".to_owned()),
            ..Target::default()
        },
        organizer: "ana@example.com".to_owned(),
        tls: Tls::default(),
        timeout: Duration::from_secs(5),
        seed: [7; 16],
        password: Box::new(move |name| {
            assert!(name.starts_with("caldav:ana@127.0.0.1:"), "{name}");
            count.set(count.get() + 1);
            Ok(Secret::from("hunter2"))
        }),
        report: Rc::new(Recorder {
            secret: Some("hunter2"),
            ..Recorder::default()
        }),
    };
    (access, asked)
}

fn find(server: &Server) -> Result<Calendar> {
    Calendar::find(access(&server.url("/")).0)
}

/// Sentence and hints, as people see them.
fn tell(error: &Error) -> String {
    format!("{error} | {}", error.hints().join(" | "))
}
