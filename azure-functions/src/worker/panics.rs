//! What is known of a panic: its message, and where it was.
//!
//! The message comes with the unwinding. The place and the backtrace do not: only a panic hook sees them. So
//! [`run`](crate::run), which owns the process, adds one in front of the hook that is there; it leaves a note in the
//! panicking thread, and the same thread picks it up a moment later, where the panic is caught. An app that runs on
//! [`serve`](crate::App::serve) has no hook, and its failures tell the message only.

use std::{
    any::Any,
    backtrace::{Backtrace, BacktraceStatus},
    cell::Cell,
    mem,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
};

/// A panic of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Panic {
    /// What it says.
    pub(crate) message: String,
    /// Where it was, and with `RUST_BACKTRACE` how it came there; empty without the hook.
    pub(crate) trace: String,
}

thread_local! {
    static NOTE: Cell<Option<Panic>> = const { Cell::new(None) };
}

/// Adds the hook that notes where a panic was.
pub(crate) fn install_hook() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        note(info);
        previous(info);
    }));
}

impl Panic {
    /// Reads what was caught.
    pub(crate) fn of(payload: Box<dyn Any + Send>) -> Self {
        let message = message(payload.as_ref());
        // The payload is the user's, and so its `drop` may panic again.
        if let Err(again) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            mem::forget(again);
        }
        // A note with another message belongs to a panic that somebody else caught.
        match NOTE.take() {
            Some(noted) if noted.message == message => noted,
            _ => Self {
                message,
                trace: String::new(),
            },
        }
    }
}

fn note(info: &PanicHookInfo<'_>) {
    let mut trace = info
        .location()
        .map_or_else(String::new, |location| format!("panicked at {location}"));
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        trace = format!("{trace}\n{backtrace}");
    }
    let message = message(info.payload());
    // A thread that is ending has no place for a note.
    let _ = NOTE.try_with(|note| note.set(Some(Panic { message, trace })));
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "the function panicked with a value that is not a text".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{catch_unwind, panic_any, resume_unwind};

    use super::{Panic, install_hook};

    struct Twice;

    impl Drop for Twice {
        fn drop(&mut self) {
            panic!("again");
        }
    }

    #[test]
    fn place() {
        install_hook();
        let panic = |f: fn()| Panic::of(catch_unwind(f).unwrap_err());

        let text = panic(|| panic!("oh {}", "no"));
        assert_eq!(text.message, "oh no");
        assert!(text.trace.starts_with("panicked at "), "{}", text.trace);
        assert!(text.trace.contains("panics.rs:"), "{}", text.trace);

        let _ = catch_unwind(|| panic!("caught by somebody else"));
        let resumed = panic(|| resume_unwind(Box::new("resumed")));
        assert_eq!(
            (resumed.message.as_str(), resumed.trace.as_str()),
            ("resumed", "")
        );

        let odd = panic(|| panic_any(Twice));
        assert!(odd.message.contains("not a text"));
    }
}
