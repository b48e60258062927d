//! Layers: `tower` middleware around the functions of an app, whatever starts them.
//!
//! A layer wraps a service that takes an [`Invocation`] and gives an [`Outcome`]. It is applied once, when the app starts;
//! each invocation then has a clone of the service that it made. So a limit that it holds is one for all functions that
//! it is around.
//!
//! - [`App::layer`] puts one around all functions, [`App::layer_for`] around some. A layer that is given later is further
//!   outside, as in axum; in a `tower::ServiceBuilder` it is further inside.
//! - Any layer of `tower` will do whose service can be cloned and shared, such as `TimeoutLayer`, `ConcurrencyLimitLayer` or
//!   `LoadShedLayer`. Two that belong together, as a limit and load shedding, are given as one, made by a `ServiceBuilder`:
//!   between two calls of `App::layer` the question whether a service is ready is not passed on.
//! - [`from_fn`] makes one of an async function.
//!
//! Layers run within the invocation: what they log belongs to it, the host's cancellation drops them with the function, and
//! a wait for readiness is part of it. A layer that fails or panics fails the invocation, and the reason says that it was a
//! layer. A layer that drops the function's future ends an async function; a blocking one goes on to its end, and its
//! result is lost.
//!
//! ```
//! use azure_functions::{
//!     App, BoxError,
//!     bindings::HttpResponse,
//!     http::StatusCode,
//!     layer::{Invocation, Next, Outcome, from_fn},
//! };
//!
//! /// Lets only requests with a token reach their functions. Messages of a queue and their like pass.
//! async fn authorize(invocation: Invocation, next: Next) -> Result<Outcome, BoxError> {
//!     let token = invocation.request().map(|request| request.header("authorization"));
//!     if token == Some(None) {
//!         return Ok(HttpResponse::from(StatusCode::UNAUTHORIZED).into());
//!     }
//!     let mut outcome = next.run(invocation).await?;
//!     if let Some(response) = outcome.response_mut() {
//!         response.headers_mut().insert("x-authorized", "yes".parse()?);
//!     }
//!     Ok(outcome)
//! }
//!
//! let app = App::new().layer(from_fn(authorize));
//! ```

mod from_fn;
mod invocation;
mod outcome;
mod stack;

use tower_layer::Layer;
use tower_service::Service;

use crate::{App, BoxError};

pub use self::{
    from_fn::{FromFn, FromFnLayer, from_fn},
    invocation::Invocation,
    outcome::{FunctionError, Outcome},
    stack::Next,
};
pub(crate) use self::{
    outcome::Failure,
    stack::{Layers, Stack},
};

impl App {
    /// Puts a layer around all functions, and all layers that were given before.
    ///
    /// See [`layer`](crate::layer) for what it can be. It is applied once, on the runtime, when the app starts.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Next> + Send + 'static,
        L::Service: Service<Invocation> + Clone + Send + Sync + 'static,
        <L::Service as Service<Invocation>>::Response: Into<Outcome>,
        <L::Service as Service<Invocation>>::Error: Into<BoxError>,
        <L::Service as Service<Invocation>>::Future: Send + 'static,
    {
        self.with_layers(|layers| layers.push(None, layer))
    }

    /// Puts a layer around some functions, and the layers that were given for them before.
    ///
    /// The functions are given as [`functions!`](crate::functions) lists them, or by their names; an app that does not have
    /// one of them does not start.
    ///
    /// ```
    /// # #[azure_functions::func]
    /// # fn nightly(#[binding(schedule = "0 0 3 * * *")] _timer: azure_functions::bindings::TimerInfo) {}
    /// # fn main() {
    /// use azure_functions::{App, functions, layer::{Invocation, Next, from_fn}};
    ///
    /// let measured = from_fn(async |invocation: Invocation, next: Next| {
    ///     let begin = std::time::Instant::now();
    ///     let outcome = next.run(invocation).await;
    ///     tracing::info!("took {:?}", begin.elapsed());
    ///     outcome
    /// });
    /// let app = App::new().layer_for(functions![nightly], measured);
    /// # }
    /// ```
    pub fn layer_for<L>(self, functions: impl IntoIterator<Item: AsRef<str>>, layer: L) -> Self
    where
        L: Layer<Next> + Send + 'static,
        L::Service: Service<Invocation> + Clone + Send + Sync + 'static,
        <L::Service as Service<Invocation>>::Response: Into<Outcome>,
        <L::Service as Service<Invocation>>::Error: Into<BoxError>,
        <L::Service as Service<Invocation>>::Future: Send + 'static,
    {
        let names = functions
            .into_iter()
            .map(|function| function.as_ref().to_owned())
            .collect();
        self.with_layers(|layers| layers.push(Some(names), layer))
    }
}
