//! OpenTelemetry: each invocation is a span below the host's, and its log records go the same way.
//!
//! The layers are there from the start of the program, but what they write to may come later: the settings that say where
//! the collector is can be part of the host's environment reload.

mod pipeline;
mod resource;
mod settings;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use azure_functions_shared::rpc::{InvocationResponse, status_result::Status as Outcome};
use opentelemetry::{
    Context as OtelContext, InstrumentationScope, KeyValue,
    baggage::BaggageExt as _,
    logs::{Logger, LoggerProvider, Severity},
    propagation::{Extractor, TextMapPropagator as _},
    trace::{SpanBuilder, Status, Tracer, TracerProvider as _},
};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::{
    Resource,
    logs::{SdkLogRecord, SdkLogger, SdkLoggerProvider},
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use tracing::{
    Metadata, Span, Subscriber, level_filters::LevelFilter, subscriber::set_global_default,
};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{
    Layer,
    filter::{FilterExt as _, Targets, dynamic_filter_fn},
    layer::SubscriberExt as _,
    registry::LookupSpan,
};

use self::{pipeline::Pipeline, settings::Settings};
use super::logs;
use crate::{Context, FunctionDef, Trace, env};

/// How long an answer waits for the collector, unless the app says otherwise.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long the end of the process waits for the collector.
const LAST_FLUSH: Duration = Duration::from_millis(400);

/// What the host is told when the worker exports log records itself: its own OpenTelemetry then leaves them out.
const CAPABILITY: &str = "WorkerOpenTelemetryEnabled";

/// What an export is made of. A record of theirs would lead to another, without end.
const EXPORTER: [&str; 3] = ["opentelemetry", "opentelemetry_otlp", "opentelemetry_sdk"];

/// How traces and logs are exported; given to the app with [`App::opentelemetry`](crate::App::opentelemetry).
#[derive(Clone, Debug)]
pub struct OpenTelemetry {
    source: Source,
    patience: Duration,
}

#[derive(Clone, Debug)]
enum Source {
    Settings,
    Providers(SdkTracerProvider, Option<SdkLoggerProvider>),
}

impl OpenTelemetry {
    /// To the collector that the app settings name, by OTLP over gRPC.
    ///
    /// Nothing is exported unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set; then the host's own OpenTelemetry has the same
    /// address. `OTEL_EXPORTER_OTLP_HEADERS` and `_TIMEOUT`, each of these for `TRACES` and `LOGS` alone, `OTEL_SERVICE_NAME`,
    /// `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_EXPORTER=none`, `OTEL_LOGS_EXPORTER=none` and
    /// `OTEL_SDK_DISABLED` mean what they mean everywhere. `AZURE_FUNCTIONS_WORKER_OPENTELEMETRY_DISABLED` switches it off for
    /// the worker and not for the host. An `https` address needs the feature `opentelemetry-tls`.
    pub fn otlp() -> Self {
        Self::from(Source::Settings)
    }

    /// By providers of your own, which may export in any way. They belong to the app, which shuts them down.
    ///
    /// Without a provider for logs, the host goes on to export them. [`resource`](Self::resource) has the attributes that a
    /// provider should have.
    pub fn with_providers(traces: SdkTracerProvider, logs: Option<SdkLoggerProvider>) -> Self {
        Self::from(Source::Providers(traces, logs))
    }

    /// How long the answer to an invocation may wait until its span and its log records have been exported: half a second,
    /// unless this says another time.
    ///
    /// Azure may freeze or end a process as soon as it has nothing to answer. With [`Duration::ZERO`] an answer does not
    /// wait; what was not exported by then may be lost. While the collector takes nothing, no answer waits.
    pub fn flush_timeout(mut self, limit: Duration) -> Self {
        self.patience = limit;
        self
    }

    /// What is known of the app and the place where it runs, from the environment of the process.
    pub fn resource() -> Resource {
        resource::resource(env::var)
    }

    fn from(source: Source) -> Self {
        Self {
            source,
            patience: PATIENCE,
        }
    }
}

/// The export of an app, if it asks for one, as it is at the moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Telemetry(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    config: OpenTelemetry,
    pipeline: RwLock<Option<Arc<Pipeline>>>,
}

impl Telemetry {
    pub(crate) fn new(config: OpenTelemetry) -> Self {
        Self(Some(Arc::new(Shared {
            config,
            pipeline: RwLock::new(None),
        })))
    }

    /// Begins to export as the settings say now, or ends it. It must be called on the runtime.
    pub(super) fn start(&self) {
        let Some(shared) = &self.0 else { return };
        let old = shared.current();
        let new = match &shared.config.source {
            Source::Providers(..) if old.is_some() => return,
            Source::Providers(traces, logs) => {
                Some(Pipeline::through(traces.clone(), logs.clone(), false))
            }
            Source::Settings => match Settings::read(env::var) {
                Ok(settings) => {
                    let was = old.as_ref().and_then(|old| old.settings.as_ref());
                    if was == settings.as_ref() {
                        return;
                    }
                    export(settings)
                }
                Err(mistake) => {
                    not_exported(&mistake);
                    None
                }
            },
        };
        *shared
            .pipeline
            .write()
            .unwrap_or_else(PoisonError::into_inner) = new.map(Arc::new);
        if let Some(old) = old {
            tokio::spawn(async move { old.close(LAST_FLUSH).await });
        }
    }

