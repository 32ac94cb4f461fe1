//! A CORS proxy that is safe to run: script on a listed page asks it for `/https://api.example.com/v1/x`, and reads the answer of that
//! listed upstream, although the upstream has no CORS.

mod address;
mod answer;
mod arguments;
mod body;
mod error;
mod forward;
mod headers;
mod policy;
mod target;

use std::{error::Error, net::TcpListener};

use actix_web::{App, HttpServer, dev::Server, web};
use reqwest::{Client, dns::Resolve, redirect};

pub use address::SystemNames;
pub use arguments::{Arguments, HELP};

struct Proxy {
    client: Client,
    arguments: Arguments,
}

/// A server on `listener`, which looks names up in `names`.
///
/// # Errors
/// If there is no authority to trust for TLS, or the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    arguments: Arguments,
    names: impl Resolve + 'static,
) -> Result<Server, Box<dyn Error>> {
    // This fails if the process has a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .dns_resolver(address::Checked::new(names, &arguments.addresses))
        // Another proxy would look names up itself, without the check.
        .no_proxy()
        .redirect(redirect::Policy::none())
        .tls_certs_merge(arguments.authorities.iter().cloned())
        .timeout(arguments.timeout)
        .build()?;
    let proxy = web::Data::new(Proxy { client, arguments });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(proxy.clone())
            .default_service(web::to(forward::forward))
            .wrap(policy::layer(&proxy.arguments))
    });
    Ok(server.listen(listener)?.run())
}
