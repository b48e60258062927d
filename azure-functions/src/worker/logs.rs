//! Log records: from `tracing` to the host.
//!
//! An event inside an invocation's span goes to the app's log under its function; one outside goes to the worker's log,
//! because the host drops a record of the app that belongs to no running invocation. The `log` crate's records come
//! through `tracing` too. Until the stream is open, records wait in a small buffer. A record that the host would throw
//! away ([`levels`]) is not even formatted.

pub(super) mod levels;

use std::{
    collections::{HashMap, VecDeque},
    error::Error as StdError,
    fmt::{self, Write as _},
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use azure_functions_shared::rpc::{
    Data, RpcException, RpcLog,
    rpc_log::{Level, RpcLogCategory},
};
use tracing::{
    Event, Level as TracingLevel, Metadata, Span, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id},
};
use tracing_log::NormalizeEvent;
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, FilterFn, Targets, filter_fn},
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

use self::levels::Levels;
use super::{answer, stream::Outbox, telemetry::Telemetry, watchdog};

/// The target of the invocation's span, and the category of the worker's own records.
pub(super) const TARGET: &str = "azure_functions";

/// The name of the invocation's span.
pub(super) const SPAN: &str = "invocation";

/// How many records can wait for the stream.
const BUFFER: usize = 256;

/// What the connection itself is made of. Sending a record of theirs makes them write another, without end.
pub(super) const CONNECTION: [&str; 5] = ["h2", "hyper", "hyper_util", "tonic", "tower"];

/// The way of log records to the host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Logs(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    outbox: OnceLock<Outbox>,
    waiting: Mutex<VecDeque<RpcLog>>,
    /// How many records did not find a place there.
    crowded_out: AtomicU64,
    /// What the host keeps.
    levels: RwLock<Levels>,
}

impl Logs {
    /// Sends what has waited, and from now on sends at once.
    pub(super) fn open(&self, outbox: &Outbox) {
        let mut waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.0.outbox.set(outbox.clone()).is_ok() {
            let lost = self.0.crowded_out.load(Ordering::Relaxed);
            if lost > 0 {
                let text = format!(
                    "{lost} log records from before the connection to the host were dropped; log less at the start, or set \
                     `RUST_LOG`"
                );
                outbox.log(system(Level::Warning, text));
            }
            waiting.drain(..).for_each(|record| outbox.log(record));
        }
    }

    /// Leaves out what the host would throw away; from the next invocation on.
    pub(super) fn keep(&self, levels: Levels) {
        *self
            .0
            .levels
            .write()
            .unwrap_or_else(PoisonError::into_inner) = levels;
    }

    /// The least level that the host keeps of a category.
    fn least(&self, category: &str) -> Option<Level> {
        let levels = self.0.levels.read();
        levels
            .unwrap_or_else(PoisonError::into_inner)
            .least(category)
    }

    /// Sends `record`.
    fn send(&self, record: RpcLog) {
        if let Some(outbox) = self.0.outbox.get() {
            outbox.log(record);
            return;
        }
        let mut waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The stream may have opened while the lock was waited for.
        if let Some(outbox) = self.0.outbox.get() {
            outbox.log(record);
            return;
        }
        if waiting.len() == BUFFER {
            waiting.pop_front();
            self.0.crowded_out.fetch_add(1, Ordering::Relaxed);
        }
        waiting.push_back(record);
    }
}

/// Sends the app's `tracing` events to the host; made by [`App::log_layer`](crate::App::log_layer).
#[derive(Debug)]
pub struct LogLayer(Logs);

impl LogLayer {
    pub(crate) fn new(logs: Logs) -> Self {
        Self(logs)
    }
}

/// Makes the layer the way of all events, filtered by `RUST_LOG` (`info` without it), unless the app has a way already.
pub(crate) fn install(logs: Logs, telemetry: &Telemetry) {
    // Whatever is filtered, an event must still find its invocation.
    let layer = LogLayer::new(logs).with_filter(filter().or(invocations()));
    if telemetry.install(tracing_subscriber::registry().with(layer)) {
        // It fails when the app has its own logger, which is then what the app wants.
        let _ = tracing_log::LogTracer::init();
        for directive in read(&directives()).1 {
            tracing::warn!(
                "the directive `{directive}` of `RUST_LOG` is left out: it is not a target, a level, or `target=level`; an app \
                 that needs more sets up `tracing` itself, with `App::log_layer`"
            );
        }
    }
}

/// A record of the worker itself.
pub(super) fn system(level: Level, message: String) -> RpcLog {
    RpcLog {
        category: TARGET.to_owned(),
        level: level.into(),
        message,
        log_category: RpcLogCategory::System.into(),
        ..RpcLog::default()
    }
}

/// The span that tells events which invocation they belong to.
pub(super) fn invocation_span(id: &str, function: &str) -> Span {
    tracing::error_span!(target: TARGET, SPAN, invocation_id = id, function)
}

/// What `RUST_LOG` lets through.
///
/// Directives about spans and their fields would need a filter that follows each span, and regular expressions: a tenth of a
/// small program.
pub(super) fn filter() -> Targets {
    read(&directives()).0
}

