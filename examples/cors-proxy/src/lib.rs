//! A CORS proxy that one may run: script on a listed page asks it for `/https://api.example.com/v1/x`, and reads what
//! that listed upstream answers, although the upstream says nothing of CORS.

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
/// Where there is no authority to trust for TLS, or the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    arguments: Arguments,
    names: impl Resolve + 'static,
) -> Result<Server, Box<dyn Error>> {
    // An error says that the process has one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .dns_resolver(address::Checked::new(names, &arguments.addresses))
        // Another proxy would look names up by itself.
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
