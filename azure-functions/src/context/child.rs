//! Tasks of an invocation besides its function: [`Context::spawn`] and what it gives.

use std::{
    error::Error as StdError,
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, Location, catch_unwind},
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{self, Poll, ready},
};

use futures::FutureExt;
use tokio::{
    runtime::Handle,
    sync::{Notify, oneshot},
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::{
    Context,
    worker::{
        panics::Panic,
        watchdog::{Clock, Polled},
    },
};

impl Context {
    /// Runs a future beside the function, as a task that belongs to the invocation.
    ///
    /// The invocation is answered when its function and all its children have ended, whatever becomes of their handles.
    /// Until then the host counts it as running, so a child is not for work that may take longer than the invocation.
    ///
    /// - A child that panics fails the invocation, which names the place of this call, even if somebody has read the error
    ///   in its handle. The function and the other children go on.
    /// - An error that a child returns is the value of its handle, and so nobody knows of it who drops the handle.
    /// - When the host [cancels](Self::cancelled) the invocation, children have the time that the function has; then they
    ///   are dropped.
    /// - The response to a request waits for the children, unless it is a stream, which a child may write: then the end of
    ///   the invocation does.
    /// - What a child logs belongs to the span that is entered here: to the invocation.
    ///
    /// A context can outlive its invocation. A future that is spawned after the answer does not run: the log says so, and
    /// so does its handle. The same goes for one that is spawned outside of a tokio runtime.
    ///
    /// ```
    /// use azure_functions::{BoxError, Context, bindings::QueueTrigger, func};
    ///
    /// #[func]
    /// async fn work(#[binding(queue_name = "jobs")] job: QueueTrigger, context: Context) -> Result<(), BoxError> {
    ///     let length = context.spawn(async move { job.message.len() });
    ///     context.spawn(async { tracing::info!("beside it") });
    ///     assert_eq!(length.await?, 5);
    ///     Ok(())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// // In a test nobody waits for the children but the test.
    /// let context = Context::new("work");
    /// work(QueueTrigger::new("hello".to_owned()), context.clone()).await.unwrap();
    /// context.join_children().await.unwrap();
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Child<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let (mut begun, child) = match self.begin_child() {
            Ok(begun) => begun,
            Err(child) => return child,
        };
        let aborted = begun.life.dropped.clone();
        let clock = self.watch().map(|(clock, _)| clock.clone());
        let polled = clock.is_some().then(|| begun.life.watched());
        let task = async move {
            let work = AssertUnwindSafe(async {
                let mut future = pin!(future);
                tokio::select! {
                    biased;
                    value = poll_fn(|cx| {
                        let _polling = clock.as_ref().zip(polled.as_ref()).map(|(clock, polled)| polled.begin(clock));
                        future.as_mut().poll(cx)
                    }) => Some(value),
                    () = aborted.cancelled() => None,
                }
            });
            let value = work.catch_unwind().await;
            begun.end(value);
        };
        tokio::spawn(task.in_current_span());
        child
    }

    /// Runs a function that may block beside this one, on a thread for such functions; else it is as with
    /// [`spawn`](Self::spawn).
    ///
    /// It cannot be dropped. One that has to end early asks [`is_cancelled`](Self::is_cancelled); otherwise a cancelled
    /// invocation is answered without it, which the log says, and its thread goes on until it ends.
    ///
    /// Its thread is not one of those that [`App::blocking_limit`](crate::App::blocking_limit) counts, so a blocking
    /// function may wait for its child. tokio has its own limit of such threads.
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, function: F) -> Child<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (mut begun, child) = match self.begin_child() {
            Ok(begun) => begun,
            Err(child) => return child,
        };
        let span = Span::current();
        let task = move || {
            let _entered = span.entered();
            let value = if begun.life.dropped.is_cancelled() {
                Ok(None)
            } else {
                catch_unwind(AssertUnwindSafe(function)).map(Some)
            };
            begun.end(value);
        };
        drop(tokio::task::spawn_blocking(task));
        child
    }

    /// Waits until the invocation has no children, and says if one of them has panicked.
    ///
    /// The worker does so before it answers; this is for a function that has to know, and for a test, where nobody answers.
    /// A child that calls it waits for itself.
    ///
    /// # Errors
    ///
    /// When a child has panicked: the first that did.
    ///
    /// # Cancel safety
    ///
    /// Can be dropped and called again.
    pub async fn join_children(&self) -> Result<(), ChildError> {
        let Some(children) = self.children_so_far() else {
            return Ok(());
        };
        children.none_left().await;
        let state = children.state();
        match &state.panic {
            None => Ok(()),
            Some(panic) => Err(ChildError::panicked(panic)),
        }
    }

    /// The children of an invocation whose function has ended. Without any, there will be none.
    pub(crate) fn children(&self) -> Option<&Arc<Children>> {
        self.0.children.get_or_init(|| None).as_ref()
    }

    /// The children, if there were any yet.
    pub(crate) fn children_so_far(&self) -> Option<&Arc<Children>> {
        self.0.children.get()?.as_ref()
    }

    /// A child that is about to run, or one that cannot.
    #[track_caller]
    fn begin_child<T>(&self) -> Result<(Begun<T>, Child<T>), Child<T>> {
        let (result, receiver) = oneshot::channel();
        let location = Location::caller();
        let life = if Handle::try_current().is_err() {
            Err("there is no tokio runtime here; spawn it in the function")
        } else {
            let children = self.0.children.get_or_init(|| Some(Arc::default()));
            let life = children.as_ref().and_then(|all| all.begin(location));
            life.ok_or("its invocation has been answered; spawn it before the function ends")
        };
        match life {
            Ok(life) => {
                let child = Child {
                    result: receiver,
                    dropped: life.dropped.clone(),
                };
                let result = Some(result);
                Ok((Begun { life, result }, child))
            }
            Err(reason) => {
                let error = ChildError {
                    kind: Kind::Refused,
                    message: format!(
                        "the child task at {location} of invocation `{}` of function `{}` was not started: {reason}",
                        self.invocation_id(),
                        self.function_name()
                    ),
                };
                tracing::error!("{error}");
                let _ = result.send(Err(error));
                Err(Child {
                    result: receiver,
                    dropped: CancellationToken::new(),
                })
            }
        }
    }
}

