//! The webhooks of the services, under `/runtime/webhooks`: what a cloud service would send to the host.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    http::sentence,
    invoke::{Answer, Call, InvokeError},
    plan::Plan,
    wire::{request::parse_query, trigger::Event},
};

/// The largest body that a webhook takes, in bytes.
const BODY: usize = 4 << 20;

/// A request to the webhook of a service.
#[derive(Debug)]
pub(crate) struct Hook {
    /// What the path has behind the name of the webhook, without slashes around it.
    pub(crate) rest: String,
    /// The request, with all of its body.
    pub(crate) request: http::Request<Bytes>,
    app: Arc<App>,
}

impl Hook {
    /// The functions that are not disabled and have a trigger of this type.
    pub(crate) fn functions<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Arc<Plan>> {
        self.app
            .plans()
            .filter(move |plan| plan.trigger().is(kind) && !plan.function().disabled)
    }

    /// The value of a parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let query = parse_query(self.request.uri().query().unwrap_or_default());
        let mut query = query.into_iter();
        let found = query.find(|(parameter, _)| parameter.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// Calls a function. If the client leaves meanwhile, the call goes on, and hears of it.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] if the call fails.
    pub(crate) async fn call(
        &self,
        plan: &Arc<Plan>,
        reason: &'static str,
        event: Event,
    ) -> Result<Answer, InvokeError> {
        let call = Call::new(plan, reason, event);
        let left = CancellationToken::new();
        let guard = left.clone().drop_guard();
        let dispatcher = Arc::clone(&self.app.dispatcher);
        let visit = self.app.visits.begin();
        let running = async move {
            let _visit = visit;
            dispatcher.invoke(call, left).await
        };
        let result = tokio::spawn(running).await;
        guard.disarm();
        result.unwrap_or_else(|error| Err(InvokeError::WorkerLost(error.to_string())))
    }
}

/// What a path has behind `/runtime/webhooks`, without slashes around it; none if it is not under it.
pub(crate) fn page(path: &str) -> Option<&str> {
    const PREFIX: &str = "/runtime/webhooks/";
    let (prefix, rest) = path.split_at_checked(PREFIX.len())?;
    prefix
        .eq_ignore_ascii_case(PREFIX)
        .then(|| rest.trim_matches('/'))
}

/// Answers a request by the service whose webhook the page names.
pub(crate) async fn answer(app: &Arc<App>, page: &str, request: Request) -> Response {
    let (name, rest) = page.split_once('/').unwrap_or((page, ""));
    let Some(service) = app.services().webhook(name) else {
        let text = format!(
            "this host has no webhook `{name}`; call a function by `POST /admin/functions/NAME` instead"
        );
        return sentence(StatusCode::NOT_FOUND, text);
    };
    let (parts, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let hook = Hook {
        rest: rest.trim_matches('/').to_owned(),
        request: http::Request::from_parts(parts, body),
        app: Arc::clone(app),
    };
    service.answer(&hook).await
}

/// What a service without a webhook answers.
pub(crate) fn none() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

async fn read(body: Body) -> Result<Bytes, Response> {
    match Limited::new(body, BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let text = format!("the body has more than {BODY} bytes; send fewer events at once");
            Err(sentence(StatusCode::PAYLOAD_TOO_LARGE, text))
        }
        Err(_) => Err(sentence(
            StatusCode::BAD_REQUEST,
            "the body broke off; send all of it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn pages_are_found_whatever_their_case() {
        for (path, expected) in [
            ("/runtime/webhooks/EventGrid", Some("EventGrid")),
            ("/Runtime/WebHooks/mcp/sse/", Some("mcp/sse")),
            ("/runtime/webhooks/", Some("")),
            ("/runtime/webhooks", None),
            ("/api/runtime/webhooks/x", None),
            ("/é", None),
        ] {
            assert_eq!(page(path), expected, "{path}");
        }
    }
}
