//! The smallest functions: one that blocks its thread, and one that does not.

use azure_functions::{bindings::HttpRequest, func};

/// Greets by the name in the query: `GET /api/greet?name=Rust`.
#[func]
pub fn greet(#[binding(methods = ["get"], auth_level = "anonymous")] request: HttpRequest) -> String {
    let name = request.query("name").unwrap_or("world");
    format!("Hello, {name}!")
}

/// Does the same without a thread of its own.
#[func]
pub async fn greet_async(
    #[binding(methods = ["get"], auth_level = "anonymous")] request: HttpRequest,
) -> String {
    // Other functions run here while this one waits.
    tokio::task::yield_now().await;
    greet(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greets_by_name() {
        assert_eq!(greet(HttpRequest::get("/api/greet?name=Rust")), "Hello, Rust!");
        assert_eq!(greet(HttpRequest::get("/api/greet")), "Hello, world!");
    }
}
