//! Log messages of a worker as events.

use std::fmt::Write as _;

use azure_functions_shared::rpc::{Data, RpcException, RpcLog, rpc_log::Level as WireLevel};

use crate::event::{Event, EventKind, Level};

/// What the worker says about itself. Levels are those that the real host keeps for such lines.
pub(super) fn system(log: &RpcLog, category: &str) -> Event {
    let level = match log.level() {
        WireLevel::Warning => Level::Warning,
        WireLevel::Error => Level::Error,
        _ => Level::Information,
    };
    let exception = (level == Level::Error)
        .then(|| log.exception.as_ref().map(exception_text))
        .flatten();
    Event::new(EventKind::Worker, level, category, &*log.message).with_exception(exception)
}

/// What a function says.
pub(super) fn user(log: &RpcLog, function: &str) -> Option<Event> {
    let level = match log.level() {
        WireLevel::Trace => Level::Trace,
        WireLevel::Debug => Level::Debug,
        WireLevel::Information => Level::Information,
        WireLevel::Warning => Level::Warning,
        WireLevel::Error => Level::Error,
        WireLevel::Critical => Level::Critical,
        WireLevel::None => return None,
    };
    let category = format!("Function.{function}.User");
    Some(
        Event::new(EventKind::User, level, category, &*log.message)
            .with_exception(log.exception.as_ref().map(exception_text)),
    )
}

/// A metric, which needs a name and a value.
pub(super) fn metric(log: &RpcLog, function: &str) -> Option<Event> {
    let property = |name| log.properties_map.get(name)?.data.as_ref();
    let (Some(Data::String(name)), Some(Data::Double(value))) =
        (property("Name"), property("Value"))
    else {
        return None;
    };
    let category = format!("Function.{function}.User");
    let message = format!("{name} = {value}");
    Some(Event::new(
        EventKind::Metric,
        Level::Information,
        category,
        message,
    ))
}

/// An exception as a person reads it: its type, its message, its stack.
pub(crate) fn exception_text(exception: &RpcException) -> String {
    let mut text = String::new();
    if !exception.r#type.is_empty() {
        let _ = write!(text, "{}: ", exception.r#type);
    }
    text.push_str(&exception.message);
    if !exception.stack_trace.is_empty() {
        let _ = write!(text, "\n{}", exception.stack_trace);
    }
    text
}
