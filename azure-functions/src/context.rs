//! What a function can know of its invocation besides its bindings: [`Context`] and [`State`].

mod child;

use std::{
    any::{Any, TypeId, type_name},
    borrow::Cow,
    collections::HashMap,
    fmt,
    ops::Deref,
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use azure_functions_shared::rpc::RpcTraceContext;
use bytes::Bytes;
use prost::Message as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    BindError, FromContext,
    settlement::Settler,
    worker::watchdog::{Clock, Polled},
};

pub(crate) use self::child::Children;
pub use self::child::{Child, ChildError};

/// The invocation that a function runs for.
///
/// Cloning is cheap, and a clone can outlive the function.
///
/// ```
/// use azure_functions::{Context, bindings::QueueTrigger, func};
///
/// #[func]
/// fn work(#[binding(queue_name = "jobs")] job: QueueTrigger, context: Context) {
///     tracing::info!(attempt = context.retry().map_or(0, |retry| retry.count), "{} got {job:?}", context.function_name());
/// }
///
/// # fn main() {
/// // A test makes one itself.
/// let context = Context::new("work");
/// assert_eq!(context.function_name(), "work");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Context(Arc<Invocation>);

/// What the worker fills a [`Context`] with.
#[derive(Debug, Default)]
pub(crate) struct Invocation {
    pub(crate) id: Arc<str>,
    pub(crate) function: Cow<'static, str>,
    pub(crate) directory: Option<Arc<Path>>,
    pub(crate) retry: Option<Retry>,
    pub(crate) trace: Traced,
    pub(crate) cancellation: CancellationToken,
    /// When the host cancelled it.
    pub(crate) cancelled_at: OnceLock<Instant>,
    pub(crate) states: States,
    pub(crate) settler: Option<Arc<dyn Settler>>,
    /// What the function says of the invocation, for whoever traces it.
    pub(crate) tags: Mutex<HashMap<String, String>>,
    /// What the watchdog measures polls by, if there is one.
    pub(crate) clock: Option<Clock>,
    /// When the poll of the function began.
    pub(crate) polled: Polled,
    /// The tasks that the function spawned: nothing before the first, and `None` when it can spawn no more and never did.
    pub(crate) children: OnceLock<Option<Arc<Children>>>,
    /// What layers gave.
    #[cfg(feature = "tower")]
    pub(crate) extensions: Mutex<http::Extensions>,
}