/// The handle of a child task, made by [`Context::spawn`]: a future of what the task returns.
///
/// Dropping it changes nothing: the invocation waits for the task.
///
/// # Cancel safety
///
/// It can be waited for by `&mut`, and again until it has given the value.
#[derive(Debug)]
pub struct Child<T> {
    result: oneshot::Receiver<Result<T, ChildError>>,
    dropped: CancellationToken,
}

impl<T> Child<T> {
    /// Has the task dropped at the `.await` where it is. A blocking one that has begun goes on.
    ///
    /// This is no failure of the invocation.
    pub fn abort(&self) {
        self.dropped.cancel();
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.result.is_terminated() || !self.result.is_empty()
    }
}

impl<T> Future for Child<T> {
    type Output = Result<T, ChildError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        if self.result.is_terminated() {
            return Poll::Ready(Err(ChildError::dropped()));
        }
        let result = ready!(self.result.poll_unpin(cx));
        Poll::Ready(result.unwrap_or_else(|_| Err(ChildError::dropped())))
    }
}

/// Why there is no value of a child task.
#[derive(Clone, Debug)]
pub struct ChildError {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Panicked,
    Dropped,
    Refused,
}

impl ChildError {
    /// Whether the task panicked.
    pub fn is_panic(&self) -> bool {
        self.kind == Kind::Panicked
    }

    /// Whether the task was dropped before its end: by [`Child::abort`], or with its invocation.
    pub fn is_dropped(&self) -> bool {
        self.kind == Kind::Dropped
    }

    /// Whether the task was never started.
    pub fn is_refused(&self) -> bool {
        self.kind == Kind::Refused
    }

    fn panicked(panic: &ChildPanic) -> Self {
        Self {
            kind: Kind::Panicked,
            message: panic.message(),
        }
    }

    fn dropped() -> Self {
        Self {
            kind: Kind::Dropped,
            message: "the child task was dropped before its end".to_owned(),
        }
    }
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for ChildError {}

/// The children of an invocation.
#[derive(Debug, Default)]
pub(crate) struct Children {
    state: Mutex<State>,
    /// Told when there are none.
    ended: Notify,
    /// Cancelled when they are dropped.
    dropped: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    /// Whether there can be no more.
    closed: bool,
    /// The first panic.
    panic: Option<ChildPanic>,
    /// Where the polls of those are noted that the watchdog looks at.
    polled: Vec<Weak<Polled>>,
}

/// A panic of a child.
#[derive(Clone, Debug)]
pub(crate) struct ChildPanic {
    location: &'static Location<'static>,
    panic: Panic,
}

impl ChildPanic {
    fn message(&self) -> String {
        format!(
            "the child task spawned at {} panicked: {}",
            self.location, self.panic.message
        )
    }

    /// The panic as the invocation's own.
    pub(crate) fn into_panic(self) -> Panic {
        Panic {
            message: self.message(),
            trace: self.panic.trace,
        }
    }
}

impl Children {
    /// Waits until there are none, and ends that there can be more. Gives the first panic.
    pub(crate) async fn join(&self) -> Option<ChildPanic> {
        loop {
            self.none_left().await;
            let mut state = self.state();
            // One may have begun in between.
            if state.running == 0 {
                state.closed = true;
                return state.panic.clone();
            }
        }
    }

    /// Drops all that can be dropped, ends that there can be more, and says how many there were.
    pub(crate) fn abandon(&self) -> usize {
        let running = {
            let mut state = self.state();
            state.closed = true;
            state.running
        };
        self.dropped.cancel();
        running
    }

    /// For how many looks of the watchdog the poll of one of them has lasted, if that is too long.
    pub(super) fn block(&self, clock: &Clock) -> Option<u64> {
        let mut state = self.state();
        state.polled.retain(|polled| polled.strong_count() > 0);
        let mut polled = state.polled.iter().filter_map(Weak::upgrade);
        polled.find_map(|polled| polled.blocks(clock))
    }

