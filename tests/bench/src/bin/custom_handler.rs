//! The same HTTP functions as a custom handler: an HTTP server to which the host forwards requests.
//!
//! Without `BENCH_LEAN` it is written as axum's documentation writes one: a runtime with a thread for each core, and the `Json`
//! extractor. With it, it is the least that it can be: one thread, and JSON that is parsed and printed by hand.

use std::env;

use anyhow::Context;
use axum::{
    Json, Router,
    body::Bytes,
    extract::RawQuery,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::Value;
use tokio::{net::TcpListener, runtime::Builder};

fn main() -> anyhow::Result<()> {
    let lean = env::var("BENCH_LEAN").is_ok_and(|lean| lean == "1");
    let mut runtime = if lean {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    let router = Router::new().route("/api/hello", get(hello));
    let router = if lean {
        router.route("/api/echo", post(echo_by_hand))
    } else {
        router.route("/api/echo", post(echo))
    };
    runtime.enable_all().build()?.block_on(serve(router))
}

async fn serve(router: Router) -> anyhow::Result<()> {
    let port: u16 = env::var("FUNCTIONS_CUSTOMHANDLER_PORT")
        .context("no `FUNCTIONS_CUSTOMHANDLER_PORT`")?
        .parse()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn hello(RawQuery(query): RawQuery) -> String {
    let query = query.unwrap_or_default();
    let name = query.split('&').find_map(|pair| pair.strip_prefix("name="));
    format!("Hello, {}!", name.unwrap_or("stranger"))
}

async fn echo(value: Json<Value>) -> Json<Value> {
    value
}

async fn echo_by_hand(body: Bytes) -> Result<impl IntoResponse, StatusCode> {
    let value: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let printed = serde_json::to_vec(&value).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], printed))
}
