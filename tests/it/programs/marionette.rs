//! A client of Marionette, the protocol that Firefox speaks without a driver.
//!
//! <https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html>

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

/// The longest time that Firefox may take to answer a command.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Marionette {
    stream: BufReader<TcpStream>,
    last: u64,
}

impl Marionette {
    pub(crate) fn connect(port: u16, capabilities: &Value) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("Firefox listens");
        let patience = stream.set_read_timeout(Some(PATIENCE));
        patience.expect("a timeout is no zero");
        let mut firefox = Self {
            stream: BufReader::new(stream),
            last: 0,
        };
        // Firefox begins with a message about itself.
        firefox.receive();
        let session = firefox.command("WebDriver:NewSession", capabilities);
        session.expect("Firefox starts a session");
        firefox
    }

    /// Sends a command, and returns Firefox's answer or error.
    pub(crate) fn command(&mut self, name: &str, parameters: &Value) -> Result<Value, Value> {
        self.last += 1;
        let message = json!([0, self.last, name, parameters]).to_string();
        write!(self.stream.get_mut(), "{}:{message}", message.len()).expect("Firefox reads");
        let mut answer = self.receive();
        assert_eq!(answer[1], self.last, "{answer}");
        match answer[2].take() {
            Value::Null => Ok(answer[3].take()),
            error => Err(error),
        }
    }

    /// Reads a message, which begins with its length and a colon.
    fn receive(&mut self) -> Value {
        let mut length = Vec::new();
        let read = self.stream.read_until(b':', &mut length);
        read.expect("Firefox answers");
        length.pop();
        let length = String::from_utf8(length).expect("a number is ASCII");
        let length = length.parse().expect("a message begins with its length");
        let mut message = vec![0; length];
        let read = self.stream.read_exact(&mut message);
        read.expect("Firefox answers");
        serde_json::from_slice(&message).expect("a message is JSON")
    }
}
