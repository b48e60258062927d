//! [`Invocation`]: what passes through the layers on its way in.

use std::{fmt, sync::OnceLock};

use tracing::Span;

use crate::{
    Call, Context, FunctionDef, ParameterDef, State, Trigger,
    binding::Value,
    bindings::{HttpRequest, http::request_head},
    worker::limit::Threads,
};

/// An invocation on its way through layers to its function.
pub struct Invocation {
    function: &'static FunctionDef,
    call: Call,
    request: OnceLock<Option<Box<HttpRequest<()>>>>,
    /// What its events belong to, whichever task they come from.
    span: Span,
    /// The threads for functions that block.
    threads: Threads,
}

impl Invocation {
    pub(crate) fn new(
        function: &'static FunctionDef,
        call: Call,
        span: Span,
        threads: Threads,
    ) -> Self {
        Self {
            function,
            call,
            request: OnceLock::new(),
            span,
            threads,
        }
    }

    /// Its context: the id, the attempt, whether the host has cancelled it.
    pub fn context(&self) -> &Context {
        self.call.context()
    }

    /// The function that is called.
    pub fn function(&self) -> &'static FunctionDef {
        self.function
    }

    /// The name of the function.
    pub fn function_name(&self) -> &'static str {
        self.function.name
    }

    /// The type of its trigger, as the host knows it: `httpTrigger`, `queueTrigger` and so on.
    pub fn trigger_type(&self) -> &'static str {
        trigger(self.function).map_or("", type_of)
    }

    /// What the host says of the trigger besides its payload.
    pub fn trigger(&self) -> &Trigger {
        self.call.trigger()
    }

    /// The request, if it is one that starts the function: its method, URL, headers, parameters and identities.
    ///
    /// [`body_bytes`](HttpRequest::body_bytes) are those of the body if it is there: nothing of a body that the function
    /// reads piece by piece.
    pub fn request(&self) -> Option<&HttpRequest<()>> {
        self.request
            .get_or_init(|| {
                let data = self.call.get(trigger(self.function)?.name)?;
                request_head(data.clone()).map(Box::new)
            })
            .as_deref()
    }

    /// The state of type `T` that the app has.
    pub fn state<T: Send + Sync + 'static>(&self) -> Option<State<T>> {
        self.context().state().map(State::from)
    }

    /// Gives the function something to know, such as the user that a layer found to have sent the request:
    /// [`Context::extension`] reads it.
    pub fn insert<T: Clone + Send + Sync + 'static>(&self, value: T) {
        self.context().extend(value);
    }

    pub(crate) fn into_parts(self) -> (&'static FunctionDef, Call, Span, Threads) {
        (self.function, self.call, self.span, self.threads)
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("id", &self.context().invocation_id())
            .field("function", &self.function.name)
            .finish_non_exhaustive()
    }
}

/// The parameter of `function` that is its trigger.
fn trigger(function: &'static FunctionDef) -> Option<&'static ParameterDef> {
    let mut parameters = function.parameters.iter();
    parameters.find(|parameter| parameter.trigger)
}

fn type_of(trigger: &'static ParameterDef) -> &'static str {
    let Some(binding) = trigger.binding else {
        return "";
    };
    let said = trigger.settings.iter();
    let said = said
        .filter(|setting| binding.open && setting.name == "type")
        .find_map(|setting| match setting.value {
            Value::Text(text) => Some(text),
            _ => None,
        });
    said.unwrap_or(binding.wire_type)
}
