//! What layers are made of at the start of an app, and which of them are around which function.

use std::{
    collections::HashMap,
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use futures::future::BoxFuture;
use tower_layer::Layer;
use tower_service::Service;

use super::{Invocation, Outcome};
use crate::{
    App, BoxError, Description, FunctionDef,
    bindings::http::HttpBinding,
    worker::{answer::http_output, exchange::http_trigger, layered::call_function, panics::Panic},
};

/// The service that a layer is around: the layers inside it, and the function.
#[derive(Clone, Debug)]
pub struct Next(Target);

#[derive(Debug)]
enum Target {
    /// The function.
    Function,
    /// What is inside of a layer, by the names of the functions; those that are not there have nothing but themselves.
    Inside(Arc<Inside>),
    /// A layer's service.
    Layer(Box<dyn Layered>),
}

type Inside = HashMap<&'static str, Next>;

impl Next {
    pub(super) fn new<S>(service: S) -> Self
    where
        S: Service<Invocation> + Clone + Send + Sync + 'static,
        S::Response: Into<Outcome>,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        Self(Target::Layer(Box::new(service)))
    }

    /// Waits until the service is ready, and runs the invocation.
    ///
    /// # Errors
    ///
    /// A [`FunctionError`](super::FunctionError) if the function failed, or the error of a layer.
    pub async fn run(mut self, invocation: Invocation) -> Result<Outcome, BoxError> {
        poll_fn(|cx| self.poll_ready(cx)).await?;
        self.call(invocation).await
    }
}

impl Service<Invocation> for Next {
    type Response = Outcome;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Outcome, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match &mut self.0 {
            // Which one has to be ready is known only with the invocation.
            Target::Function | Target::Inside(_) => Poll::Ready(Ok(())),
            Target::Layer(layer) => layer.ready(cx),
        }
    }

    fn call(&mut self, invocation: Invocation) -> Self::Future {
        match &mut self.0 {
            Target::Function => Box::pin(call_function(invocation)),
            Target::Inside(inside) => match inside.get(invocation.function_name()).cloned() {
                Some(next) => Box::pin(next.run(invocation)),
                None => Box::pin(call_function(invocation)),
            },
            Target::Layer(layer) => layer.start(invocation),
        }
    }
}

impl Clone for Target {
    fn clone(&self) -> Self {
        match self {
            Self::Function => Self::Function,
            Self::Inside(inside) => Self::Inside(Arc::clone(inside)),
            Self::Layer(layer) => Self::Layer(layer.boxed_clone()),
        }
    }
}

/// A layer's service, whatever its type.
trait Layered: Send + Sync {
    fn boxed_clone(&self) -> Box<dyn Layered>;
    fn ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>>;
    fn start(&mut self, invocation: Invocation) -> BoxFuture<'static, Result<Outcome, BoxError>>;
}

impl<S> Layered for S
where
    S: Service<Invocation> + Clone + Send + Sync + 'static,
    S::Response: Into<Outcome>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    fn boxed_clone(&self) -> Box<dyn Layered> {
        Box::new(self.clone())
    }

    fn ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Service::poll_ready(self, cx).map_err(Into::into)
    }

    fn start(&mut self, invocation: Invocation) -> BoxFuture<'static, Result<Outcome, BoxError>> {
        let outcome = Service::call(self, invocation);
        Box::pin(async move { outcome.await.map(Into::into).map_err(Into::into) })
    }
}

impl fmt::Debug for dyn Layered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Layered")
    }
}

/// The layers of an app that has not started, innermost first.
#[derive(Default)]
pub(crate) struct Layers(Vec<Given>);

/// A layer, and what it is around.
struct Given {
    /// The names of its functions; `None` is all.
    functions: Option<Vec<String>>,
    /// Never locked: it makes the app `Sync`.
    apply: Mutex<Apply>,
}

type Apply = Box<dyn FnOnce(Next) -> Next + Send>;