    /// Says that the worker exports log records itself, if it does.
    pub(super) fn announce(&self, capabilities: &mut HashMap<String, String>) {
        if self
            .pipeline()
            .is_some_and(|pipeline| pipeline.logger.is_some())
        {
            capabilities.insert(CAPABILITY.to_owned(), "true".to_owned());
        }
    }

    /// The span of an invocation, below the host's.
    pub(super) fn span(&self, context: &Context, function: &'static FunctionDef) -> Span {
        let Some(pipeline) = self.pipeline() else {
            return logs::invocation_span(context.invocation_id(), function.name);
        };
        let trace = context.trace();
        // The host has the span of the request or the message itself, if it traces.
        let kind = if trace.parent.is_empty() {
            "server"
        } else {
            "internal"
        };
        let name = match &pipeline.site {
            None => function.name.to_owned(),
            Some(site) => format!("{site}/{}", function.name),
        };
        let span = tracing::error_span!(
            target: logs::TARGET,
            logs::SPAN,
            otel.name = function.name,
            otel.kind = kind,
            faas.invocation_id = context.invocation_id(),
            faas.name = name,
            faas.trigger = trigger(function),
        );
        // It fails where the app has set up `tracing` without this layer.
        let _ = span.set_parent(parent(trace));
        for (name, attribute) in [
            ("HostInstanceId", "faas.instance"),
            (
                "#AzFuncLiveLogsSessionId",
                "azure.functions.live_logs_session_id",
            ),
        ] {
            if let Some(value) = trace.attributes.get(name) {
                span.set_attribute(attribute, value.clone());
            }
        }
        span
    }

    /// Ends the span of an invocation that is to be answered with `response`, and has it exported. It waits for that, but
    /// not once the host has cancelled the invocation.
    pub(super) async fn end(&self, span: Span, response: &InvocationResponse, context: &Context) {
        let (Some(shared), Some(pipeline)) = (&self.0, self.pipeline()) else {
            return;
        };
        for (name, value) in &response.trace_context_attributes {
            span.set_attribute(name.clone(), value.clone());
        }
        let result = response.result.as_ref();
        if let Some(result) = result.filter(|result| result.status() != Outcome::Success) {
            let exception = result.exception.clone().unwrap_or_default();
            let mut attributes = vec![KeyValue::new(
                "exception.message",
                exception.message.clone(),
            )];
            for (name, value) in [
                ("exception.type", exception.r#type),
                ("exception.stacktrace", exception.stack_trace),
            ] {
                if !value.is_empty() {
                    attributes.push(KeyValue::new(name, value));
                }
            }
            span.add_event("exception", attributes);
            span.set_status(Status::error(exception.message));
        }
        drop(span);
        tokio::select! {
            // First, because it begins the export even when there is no time to wait for it.
            biased;
            () = pipeline.flush(shared.config.patience) => {}
            () = context.cancelled() => {}
        }
    }

    /// Exports what is left.
    pub(super) async fn close(&self) {
        if let Some(pipeline) = self.pipeline() {
            pipeline.close(LAST_FLUSH).await;
        }
    }

    /// Makes `subscriber` the way of all events, and of traces if the app asks for it; fails if there is another.
    pub(super) fn install<S>(&self, subscriber: S) -> bool
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        if self.0.is_none() {
            return set_global_default(subscriber).is_ok();
        }
        set_global_default(subscriber.with(self.layer(|| Some(logs::filter())))).is_ok()
    }

    /// What gives spans and events to the export, as far as `filter` lets them through.
    pub(crate) fn layer<S>(
        &self,
        filter: fn() -> Option<Targets>,
    ) -> impl Layer<S> + Send + Sync + 'static + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let is_wanted = |spans: bool| {
            let telemetry = self.clone();
            dynamic_filter_fn(move |metadata, _| {
                metadata.is_span() == spans && !is_own(metadata) && telemetry.pipeline().is_some()
            })
            .with_max_level_hint(LevelFilter::TRACE)
        };
        let spans = tracing_opentelemetry::layer()
            .with_tracer(LazyTracer {
                telemetry: self.clone(),
                idle: idle().tracer(""),
            })
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(is_wanted(true).and(logs::invocations().or(filter())));
        let logger = LazyLogger {
            telemetry: self.clone(),
            idle: SdkLoggerProvider::builder()
                .with_resource(Resource::builder_empty().build())
                .build()
                .logger(""),
        };
        let events =
            OpenTelemetryTracingBridge::new(&logger).with_filter(is_wanted(false).and(filter()));
        spans.and_then(events)
    }

    fn pipeline(&self) -> Option<Arc<Pipeline>> {
        self.0.as_ref()?.current()
    }
}

