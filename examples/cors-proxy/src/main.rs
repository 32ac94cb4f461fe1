//! `cors-proxy --page https://app.example.com --upstream https://api.example.com`

use std::{error::Error, net::TcpListener, process::ExitCode};

use cors_proxy::{Arguments, HELP, SystemNames};

#[actix_web::main]
async fn main() -> ExitCode {
    let filter = env_logger::Env::default().default_filter_or("warn");
    env_logger::Builder::from_env(filter).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let Some(arguments) = Arguments::parse(lexopt::Parser::from_env())? else {
        print!("{HELP}");
        return Ok(());
    };
    let listener = TcpListener::bind(arguments.listen)
        .map_err(|error| format!("cannot listen on {}: {error}", arguments.listen))?;
    println!("Listening on http://{}", listener.local_addr()?);
    Ok(cors_proxy::serve(listener, arguments, SystemNames)?.await?)
}