impl Layers {
    pub(super) fn push<L>(&mut self, functions: Option<Vec<String>>, layer: L)
    where
        L: Layer<Next> + Send + 'static,
        L::Service: Service<Invocation> + Clone + Send + Sync + 'static,
        <L::Service as Service<Invocation>>::Response: Into<Outcome>,
        <L::Service as Service<Invocation>>::Error: Into<BoxError>,
        <L::Service as Service<Invocation>>::Future: Send + 'static,
    {
        let apply: Apply = Box::new(move |inner| Next::new(layer.layer(inner)));
        self.0.push(Given {
            functions,
            apply: Mutex::new(apply),
        });
    }

    /// Applies the layers, or says what is wrong with them. A function that a request starts and that gives no response is replaced by one that can: a layer
    /// may answer in its place.
    pub(crate) fn apply(
        self,
        mut functions: Vec<&'static FunctionDef>,
    ) -> (Vec<&'static FunctionDef>, Result<Option<Stack>, String>) {
        let mut services: Inside = HashMap::new();
        let mut mistakes = Vec::new();
        for Given {
            functions: wanted,
            apply,
        } in self.0
        {
            let names: Vec<&'static str> = match wanted {
                None => functions.iter().map(|function| function.name).collect(),
                Some(wanted) => wanted
                    .into_iter()
                    .filter_map(|name| {
                        let found = functions.iter().find(|function| function.name == name);
                        if found.is_none() {
                            mistakes.push(format!(
                                "a layer is for the function `{name}`, which the app does not have; give it to \
                                 `App::with_functions`, or leave it out of `App::layer_for`"
                            ));
                        }
                        found.map(|function| function.name)
                    })
                    .collect(),
            };
            let inside: Inside = names
                .iter()
                .filter_map(|name| Some((*name, services.get(name)?.clone())))
                .collect();
            let inner = if inside.is_empty() {
                Target::Function
            } else {
                Target::Inside(Arc::new(inside))
            };
            let apply = apply.into_inner().unwrap_or_else(PoisonError::into_inner);
            match catch_unwind(AssertUnwindSafe(|| apply(Next(inner)))) {
                Ok(outer) => {
                    services.extend(names.into_iter().map(|name| (name, outer.clone())));
                }
                Err(payload) => {
                    let Panic { message, .. } = Panic::of(payload);
                    mistakes.push(format!("a layer panicked when it was applied: {message}"));
                }
            }
        }
        if !mistakes.is_empty() {
            return (functions, Err(mistakes.join("; ")));
        }
        for function in &mut functions {
            if services.contains_key(function.name) {
                *function = answering(function);
            }
        }
        let stack = (!services.is_empty()).then_some(Stack(services));
        (functions, Ok(stack))
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} layers", self.0.len())
    }
}

impl App {
    pub(super) fn with_layers(mut self, change: impl FnOnce(&mut Layers)) -> Self {
        change(self.layers_mut());
        self
    }
}

/// The outermost services, by the names of the functions.
#[derive(Debug)]
pub(crate) struct Stack(Inside);

impl Stack {
    /// What is around this function; `None` if nothing is.
    pub(crate) fn of(&self, function: &FunctionDef) -> Option<Next> {
        self.0.get(function.name).cloned()
    }
}

/// `function`, with an output for a response if a request starts it and the place is free.
fn answering(function: &'static FunctionDef) -> &'static FunctionDef {
    let is_free = function.outputs.first().is_none_or(Option::is_none);
    if http_trigger(function).is_none() || http_output(function).is_some() || !is_free {
        return function;
    }
    let rest = function.outputs.iter().skip(1).copied();
    let outputs: Vec<_> = std::iter::once(Some(Description::of::<HttpBinding>()))
        .chain(rest)
        .collect();
    // An app is started once, and its functions live as long as the program.
    Box::leak(Box::new(FunctionDef {
        outputs: outputs.leak(),
        ..*function
    }))
}