impl Shared {
    fn current(&self) -> Option<Arc<Pipeline>> {
        self.pipeline
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn export(settings: Option<Settings>) -> Option<Pipeline> {
    match Pipeline::exporting(settings?) {
        Ok(pipeline) => Some(pipeline),
        Err(mistake) => {
            not_exported(&mistake);
            None
        }
    }
}

fn not_exported(mistake: &str) {
    tracing::warn!("traces and logs are not exported: {mistake}");
}

/// Whether it is about the way to the collector or to the host.
fn is_own(metadata: &Metadata<'_>) -> bool {
    let root = metadata.target().split("::").next().unwrap_or_default();
    logs::CONNECTION.contains(&root) || EXPORTER.contains(&root)
}

/// The host's span, and the baggage that comes with it.
fn parent(trace: &Trace) -> OtelContext {
    let context =
        TraceContextPropagator::new().extract_with_context(&OtelContext::new(), &Carrier(trace));
    if trace.baggage.is_empty() {
        return context;
    }
    let baggage = trace.baggage.iter();
    context.with_baggage(
        baggage
            .map(|(name, value)| KeyValue::new(name.clone(), value.clone()))
            .collect::<Vec<_>>(),
    )
}

struct Carrier<'a>(&'a Trace);

impl Extractor for Carrier<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => Some(&self.0.parent),
            "tracestate" => Some(&self.0.state),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

/// What OpenTelemetry calls the kind of a function's trigger.
fn trigger(function: &FunctionDef) -> &'static str {
    let trigger = function
        .parameters
        .iter()
        .find(|parameter| parameter.trigger);
    match trigger
        .and_then(|trigger| trigger.binding)
        .map(|binding| binding.wire_type)
    {
        Some("httpTrigger") => "http",
        Some("timerTrigger") => "timer",
        Some("blobTrigger" | "cosmosDBTrigger" | "mysqlTrigger" | "sqlTrigger") => "datasource",
        Some(
            "daprTopicTrigger" | "eventGridTrigger" | "eventHubTrigger" | "kafkaTrigger"
            | "queueTrigger" | "rabbitMQTrigger" | "redisListTrigger" | "redisPubSubTrigger"
            | "redisStreamTrigger" | "serviceBusTrigger" | "signalRTrigger" | "webPubSubTrigger",
        ) => "pubsub",
        _ => "other",
    }
}

/// A provider that drops everything.
fn idle() -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_resource(Resource::builder_empty().build())
        .with_sampler(Sampler::AlwaysOff)
        .build()
}

/// The tracer of the pipeline that there is when a span begins.
struct LazyTracer {
    telemetry: Telemetry,
    idle: SdkTracer,
}

impl Tracer for LazyTracer {
    type Span = opentelemetry_sdk::trace::Span;

    fn build_with_context(&self, builder: SpanBuilder, parent: &OtelContext) -> Self::Span {
        match self.telemetry.pipeline() {
            Some(pipeline) => pipeline.tracer.build_with_context(builder, parent),
            None => self.idle.build_with_context(builder, parent),
        }
    }
}

/// The logger of the pipeline that there is when an event happens.
#[derive(Clone)]
struct LazyLogger {
    telemetry: Telemetry,
    /// Makes the records.
    idle: SdkLogger,
}

impl LazyLogger {
    fn with<T>(&self, f: impl FnOnce(&SdkLogger) -> T) -> Option<T> {
        self.telemetry.pipeline()?.logger.as_ref().map(f)
    }
}

impl LoggerProvider for LazyLogger {
    type Logger = Self;

    fn logger_with_scope(&self, _: InstrumentationScope) -> Self {
        self.clone()
    }
}

impl Logger for LazyLogger {
    type LogRecord = SdkLogRecord;

    fn create_log_record(&self) -> SdkLogRecord {
        self.idle.create_log_record()
    }

    fn emit(&self, record: SdkLogRecord) {
        self.with(|logger| logger.emit(record));
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.with(|logger| logger.event_enabled(level, target, name))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use opentelemetry::{baggage::BaggageExt as _, trace::TraceContextExt as _};

    use super::parent;
    use crate::Trace;

    #[test]
    fn hosts_context() {
        let trace = |parent: &str| Trace {
            parent: parent.to_owned(),
            baggage: HashMap::from([("tenant".to_owned(), "7".to_owned())]),
            ..Trace::default()
        };
        let context = parent(&trace(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ));
        let span = context.span().span_context().clone();
        assert!(span.is_remote() && span.is_sampled(), "{span:?}");
        assert_eq!(
            context.baggage().get("tenant").map(ToString::to_string),
            Some("7".to_owned())
        );
        // An id of the time before W3C's.
        for odd in ["", "|4bf92f3577b34da6.", "00-0-0-01"] {
            assert!(!parent(&trace(odd)).span().span_context().is_valid());
        }
    }
}
