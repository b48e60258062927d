//! HTTP on both ways: requests that the host forwards, and streamed responses for a host that takes whole ones.

use std::{convert::Infallible, future::pending, sync::Arc};

use azure_functions_shared::route::{Part, Parts};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::sync::oneshot;
use tracing::{Instrument, Span};

use super::{
    answer::Answer,
    frame,
    invoke::{Calls, cancelled, not_started},
    proxy::{End, Exchange, Missed, Rendezvous, Reply},
};
use crate::{
    Binding as _, Call, Context, Data, FunctionDef, Outputs, ParameterDef, Trigger,
    binding::Value,
    bindings::{
        BodyStream, HttpResponse,
        http::{
            HttpTriggerBinding,
            arrived::{Arrived, Content},
            request,
            stream::is_too_long,
        },
    },
};

/// An invocation whose request the host forwards.
pub(super) struct Forwarded {
    rendezvous: Arc<Rendezvous>,
    trigger: &'static ParameterDef,
    /// The values of the route's parameters.
    params: Vec<(String, String)>,
}

impl Forwarded {
    /// What is known of the request before it is there; `None` if it is part of the invocation.
    pub(super) fn of(
        function: &'static FunctionDef,
        inputs: &[(Bytes, Data)],
        metadata: &Trigger,
        rendezvous: &Arc<Rendezvous>,
    ) -> Option<Self> {
        let trigger = http_trigger(function)?;
        let (_, data) = inputs.iter().find(|(name, _)| name == trigger.name)?;
        let http = data.as_http()?;
        if request::is_there(http) {
            return None;
        }
        Some(Self {
            rendezvous: Arc::clone(rendezvous),
            trigger,
            params: params(http, trigger, metadata),
        })
    }
}

