//! Serves the handler on a socket, for a load generator.

use std::rc::Rc;

use actix_web::{App, HttpServer, rt};
use cors_runtime::Cors;

use crate::actix::{actix_cors, bare, one};
use crate::cell::{Origins, Subject};
use crate::floor::{Allowed, ByHand};

/// Serves `PUT /items` on both cores until the process is ended.
pub fn serve(subject: &str, address: &str) -> Result<(), String> {
    let subject = Subject::ALL
        .into_iter()
        .find(|known| known.name() == subject)
        .ok_or_else(|| format!("{subject} is no subject"))?;
    macro_rules! serve {
        ($app:expr) => {
            rt::System::new().block_on(async {
                HttpServer::new(|| $app)
                    .workers(2)
                    .bind(address)?
                    .run()
                    .await
            })
        };
    }
    match subject {
        Subject::Bare => serve!(App::new().service(bare)),
        Subject::ByHand => serve!(App::new().service(bare).wrap(ByHand(Rc::new(Allowed::One)))),
        Subject::ActixCors => serve!(App::new().service(bare).wrap(actix_cors(Origins::Exact(1)))),
        Subject::Resource => serve!(App::new().service(one::handler)),
        Subject::App => serve!(App::new().service(one::handler).wrap(Cors::annotated())),
        _ => return Err(format!("{} is not served", subject.name())),
    }
    .map_err(|error| format!("{address}: {error}"))
}
