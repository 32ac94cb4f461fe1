//! Mixed traffic: ordinary clients of HTTP/1.1 and HTTP/2, hostile and slow clients, and a set that is replaced at the same time.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{sleep, timeout};

use crate::cases::{Case, cases, change, stretched};
use crate::client::{Http1, Http2};
use crate::partners::Replacer;
use crate::serve::HEAD_TIMEOUT;
use crate::traffic::Traffic;

const MEGABYTE: usize = 1 << 20;
/// The number of requests at the same time on a connection with HTTP/2.
const STREAMS: usize = 4;

/// Runs all clients until `until`, and calls `sample` once a second.
///
/// # Errors
/// If the set cannot be replaced.
pub async fn slice(
    traffic: &Rc<Traffic>,
    replacer: &Replacer,
    until: Instant,
    mut sample: impl FnMut(),
) -> Result<(), String> {
    let replacing = replacer.start();
    let goes_on = Rc::new(Cell::new(true));
    let mut clients: Vec<JoinHandle<()>> = Vec::new();
    macro_rules! clients {
        ($($client:expr),+ $(,)?) => {$({
            let (traffic, goes_on) = (traffic.clone(), goes_on.clone());
            clients.push(spawn_local(async move {
                while goes_on.get() {
                    // The client has reported its failure. A new connection may succeed after a pause.
                    if $client(&traffic).await.is_err() {
                        sleep(Duration::from_millis(100)).await;
                    }
                }
            }));
        })+};
    }
    clients!(
        http1,
        http1,
        http1,
        async |traffic: &Traffic| http2(traffic, 65_535).await,
        // This client reads so little at a time that the server has to wait with nearly every body.
        async |traffic: &Traffic| http2(traffic, 16).await,
        hostile_http1,
        hostile_http2,
        slow_head,
        endless_head,
        slow_body,
        slow_reader,
        gone,
    );
    while Instant::now() < until && !traffic.has_failed() {
        sleep((until - Instant::now()).min(Duration::from_secs(1))).await;
        sample();
    }
    goes_on.set(false);
    for client in clients {
        let ended = client.await;
        ended.map_err(|error| format!("a client panicked: {error}"))?;
    }
    replacing.finish()
}

/// Sends a few rounds of all cases on one connection.
async fn http1(traffic: &Traffic) -> Result<(), ()> {
    let mut client = connect(traffic).await?;
    for _ in 0..5 {
        for case in cases(traffic.next_turn()) {
            traffic
                .check("HTTP/1.1", &case, client.send(&case.request))
                .await?;
        }
    }
    Ok(())
}

async fn http2(traffic: &Traffic, window: u32) -> Result<(), ()> {
    let client = connect_http2(traffic, window).await?;
    let streams = (0..STREAMS).map(async |_| {
        for _ in 0..5 {
            for case in cases(traffic.next_turn()) {
                traffic
                    .check("HTTP/2", &case, client.send(&case.request))
                    .await?;
            }
        }
        Ok(())
    });
    join_all(streams).await.into_iter().collect()
}

/// Preflights above actix's limits for the head of a request, 128 KiB and 96 lines, get actix's 431. Preflights below get our answer.
async fn hostile_http1(traffic: &Traffic) -> Result<(), ()> {
    let turn = traffic.next_turn();
    let below = [
        stretched(turn, [",".repeat(120 << 10)]),
        stretched(turn, ["x-a,".repeat(30 << 10)]),
        stretched(turn, (0..80).map(|n| format!("x-{n}"))),
    ];
    let mut client = connect(traffic).await?;
    for case in below {
        traffic
            .check(
                "HTTP/1.1, 120 KiB or 80 lines",
                &case,
                client.send(&case.request),
            )
            .await?;
    }
    let beyond = [
        stretched(turn, [",".repeat(MEGABYTE)]),
        stretched(turn, ["x-a,".repeat(MEGABYTE / 4)]),
        stretched(turn, (0..MEGABYTE / 40).map(|n| format!("x-{n}"))),
    ];
    for case in beyond {
        let text = case.request.text(traffic.server);
        let mut client = connect(traffic).await?;
        match client.send_in_spite_of_all(&text).await {
            Ok(response) if response.status == 431 => traffic.count("HTTP/1.1, a megabyte: 431"),
            // The server closes the connection before it has read the request, so that the system may drop the answer.
            Err(_) => traffic.count("HTTP/1.1, a megabyte: closed"),
            Ok(response) => {
                traffic.fail(format!("a megabyte is answered with {}", response.status));
            }
        }
    }
    sleep(Duration::from_millis(50)).await;
    Ok(())
}

