//! The smallest function.

use azure_functions::{bindings::HttpRequest, func};

/// Greets by the name in the query: `GET /api/greet?name=Rust`.
#[func]
fn greet(#[binding(methods = ["get"], auth_level = "anonymous")] request: &HttpRequest) -> String {
    let name = request.query_param("name").unwrap_or("world");
    format!("Hello, {name}!")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greets_by_name() {
        assert_eq!(
            greet(&HttpRequest::get("/api/greet?name=Rust")),
            "Hello, Rust!"
        );
        assert_eq!(greet(&HttpRequest::get("/api/greet")), "Hello, world!");
    }
}
