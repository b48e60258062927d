//! A state that all invocations share.

use std::sync::atomic::{AtomicU64, Ordering};

use azure_functions::{Json, State, bindings::HttpRequest, func};
use serde::Serialize;

/// How often `visit` was called since the app started.
#[derive(Debug, Default)]
pub(crate) struct Visits(AtomicU64);

/// An answer of `visit`.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Visit {
    /// The number of the visit, from 1.
    number: u64,
    /// The process that answered.
    process: u32,
}

/// Counts the visits to this process.
#[func]
fn visit(
    #[binding(methods = ["get"], auth_level = "anonymous")] _request: HttpRequest,
    visits: &State<Visits>,
) -> Json<Visit> {
    Json(Visit {
        number: visits.0.fetch_add(1, Ordering::Relaxed) + 1,
        process: std::process::id(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let visits = State::new(Visits::default());
        for number in 1..=3 {
            let Json(answer) = visit(HttpRequest::get("/api/visit"), &visits);
            assert_eq!(answer.number, number);
        }
    }
}
