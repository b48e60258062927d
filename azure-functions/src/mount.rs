//! [`Mount`]: a `tower` service that answers requests, as a function of the app.

use std::{any::type_name, collections::HashMap, future::poll_fn, panic::Location};

use futures::future::BoxFuture;
use http::{Request, Response};
use tower_service::Service;

use crate::{
    App, BindError, Binding as _, BoxError, Call, Description, FunctionDef, IntoOutputs as _,
    InvokeError, Invoker, Outputs, ParameterDef,
    binding::{Setting, Value},
    bindings::{
        BodyStream, HttpResponse,
        http::{HttpBinding, HttpStreamTriggerBinding},
    },
    input::ViaTrigger,
};

/// The name of the parameter that is the request.
const REQUEST: &str = "request";

/// A `tower` service that answers requests, such as an `axum::Router`, and what the host has to know of it.
///
/// The service sees the path as the client sent it, with the prefix `api`. The request's extensions hold the
/// [`Context`](crate::Context) of the invocation and the [`Params`](crate::bindings::http::Params) of the route.
/// Bodies are streamed.
///
/// ```
/// use std::convert::Infallible;
///
/// use azure_functions::{App, Mount, bindings::BodyStream, http::{Request, Response}};
/// # use std::{future::{Ready, ready}, task::{Context, Poll}};
/// # #[derive(Clone)]
/// # struct Echo;
/// # impl tower_service::Service<Request<BodyStream>> for Echo {
/// #     type Response = Response<BodyStream>;
/// #     type Error = Infallible;
/// #     type Future = Ready<Result<Self::Response, Infallible>>;
/// #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> { Poll::Ready(Ok(())) }
/// #     fn call(&mut self, request: Request<BodyStream>) -> Self::Future { ready(Ok(Response::new(request.into_body()))) }
/// # }
///
/// let app = App::new().mount("site", Mount::new(Echo).route("{*path}").auth_level("anonymous"));
/// ```
#[derive(Clone, Debug)]
pub struct Mount<S> {
    service: S,
    settings: Vec<Setting>,
}

impl<S> Mount<S> {
    /// A service at the route that is the function's name, for all methods and with a key.
    pub fn new(service: S) -> Self {
        Self {
            service,
            settings: Vec::new(),
        }
    }

    /// The path to listen on, behind the prefix `api`: `{*path}` is all of them.
    pub fn route(self, route: &'static str) -> Self {
        self.with("route", Value::Text(route))
    }

    /// The methods to listen for: `get`, `post` and so on.
    pub fn methods(self, methods: impl IntoIterator<Item = &'static str>) -> Self {
        let methods: Vec<_> = methods.into_iter().map(Value::Text).collect();
        self.with("methods", Value::List(methods.leak()))
    }

    /// Which key a caller has to send: `anonymous`, `function` or `admin`.
    pub fn auth_level(self, level: &'static str) -> Self {
        self.with("auth_level", Value::Text(level))
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.settings.retain(|setting| setting.name != name);
        self.settings.push(Setting { name, value });
        self
    }
}

/// The mounted services of one type, by the names of their functions.
#[derive(Clone)]
struct Mounted<S>(HashMap<&'static str, S>);

impl App {
    /// Adds a function called `name` that a `tower` service answers. Each call has a clone of the service.
    ///
    /// What it keeps of the mount lives as long as the program.
    #[track_caller]
    pub fn mount<S, B>(self, name: &'static str, mount: Mount<S>) -> Self
    where
        S: Service<Request<BodyStream>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError> + 'static,
        S::Future: Send,
        B: http_body::Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let place = Location::caller();
        let parameter = ParameterDef {
            name: REQUEST,
            binding: Some(Description::of::<HttpStreamTriggerBinding>()),
            trigger: true,
            data_type: None,
            cardinality: None,
            settings: mount.settings.leak(),
            update: None,
            need: None,
        };
        let function = FunctionDef {
            name,
            file: place.file(),
            line: place.line(),
            parameters: vec![parameter].leak(),
            outputs: const { &[Some(Description::of::<HttpBinding>())] },
            output_settings: &[],
            retry: None,
            invoker: Invoker::Async(invoke::<S, B>),
            identity: None,
        };
        let Mounted(mut services) = self
            .mounted::<Mounted<S>>()
            .unwrap_or_else(|| Mounted(HashMap::new()));
        services.insert(name, mount.service);
        self.state(Mounted(services))
            .with_function(Box::leak(Box::new(function)))
    }
}

fn invoke<S, B>(mut call: Call) -> BoxFuture<'static, Result<Outputs, InvokeError>>
where
    S: Service<Request<BodyStream>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError> + 'static,
    S::Future: Send,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    Box::pin(async move {
        let context = call.context().clone();
        let mounted = context.state::<Mounted<S>>();
        let service = mounted.and_then(|mounted| mounted.0.get(context.function_name()).cloned());
        let mut service = service.ok_or_else(|| InvokeError::Bind {
            parameter: REQUEST,
            error: BindError::new(format!(
                "nothing is mounted for a `{}`",
                HttpStreamTriggerBinding::TYPE
            )),
        })?;
        let mut request =
            <Request<BodyStream> as crate::Argument<ViaTrigger>>::argument(&mut call, REQUEST)?;
        drop(call);
        request.extensions_mut().insert(context);
        let failed = |error: S::Error| InvokeError::User {
            type_name: type_name::<S::Error>(),
            error: error.into(),
        };
        poll_fn(|cx| service.poll_ready(cx)).await.map_err(failed)?;
        let response = service.call(request).await.map_err(failed)?;
        let mut outputs = Outputs::new();
        HttpResponse::from(response.map(BodyStream::new)).into_outputs(&mut outputs)?;
        Ok(outputs)
    })
}
