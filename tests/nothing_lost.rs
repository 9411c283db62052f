//! Whatever breaks, and wherever: afterwards pool and diary agree, and nothing is there twice.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;

use serde_json::Value;

use crate::desk::{Desk, Output, words};
use crate::laboratory::{
    Act, Blow, Citizen, Moment, Operation, Progress, Relay, Service, Step, Steps, Town, Traces,
    Trouble, Way, at_once,
};

/// Cases beside one another when they do not only wait.
const BESIDE: usize = 4;

/// One way to break an operation.
#[derive(Clone, Copy, Debug)]
enum Break {
    /// Killed on its way to the disk.
    Killed(Moment),
    /// No room on the disk from this step on.
    Full(usize),
    /// Something happens to a message.
    Message(Trouble),
}

/// How it is mended.
#[derive(Clone, Copy, Debug)]
enum Mending {
    /// `confctl resume`
    Resume,
    /// `confctl resume` with the clock at another year.
    ResumeAt(&'static str),
    /// The same command; a new meeting needs its key for that.
    Again,
}

/// An operation, what breaks it, and what mends it.
type Case = (Operation, Break, Mending);

#[test]
fn a_kill_at_any_step() {
    let steps = Steps::new();
    let mut cases = Vec::new();
    for operation in Operation::ALL {
        let log = steps_of(operation, steps);
        let killed = |moment| (operation, Break::Killed(moment));
        cases.extend(moments(&log).into_iter().map(killed));
    }
    nothing_is_lost(BESIDE, &mended_by_turns(&cases));
}

#[test]
fn a_kill_or_a_cut_at_any_message() {
    // Before an answer is behind its request, and behind an answer is before the next request.
    let hits = [
        (Way::ToPool, Blow::KillBefore),
        (Way::ToPool, Blow::KillAfter),
        (Way::ToPool, Blow::CutBefore),
        (Way::ToPool, Blow::CutWithin),
        (Way::ToPool, Blow::CutAfter),
        (Way::FromPool, Blow::CutWithin),
        (Way::FromPool, Blow::CutAfter),
    ];
    nothing_is_lost(BESIDE, &mended_by_turns(&troubles(&hits)));
}

#[test]
fn a_silence_from_any_message_on() {
    let hits = [(Way::ToPool, Blow::Freeze), (Way::FromPool, Blow::Freeze)];
    // They only wait.
    nothing_is_lost(6 * BESIDE, &mended_by_turns(&troubles(&hits)));
}

#[test]
fn a_disk_that_is_full_from_any_step_on() {
    let steps = Steps::new();
    let mut cases = Vec::new();
    for operation in Operation::ALL {
        let log = steps_of(operation, steps).into_iter();
        let counted = log.filter(|step| step.number > 0);
        cases.extend(counted.map(|step| (operation, Break::Full(step.number))));
    }
    nothing_is_lost(BESIDE, &mended_by_turns(&cases));
}

#[test]
fn a_clock_that_jumps() {
    let clocks = ["2025-11-22T09:15:00Z", "2027-11-22T09:15:00Z"]
        .into_iter()
        .cycle();
    let cases: Vec<Case> = troubles(&[(Way::ToPool, Blow::CutAfter)])
        .into_iter()
        .zip(clocks)
        .map(|((operation, broken), now)| (operation, broken, Mending::ResumeAt(now)))
        .collect();
    nothing_is_lost(BESIDE, &cases);
}

#[test]
fn a_diary_that_can_not_be_written() {
    let steps = Steps::new();
    let town = Town::new(Operation::ALL.len());
    at_once(BESIDE, &Operation::ALL, |&operation| {
        let citizen = town.citizen_on(operation.service);
        let words = operation.prepare(&citizen);
        let diary = citizen.desk.path(DATA).join("diary");
        let run = steps.protect(citizen.confctl(&words), &citizen.desk, &diary);
        let output = run.run();
        assert_ne!(output.code, 0, "{output}");
        is_mended(operation, &citizen, &output, Mending::Resume, &words);
    });
}

/// A power failure takes what was only written, not synced.
#[test]
fn what_the_pool_hears_of_is_on_the_disk_before() {
    let steps = Steps::new();
    let town = Town::new(Operation::ALL.len());
    at_once(BESIDE, &Operation::ALL, |&operation| {
        let citizen = town.citizen_on(operation.service);
        let words = operation.prepare(&citizen);
        let run = steps.watch(citizen.confctl(&words), &citizen.desk);
        let _ = run.run().code(0);
        let data = citizen.desk.path(DATA);
        let mut unsafe_yet = BTreeSet::new();
        for step in steps.log(&citizen.desk) {
            assert!(
                step.name != "send" || unsafe_yet.is_empty(),
                "{operation:?} asks the pool before these are synced: {unsafe_yet:?}"
            );
            follow(&step, &data, &mut unsafe_yet);
        }
    });
}

/// What is printed can be relied on: at that moment the pool, too, has nothing that a power failure
/// would take.
#[test]
fn what_is_printed_is_on_the_disk_before() {
    let steps = Steps::new();
    for (before, line) in PRACTICE {
        let desk = Desk::new();
        for line in before {
            let _ = desk.run(line).code(0);
        }
        let printed = desk.path("printed");
        let mut run = steps.watch(desk.confctl(&words(line)), &desk);
        let command = run.command().stdin(Stdio::null()).stderr(Stdio::null());
        let status = command.stdout(File::create(&printed).unwrap()).status();
        assert!(status.unwrap().success(), "{line}");
        let log = steps.log(&desk);
        let is_print = |step: &Step| step.path == printed && step.name == "write";
        let end = log.iter().position(is_print).expect("nothing is printed");
        let data = desk.path(DATA);
        let mut unsafe_yet = BTreeSet::new();
        for step in &log[..end] {
            follow(step, &data, &mut unsafe_yet);
        }
        assert!(unsafe_yet.is_empty(), "{line}: {unsafe_yet:?}");
    }
}

/// Commands on the practice pool of this computer, and what is done before them.
const PRACTICE: [(&[&str], &str); 5] = {
    const ONE: &str = "schedule live-meeting -s One -t '2026-12-01 14:00' -i bo@example.com";
    const CALL: &str = "schedule conference-call -s Call -t '2026-12-01 14:00' -i bo@example.com";
    [
        (&[], ONE),
        (&[ONE], CALL),
        (
            &[ONE, CALL],
            "schedule live-meeting -s Two -t '2026-12-01 16:00' --key two",
        ),
        (&[ONE, CALL], "update One -t '2026-12-01 15:00'"),
        (&[ONE, CALL], "cancel One --yes"),
    ]
};

/// A sync is most of what a meeting on the practice pool takes: one of the pool's log, two of the
/// journal (the record and its name), two of the entry.
#[test]
fn a_practice_meeting_costs_five_syncs() {
    let (desk, steps) = (Desk::new(), Steps::new());
    let (_, line) = PRACTICE[0];
    let _ = desk.run(line).code(0);
    let _ = steps.watch(desk.confctl(&words(line)), &desk).run().code(0);
    let log = steps.log(&desk);
    let syncs = log.iter().filter(|step| step.name == "fsync");
    let count = |folder: &str| {
        let folder = desk.path(DATA).join(folder);
        syncs
            .clone()
            .filter(|step| step.path.starts_with(&folder))
            .count()
    };
    let counts = ["practice", "unfinished", "diary"].map(count);
    assert_eq!(counts, [1, 2, 2], "{log:#?}");
}

#[test]
fn the_same_key_is_the_same_conference() {
    let town = Town::new(2);
    let citizen = town.citizen();
    let words = with_key(Operation::SCHEDULE.prepare(&citizen));
    let printed = [(); 3].map(|()| citizen.confctl(&words).run().code(0).stdout);
    assert_eq!(printed[0], printed[1]);
    assert_eq!(printed[0], printed[2]);
    there_is_one(&citizen);

    let citizen = town.citizen();
    let ids = Mutex::new(BTreeSet::new());
    at_once(10, &[(); 10], |()| {
        let output = citizen.confctl(&words).run().code(0);
        let id = output.value_of("Conference ID: ");
        ids.lock().unwrap().insert(id);
    });
    assert_eq!(ids.into_inner().unwrap().len(), 1);
    there_is_one(&citizen);
}

/// Where confctl keeps what it needs, in the home.
const DATA: &str = ".local/share/confctl";

fn with_key(mut words: Vec<String>) -> Vec<String> {
    words.extend(["--key", "review-2026-4"].map(str::to_owned));
    words
}

#[track_caller]
fn there_is_one(citizen: &Citizen) {
    let traces = Traces::of(citizen);
    traces.is_clean();
    assert_eq!(Operation::SCHEDULE.progress(&traces), Progress::All);
}

/// Keeps track of what is not synced yet: bytes of files, and names in folders. That a name is gone
/// may be forgotten: what comes back is found done. So may a lock, which holds nothing, and what
/// processes share of a database while they run (`-shm`).
fn follow(step: &Step, data: &Path, unsafe_yet: &mut BTreeSet<Unsynced>) {
    let is_above = data.starts_with(&step.path);
    let is_lock = step.path.starts_with(data.join("unfinished/locks"));
    let is_shared = step.path.to_string_lossy().ends_with("-shm");
    if is_lock || is_shared || !step.path.starts_with(data) && !is_above {
        return;
    }
    let path = || step.path.clone();
    match step.name.as_str() {
        "write" => drop(unsafe_yet.insert(Unsynced::Bytes(path()))),
        "create" | "mkdir" => drop(unsafe_yet.insert(Unsynced::Name(path()))),
        "fsync" => unsafe_yet.retain(|unsynced| match unsynced {
            Unsynced::Bytes(file) => *file != step.path,
            Unsynced::Name(name) => name.parent() != Some(&step.path),
        }),
        "rename" | "link" => {
            let source = step.source.clone().unwrap();
            unsafe_yet.remove(&Unsynced::Name(source.clone()));
            if unsafe_yet.remove(&Unsynced::Bytes(source)) {
                unsafe_yet.insert(Unsynced::Bytes(path()));
            }
            unsafe_yet.insert(Unsynced::Name(path()));
        }
        "unlink" => {
            unsafe_yet.remove(&Unsynced::Bytes(path()));
            unsafe_yet.remove(&Unsynced::Name(path()));
        }
        _ => {}
    }
}

/// What a power failure would take.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unsynced {
    Bytes(PathBuf),
    Name(PathBuf),
}

