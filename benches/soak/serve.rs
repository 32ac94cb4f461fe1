//! The server, in its own process.

use std::io::{self, BufRead as _, Write as _};
use std::net::TcpListener;
use std::process;
use std::thread;
use std::time::Duration;

use actix_web::{HttpServer, rt, web};

use crate::bare;
use crate::process::Subject;
use crate::server::{self, PARTNERS, shop::Shop};

/// The argument before the subject.
pub const CHILD: &str = "--serve";

/// The longest time that a client may take for the head of a request. It is shorter than the default, so that slow clients exceed it.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(4);

/// Serves HTTP/1.1 and HTTP/2 with prior knowledge on one port of loopback, and prints the address.
pub fn serve(subject: &str) -> Result<(), String> {
    let shop = web::Data::new(Shop::stocked());
    macro_rules! serve {
        ($app:expr) => {
            rt::System::new().block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0")?;
                println!("{}", listener.local_addr()?);
                thread::spawn(obey);
                HttpServer::new(move || $app(shop.clone()))
                    .workers(1)
                    .client_request_timeout(HEAD_TIMEOUT)
                    .listen_auto_h2c(listener)?
                    .run()
                    .await
            })
        };
    }
    let outcome: io::Result<()> = if subject == Subject::Cors.name() {
        serve!(server::app)
    } else if subject == Subject::Bare.name() {
        serve!(bare::app)
    } else {
        return Err(format!("{subject} is not served"));
    };
    outcome.map_err(|error| error.to_string())
}

/// Replaces `PARTNERS` with each line of standard input. The process ends when its input ends, and so with the process that started it.
fn obey() {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let is_taken = PARTNERS.replace(line.split(',')).is_ok();
        println!("{}", if is_taken { "taken" } else { "refused" });
        let _ = io::stdout().flush();
    }
    process::exit(0);
}
