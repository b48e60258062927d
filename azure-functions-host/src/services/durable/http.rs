//! placeholder
use axum::response::Response;
use crate::{services::Ground, webhook::{self, Hook}};
pub(super) async fn answer(_: &Ground, _: &Hook) -> Response { webhook::none() }
