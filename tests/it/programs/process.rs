//! A program that runs as long as its handle lives, and never longer: it ends when the handle is dropped, when the test panics and
//! when the test itself is killed, and everything that it started ends with it.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsStr,
    io::{self, BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Mutex,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// Runs the program in the background and waits for the end of its own standard input, which comes when the test drops the other side
/// or ends. Then it kills its process group: the program, all that the program has started, and itself.
const SUPERVISOR: &str = r#""$@" 2>&1 & exec >&- 2>&-; read -r _; kill -KILL 0"#;

/// The longest time that a program may take to say that it is ready.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Running {
    program: PathBuf,
    supervisor: Child,
    alive: Option<ChildStdin>,
    output: Receiver<String>,
}

impl Running {
    /// Starts `program` with its home and its temporary files in `home`.
    pub(crate) fn start(program: &Path, arguments: &[&str], home: &Path) -> Self {
        let mut command = Command::new("sh");
        command
            .args(["-c", SUPERVISOR, "sh"])
            .arg(program)
            .args(arguments.iter().map(OsStr::new))
            .env("HOME", home)
            .env("TMPDIR", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut supervisor = command
            .spawn()
            .unwrap_or_else(|error| panic!("`sh` does not start: {error}"));

        let stdout = supervisor.stdout.take().expect("standard output is piped");
        let (sender, output) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        Self {
            program: program.to_owned(),
            alive: supervisor.stdin.take(),
            supervisor,
            output,
        }
    }

    /// Reads the output until `find` returns a value for a line, and returns that value. Fails if no line has one.
    pub(crate) fn says<T>(&self, find: impl Fn(&str) -> Option<T>) -> T {
        self.may_say(find).unwrap_or_else(|said| {
            panic!(
                "{} ended or fell silent before it was ready; it said: {said:#?}",
                self.program.display()
            )
        })
    }

    /// The same, but returns all lines if no line has a value.
    pub(crate) fn may_say<T>(&self, find: impl Fn(&str) -> Option<T>) -> Result<T, Vec<String>> {
        let deadline = Instant::now() + PATIENCE;
        let mut said = Vec::new();
        while let Ok(line) = self
            .output
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            if let Some(found) = find(&line) {
                return Ok(found);
            }
            said.push(line);
        }
        Err(said)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.alive.take());
        let _ = self.supervisor.wait();
        if thread::panicking() {
            for line in self.output.try_iter() {
                eprintln!("{}: {line}", self.program.display());
            }
        }
    }
}

/// Says once, in one line, why tests are skipped. Fails if the environment variable has the value `required`.
pub(crate) fn skip(variable: &str, reason: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let is_required = env::var_os(variable).is_some_and(|value| value == "required");
    assert!(!is_required, "{variable}=required, and {reason}");
    let mut said = SAID.lock().expect("nobody panics with it");
    if said.insert(reason.to_owned()) {
        // The test harness captures what a test prints, but not this.
        let _ = writeln!(io::stderr(), "tests skipped: {reason}");
    }
}

/// An address of this machine where nobody listens.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
}

/// The first program on PATH, or in the folder of Debian's servers, that has one of the names.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders = || env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut candidates = names
        .iter()
        .flat_map(|name| folders().map(move |folder| folder.join(name)));
    candidates.find(|program| program.is_file())
}
