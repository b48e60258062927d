//! An app with layers of `tower` around all kinds of functions: with `WHOLE=1` the host sends whole messages, else it
//! forwards requests.

use std::{future::pending, io, process::ExitCode, time::Duration};

use axum::{Router, routing::get};
use azure_functions::{
    App, BoxError, Context, Mount, State,
    bindings::{BodyStream, HttpRequest, HttpResponse, QueueMessage, QueueTrigger, http::Params},
    func, functions,
    http::{Request, StatusCode},
    layer::{FunctionError, Invocation, Next, Outcome, from_fn},
};
use tower::{ServiceBuilder, limit::ConcurrencyLimitLayer, timeout::TimeoutLayer};

/// Who sends a request.
#[derive(Clone)]
struct User(String);

/// What is made when the app starts.
struct Greeting(String);

fn main() -> ExitCode {
    let router = Router::new().route("/api/site/{name}", get(site));
    App::new()
        .http_streaming(azure_functions::env::var("WHOLE").is_none())
        .state_with(async |_| Ok::<_, io::Error>(Greeting("Hello".to_owned())))
        .mount(
            "site",
            Mount::new(router)
                .route("site/{*path}")
                .auth_level("anonymous"),
        )
        .layer_for(
            functions![slow, slow_message],
            TimeoutLayer::new(Duration::from_millis(50)),
        )
        .layer_for(["site"], ConcurrencyLimitLayer::new(1))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(authorize))
                .layer(from_fn(mend)),
        )
        .on_stop(async |_| {
            tracing::info!("closed");
            Ok::<_, io::Error>(())
        })
        .run()
}

/// Lets only requests of somebody known pass, and says in the response who that is.
async fn authorize(invocation: Invocation, next: Next) -> Result<Outcome, BoxError> {
    let Some(request) = invocation.request() else {
        tracing::info!("a {} passes", invocation.trigger_type());
        return next.run(invocation).await;
    };
    let Some(user) = request.header("x-user").map(str::to_owned) else {
        let text = format!(
            "who asks for {} {}?",
            request.method(),
            request.uri().path()
        );
        let response = HttpResponse::builder()
            .status(401)
            .header("www-authenticate", "x-user");
        return Ok(response.body(text).finish().into());
    };
    invocation.insert(User(user.clone()));
    let mut outcome = next.run(invocation).await?;
    if let Some(response) = outcome.response_mut() {
        response.headers_mut().insert("x-served", user.parse()?);
    }
    Ok(outcome)
}

/// Answers some errors of functions.
async fn mend(invocation: Invocation, next: Next) -> Result<Outcome, BoxError> {
    let is_request = invocation.request().is_some();
    next.run(invocation).await.or_else(|error| {
        let own = error.downcast_ref::<FunctionError>();
        match own.and_then(FunctionError::user::<io::Error>) {
            Some(error) if is_request => {
                let response = HttpResponse::builder().status(StatusCode::IM_A_TEAPOT);
                Ok(response.body(error.to_string()).finish().into())
            }
            _ => Err(error),
        }
    })
}

async fn site(request: Request<axum::body::Body>) -> String {
    let context = request.extensions().get::<Context>();
    let user = context.and_then(Context::extension::<User>);
    let params = request.extensions().get::<Params>();
    format!(
        "{} for {}",
        params
            .and_then(|params| params.get("path"))
            .unwrap_or_default(),
        user.map_or_else(String::new, |user| user.0),
    )
}

#[func]
fn greet(
    #[binding(auth_level = "anonymous")] _request: HttpRequest,
    greeting: &State<Greeting>,
    context: &Context,
) -> String {
    let user = context.extension::<User>();
    format!(
        "{}, {}",
        greeting.0,
        user.map_or_else(String::new, |user| user.0)
    )
}

#[func]
fn echo(#[binding(auth_level = "anonymous")] request: Request<BodyStream>) -> HttpResponse {
    HttpResponse::builder().body(request.into_body()).finish()
}

#[func]
fn nothing(#[binding(auth_level = "anonymous")] _request: HttpRequest) {}

#[func]
fn typed(#[binding(auth_level = "anonymous")] request: &HttpRequest<u8>) -> String {
    request.body().to_string()
}

#[func]
async fn slow(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> String {
    pending().await
}

#[func]
fn fails(#[binding(auth_level = "anonymous")] _request: HttpRequest) -> io::Result<String> {
    Err(io::Error::other("short and stout"))
}

#[func]
#[binding(name = "$return", queue_name = "given")]
fn message(#[binding(queue_name = "taken")] message: QueueTrigger) -> QueueMessage {
    message.message.into()
}

#[func]
async fn slow_message(#[binding(queue_name = "slow")] _message: QueueTrigger) {
    pending::<()>().await;
}