/// actix's limits for HTTP/2 allow a head of a megabyte, which gets our answer.
async fn hostile_http2(traffic: &Traffic) -> Result<(), ()> {
    let turn = traffic.next_turn();
    let client = connect_http2(traffic, 65_535).await?;
    let all = [
        stretched(turn, [",".repeat(MEGABYTE)]),
        stretched(turn, ["x-a,".repeat(MEGABYTE / 4)]),
        stretched(turn, (0..MEGABYTE / 80).map(|n| format!("x-{n}"))),
    ];
    for case in all {
        traffic
            .check("HTTP/2, a megabyte", &case, client.send(&case.request))
            .await?;
    }
    sleep(Duration::from_millis(50)).await;
    Ok(())
}

/// Sends a head a few bytes at a time.
async fn slow_head(traffic: &Traffic) -> Result<(), ()> {
    let case = change(traffic.next_turn());
    let mut client = connect(traffic).await?;
    let text = case.request.text(traffic.server);
    let send = async {
        for bytes in text.chunks(text.len() / 20) {
            client.write(bytes).await?;
            sleep(Duration::from_millis(40)).await;
        }
        client.answer().await
    };
    traffic.check("slow head or body", &case, send).await
}

/// A head that never ends gets a 408.
async fn endless_head(traffic: &Traffic) -> Result<(), ()> {
    let mut client = connect(traffic).await?;
    let half = b"OPTIONS /items/1 HTTP/1.1\r\norigin: https://shop.example\r\nhos";
    let answer = async {
        client.write(half).await?;
        client.answer().await
    };
    match timeout(5 * HEAD_TIMEOUT, answer).await {
        Ok(Ok(response)) if response.status == 408 => traffic.count("head without end: 408"),
        answer => traffic.fail(format!("a head without end: {answer:?}")),
    }
    Ok(())
}

async fn slow_body(traffic: &Traffic) -> Result<(), ()> {
    let case = change(traffic.next_turn());
    let mut client = connect(traffic).await?;
    let text = case.request.text(traffic.server);
    let (head, body) = text.split_at(text.len() - case.request.body.len());
    let send = async {
        client.write(head).await?;
        for byte in body.chunks(1) {
            client.write(byte).await?;
            sleep(Duration::from_millis(20)).await;
        }
        client.answer().await
    };
    traffic.check("slow head or body", &case, send).await
}

/// Sends hundreds of requests at once, and reads the answers a few bytes at a time.
async fn slow_reader(traffic: &Traffic) -> Result<(), ()> {
    let mut client = connect(traffic).await?;
    let cases: Vec<Case> = (0..300)
        .map(|_| stretched(traffic.next_turn(), []))
        .collect();
    let text: Vec<u8> = cases
        .iter()
        .flat_map(|case| case.request.text(traffic.server))
        .collect();
    if let Err(error) = client.write(&text).await {
        traffic.fail(format!("requests in a row: {error}"));
        return Err(());
    }
    for case in cases {
        sleep(Duration::from_millis(3)).await;
        traffic
            .check("slow reader", &case, client.read_answer(64))
            .await?;
    }
    Ok(())
}

/// Closes the connection in the middle of a head, before a body, and before the answer.
async fn gone(traffic: &Traffic) -> Result<(), ()> {
    let case = change(traffic.next_turn());
    let text = case.request.text(traffic.server);
    let head = text.len() - case.request.body.len();
    for sent in [head / 2, head, text.len()] {
        let mut client = connect(traffic).await?;
        if let Err(error) = client.write(&text[..sent]).await {
            traffic.fail(format!("the server is gone before its client: {error}"));
            return Err(());
        }
        sleep(Duration::from_millis(10)).await;
        traffic.count("gone before the answer");
    }
    Ok(())
}

async fn connect(traffic: &Traffic) -> Result<Http1, ()> {
    let connected = Http1::connect(traffic.server).await;
    connected.map_err(|error| traffic.fail(format!("no connection: {error}")))
}

async fn connect_http2(traffic: &Traffic, window: u32) -> Result<Http2, ()> {
    let connected = Http2::connect(traffic.server, window).await;
    connected.map_err(|error| traffic.fail(format!("no connection for HTTP/2: {error}")))
}