    async fn none_left(&self) {
        loop {
            let mut ended = pin!(self.ended.notified());
            ended.as_mut().enable();
            if self.state().running == 0 {
                return;
            }
            ended.await;
        }
    }

    /// Counts one more, unless there can be no more.
    fn begin(self: &Arc<Self>, location: &'static Location<'static>) -> Option<Life> {
        let mut state = self.state();
        if state.closed {
            return None;
        }
        state.running += 1;
        Some(Life {
            children: Arc::clone(self),
            dropped: self.dropped.child_token(),
            location,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A child, as long as it is counted.
struct Life {
    children: Arc<Children>,
    dropped: CancellationToken,
    location: &'static Location<'static>,
}

impl Life {
    /// Where its polls are noted, for the watchdog.
    fn watched(&self) -> Arc<Polled> {
        let polled = Arc::default();
        self.children.state().polled.push(Arc::downgrade(&polled));
        polled
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let mut state = self.children.state();
        state.running -= 1;
        let none_left = state.running == 0;
        drop(state);
        if none_left {
            self.children.ended.notify_waiters();
        }
    }
}

/// A child that runs, and who waits for its value.
struct Begun<T> {
    life: Life,
    result: Option<oneshot::Sender<Result<T, ChildError>>>,
}

impl<T> Begun<T> {
    /// Ends a child: with a value, without one because it was dropped, or in a panic.
    fn end(&mut self, value: std::thread::Result<Option<T>>) {
        let value = match value {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(ChildError::dropped()),
            Err(payload) => {
                let panic = ChildPanic {
                    location: self.life.location,
                    panic: Panic::of(payload),
                };
                let error = ChildError::panicked(&panic);
                self.life.children.state().panic.get_or_insert(panic);
                Err(error)
            }
        };
        if let Some(result) = self.result.take() {
            // The value of a child whose handle is gone ends here. It is the user's, and may panic.
            let unread = result.send(value);
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(unread))) {
                let panic = ChildPanic {
                    location: self.life.location,
                    panic: Panic::of(payload),
                };
                self.life.children.state().panic.get_or_insert(panic);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures::FutureExt;
    use tokio::task::yield_now;

    use crate::Context;

    #[tokio::test]
    async fn values_and_errors() {
        let context = Context::new("work");
        assert_eq!(context.spawn(ready(1)).await.unwrap(), 1);
        assert_eq!(context.spawn_blocking(|| 2).await.unwrap(), 2);

        let mut stuck = context.spawn(pending::<()>());
        assert!(!stuck.is_finished());
        stuck.abort();
        assert!((&mut stuck).await.unwrap_err().is_dropped());
        assert!(stuck.is_finished());
        assert!(stuck.await.unwrap_err().is_dropped(), "it was read before");
        context.join_children().await.unwrap();

        let line = line!() + 1;
        let panicked = context.spawn(async { panic!("oh {}", "no") });
        let error = panicked.await.unwrap_err();
        assert!(error.is_panic());
        assert_eq!(
            error.to_string(),
            format!(
                "the child task spawned at {}:{line}:32 panicked: oh no",
                file!()
            )
        );
        let joined = context.join_children().await.unwrap_err();
        assert_eq!(joined.to_string(), error.to_string());
        let blocking = context.spawn_blocking(|| panic!("again"));
        assert!(blocking.await.unwrap_err().is_panic());
    }

    #[tokio::test]
    async fn children_of_children_are_waited_for() {
        let context = Context::new("work");
        let parent = context.clone();
        context.spawn(async move {
            yield_now().await;
            parent.spawn(async {
                yield_now().await;
                panic!("grandchild")
            });
        });
        let error = context.children().unwrap().join().await.unwrap();
        assert!(error.into_panic().message.ends_with("grandchild"));
    }

    #[tokio::test]
    async fn refused() {
        let answered = Context::new("work");
        assert!(answered.children().is_none());
        let joined = Context::new("work");
        joined.spawn(ready(())).await.unwrap();
        assert!(joined.children().unwrap().join().await.is_none());
        let abandoned = Context::new("work");
        let stuck = abandoned.spawn(pending::<()>());
        assert_eq!(abandoned.children().unwrap().abandon(), 1);
        assert!(stuck.await.unwrap_err().is_dropped());
        for context in [answered, joined, abandoned] {
            let error = context.spawn(ready(())).await.unwrap_err();
            assert!(error.is_refused());
            let text = error.to_string();
            assert!(text.contains("of function `work`"), "{text}");
            assert!(text.contains("has been answered"), "{text}");
            assert!(
                context
                    .spawn_blocking(|| ())
                    .await
                    .unwrap_err()
                    .is_refused()
            );
        }
    }

    #[test]
    fn without_a_runtime() {
        let child = Context::new("work").spawn(ready(()));
        let error = child.now_or_never().unwrap().unwrap_err();
        assert!(error.to_string().contains("no tokio runtime"), "{error}");
    }
}
