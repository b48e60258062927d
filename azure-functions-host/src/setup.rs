//! What a host is started with.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::{FutureExt as _, future::BoxFuture};
use jiff::tz::TimeZone;

use crate::{
    auth::Keys,
    clock::{Clock, SystemClock},
    config::{ConfigError, HostJson, LocalSettings},
    error::HostError,
    limits::Limits,
    store::{BlobStore, EventHubStore, MemoryCosmos, QueueStore, TableStore},
};

/// The port that Functions hosts on developers' machines have always had.
pub const PORT: u16 = 7071;

/// The setting that says how many processes of the worker there are, and how many it may ask for.
const PROCESSES: &str = "FUNCTIONS_WORKER_PROCESS_COUNT";
const MOST_PROCESSES: usize = 10;

/// What a host is started with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The program of the worker.
    pub worker: PathBuf,
    /// Arguments of the worker, before those of the host.
    pub arguments: Vec<String>,
    /// The folder of the app, with `host.json`; the worker runs in it.
    pub directory: PathBuf,
    /// The port for HTTP, on the loopback interface; 0 is a free one.
    pub port: u16,
    /// The settings of the app, which are variables of the worker too.
    ///
    /// Those that [`read`](Self::read) finds do not replace variables that this process has.
    pub settings: BTreeMap<String, String>,
    /// What `host.json` says.
    pub host_json: HostJson,
    /// How long the host waits for what.
    pub limits: Limits,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The time zone of schedules.
    pub zone: TimeZone,
    /// The queues; without any, the host makes its own, in memory.
    pub queues: Option<Arc<dyn QueueStore>>,
    /// The blobs; without any, the host makes its own, in memory.
    pub blobs: Option<Arc<dyn BlobStore>>,
    /// The event hubs; without any, the host makes its own, in memory.
    pub event_hubs: Option<Arc<dyn EventHubStore>>,
    /// The tables; without any, the host makes its own, in memory.
    pub tables: Option<Arc<dyn TableStore>>,
    /// The Cosmos DB databases; without any, the host makes its own.
    pub cosmos: Option<MemoryCosmos>,
    /// The file in which the task hub of Durable Functions is kept; without one, it is in memory.
    pub durable_store: Option<PathBuf>,
    /// What each worker is held up by before it is initialized.
    pub gate: Option<Gate>,
    /// The keys that requests need; without any, no key is asked for.
    pub keys: Option<Arc<Keys>>,
}

/// What holds a worker up: it is told the number of the worker's process, and the host goes on when it is done.
#[derive(Clone)]
pub struct Gate(Arc<dyn Fn(u32) -> BoxFuture<'static, ()> + Send + Sync>);

impl Gate {
    /// A gate that opens when the future is done that this makes of the number of the worker's process.
    pub fn new<F: Future<Output = ()> + Send + 'static>(
        hold: impl Fn(u32) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |pid| hold(pid).boxed()))
    }

    pub(crate) async fn pass(&self, pid: u32) {
        (self.0)(pid).await;
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

impl Config {
    /// The configuration of the app in a folder: its `host.json` and `local.settings.json`, and defaults.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if one of the files is there and cannot be used.
    pub fn read(
        worker: impl AsRef<Path>,
        directory: impl AsRef<Path>,
    ) -> Result<Self, ConfigError> {
        Self::read_with(worker, directory, BTreeMap::new())
    }

    /// As [`read`](Self::read), with settings that replace those of `local.settings.json`.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_with(
        worker: impl AsRef<Path>,
        directory: impl AsRef<Path>,
        more: BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        // The worker runs in the folder, so that no path may depend on where this process runs.
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let directory = absolute(directory.as_ref());
        let local = LocalSettings::read(&directory)?;
        let mut settings = local.values;
        for (name, value) in local.connection_strings {
            settings.insert(format!("ConnectionStrings:{name}"), value);
        }
        settings.extend(more);
        settings.retain(|name, _| std::env::var_os(name).is_none());
        let host_json = host_json(&directory, &settings)?;
        let zone = setting(&settings, "WEBSITE_TIME_ZONE")
            .and_then(|name| TimeZone::get(&name).ok())
            .unwrap_or_else(TimeZone::system);
        Ok(Self {
            worker: absolute(worker.as_ref()),
            arguments: Vec::new(),
            directory,
            port: local.port.unwrap_or(PORT),
            settings,
            host_json,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            zone,
            queues: None,
            blobs: None,
            event_hubs: None,
            tables: None,
            cosmos: None,
            durable_store: None,
            gate: None,
            keys: None,
        })
    }

    /// The value of a setting: a variable of this process, or else one of the app.
    pub fn setting(&self, name: &str) -> Option<String> {
        setting(&self.settings, name)
    }

    /// How many processes of the worker there are: one, unless a setting says another number.
    ///
    /// # Errors
    ///
    /// [`HostError::Setting`] if it is a number that the real host does not take.
    pub(crate) fn processes(&self) -> Result<usize, HostError> {
        let Some(text) = self.setting(PROCESSES).filter(|text| !text.is_empty()) else {
            return Ok(1);
        };
        let number = text.trim().parse().ok();
        number
            .filter(|number| (1..=MOST_PROCESSES).contains(number))
            .ok_or_else(|| {
                HostError::Setting(format!(
                    "`{PROCESSES}` is `{text}`; write a whole number from 1 to {MOST_PROCESSES}"
                ))
            })
    }

    /// Whether a setting disables a function.
    pub(crate) fn disables(&self, function: &str) -> bool {
        let on = |name: String| {
            self.setting(&name)
                .is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
        };
        on(format!("AzureWebJobs.{function}.Disabled"))
            || on(format!("AzureWebJobs_{function}_Disabled"))
    }
}

/// The host's own variables take precedence over its file.
fn host_json(
    directory: &Path,
    settings: &BTreeMap<String, String>,
) -> Result<HostJson, ConfigError> {
    let own: Vec<_> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let own = own
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let app = settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    HostJson::read(directory, app.chain(own))
}

fn setting(settings: &BTreeMap<String, String>, name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .or_else(|| settings.get(name).cloned())
        .or_else(|| {
            // Names of settings ignore case.
            let same = |(own, value): (&String, &String)| {
                own.eq_ignore_ascii_case(name).then(|| value.clone())
            };
            settings.iter().find_map(same)
        })
}
