//! A server in a process of its own, and the memory and processor time of that process.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::serve;

#[derive(Clone, Copy)]
pub enum Subject {
    /// The example's app.
    Cors,
    /// The same app without `#[cors]` and `Cors`.
    Bare,
}

impl Subject {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cors => "cors",
            Self::Bare => "bare",
        }
    }
}

pub struct Server {
    process: Child,
    address: SocketAddr,
    /// `None` after [`take_control`](Self::take_control). The server ends when its standard input ends.
    control: Option<Control>,
}

/// The lines that the server reads and answers.
pub struct Control {
    pub commands: ChildStdin,
    pub answers: BufReader<ChildStdout>,
}

impl Server {
    pub fn start(subject: Subject) -> Result<Self, String> {
        let failed = |error| format!("the server does not start: {error}");
        let mut process = Command::new(env::current_exe().map_err(failed)?)
            .args([serve::CHILD, subject.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(commands), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            unreachable!("both are piped");
        };
        let mut answers = BufReader::new(answers);
        let mut address = String::new();
        answers.read_line(&mut address).map_err(failed)?;
        let address = address.trim().parse();
        let address = address.map_err(|_| "the server does not say where it is".to_owned())?;
        let control = Some(Control { commands, answers });
        Ok(Self {
            process,
            address,
            control,
        })
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// # Panics
    /// If it was taken before.
    pub fn take_control(&mut self) -> Control {
        self.control.take().expect("it is taken once")
    }

    pub fn is_running(&mut self) -> Result<(), String> {
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            ended => Err(format!("a server has ended: {ended:?}")),
        }
    }

    /// Resident memory, in KiB.
    pub fn resident(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
        number
            .and_then(|number| number.parse().ok())
            .expect("Linux tells the memory of a process that runs")
    }

    /// Processor time since the start, in the system's ticks of 10 ms.
    pub fn ticks(&self) -> u64 {
        let stat = self.proc("stat");
        // The second field is a name in parentheses. The 14th and the 15th are user and system time.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let times = fields.split_whitespace().skip(11).take(2);
        times.filter_map(|time| time.parse::<u64>().ok()).sum()
    }

    fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