impl Context {
    /// The context of an invocation of `function_name` that no host asked for, as a unit test needs it.
    pub fn new(function_name: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Invocation {
            function: function_name.into(),
            ..Invocation::default()
        })
    }

    pub(crate) fn of(invocation: Invocation) -> Self {
        Self(Arc::new(invocation))
    }

    /// The host's id of the invocation. The attempts of a retried invocation share it.
    pub fn invocation_id(&self) -> &str {
        &self.0.id
    }

    /// The id, to be shared.
    pub(crate) fn id(&self) -> &Arc<str> {
        &self.0.id
    }

    /// The name of the function.
    pub fn function_name(&self) -> &str {
        &self.0.function
    }

    /// The root of the app, where `host.json` is.
    pub fn function_directory(&self) -> &Path {
        self.0.directory.as_deref().unwrap_or(Path::new(""))
    }

    /// Which attempt this is, if the function has a retry policy.
    pub fn retry(&self) -> Option<&Retry> {
        self.0.retry.as_ref()
    }

    /// The W3C trace context of the host.
    pub fn trace(&self) -> &Trace {
        self.0.trace.get()
    }

    /// Adds a tag to the invocation's span: to the host's, if it traces, and to the worker's, if the app exports it.
    ///
    /// The host gets it with the answer; what is added later is lost.
    ///
    /// ```
    /// use azure_functions::{Context, bindings::QueueTrigger, func};
    ///
    /// #[func]
    /// fn bill(#[binding(queue_name = "orders")] order: QueueTrigger<u32>, context: Context) {
    ///     context.set_trace_attribute("order.id", order.message.to_string());
    /// }
    /// ```
    pub fn set_trace_attribute(&self, name: impl Into<String>, value: impl Into<String>) {
        let mut tags = self.0.tags.lock().unwrap_or_else(PoisonError::into_inner);
        tags.insert(name.into(), value.into());
    }

    /// The tags of the invocation, to be sent.
    pub(crate) fn take_trace_attributes(&self) -> HashMap<String, String> {
        let mut tags = self.0.tags.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *tags)
    }

    /// Whether the host no longer wants the result.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancellation.is_cancelled()
    }

    /// Waits until the host no longer wants the result: the client has gone, the function's time is up, or the host stops.
    ///
    /// An async function that has not ended 1.5 s after that is dropped at the `.await` where it is, because the host
    /// restarts the worker after 2 s; when the host stops, it has until shortly before the host's own time is up. A blocking
    /// function has to ask [`is_cancelled`](Self::is_cancelled): it is answered for at the same time, and its thread goes on
    /// until it ends by itself.
    ///
    /// # Cancel safety
    ///
    /// Can be dropped and called again.
    pub async fn cancelled(&self) {
        self.0.cancellation.cancelled().await;
    }

    /// Says that the host no longer wants the result. The first time counts.
    pub(crate) fn cancel(&self) {
        self.cancelled_at();
        self.0.cancellation.cancel();
    }

    /// When the invocation was cancelled; now, if it was not.
    pub(crate) fn cancelled_at(&self) -> Instant {
        *self.0.cancelled_at.get_or_init(Instant::now)
    }

    /// The watchdog's clock, and where a poll of the function is noted.
    pub(crate) fn watch(&self) -> Option<(&Clock, &Polled)> {
        Some((self.0.clock.as_ref()?, &self.0.polled))
    }

    /// For how many looks of the watchdog a poll of the function, or of one of its children, has lasted, if that is too
    /// long and was not said before.
    pub(crate) fn blocks(&self, clock: &Clock) -> Option<u64> {
        let children = || self.0.children.get()?.as_ref()?.block(clock);
        self.0.polled.blocks(clock).or_else(children)
    }

    /// What a layer gave to the invocation with [`Invocation::insert`](crate::layer::Invocation::insert), if it gave a `T`.
    #[cfg(feature = "tower")]
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.extensions().get().cloned()
    }

    #[cfg(feature = "tower")]
    pub(crate) fn extend<T: Clone + Send + Sync + 'static>(&self, value: T) {
        self.extensions().insert(value);
    }

    #[cfg(feature = "tower")]
    fn extensions(&self) -> std::sync::MutexGuard<'_, http::Extensions> {
        let extensions = self.0.extensions.lock();
        extensions.unwrap_or_else(PoisonError::into_inner)
    }

    /// Who settles the Service Bus messages of the invocation.
    pub(crate) fn settler(&self) -> Option<&Arc<dyn Settler>> {
        self.0.settler.as_ref()
    }

    /// The state of type `T` that the app was given.
    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.states.get()
    }
}

impl FromContext for Context {
    fn from_context(context: &Context) -> Result<Self, BindError> {
        Ok(context.clone())
    }
}

/// Which attempt of a retried invocation this is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// 0 for the first attempt.
    pub count: u32,
    /// How many attempts may follow the first; `None` when there is no limit.
    pub max: Option<u32>,
    /// Why the attempt before this one failed.
    pub error: Option<String>,
}

/// The trace that an invocation belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trace {
    /// The W3C `traceparent`; empty when the host does not trace.
    pub parent: String,
    /// The W3C `tracestate`.
    pub state: String,
    /// The tags of the host's span.
    pub attributes: HashMap<String, String>,
    /// The W3C baggage.
    pub baggage: HashMap<String, String>,
}

/// A trace as it came over the wire, and as it was read of that.
#[derive(Debug, Default)]
pub(crate) struct Traced {
    message: Bytes,
    read: OnceLock<Trace>,
}

impl Traced {
    /// The trace of the protocol's `RpcTraceContext`.
    pub(crate) fn of(message: Bytes) -> Self {
        Self {
            message,
            read: OnceLock::new(),
        }
    }

