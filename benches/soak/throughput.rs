//! Measures the throughput of the app and of the same app without CORS, in turns.

use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, spawn_local};

use crate::cases::cases;
use crate::client::{Http1, Request, Response};
use crate::process::Server;

const CONNECTIONS: usize = 16;

#[derive(Default)]
pub struct Throughput {
    rounds: Vec<Round>,
}

struct Round {
    cors: Rate,
    bare: Rate,
}

#[derive(Clone, Copy)]
struct Rate {
    requests: u32,
    time: Duration,
    /// The server's processor time, in units of 10 ms.
    ticks: u64,
}

impl Rate {
    fn per_second(self) -> f64 {
        f64::from(self.requests) / self.time.as_secs_f64()
    }

    /// The processor time of a request in microseconds.
    fn cost(self) -> f64 {
        let ticks = u32::try_from(self.ticks).unwrap_or(u32::MAX);
        f64::from(ticks) * 10_000.0 / f64::from(self.requests.max(1))
    }
}

impl Throughput {
    pub async fn round(
        &mut self,
        cors: &Server,
        bare: &Server,
        time: Duration,
    ) -> Result<(), String> {
        // The two take turns in being the first.
        let round = if self.rounds.len().is_multiple_of(2) {
            let cors = measure(cors, time).await?;
            let bare = measure(bare, time).await?;
            Round { cors, bare }
        } else {
            let bare = measure(bare, time).await?;
            let cors = measure(cors, time).await?;
            Round { cors, bare }
        };
        self.rounds.push(round);
        Ok(())
    }

    pub fn table(&self) -> String {
        let median = |of: &dyn Fn(&Round) -> f64| {
            let mut values: Vec<f64> = self.rounds.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        format!(
            "| throughput, median of {} rounds | without CORS | with | ratio |\n| --- | ---: | ---: | ---: |\n\
             | requests per second | {:.0} | {:.0} | {:.3} |\n\
             | the server's processor time per request | {:.2} µs | {:.2} µs | {:.3} |\n",
            self.rounds.len(),
            median(&|round| round.bare.per_second()),
            median(&|round| round.cors.per_second()),
            median(&|round| round.cors.per_second() / round.bare.per_second()),
            median(&|round| round.bare.cost()),
            median(&|round| round.cors.cost()),
            median(&|round| round.cors.cost() / round.bare.cost()),
        )
    }
}

/// An allowed list, a refused item, and an allowed change.
fn requests() -> [Request; 3] {
    [
        Request::new("GET", "/items").with("origin", "https://shop.example"),
        Request::new("GET", "/items/2").with("origin", "https://evil.example"),
        Request::new("PUT", "/items/1")
            .with("origin", "https://shop.example")
            .with("content-type", "application/json")
            .body(r#"{"name":"lamp"}"#),
    ]
}

async fn measure(server: &Server, time: Duration) -> Result<Rate, String> {
    let address = server.address();
    let (begin, ticks) = (Instant::now(), server.ticks());
    let until = begin + time;
    let clients: Vec<JoinHandle<_>> = (0..CONNECTIONS)
        .map(|_| {
            spawn_local(async move {
                let texts = requests().map(|request| request.text(address));
                let mut client = Http1::connect(address).await?;
                let mut answers = 0;
                while Instant::now() < until {
                    for text in &texts {
                        client.write(text).await?;
                        let status = client.skip_answer().await?;
                        if status != 200 {
                            return Err(std::io::Error::other(format!("status {status}")));
                        }
                        answers += 1;
                    }
                }
                Ok(answers)
            })
        })
        .collect();
    let mut requests = 0;
    for client in clients {
        let answers = client.await.map_err(|error| error.to_string())?;
        requests += answers.map_err(|error| format!("throughput: {error}"))?;
    }
    Ok(Rate {
        requests,
        time: begin.elapsed(),
        ticks: server.ticks() - ticks,
    })
}

/// Fails if the two apps answer an actual request that reaches a handler in different ways, apart from the headers of CORS.
pub async fn the_apps_are_the_same(cors: &Server, bare: &Server) -> Result<(), String> {
    let failed = |error| format!("comparing the apps: {error}");
    let mut clients = (
        Http1::connect(cors.address()).await.map_err(failed)?,
        Http1::connect(bare.address()).await.map_err(failed)?,
    );
    for case in cases(1).iter().filter(|case| case.reaches_a_handler()) {
        let cors = clients.0.send(&case.request).await.map_err(failed)?;
        let bare = clients.1.send(&case.request).await.map_err(failed)?;
        if without_cors(cors) != without_cors(bare) {
            let Request { method, path, .. } = &case.request;
            return Err(format!(
                "{method} {path}: the app without CORS answers differently"
            ));
        }
    }
    Ok(())
}

fn without_cors(mut response: Response) -> Response {
    response.headers.retain(|(name, _)| {
        !name.starts_with("access-control-") && name != "vary" && name != "date"
    });
    response.headers.sort();
    response
}