/// The steps of an operation that nothing breaks, and what it sends between them.
fn steps_of(operation: Operation, steps: Steps) -> Vec<Step> {
    let town = Town::new(1);
    let citizen = town.citizen_on(operation.service);
    let words = operation.prepare(&citizen);
    let run = steps.watch(citizen.confctl(&words), &citizen.desk);
    let _ = run.run().code(0);
    let log = steps.log(&citizen.desk);
    assert!(log.len() > 3, "{log:?}");
    log
}

/// Before each step, within those that write, and behind those that something is sent after:
/// behind any other is before the next one.
fn moments(log: &[Step]) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (at, step) in log.iter().enumerate().filter(|(_, step)| step.number > 0) {
        moments.push(Moment::Before(step.number));
        if step.name == "write" {
            moments.push(Moment::Within(step.number));
        }
        if log.get(at + 1).is_none_or(|next| next.number == 0) {
            moments.push(Moment::After(step.number));
        }
    }
    moments
}

/// Every message of every operation, hit in each of these ways. The sign-in is the same for all of them
/// and is hit in the first one only.
fn troubles(hits: &[(Way, Blow)]) -> Vec<(Operation, Break)> {
    let town = Town::new(Operation::ALL.len());
    let mut troubles = Vec::new();
    for operation in Operation::ALL {
        let citizen = town.citizen_on(operation.service);
        let words = operation.prepare(&citizen);
        let service = operation.service;
        let relay = Relay::new(town.address(service), service, None);
        let run = citizen.confctl_at(relay.address(), &words);
        let _ = relay.run(run).code(0);
        let sign_in = sign_in(service);
        let first = match operation.act {
            Act::Schedule => 1,
            _ => sign_in + 1,
        };
        for &(way, blow) in hits {
            let last = relay.count(way);
            assert!(last > sign_in, "{last} messages {way:?}");
            let hit = |message| (operation, Break::Message(Trouble { way, message, blow }));
            troubles.extend((first..=last).map(hit));
        }
    }
    troubles
}