    fn get(&self) -> &Trace {
        self.read.get_or_init(|| {
            let context = RpcTraceContext::decode(self.message.clone()).unwrap_or_default();
            Trace {
                parent: context.trace_parent,
                state: context.trace_state,
                attributes: context.attributes,
                baggage: context.baggage,
            }
        })
    }
}

/// Something that all invocations share, given to the app with [`App::state`](crate::App::state).
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use azure_functions::{State, bindings::HttpRequest, func};
///
/// #[derive(Default)]
/// struct Visits(AtomicU64);
///
/// #[func]
/// fn visit(_req: HttpRequest, visits: State<Visits>) -> String {
///     format!("visit {}", visits.0.fetch_add(1, Ordering::Relaxed) + 1)
/// }
///
/// // A test makes one itself.
/// let visits = State::new(Visits::default());
/// assert_eq!(visit(HttpRequest::default(), visits.clone()), "visit 1");
/// ```
#[derive(Debug)]
pub struct State<T>(Arc<T>);

impl<T> State<T> {
    /// A state of one's own, as a unit test needs it.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// The state as it is shared.
    pub fn into_inner(self) -> Arc<T> {
        self.0
    }
}

impl<T> From<Arc<T>> for State<T> {
    fn from(shared: Arc<T>) -> Self {
        Self(shared)
    }
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Send + Sync + 'static> FromContext for State<T> {
    const NEED: Option<Need> = Some(Need {
        is_met: |states| states.has::<T>(),
        type_name: || type_name::<T>(),
    });

    fn from_context(context: &Context) -> Result<Self, BindError> {
        context.state().map(Self).ok_or_else(|| {
            let name = type_name::<T>();
            BindError::new(format!(
                "the app has no state of type `{name}`; give it one with `App::new().state(…)`"
            ))
        })
    }
}

/// A state that a parameter needs the app to have; an app without it does not start.
#[derive(Clone, Copy)]
pub struct Need {
    is_met: fn(&States) -> bool,
    type_name: fn() -> &'static str,
}

impl Need {
    /// The type of the state, if the app does not have it.
    pub(crate) fn missing(self, states: &States) -> Option<&'static str> {
        (!(self.is_met)(states)).then(self.type_name)
    }
}

impl fmt::Debug for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Need").field(&(self.type_name)()).finish()
    }
}

/// What stands in the place of a state that is not made yet.
struct Promised;

/// The states of an app, one of each type.
#[derive(Clone, Debug, Default)]
pub(crate) struct States(Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl States {
    /// These states and `value`, which takes the place of another of its type.
    pub(crate) fn with<T: Send + Sync + 'static>(self, value: T) -> Self {
        let mut states = Arc::unwrap_or_clone(self.0);
        states.insert(TypeId::of::<T>(), Arc::new(value));
        Self(Arc::new(states))
    }

    /// These states, and a place for a `T` that is made before the first invocation.
    pub(crate) fn with_promised<T: Send + Sync + 'static>(self) -> Self {
        let mut states = Arc::unwrap_or_clone(self.0);
        states
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Arc::new(Promised));
        Self(Arc::new(states))
    }

    /// Whether there is a `T`, or will be.
    pub(crate) fn has<T: Send + Sync + 'static>(&self) -> bool {
        self.0.contains_key(&TypeId::of::<T>())
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        Arc::clone(self.0.get(&TypeId::of::<T>())?).downcast().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Context, Invocation, State, States};
    use crate::FromContext;

    #[test]
    fn state_by_type() {
        let states = States::default().with(1_u8).with("text").with(2_u8);
        let context = Context::of(Invocation {
            states,
            ..Invocation::default()
        });
        assert_eq!(
            State::<u8>::from_context(&context).ok().as_deref(),
            Some(&2)
        );
        assert_eq!(
            State::<&str>::from_context(&context).ok().as_deref(),
            Some(&"text")
        );
        assert_eq!(
            State::<u16>::from_context(&context)
                .map_err(|error| error.to_string())
                .err()
                .as_deref(),
            Some("the app has no state of type `u16`; give it one with `App::new().state(…)`")
        );
    }
}
