//! The way of spans and log records out of the process, and who waits for it.
//!
//! The SDK collects both and exports them on threads of its own. A flush is asked for at the end of each invocation, and one
//! flush serves all invocations that ended before it began. Nobody waits longer than the app allows, and nobody waits at
//! all while the collector does not take anything: the first flush that it takes ends that.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::{logs::LoggerProvider as _, trace::TracerProvider as _};
use opentelemetry_otlp::{LogExporter, SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    logs::{SdkLogger, SdkLoggerProvider},
    trace::{SdkTracer, SdkTracerProvider},
};
use tokio::{
    sync::{Notify, watch},
    task::spawn_blocking,
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;
use tonic::{
    metadata::{AsciiMetadataKey, MetadataMap},
    transport::{Channel, Endpoint},
};

use super::{
    resource::resource,
    settings::{Settings, Target},
};

/// The name of the instrumentation.
const SCOPE: &str = "azure-functions";

/// What spans and log records are given to.
pub(super) struct Pipeline {
    pub(super) tracer: SdkTracer,
    pub(super) logger: Option<SdkLogger>,
    /// The settings that it was made from, unless the app made the providers itself.
    pub(super) settings: Option<Settings>,
    /// The name of the app on Azure.
    pub(super) site: Option<String>,
    flusher: Arc<Flusher>,
    _task: AbortOnDropHandle<()>,
}

impl Pipeline {
    /// The export that the settings ask for. It must be made on the runtime.
    ///
    /// # Errors
    ///
    /// When an address or a header is none.
    pub(super) fn exporting(settings: Settings) -> Result<Self, String> {
        let var = |name: &str| {
            let mut variables = settings.resource.iter();
            variables
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| value.clone())
        };
        let resource = resource(var);
        let site = var("WEBSITE_SITE_NAME");
        let mut traces = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(settings.sampler()?);
        if let Some(target) = &settings.traces {
            let exporter = SpanExporter::builder()
                .with_tonic()
                .with_channel(channel(target)?)
                .with_metadata(metadata(target)?)
                .with_timeout(target.timeout)
                .build()
                .map_err(|error| error.to_string())?;
            traces = traces.with_batch_exporter(exporter);
        }
        let logs = match &settings.logs {
            None => None,
            Some(target) => {
                let exporter = LogExporter::builder()
                    .with_tonic()
                    .with_channel(channel(target)?)
                    .with_metadata(metadata(target)?)
                    .with_timeout(target.timeout)
                    .build()
                    .map_err(|error| error.to_string())?;
                let logs = SdkLoggerProvider::builder().with_resource(resource);
                Some(logs.with_batch_exporter(exporter).build())
            }
        };
        let mut pipeline = Self::through(traces.build(), logs, true);
        pipeline.site = site;
        pipeline.settings = Some(settings);
        Ok(pipeline)
    }

    /// The way through these providers, which end with it if they are `owned`.
    pub(super) fn through(
        traces: SdkTracerProvider,
        logs: Option<SdkLoggerProvider>,
        owned: bool,
    ) -> Self {
        let flusher = Arc::new(Flusher {
            wanted: AtomicU64::new(0),
            wake: Notify::new(),
            done: watch::Sender::new(0),
            failing: AtomicBool::new(false),
            traces,
            logs,
            owned,
        });
        Self {
            tracer: flusher.traces.tracer(SCOPE),
            logger: flusher.logs.as_ref().map(|logs| logs.logger(SCOPE)),
            settings: None,
            site: None,
            _task: AbortOnDropHandle::new(tokio::spawn(Arc::clone(&flusher).run())),
            flusher,
        }
    }

    /// Has everything exported that there is, and waits for it; not for longer than `limit`.
    pub(super) async fn flush(&self, limit: Duration) {
        self.flusher.flush(limit).await;
    }

    /// Exports what there is, within `limit`, and takes nothing any more.
    pub(super) async fn close(&self, limit: Duration) {
        let flusher = Arc::clone(&self.flusher);
        let closed = spawn_blocking(move || flusher.close(limit));
        // A flush of providers that are not ours has no limit of its own.
        let _ = timeout(limit, closed).await;
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").finish_non_exhaustive()
    }
}

/// Flushes for all who ask.
struct Flusher {
    /// How many flushes were asked for.
    wanted: AtomicU64,
    wake: Notify,
    /// How many of them are done.
    done: watch::Sender<u64>,
    /// Whether it is of no use to wait.
    failing: AtomicBool,
    traces: SdkTracerProvider,
    logs: Option<SdkLoggerProvider>,
    owned: bool,
}

impl Flusher {
    async fn flush(&self, limit: Duration) {
        let ticket = self.wanted.fetch_add(1, Ordering::AcqRel) + 1;
        self.wake.notify_one();
        if limit.is_zero() || self.failing.load(Ordering::Acquire) {
            return;
        }
        let mut done = self.done.subscribe();
        let reached = timeout(limit, done.wait_for(|done| *done >= ticket)).await;
        if reached.is_err() {
            self.failing.store(true, Ordering::Release);
        }
    }