/// Whether the host is to forward requests. `wanted` is what the app says.
///
/// It forwards those of all functions or of none, and that costs: more CPU for a small request, the identities of its sender,
/// and a response that has been sent before the function's other outputs are written. So it is for apps that stream.
pub(super) fn forwards(functions: &[&'static FunctionDef], wanted: Option<bool>) -> bool {
    let mut triggers = functions
        .iter()
        .filter_map(|function| http_trigger(function))
        .peekable();
    let streamed = |trigger: &ParameterDef| trigger.binding.is_some_and(|binding| binding.streamed);
    triggers.peek().is_some() && wanted.unwrap_or_else(|| triggers.any(streamed))
}

/// The parameter of `function` that is a request.
pub(crate) fn http_trigger(function: &'static FunctionDef) -> Option<&'static ParameterDef> {
    function.parameters.iter().find(|parameter| {
        parameter.trigger
            && parameter
                .binding
                .is_some_and(|binding| binding.wire_type == HttpTriggerBinding::TYPE)
    })
}

impl Calls {
    /// Answers an invocation whose request comes, or has come, to the worker's own server.
    pub(super) async fn exchange(
        &self,
        forwarded: Forwarded,
        function: &'static FunctionDef,
        call: Call,
        context: &Context,
        span: Span,
    ) -> frame::Response {
        let id = context.invocation_id().to_owned();
        let met = tokio::select! {
            biased;
            met = forwarded.rendezvous.meet(&id) => met,
            () = context.cancelled() => return self.seal(not_started(), id),
        };
        let met = met.map(|mut met| (met.take(), met));
        let (exchange, _met) = match met {
            Ok((Some(exchange), met)) => (exchange, met),
            Ok((None, _)) | Err(Missed::Late) => {
                let reason = "the HTTP request of this invocation did not come within 30 s; the log of the host says \
                              whether it could be forwarded";
                return self.seal(Answer::refused(reason), id);
            }
            Err(Missed::Left) => {
                let reason = "the client left before the invocation came";
                return self.seal(Answer::cancelled(reason), id);
            }
        };
        let Exchange { request, mut reply } = exchange;
        let whole = request.method() == Method::HEAD;
        let answered = {
            let leaves = async {
                reply.closed().await;
                context.cancel();
                pending::<Infallible>().await
            };
            tokio::select! {
                biased;
                answered = self.run_forwarded(&forwarded, function, call, request, context, span.clone()) => answered,
                never = leaves => match never {},
            }
        };
        let (sealed, response) = match answered {
            Ok(mut answer) => {
                let http = answer.take_http(function);
                let succeeded = answer.is_success();
                let sealed = self.seal(answer, id.clone());
                let response = (succeeded && sealed.is_success()).then(|| response(http));
                (sealed, response)
            }
            Err(response) => {
                let sealed = self.seal(Answer::success(Outputs::new()), id.clone());
                (sealed, Some(response.into_response()))
            }
        };
        let (response, end) = match response {
            None => (Reply::failure(), None),
            Some(response) => match reply_of(response, whole, span) {
                Ok(parts) => parts,
                Err(answer) => {
                    let _ = reply.send(Reply::failure());
                    return self.seal(*answer, id);
                }
            },
        };
        // A client that has left does not change what the function did.
        let _ = reply.send(response);
        let Some(end) = end else {
            return sealed;
        };
        match self.streamed(end, context).await {
            None => sealed,
            Some(answer) => self.seal(answer, id),
        }
    }

    /// Puts what comes of a streamed response in its place, for a host that takes whole ones.
    pub(super) async fn gather(&self, mut answer: Answer, context: &Context, span: Span) -> Answer {
        for response in answer.responses_mut() {
            let stream = match response.content_mut() {
                Content::Bytes(_) => continue,
                Content::Stream(stream) => stream.take(),
            };
            let stream = match stream {
                Ok(stream) => stream,
                Err(error) => return Answer::broken(&error.into()),
            };
            let collected = stream.into_bytes(self.max_body).instrument(span.clone());
            let collected = tokio::select! {
                biased;
                collected = collected => collected,
                () = self.overdue(context) => return cancelled(),
            };
            match collected {
                Ok(bytes) => *response.content_mut() = Content::Bytes(bytes),
                Err(error) => return Answer::broken(&error),
            }
        }
        answer
    }

    /// Runs the function with a request; or says what to answer instead.
    async fn run_forwarded(
        &self,
        forwarded: &Forwarded,
        function: &'static FunctionDef,
        mut call: Call,
        request: Request<Incoming>,
        context: &Context,
        span: Span,
    ) -> Result<Answer, HttpResponse> {
        let (parts, body) = request.into_parts();
        let body = BodyStream::incoming(body);
        let streamed = forwarded
            .trigger
            .binding
            .is_some_and(|binding| binding.streamed);
        let payload = if streamed {
            body.into()
        } else {
            let whole = tokio::select! {
                biased;
                whole = body.into_bytes(self.max_body) => whole,
                () = context.cancelled() => return Ok(not_started()),
            };
            match whole {
                Ok(bytes) => Content::Bytes(bytes),
                Err(error) if is_too_long(&error) => {
                    let body = serde_json::json!({ "error": error.to_string() });
                    return Err(HttpResponse::builder()
                        .status(StatusCode::PAYLOAD_TOO_LARGE)
                        .body(body)
                        .finish());
                }
                Err(error) => {
                    let reason = format!("the body of the request broke off: {error}");
                    return Ok(Answer::cancelled(reason));
                }
            }
        };
        let request = Arrived::new(parts, forwarded.params.iter().cloned(), payload);
        call.put(forwarded.trigger.name, Data::request(request));
        let mut answer = self.run(function, call, context, span).await;
        // A streamed response may be written by a child, so it has to be read first.
        if let Some(children) = context.children_so_far()
            && !answer.streams()
            && let Some(failure) = self.join(children, context).await
            && answer.is_success()
        {
            answer = failure;
        }
        Ok(answer)
    }

    /// Waits for the end of a streamed response. Gives the answer if it is not the one that there is.
    async fn streamed(&self, end: oneshot::Receiver<End>, context: &Context) -> Option<Answer> {
        let end = tokio::select! {
            biased;
            end = end => end.unwrap_or(End::Left),
            () = self.overdue(context) => return Some(cancelled()),
        };
        match end {
            End::Complete => None,
            End::Failed(error) => Some(Answer::broken(&error)),
            End::Panicked(panic) => Some(Answer::panicked(panic)),
            End::Left => {
                context.cancel();
                Some(Answer::cancelled(
                    "the client left before the end of the response",
                ))
            }
        }
    }
}

/// What a response becomes on its way out, and how its stream ends if it has one.
type Outgoing = (Response<Reply>, Option<oneshot::Receiver<End>>);

/// The response as the server takes it. To some requests it is `headless`: a header without a body.
fn reply_of(
    response: Response<Content>,
    headless: bool,
    span: Span,
) -> Result<Outgoing, Box<Answer>> {
    let (mut parts, content) = response.into_parts();
    let bodiless = [
        StatusCode::NO_CONTENT,
        StatusCode::RESET_CONTENT,
        StatusCode::NOT_MODIFIED,
    ];
    let bodiless = bodiless.contains(&parts.status);
    let (reply, end) = match content {
        Content::Bytes(bytes) => {
            let bytes = if bodiless { Bytes::new() } else { bytes };
            if headless {
                parts
                    .headers
                    .insert(http::header::CONTENT_LENGTH, bytes.len().into());
            }
            (Reply::whole(bytes), None)
        }
        Content::Stream(_) if headless || bodiless => (Reply::whole(Bytes::new()), None),
        Content::Stream(stream) => {
            let stream = stream
                .take()
                .map_err(|error| Box::new(Answer::broken(&error.into())))?;
            let (reply, end) = Reply::stream(stream, span);
            (reply, Some(end))
        }
    };
    Ok((Response::from_parts(parts, reply), end))
}

/// The response that the host makes of the output of a function that succeeded.
fn response(data: Option<Data>) -> Response<Content> {
    let response = match data.map(Data::into_response) {
        None => StatusCode::NO_CONTENT.into(),
        Some(Ok(response)) => response,
        // A binding of the user's own.
        Some(Err(data)) => {
            let content = data.into_bytes().unwrap_or_default();
            String::from_utf8(content.into()).map_or_else(
                |error| HttpResponse::from(error.into_bytes()),
                HttpResponse::from,
            )
        }
    };
    response.into_response()
}

/// The values of the route's parameters, which are encoded in the path and not here.
///
/// A host that does not send them for themselves has them in the trigger metadata. There a parameter that the path does
/// not have can be hidden by one of the query; so it is asked only when a parameter is missing that every path has.
fn params(http: &[u8], trigger: &ParameterDef, metadata: &Trigger) -> Vec<(String, String)> {
    let params = request::route_params(http);
    let params: Vec<_> = params
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if !params.is_empty() {
        return params;
    }
    let settings = trigger.settings.iter();
    let route =
        settings
            .filter(|setting| setting.name == "route")
            .find_map(|setting| match setting.value {
                Value::Text(route) => Some(route),
                _ => None,
            });
    let mut parts = Parts::new(route.unwrap_or_default());
    let mut params = Vec::new();
    let mut required = false;
    while let Ok(Some(part)) = parts.next() {
        if let Part::Parameter(parameter) = part {
            required |= !parameter.optional && !parameter.catch_all && parameter.default.is_none();
            let value = metadata.get::<String>(parameter.name);
            params.extend(value.map(|value| (parameter.name.to_owned(), value)));
        }
    }
    if required { params } else { Vec::new() }
}