/// Messages of a sign-in, each way; on Teams nobody signs in.
fn sign_in(service: Service) -> usize {
    match service {
        Service::Pool => 3,
        Service::Teams => 0,
    }
}

/// One way for each second case: both for each would take twice the time and find the same.
fn mended_by_turns(cases: &[(Operation, Break)]) -> Vec<Case> {
    let mending = [Mending::Resume, Mending::Again].into_iter().cycle();
    let cases = cases.iter().zip(mending);
    cases
        .map(|(&(operation, broken), mending)| (operation, broken, mending))
        .collect()
}

fn nothing_is_lost(beside: usize, cases: &[Case]) {
    let town = Town::new(cases.len());
    at_once(beside, cases, |&(operation, broken, mending)| {
        let citizen = town.citizen_on(operation.service);
        let mut words = operation.prepare(&citizen);
        if matches!(mending, Mending::Again) && operation.makes_a_meeting() {
            words = with_key(words);
        }
        let output = broken.run(operation, &words, &citizen, &town);
        is_mended(operation, &citizen, &output, mending, &words);
    });
}

impl Break {
    fn run(self, operation: Operation, words: &[String], citizen: &Citizen, town: &Town) -> Output {
        match self {
            Self::Killed(moment) => {
                let output = Steps::new().kill(citizen.confctl(words), &citizen.desk, moment);
                output.run().code(-1)
            }
            Self::Full(from) => {
                let output = Steps::new().fill(citizen.confctl(words), &citizen.desk, from);
                output.run()
            }
            Self::Message(trouble) => {
                let service = operation.service;
                let relay = Relay::new(town.address(service), service, Some(trouble));
                let run = citizen.confctl_at(relay.address(), words);
                let run = match trouble.blow {
                    Blow::Freeze => run.env("CONFCTL_TIMEOUT", "3"),
                    _ => run,
                };
                let output = relay.run(run);
                assert!(relay.has_struck(), "{output}");
                output
            }
        }
    }
}

