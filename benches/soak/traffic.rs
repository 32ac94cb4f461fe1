//! The state that all clients of the mixed traffic share: the server, the turns, the counts and the failures.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;

use crate::cases::Case;
use crate::client::Response;
use crate::partners::{Counts, Epoch};

/// The number of failures that are printed in full.
const TOLD: usize = 20;

pub struct Traffic {
    pub server: SocketAddr,
    epoch: Epoch,
    turn: Cell<u64>,
    counts: RefCell<BTreeMap<&'static str, u64>>,
    failures: RefCell<Vec<String>>,
}

impl Traffic {
    pub fn new(server: SocketAddr, epoch: Epoch) -> Self {
        Self {
            server,
            epoch,
            turn: Cell::new(0),
            counts: RefCell::default(),
            failures: RefCell::default(),
        }
    }

    pub fn next_turn(&self) -> u64 {
        self.turn.set(self.turn.get() + 1);
        self.turn.get()
    }

    pub fn count(&self, what: &'static str) {
        *self.counts.borrow_mut().entry(what).or_default() += 1;
    }

    pub fn fail(&self, failure: String) {
        self.failures.borrow_mut().push(failure);
    }

    /// Sends the request of a case, and checks the answer.
    ///
    /// # Errors
    /// If there is no answer. The connection cannot be used any more.
    pub async fn check(
        &self,
        client: &'static str,
        case: &Case,
        send: impl Future<Output = io::Result<Response>>,
    ) -> Result<(), ()> {
        let request = || format!("{client}: {} {}", case.request.method, case.request.path);
        let before = self.epoch.now();
        match send.await {
            Ok(response) => {
                if let Some(mistake) = case.mistake(&response, &self.epoch.since(before)) {
                    let origin = case.request.header("origin");
                    self.fail(format!("{} from {origin:?}: {mistake}", request()));
                }
                self.count(client);
                self.count(match (case.is_preflight(), case.is_surely_refused()) {
                    (true, true) => "refused preflights",
                    (true, false) => "other preflights",
                    (false, true) => "refused requests",
                    (false, false) => "other requests",
                });
                Ok(())
            }
            Err(error) => {
                self.fail(format!("{}: {error}", request()));
                Err(())
            }
        }
    }

    pub fn has_failed(&self) -> bool {
        !self.failures.borrow().is_empty()
    }

    pub fn failure(&self) -> Result<(), String> {
        let failures = self.failures.borrow();
        if failures.is_empty() {
            return Ok(());
        }
        let told: Vec<&str> = failures.iter().take(TOLD).map(String::as_str).collect();
        Err(format!(
            "{} failures, such as\n{}",
            failures.len(),
            told.join("\n")
        ))
    }

    pub fn table(&self, replaced: Counts) -> String {
        let mut table = "| mixed traffic | |\n| --- | ---: |\n".to_owned();
        for (what, count) in &*self.counts.borrow() {
            let _ = writeln!(table, "| {what} | {count} |");
        }
        let _ = writeln!(table, "| sets replaced | {} |", replaced.taken);
        let _ = writeln!(table, "| bad sets refused | {} |", replaced.refused);
        let _ = writeln!(
            table,
            "| wrong answers and errors | {} |",
            self.failures.borrow().len()
        );
        table
    }
}