fn directives() -> String {
    std::env::var("RUST_LOG").unwrap_or_default()
}

/// The filter that the directives describe, and those that are none.
fn read(directives: &str) -> (Targets, Vec<&str>) {
    let (mut filter, mut left_out) = (Targets::new(), Vec::new());
    let mut is_empty = true;
    for directive in directives.split(',').map(str::trim) {
        let read = directive.parse::<Targets>();
        match read.map(|read| (read.default_level(), read)) {
            _ if directive.is_empty() => {}
            Ok(_) if directive.contains('[') => left_out.push(directive),
            Ok((Some(level), _)) => (filter, is_empty) = (filter.with_default(level), false),
            Ok((None, read)) => {
                filter.extend(read);
                is_empty = false;
            }
            Err(_) => left_out.push(directive),
        }
    }
    if is_empty {
        filter = filter.with_default(LevelFilter::INFO);
    }
    (filter, left_out)
}

/// Lets the spans of invocations through.
pub(super) fn invocations() -> FilterFn {
    filter_fn(is_invocation as fn(&Metadata<'_>) -> bool).with_max_level_hint(LevelFilter::ERROR)
}

fn is_invocation(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == TARGET && metadata.name() == SPAN
}

/// What the span remembers.
struct Invocation {
    id: String,
    category: String,
    /// The least level that the host keeps.
    least: Option<Level>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !is_invocation(attributes.metadata()) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let mut fields = InvocationFields::default();
        attributes.record(&mut fields);
        let category = format!("Function.{}.User", fields.function);
        span.extensions_mut().insert(Invocation {
            id: fields.id,
            least: self.0.least(&category),
            category,
        });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        if metadata.target() == watchdog::TARGET {
            // The watchdog has told the host.
            return;
        }
        let level = level_of(*metadata.level());
        let mut record = RpcLog {
            level: level.into(),
            ..RpcLog::default()
        };
        let mut thrown_away = false;
        let found = context.event_scope(event).is_some_and(|mut scope| {
            scope.any(|span| match span.extensions().get::<Invocation>() {
                Some(invocation) if invocation.least.is_some_and(|least| level < least) => {
                    thrown_away = true;
                    true
                }
                Some(invocation) => {
                    record.invocation_id.clone_from(&invocation.id);
                    record.category.clone_from(&invocation.category);
                    record.log_category = RpcLogCategory::User.into();
                    true
                }
                None => false,
            })
        });
        if thrown_away {
            return;
        }
        if !found {
            let root = metadata.target().split("::").next().unwrap_or_default();
            if CONNECTION.contains(&root) {
                return;
            }
            metadata.target().clone_into(&mut record.category);
            record.log_category = RpcLogCategory::System.into();
        }
        let mut fields = EventFields::default();
        event.record(&mut fields);
        record.message = fields.text();
        record.properties_map = fields
            .properties
            .into_iter()
            .map(|(name, data)| (name.to_owned(), data.into()))
            .collect();
        record.exception = fields.exception;
        self.0.send(record);
    }
}

const fn level_of(level: TracingLevel) -> Level {
    match level {
        TracingLevel::TRACE => Level::Trace,
        TracingLevel::DEBUG => Level::Debug,
        TracingLevel::INFO => Level::Information,
        TracingLevel::WARN => Level::Warning,
        TracingLevel::ERROR => Level::Error,
    }
}

#[derive(Default)]
struct InvocationFields {
    id: String,
    function: String,
}

impl Visit for InvocationFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "invocation_id" | "faas.invocation_id" => value.clone_into(&mut self.id),
            "function" | "otel.name" => value.clone_into(&mut self.function),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// An event's message, then its fields as ` name=value`, and the fields once more by name.
#[derive(Default)]
struct EventFields {
    message: String,
    rest: String,
    properties: HashMap<&'static str, Data>,
    exception: Option<RpcException>,
}

impl EventFields {
    fn add(&mut self, field: &Field, text: &dyn fmt::Display, data: Data) {
        let name = field.name();
        // The `log` crate's records carry their origin in fields like these.
        if name.starts_with("log.") {
            return;
        }
        if name == "message" {
            let _ = write!(self.message, "{text}");
        } else {
            let _ = write!(self.rest, " {name}={text}");
            self.properties.insert(name, data);
        }
    }

    fn text(&self) -> String {
        format!("{}{}", self.message, self.rest)
            .trim_start()
            .to_owned()
    }
}

impl Visit for EventFields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, &value, Data::Int(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        let data = i64::try_from(value).map_or_else(|_| Data::Json(value.to_string()), Data::Int);
        self.add(field, &value, data);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, &value, Data::Double(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, &value, Data::Json(value.to_string()));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, &value, Data::String(value.to_owned()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn StdError + 'static)) {
        self.add(field, &value, Data::String(value.to_string()));
        self.exception = Some(RpcException {
            message: value.to_string(),
            stack_trace: answer::chain(field.name(), value),
            ..RpcException::default()
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        self.add(field, &text, Data::String(text.clone()));
    }
}

#[cfg(test)]
mod tests;
