//! One run of the program, and its output.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::programs::built;

/// The longest time that a run may take, whatever the server does.
const PATIENCE: Duration = Duration::from_secs(30);

static PROGRAM: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| built::program("cors-tester"));

pub(crate) fn program() -> &'static Path {
    PROGRAM.as_ref().unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The arguments of a run, its exit status, and words of its output.
pub(crate) struct Row {
    /// Split at spaces; `_` stands for a space.
    pub(crate) arguments: String,
    pub(crate) status: i32,
    pub(crate) words: &'static [&'static str],
}

pub(crate) fn row(
    arguments: impl Into<String>,
    status: i32,
    words: &'static [&'static str],
) -> Row {
    Row {
        arguments: arguments.into(),
        status,
        words,
    }
}

/// Runs the program. Fails the test if the program does not end, or prints anything but plain ASCII text.
pub(crate) fn run(arguments: &str) -> Said {
    let program = program();
    let arguments = arguments.split(' ').filter(|argument| !argument.is_empty());
    let mut child = Command::new(program)
        .args(arguments.map(|argument| argument.replace('_', " ")))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let stdout = read(child.stdout.take().expect("piped"));
    let stderr = read(child.stderr.take().expect("piped"));
    let status = wait(&mut child);
    let said = Said {
        status,
        stdout: stdout.join().expect("it was read"),
        stderr: stderr.join().expect("it was read"),
    };
    for text in [&said.stdout, &said.stderr] {
        let is_printable = |byte: u8| matches!(byte, b' '..=b'~' | b'\n');
        assert!(text.bytes().all(is_printable), "{text:?}");
    }
    let errors = usize::from(!said.stderr.is_empty());
    assert_eq!(said.stderr.lines().count(), errors, "one line: {said:#?}");
    said
}

/// Runs each row twice, with the report for people and with `--json`: both must give the row's verdict.
pub(crate) fn check(rows: &[Row]) {
    let wrong: Vec<String> = thread::scope(|scope| {
        let runs: Vec<_> = rows
            .iter()
            .map(|row| scope.spawn(|| mistakes(row)))
            .collect();
        runs.into_iter()
            .flat_map(|run| run.join().expect("a run"))
            .collect()
    });
    assert!(
        wrong.is_empty(),
        "not as in the table:\n{}",
        wrong.join("\n")
    );
}

fn mistakes(row: &Row) -> Vec<String> {
    let mut mistakes = Vec::new();
    let in_json = format!("{} --json", row.arguments);
    // Both run at once, because the program waits for some servers until its time is up.
    let (said, json) = thread::scope(|scope| {
        let json = scope.spawn(|| run(&in_json));
        (run(&row.arguments), json.join().expect("a run"))
    });
    let both = format!("{}{}", said.stdout, said.stderr);
    let lacks = |word: &&&str| !both.contains(**word);
    let lacking: Vec<_> = row.words.iter().filter(lacks).collect();
    if said.status != Some(row.status) || !lacking.is_empty() {
        mistakes.push(format!(
            "{}: expected {}, without {lacking:?}: {:?}\n{both}",
            row.arguments, row.status, said.status
        ));
    }
    let document: Value = serde_json::from_str(&json.stdout).unwrap_or_default();
    let expected = match row.status {
        0 => "allowed",
        1 => "blocked",
        _ => "error",
    };
    if json.status != Some(row.status) || document["verdict"]["is"] != expected {
        mistakes.push(format!("{} --json: {json:#?}", row.arguments));
    }
    mistakes
}

fn read(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        String::from_utf8(bytes).expect("the program writes text")
    })
}

fn wait(child: &mut Child) -> Option<i32> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status.code();
        }
        thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    panic!("the program runs for more than {PATIENCE:?}");
}
