//! Broken and hostile servers: each run of the program ends in time, says what happened, and reads no more than it must.

use std::{
    io::{Read, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use serde_json::Value;

use super::run::{Row, check, row, run};
use crate::programs::process::free_address;
use crate::support::listen;

/// The behaviour of a hostile server.
#[derive(Clone, Copy)]
enum Does {
    /// Sends this, and closes the connection.
    Says(&'static [u8]),
    /// Sends this and nothing more, and leaves the connection open.
    Waits(&'static [u8]),
    /// Sends the first text, and then repeats the second as fast as it is read.
    Floods(&'static [u8], &'static [u8]),
    /// The same, one byte every 50 milliseconds.
    Trickles(&'static [u8], &'static [u8]),
    /// Allows everything in the preflight, and treats the request like this.
    AllowsThen(&'static Does),
}

const ALLOWS: &[u8] = b"HTTP/1.1 204 No Content\r\n\
    Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: *\r\nAccess-Control-Allow-Headers: *\r\n\r\n";
/// More bytes than the socket buffers of two runs hold, and fewer than a server could send within the time of a run.
const FLOOD: usize = 32 << 20;

struct Hostile {
    address: SocketAddr,
    /// The number of bytes that it could write.
    said: Arc<AtomicUsize>,
    /// The request heads that it has received.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Hostile {
    fn start(does: Does) -> Self {
        let (listener, address) = listen();
        let server = Self {
            address,
            said: Arc::default(),
            heard: Arc::default(),
        };
        let (said, heard) = (server.said.clone(), server.heard.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (said, heard) = (said.clone(), heard.clone());
                thread::spawn(move || {
                    let head = read_head(&stream);
                    let is_preflight = head.starts_with("OPTIONS");
                    heard.lock().expect("no panic").push(head);
                    let does = match does {
                        Does::AllowsThen(_) if is_preflight => Does::Says(ALLOWS),
                        Does::AllowsThen(then) => *then,
                        does => does,
                    };
                    answer(&stream, does, &said);
                });
            }
        });
        server
    }

    fn ask(&self, rest: &str) -> String {
        format!(
            "http://{}/ --origin https://app.example.com {rest}",
            self.address
        )
    }
}

pub(super) fn read_head(mut stream: impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn answer(mut stream: &TcpStream, does: Does, said: &AtomicUsize) {
    let mut say = |bytes: &[u8]| {
        let done = stream.write_all(bytes).is_ok();
        done && said.fetch_add(bytes.len(), Relaxed) < 2 * FLOOD
    };
    match does {
        Does::Says(bytes) => {
            say(bytes);
        }
        Does::Waits(bytes) => {
            say(bytes);
            // Waits until the program closes the connection.
            let _ = stream.read(&mut [0]);
        }
        Does::Floods(first, then) => {
            let then = then.repeat(1 + 10_000 / then.len());
            let mut goes_on = say(first);
            while goes_on {
                goes_on = say(&then);
            }
            // The limit is reached: waits until the program closes the connection.
            let _ = stream.read(&mut [0]);
        }
        Does::Trickles(first, then) => {
            let mut goes_on = say(first);
            for byte in then.iter().cycle() {
                if !goes_on {
                    break;
                }
                thread::sleep(Duration::from_millis(50));
                goes_on = say(&[*byte]);
            }
        }
        Does::AllowsThen(then) => answer(stream, *then, said),
    }
}

use Does::{AllowsThen, Floods, Says, Trickles, Waits};

/// The server's behaviour, more arguments, the exit status, and words of the output.
type Case = (Does, &'static str, i32, &'static [&'static str]);

#[rustfmt::skip]
const CASES: &[Case] = &[
    // No answer, or none that is HTTP.
    (Waits(b""), "--timeout 1", 2, &["did not answer within 1 s"]),
    (Says(b""), "", 2, &["error: no HTTP answer to GET from 127.0.0.1:"]),
    (Says(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Ori"), "", 2, &["no HTTP answer"]),
    (Waits(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n"), "--timeout 1", 2, &["did not answer within 1 s"]),
    (Says(b"\x16\x03\x01\0\xa5\x01\0\0\x1b[2J\r\n\r\n"), "", 2, &["no HTTP answer"]),
    (Says(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "", 2, &["no HTTP answer"]),
    (Says(b"HTTP/1.1 999999 OK\r\n\r\n"), "", 2, &["no HTTP answer"]),
    (Floods(b"", b"garbage "), "", 2, &["no HTTP answer"]),
    (Says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nAccess-Control-Allow-Origin: *\r\n\r\n"), "", 2, &[
        "no HTTP answer to GET", "a switch to another protocol",
    ]),

    // Heads without an end.
    (Floods(b"HTTP/1.1 200 OK\r\n", b"X-A: a\r\n"), "", 2, &["no HTTP answer"]),
    (Floods(b"HTTP/1.1 200 OK\r\nX-A: ", b"a"), "", 2, &["no HTTP answer"]),
    (Floods(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), "--timeout 1", 2, &["did not answer within 1 s"]),
    (Trickles(b"HTTP/1.1 200 OK\r\n", b"X-A: a\r\n"), "--timeout 1", 2, &["did not answer within 1 s"]),

    // Bodies: the head alone decides the verdict, but a body that breaks off fails the script that reads it.
    (Floods(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\r\n", b"a"), "", 0, &[
        "of the body, 65536 bytes were read", "allowed",
    ]),
    (Floods(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nAccess-Control-Allow-Origin: *\r\n\r\n", b"1\r\na\r\n"), "", 0, &["allowed"]),
    (Trickles(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\r\n", b"a"), "", 0, &["of the body, ", "allowed"]),
    (Waits(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\nAccess-Control-Allow-Origin: *\r\n\r\n"), "", 0, &[
        "of the body, 0 bytes were read", "allowed",
    ]),
    (Says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nAccess-Control-Allow-Origin: *\r\n\r\nhalf"), "", 1, &[
        "pass  origin", "of the body, 4 bytes were read", "blocked (body)",
    ]),
    (Says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nAccess-Control-Allow-Origin: *\r\n\r\nzz\r\n"), "", 1, &["blocked (body)"]),
    (Says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), "", 1, &["blocked (origin)"]),

    // Control sequences of terminals, some of them in eight bits.
    (Says(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: \x1b[31mred\r\n\r\n"), "", 2, &["no HTTP answer"]),
    (Says(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: \x9b31mred\r\n\r\n"), "", 1, &["`\\x9b31mred`"]),
    (Says(b"HTTP/1.1 200 OK\r\nAccess-Control-Expose-Headers: \x9b31m\r\nAccess-Control-Allow-Origin: *\r\n\r\n"), "", 0, &["\\x9b31m"]),
    (Says(b"HTTP/1.1 403 \x9b31m\r\n\r\n\x1b]0;owned\x07\nnext"), "--method PUT", 1, &["body: \\x1b]0;owned\\x07"]),

    // Redirects.
    (Says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\xc2\x9b31m\r\nAccess-Control-Allow-Origin: *\r\n\r\n"), "", 2, &[
        "location: http://127.0.0.1:1/\\xc2\\x9b31m", "cannot connect to 127.0.0.1:1",
    ]),
    (Says(b"HTTP/1.1 302 Found\r\nLocation: \xc2\x9b31m:x\r\nAccess-Control-Allow-Origin: *\r\n\r\n"), "", 1, &[
        "it redirects to ", "after 20 redirects before it",
    ]),
    (Says(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nAccess-Control-Allow-Origin: *\r\n\r\n"), "--credentials", 1, &["blocked (wildcard)"]),
    (Says(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"), "", 1, &["blocked (origin)"]),
    (Says(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /\r\nAccess-Control-Allow-Origin: *\r\n\r\n"), "--method PUT", 1, &[
        "FAIL  status: the preflight's status is 307, and browsers follow no redirect of a preflight",
    ]),

    // The preflight is reported although the request after it fails.
    (AllowsThen(&Waits(b"")), "--method PUT --timeout 3", 2, &["pass  method", "did not answer within 3 s"]),
    (AllowsThen(&Says(b"")), "--method PUT", 2, &["pass  method", "no HTTP answer to PUT"]),
    (AllowsThen(&Says(b"HTTP/1.1 200 OK\r\n\r\n")), "--method PUT", 1, &[
        "pass  method", "FAIL  origin: the response has no", "blocked (origin)",
    ]),
];

#[test]
fn whatever_a_server_does_the_program_ends_in_time_says_what_happened_and_reads_little() {
    let servers: Vec<Hostile> = CASES
        .iter()
        .map(|(does, ..)| Hostile::start(*does))
        .collect();
    let rows: Vec<Row> = CASES
        .iter()
        .zip(&servers)
        .map(|((_, rest, status, words), server)| row(server.ask(rest), *status, words))
        .collect();
    check(&rows);
    for (row, server) in rows.iter().zip(&servers) {
        let said = server.said.load(Relaxed);
        // Bytes before an answer are read until the time is up, and not kept.
        let ends_by_time = row.words[0].starts_with("did not answer");
        assert!(
            said < FLOOD || ends_by_time,
            "{}: {said} bytes",
            row.arguments
        );
    }
}

#[test]
fn a_port_where_nobody_listens_is_an_error() {
    let address = free_address();
    check(&[row(
        format!("http://{address}/ --origin https://app.example.com"),
        2,
        &["error: cannot connect to 127.0.0.1:"],
    )]);
}

#[test]
fn the_program_sends_the_same_headers_as_a_browser() {
    let server = Hostile::start(AllowsThen(&Says(
        b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\r\n",
    )));
    let arguments = format!(
        "http://{}/items?page=2#top --origin https://app.example.com --method PUT --header X-B:_2 --header content-type \
         --header User-Agent:_mine",
        server.address
    );
    let said = run(&arguments);
    assert_eq!(said.status, Some(0), "{said:#?}");
    assert!(!said.stdout.contains("#top"), "{said:#?}");
    let heard = server.heard.lock().expect("no panic").clone();
    let sorted = |head: &String| {
        let mut lines: Vec<String> = head.trim_end().lines().map(str::to_owned).collect();
        lines[1..].sort();
        lines
    };
    let host = format!("Host: {}", server.address);
    assert_eq!(
        heard.iter().map(sorted).collect::<Vec<_>>(),
        [
            vec![
                "OPTIONS /items?page=2 HTTP/1.1",
                "Accept: */*",
                "Access-Control-Request-Headers: content-type,user-agent,x-b",
                "Access-Control-Request-Method: PUT",
                host.as_str(),
                "Origin: https://app.example.com",
                "Referer: https://app.example.com/",
                "Sec-Fetch-Dest: empty",
                "Sec-Fetch-Mode: cors",
                "Sec-Fetch-Site: cross-site",
                "User-Agent: Mozilla/5.0 (compatible; cors-tester)",
            ],
            vec![
                "PUT /items?page=2 HTTP/1.1",
                "Accept: */*",
                "Content-Length: 0",
                "Content-Type: application/json",
                host.as_str(),
                "Origin: https://app.example.com",
                "Referer: https://app.example.com/",
                "Sec-Fetch-Dest: empty",
                "Sec-Fetch-Mode: cors",
                "Sec-Fetch-Site: cross-site",
                "User-Agent: mine",
                "X-B: 2",
            ],
        ]
    );
}

#[test]
fn the_json_document_has_the_exchanges_before_an_error_and_every_byte_of_a_header() {
    let server = Hostile::start(AllowsThen(&Says(b"")));
    let said = run(&server.ask("--method PUT --json"));
    let document: Value = serde_json::from_str(&said.stdout).expect("a document");
    assert_eq!(document["exchanges"][0]["preflight"], true, "{document:#}");
    assert_eq!(document["exchanges"][1], Value::Null, "{document:#}");
    assert_eq!(document["verdict"]["is"], "error", "{document:#}");

    let server = Hostile::start(Says(b"HTTP/1.1 200 OK\r\nX-A: \x9b\xff\r\nX-A: 2\r\n\r\n"));
    let said = run(&server.ask("--json"));
    let document: Value = serde_json::from_str(&said.stdout).expect("a document");
    assert_eq!(
        document["exchanges"][0]["response"]["headers"],
        serde_json::json!([{ "name": "x-a", "value": "\u{9b}\u{ff}" }, { "name": "x-a", "value": "2" }])
    );
}
