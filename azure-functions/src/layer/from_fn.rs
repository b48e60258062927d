//! [`from_fn`]: a layer that is an async function.

use std::{
    fmt,
    task::{Context, Poll},
};

use futures::future::BoxFuture;
use tower_layer::Layer;
use tower_service::Service;

use super::{Invocation, Next, Outcome};
use crate::BoxError;

/// Makes a layer of an async function that gets the invocation and the service to hand it to.
///
/// It has an example [above](crate::layer).
pub fn from_fn<F>(function: F) -> FromFnLayer<F> {
    FromFnLayer(function)
}

/// A layer that is an async function; made by [`from_fn`].
#[derive(Clone, Copy)]
pub struct FromFnLayer<F>(F);

impl<F: Clone, S> Layer<S> for FromFnLayer<F> {
    type Service = FromFn<F, S>;

    fn layer(&self, inner: S) -> FromFn<F, S> {
        FromFn {
            function: self.0.clone(),
            inner,
        }
    }
}

impl<F> fmt::Debug for FromFnLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFnLayer").finish_non_exhaustive()
    }
}

/// The service of a [`FromFnLayer`].
#[derive(Clone, Copy)]
pub struct FromFn<F, S> {
    function: F,
    inner: S,
}

impl<F, S, A, R, E> Service<Invocation> for FromFn<F, S>
where
    F: FnMut(Invocation, Next) -> A,
    A: Future<Output = Result<R, E>> + Send + 'static,
    R: Into<Outcome>,
    E: Into<BoxError>,
    S: Service<Invocation> + Clone + Send + Sync + 'static,
    S::Response: Into<Outcome>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    type Response = Outcome;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Outcome, BoxError>>;

    /// It is always ready; [`Next::run`] waits for the service inside.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, invocation: Invocation) -> Self::Future {
        let next = Next::new(self.inner.clone());
        let outcome = (self.function)(invocation, next);
        Box::pin(async move { outcome.await.map(Into::into).map_err(Into::into) })
    }
}

impl<F, S: fmt::Debug> fmt::Debug for FromFn<F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFn")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
