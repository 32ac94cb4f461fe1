//! The set of origins that is replaced under load, and the states that it may have for a request.

use std::io::{BufRead as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::process::Control;

/// State `n` of the set holds the origins of group `n % GROUPS`.
pub const GROUPS: u64 = 8;

/// An origin in every state of the set.
pub const ALWAYS: &str = "https://always.example";

const PAUSE: Duration = Duration::from_millis(20);

/// Twice the number of the set's state, plus one while the set is replaced.
#[derive(Clone, Default)]
pub struct Epoch(Arc<AtomicU64>);

/// The states that the set may have had while a request was answered.
pub struct Seen {
    first: u64,
    last: u64,
}

impl Epoch {
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub fn since(&self, before: u64) -> Seen {
        Seen {
            first: before / 2,
            last: self.now().div_ceil(2),
        }
    }

    fn step(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Seen {
    /// Whether the set held the group in one of the states.
    pub fn may_hold(&self, group: u64) -> bool {
        (self.first..=self.last).any(|state| state % GROUPS == group)
    }

    /// Whether the set was without the group in one of the states.
    pub fn may_lack(&self, group: u64) -> bool {
        (self.first..=self.last).any(|state| state % GROUPS != group)
    }
}

#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub taken: u64,
    pub refused: u64,
}

struct Lines {
    control: Control,
    counts: Counts,
}

pub struct Replacer {
    lines: Arc<Mutex<Lines>>,
    epoch: Epoch,
}

/// Replaces the set until it is dropped or [finished](Self::finish).
pub struct Replacing {
    goes_on: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl Replacer {
    /// Fills the set.
    pub fn new(control: Control) -> Result<Self, String> {
        let mut lines = Lines {
            control,
            counts: Counts::default(),
        };
        let epoch = Epoch::default();
        lines.replace(&epoch)?;
        Ok(Self {
            lines: Arc::new(Mutex::new(lines)),
            epoch,
        })
    }

    pub fn epoch(&self) -> Epoch {
        self.epoch.clone()
    }

    pub fn counts(&self) -> Counts {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .counts
    }

    pub fn start(&self) -> Replacing {
        let goes_on = Arc::new(AtomicBool::new(true));
        let (lines, epoch, until) = (self.lines.clone(), self.epoch.clone(), goes_on.clone());
        let thread = thread::spawn(move || {
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            while until.load(Ordering::Relaxed) {
                lines.replace(&epoch)?;
                thread::sleep(PAUSE);
            }
            Ok(())
        });
        Replacing {
            goes_on,
            thread: Some(thread),
        }
    }
}

impl Lines {
    fn replace(&mut self, epoch: &Epoch) -> Result<(), String> {
        epoch.step();
        let state = epoch.now().div_ceil(2);
        self.say(&origins(state), "taken")?;
        epoch.step();
        self.counts.taken += 1;
        if state.is_multiple_of(10) {
            // A list with one bad element changes nothing.
            let bad = format!("{},https://bad.example/", origins(state + 1));
            self.say(&bad, "refused")?;
            self.counts.refused += 1;
        }
        Ok(())
    }

    fn say(&mut self, origins: &str, expected: &str) -> Result<(), String> {
        let failed = |error| format!("the server takes no commands: {error}");
        writeln!(self.control.commands, "{origins}").map_err(failed)?;
        let mut answer = String::new();
        self.control
            .answers
            .read_line(&mut answer)
            .map_err(failed)?;
        if answer.trim_end() == expected {
            Ok(())
        } else {
            Err(format!(
                "the server answers {answer:?} to a set that must be {expected}"
            ))
        }
    }
}

/// The origins of a state. Most of them are in no other state.
fn origins(state: u64) -> String {
    let group = state % GROUPS;
    let mut origins = vec![
        ALWAYS.to_owned(),
        format!("https://g{group}.example"),
        format!("https://*.g{group}.example"),
    ];
    origins.extend((0..50).map(|number| format!("https://only-{state}-{number}.example")));
    origins.join(",")
}

impl Replacing {
    pub fn finish(mut self) -> Result<(), String> {
        self.goes_on.store(false, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        ended
            .unwrap_or(Ok(Ok(())))
            .unwrap_or_else(|_| Err("the replacing thread panicked".to_owned()))
    }
}

impl Drop for Replacing {
    fn drop(&mut self) {
        self.goes_on.store(false, Ordering::Relaxed);
    }
}
