//! A function that waits without a thread.

use std::time::Duration;

use azure_functions::{Context, bindings::HttpRequest, func};

/// Waits as long as the query says, or until nobody wants the answer any more: `GET /api/pause?millis=250`.
#[func]
async fn pause(
    #[binding(methods = ["get"], auth_level = "anonymous")] request: &HttpRequest,
    context: &Context,
) -> &'static str {
    let millis = request.query_param("millis").unwrap_or("1000");
    tracing::info!("waiting for {millis} ms");
    let pause = Duration::from_millis(millis.parse().unwrap_or(1000));
    tokio::select! {
        () = tokio::time::sleep(pause) => "Thank you for waiting",
        () = context.cancelled() => "Never mind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits() {
        let request = HttpRequest::get("/api/pause?millis=1");
        let answer = pause(&request, &Context::new("pause")).await;
        assert_eq!(answer, "Thank you for waiting");
    }
}