/// Checks that what was broken told the truth, that mending leads to the end if anything was begun,
/// and that nothing is left to be done then.
#[track_caller]
fn is_mended(
    operation: Operation,
    citizen: &Citizen,
    broken: &Output,
    mending: Mending,
    words: &[String],
) {
    let before = Traces::of(citizen);
    let begun = operation.progress(&before);
    operation.told_the_truth(broken, begun);
    let mended = mending.run(operation, begun, words, citizen);
    let rest = citizen.confctl(&["resume"]).run().code(0);
    let traces = Traces::of(citizen);
    let done = operation.progress(&traces);
    let may_be_nothing =
        begun == Progress::Nothing && before.records == 0 && !matches!(mending, Mending::Again);
    assert!(
        done == Progress::All || (may_be_nothing && done == Progress::Nothing),
        "{begun:?} became {done:?}\n{broken}\n{mended}\n{before:#?}\n{traces:#?}"
    );
    traces.is_clean();
    let _ = rest.says("Nothing is unfinished.");
    confctl_agrees(operation, done, citizen);
}

/// Checks that `list` tells what has been found without it.
#[track_caller]
fn confctl_agrees(operation: Operation, done: Progress, citizen: &Citizen) {
    let list = citizen.confctl(&["list", "--all", "--json"]).run().code(0);
    let rows: Vec<Value> = serde_json::from_str(&list.stdout).unwrap();
    let meetings = rows.iter().filter(|row| !row["uid"].is_null());
    let states: Vec<&str> = meetings.map(|row| row["state"].as_str().unwrap()).collect();
    let expected = match (operation.act, done) {
        (Act::Cancel, Progress::All) => vec!["cancelled"],
        (Act::Schedule | Act::ScheduleCall, Progress::Nothing) => vec![],
        _ => vec!["ok"],
    };
    assert_eq!(states, expected, "{list}");
}

impl Mending {
    fn run(
        self,
        operation: Operation,
        begun: Progress,
        words: &[String],
        citizen: &Citizen,
    ) -> Output {
        let resume = citizen.confctl(&["resume"]);
        let run = match self {
            Self::Resume => resume,
            Self::ResumeAt(now) => resume.env("CONFCTL_NOW", now),
            // What is done can't be updated or cancelled once more.
            Self::Again if begun == Progress::All && !operation.makes_a_meeting() => resume,
            Self::Again => citizen.confctl(words),
        };
        run.run().code(0)
    }
}