    async fn run(self: Arc<Self>) {
        let mut reported = false;
        loop {
            self.wake.notified().await;
            let ticket = self.wanted.load(Ordering::Acquire);
            let result = self.force_flush().await;
            self.failing.store(result.is_err(), Ordering::Release);
            self.done.send_replace(ticket);
            match result {
                Ok(()) => reported = false,
                Err(error) if !reported => {
                    reported = true;
                    tracing::warn!(
                        "traces and logs are not exported: {error}; see that the collector runs, and \
                         `OTEL_EXPORTER_OTLP_ENDPOINT`"
                    );
                }
                Err(_) => {}
            }
        }
    }

    /// Flushes both kinds at the same time, on threads where that may block.
    async fn force_flush(self: &Arc<Self>) -> Result<(), String> {
        let flush = |kind: fn(&Self) -> OTelSdkResult| {
            let flusher = Arc::clone(self);
            spawn_blocking(move || kind(&flusher).map_err(|error| error.to_string()))
        };
        let traces = flush(|flusher| flusher.traces.force_flush());
        let logs = flush(|flusher| {
            flusher
                .logs
                .as_ref()
                .map_or(Ok(()), SdkLoggerProvider::force_flush)
        });
        let (traces, logs) = tokio::join!(traces, logs);
        traces
            .and_then(|traces| Ok((traces, logs?)))
            .map_err(|error| error.to_string())
            .and_then(|(traces, logs)| traces.and(logs))
    }

    fn close(&self, limit: Duration) {
        if self.owned {
            let _ = self.traces.shutdown_with_timeout(limit / 2);
            if let Some(logs) = &self.logs {
                let _ = logs.shutdown_with_timeout(limit / 2);
            }
        } else {
            let _ = self.traces.force_flush();
            if let Some(logs) = &self.logs {
                let _ = logs.force_flush();
            }
        }
    }
}

/// A connection that is made when it is needed, and made again when it was lost.
fn channel(target: &Target) -> Result<Channel, String> {
    let no_address = |error| {
        format!(
            "`{}` is not the address of a collector: {error}",
            target.uri
        )
    };
    let endpoint = Endpoint::from_shared(target.uri.clone()).map_err(no_address)?;
    #[cfg(feature = "opentelemetry-tls")]
    let endpoint = if target.uri.starts_with("https://") {
        let tls = tonic::transport::ClientTlsConfig::new().with_enabled_roots();
        endpoint.tls_config(tls).map_err(no_address)?
    } else {
        endpoint
    };
    Ok(endpoint
        .timeout(target.timeout)
        .connect_timeout(target.timeout)
        .connect_lazy())
}

fn metadata(target: &Target) -> Result<MetadataMap, String> {
    let mut metadata = MetadataMap::new();
    for (name, value) in &target.headers {
        // The value may be a secret.
        let no_header = || format!("`OTEL_EXPORTER_OTLP_HEADERS`: `{name}` is not a header");
        let key = AsciiMetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes())
            .map_err(|_| no_header())?;
        metadata.insert(key, value.parse().map_err(|_| no_header())?);
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Mutex, PoisonError,
            atomic::{AtomicUsize, Ordering},
            mpsc,
        },
        time::Duration,
    };

    use futures::FutureExt as _;
    use opentelemetry::trace::Tracer as _;
    use opentelemetry_sdk::trace::{SpanData, SpanExporter};

    use super::{Arc, OTelSdkResult, Pipeline, SdkTracerProvider};

    /// No test waits as long.
    const LONG: Duration = Duration::from_secs(3600);

    /// Waits at its gate before each export, until the gate is gone.
    #[derive(Debug)]
    struct Exporter {
        gate: Mutex<mpsc::Receiver<()>>,
        exported: Arc<AtomicUsize>,
    }

    impl SpanExporter for Exporter {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = gate.recv();
            self.exported.fetch_add(batch.len(), Ordering::SeqCst);
            Ok(())
        }
    }

    fn pipeline() -> (Pipeline, mpsc::Sender<()>, Arc<AtomicUsize>) {
        let (open, gate) = mpsc::channel();
        let count = Arc::default();
        let exporter = Exporter {
            gate: Mutex::new(gate),
            exported: Arc::clone(&count),
        };
        let traces = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .build();
        (Pipeline::through(traces, None, true), open, count)
    }

    #[tokio::test]
    async fn exports_when_it_is_closed() {
        let (pipeline, open, exported) = pipeline();
        drop(open);
        drop(pipeline.tracer.start("one"));
        pipeline.close(LONG).await;
        assert_eq!(exported.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn waits_only_while_the_collector_takes_something() {
        let (pipeline, open, exported) = pipeline();
        drop(pipeline.tracer.start("one"));
        pipeline.flush(Duration::from_millis(1)).await;
        assert_eq!(exported.load(Ordering::SeqCst), 0);
        assert!(pipeline.flush(LONG).now_or_never().is_some());

        drop(open);
        let mut done = pipeline.flusher.done.subscribe();
        done.wait_for(|done| *done == 2).await.unwrap();
        drop(pipeline.tracer.start("two"));
        pipeline.flush(LONG).await;
        assert_eq!(exported.load(Ordering::SeqCst), 2);
    }
}
