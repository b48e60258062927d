//! A response that tells of events as they happen, and an upload that is never in memory as a whole.

use std::time::Duration;

use azure_functions::{
    BoxError,
    bindings::{BodyStream, HttpRequest, HttpResponse, ServerSentEvent},
    func,
};
use futures::stream;

/// Counts down from the number in the path, an event each second: `curl -N localhost:7071/api/countdown/3`.
///
/// When the client leaves, the stream is dropped, and with it the countdown.
#[func]
fn countdown(
    #[binding(methods = ["get"], auth_level = "anonymous", route = "countdown/{from:int}")]
    request: &HttpRequest,
) -> HttpResponse {
    let pause = request.query_param("millis").unwrap_or_default();
    let pause = Duration::from_millis(pause.parse().unwrap_or(1000));
    let from: u32 = request
        .route_param("from")
        .unwrap_or_default()
        .parse()
        .unwrap_or(0);
    HttpResponse::events(stream::unfold(Some(from), move |left| async move {
        let left = left?;
        if left < from {
            tokio::time::sleep(pause).await;
        }
        let event = ServerSentEvent::data(left.to_string()).event("countdown");
        Some((Ok::<_, BoxError>(event), left.checked_sub(1)))
    }))
}

/// Says how long an upload of any length is: `curl -T large.iso localhost:7071/api/measure`.
///
/// # Errors
///
/// The upload broke off.
#[func]
async fn measure(
    #[binding(methods = ["post", "put"], auth_level = "anonymous")] request: HttpRequest<
        BodyStream,
    >,
) -> Result<String, BoxError> {
    let mut body = request.into_body();
    let mut length = 0;
    while let Some(chunk) = body.chunk().await? {
        length += chunk.len();
    }
    Ok(format!("{length} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn counts_down() {
        let request = HttpRequest::get("/api/countdown/1?millis=0").with_route_param("from", "1");
        let body = countdown(&request)
            .into_stream()
            .unwrap()
            .into_bytes(100)
            .await
            .unwrap();
        assert_eq!(
            body,
            "event: countdown\ndata: 1\n\nevent: countdown\ndata: 0\n\n"
        );
    }

    #[tokio::test]
    async fn measures() {
        let request = HttpRequest::post("/api/measure").with_stream("hello".into());
        assert_eq!(measure(request).await.unwrap(), "5 bytes");
    }
}
