//! The same HTTP functions as a custom handler: an HTTP server to which the host forwards requests.

use std::env;

use anyhow::Context;
use axum::{
    Router,
    body::Bytes,
    extract::RawQuery,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::Value;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let port: u16 = env::var("FUNCTIONS_CUSTOMHANDLER_PORT")
        .context("no `FUNCTIONS_CUSTOMHANDLER_PORT`")?
        .parse()?;
    let router = Router::new()
        .route("/api/hello", get(hello))
        .route("/api/echo", post(echo));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn hello(RawQuery(query): RawQuery) -> String {
    let query = query.unwrap_or_default();
    let name = query.split('&').find_map(|pair| pair.strip_prefix("name="));
    format!("Hello, {}!", name.unwrap_or("stranger"))
}

async fn echo(body: Bytes) -> Result<impl IntoResponse, StatusCode> {
    let value: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let printed = serde_json::to_vec(&value).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], printed))
}
