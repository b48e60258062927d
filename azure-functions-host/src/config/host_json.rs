//! `host.json`: the settings of a function app that travel with it.

use std::{collections::BTreeMap, path::Path, time::Duration};

use azure_functions_shared::timespan::{TICKS_PER_SECOND, TimeSpan};
use serde_json::Value;

use super::{
    ConfigError, DurableSettings, EventHubSettings, ServiceBusSettings, object, read,
    settings::Settings,
};

/// The name of the file.
const FILE: &str = "host.json";

/// How long a function may run if nobody says, as on a plan of one's own.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// The longest timeout: the runtime's longest timer less the minute that the host adds.
const LONGEST_TIMEOUT: Duration = Duration::from_millis(2_147_483_647 - 60_000);

/// The settings of a function app.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostJson {
    /// How HTTP functions are reached.
    pub http: HttpSettings,
    /// How queues are listened to.
    pub queues: QueueSettings,
    /// How blobs are listened to.
    pub blobs: BlobSettings,
    /// How Service Bus is listened to.
    pub service_bus: ServiceBusSettings,
    /// How event hubs are listened to.
    pub event_hubs: EventHubSettings,
    /// How orchestrations run.
    pub durable: DurableSettings,
    /// How long a function may run; `None` is for ever.
    pub function_timeout: Option<Duration>,
    /// The only functions to run, by name in any case; empty means all.
    pub functions: Vec<String>,
    /// The least level to log by category; the category `default` is for all others.
    pub log_levels: BTreeMap<String, LogLevel>,
}

/// How HTTP functions are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpSettings {
    /// What stands before every route, without a slash in front; may hold route parameters.
    pub route_prefix: String,
    /// How many requests may wait or run; `None` is no limit.
    pub max_outstanding_requests: Option<i32>,
    /// How many requests may run; `None` is no limit.
    pub max_concurrent_requests: Option<i32>,
    /// Headers to add to every answer.
    pub custom_headers: Vec<(String, String)>,
}

/// How queues are listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueSettings {
    /// The longest time between two looks at a queue that has no messages.
    pub max_polling_interval: Duration,
    /// How long a message stays hidden after a failure.
    pub visibility_timeout: Duration,
    /// How many messages are taken at a time.
    pub batch_size: usize,
    /// At how many running messages the next are taken.
    pub new_batch_threshold: usize,
    /// How often a message is tried before it goes to the poison queue.
    pub max_dequeue_count: u32,
    /// How the content of messages is written.
    pub message_encoding: MessageEncoding,
}

/// How the content of queue messages is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageEncoding {
    /// In base64, so that a message can hold any bytes.
    #[default]
    Base64,
    /// As it is.
    None,
}

/// How blobs are listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlobSettings {
    /// How many blobs are worked on at a time; `None` is eight for each core.
    pub max_degree_of_parallelism: Option<usize>,
    /// How often a blob is tried before it is given up.
    pub poison_blob_threshold: u32,
}

/// How important a message must be to be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum LogLevel {
    Trace,
    Debug,
    Information,
    Warning,
    Error,
    Critical,
    None,
}

impl HostJson {
    /// Reads `host.json` in a folder; if there is none, everything has its default.
    ///
    /// Variables of the `environment` such as `AzureFunctionsJobHost__extensions__http__routePrefix` take precedence.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not JSON, is of another version, or holds a value that the real host refuses.
    pub fn read<'e>(
        folder: &Path,
        environment: impl IntoIterator<Item = (&'e str, &'e str)>,
    ) -> Result<Self, ConfigError> {
        let file = folder.join(FILE);
        let text = read(&file)?;
        let members = match text {
            Some(text) => object(&file, &text)?,
            None => serde_json::Map::new(),
        };
        let invalid = |problem| ConfigError::Value {
            file: file.clone(),
            problem,
        };
        if !members.is_empty() {
            check_version(members.get("version")).map_err(invalid)?;
        }
        let mut settings = Settings::new(&members);
        settings.override_with(environment);
        Self::new(&settings).map_err(invalid)
    }

    fn new(settings: &Settings) -> Result<Self, String> {
        check_others(settings)?;
        Ok(Self {
            http: HttpSettings::new(settings)?,
            queues: QueueSettings::new(settings)?,
            blobs: BlobSettings::new(settings)?,
            service_bus: ServiceBusSettings::new(settings)?,
            event_hubs: EventHubSettings::new(settings)?,
            durable: DurableSettings::new(settings)?,
            function_timeout: function_timeout(settings)?,
            functions: settings
                .children("functions")
                .map(|(_, name)| name.to_owned())
                .collect(),
            log_levels: settings
                .children("logging:logLevel")
                .filter_map(|(category, level)| {
                    Some((category.to_owned(), LogLevel::from_text(level)?))
                })
                .collect(),
        })
    }
}

impl Default for HostJson {
    fn default() -> Self {
        Self {
            http: HttpSettings::default(),
            queues: QueueSettings::default(),
            blobs: BlobSettings::default(),
            service_bus: ServiceBusSettings::default(),
            event_hubs: EventHubSettings::default(),
            durable: DurableSettings::default(),
            function_timeout: Some(FUNCTION_TIMEOUT),
            functions: Vec::new(),
            log_levels: BTreeMap::new(),
        }
    }
}

impl HttpSettings {
    fn new(settings: &Settings) -> Result<Self, String> {
        let default = Self::default();
        // Both are read only to refuse what the host refuses; neither means anything on one machine.
        settings.bool("extensions:http:dynamicThrottlesEnabled")?;
        settings.bool("extensions:http:enableChunkedRequestBinding")?;
        let limit = |name| settings.int(&format!("extensions:http:{name}"));
        Ok(Self {
            route_prefix: match settings.text("extensions:http:routePrefix") {
                Some(prefix) => route_prefix(prefix)?,
                None => default.route_prefix,
            },
            max_outstanding_requests: limit("maxOutstandingRequests")?.filter(|limit| *limit != -1),
            max_concurrent_requests: limit("maxConcurrentRequests")?.filter(|limit| *limit != -1),
            custom_headers: settings
                .children("extensions:http:customHeaders")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            route_prefix: "api".to_owned(),
            max_outstanding_requests: None,
            max_concurrent_requests: None,
            custom_headers: Vec::new(),
        }
    }
}

impl QueueSettings {
    fn new(settings: &Settings) -> Result<Self, String> {
        let default = Self::default();
        let path = |name| format!("extensions:queues:{name}");
        let at_least = |name, least: i32, most: i32| {
            let wanted = format!("a whole number from {least} to {most}");
            settings.get(&path(name), &wanted, |text| {
                let number: i32 = text.trim().parse().ok()?;
                usize::try_from(number)
                    .ok()
                    .filter(|_| (least..=most).contains(&number))
            })
        };
        let span = |name| {
            let span = settings.time_span(&path(name))?;
            Ok::<_, String>(span.and_then(duration))
        };
        let batch_size = at_least("batchSize", 1, 32)?.unwrap_or(default.batch_size);
        Ok(Self {
            max_polling_interval: span("maxPollingInterval")?
                .unwrap_or(default.max_polling_interval),
            visibility_timeout: span("visibilityTimeout")?.unwrap_or(default.visibility_timeout),
            batch_size,
            new_batch_threshold: at_least("newBatchThreshold", 0, i32::MAX)?
                .unwrap_or(batch_size / 2),
            max_dequeue_count: at_least("maxDequeueCount", 1, i32::MAX)?
                .and_then(|count| count.try_into().ok())
                .unwrap_or(default.max_dequeue_count),
            message_encoding: settings
                .get(
                    &path("messageEncoding"),
                    "`base64` or `none`",
                    |text| match &*text.to_ascii_lowercase() {
                        "base64" => Some(MessageEncoding::Base64),
                        "none" => Some(MessageEncoding::None),
                        _ => None,
                    },
                )?
                .unwrap_or_default(),
        })
    }
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            max_polling_interval: Duration::from_secs(60),
            visibility_timeout: Duration::ZERO,
            batch_size: 16,
            new_batch_threshold: 8,
            max_dequeue_count: 5,
            message_encoding: MessageEncoding::Base64,
        }
    }
}

impl BlobSettings {
    fn new(settings: &Settings) -> Result<Self, String> {
        let positive = |name| {
            settings.get(
                &format!("extensions:blobs:{name}"),
                "a whole number above 0",
                |text| text.trim().parse().ok().filter(|number: &u32| *number > 0),
            )
        };
        Ok(Self {
            max_degree_of_parallelism: positive("maxDegreeOfParallelism")?
                .and_then(|number| number.try_into().ok()),
            poison_blob_threshold: positive("poisonBlobThreshold")?
                .unwrap_or(Self::default().poison_blob_threshold),
        })
    }
}

impl Default for BlobSettings {
    fn default() -> Self {
        Self {
            max_degree_of_parallelism: None,
            poison_blob_threshold: 5,
        }
    }
}

impl LogLevel {
    /// The level of that name, in any case; the host ignores others.
    fn from_text(name: &str) -> Option<Self> {
        Some(match &*name.to_ascii_lowercase() {
            "trace" => Self::Trace,
            "debug" => Self::Debug,
            "information" => Self::Information,
            "warning" => Self::Warning,
            "error" => Self::Error,
            "critical" => Self::Critical,
            "none" => Self::None,
            _ => return None,
        })
    }
}

fn check_version(version: Option<&Value>) -> Result<(), String> {
    match version {
        Some(Value::String(version)) if version == "2.0" => Ok(()),
        None | Some(Value::Null) => {
            Err("the member `version` is missing; add `\"version\": \"2.0\"`".to_owned())
        }
        Some(other) => Err(format!(
            "`version` is `{other}`; write `\"version\": \"2.0\"`"
        )),
    }
}

/// Checks what the embedded host has no use for, but the real one refuses.
fn check_others(settings: &Settings) -> Result<(), String> {
    settings.get(
        "logging:fileLoggingMode",
        "`never`, `always` or `debugOnly`",
        |mode| {
            let known = ["never", "always", "debugonly"];
            known.contains(&&*mode.to_ascii_lowercase()).then_some(())
        },
    )?;
    if settings.text("extensionBundle:id").is_some() {
        let version = settings.text("extensionBundle:version").unwrap_or_default();
        if !version.starts_with(['[', '('])
            && !version.starts_with(|first: char| first.is_ascii_digit())
        {
            return Err(format!(
                "`extensionBundle.version` is `{version}`; write a range such as `[4.*, 5.0.0)`"
            ));
        }
    }
    Ok(())
}

/// The prefix without its leading slash, unless no route could begin with it.
fn route_prefix(prefix: &str) -> Result<String, String> {
    let fault = if prefix.ends_with('/') {
        "ends with `/`; remove it there"
    } else if prefix.contains("//") {
        "has `//`; write one `/` between two parts"
    } else if prefix.contains("{*") {
        "has a catch-all parameter, which only the end of a route may have; name the parameter without `*`"
    } else {
        return Ok(prefix.strip_prefix('/').unwrap_or(prefix).to_owned());
    };
    Err(format!(
        "`extensions.http.routePrefix` is `{prefix}`, which {fault}"
    ))
}

fn function_timeout(settings: &Settings) -> Result<Option<Duration>, String> {
    let Some(span) = settings.time_span("functionTimeout")? else {
        return Ok(Some(FUNCTION_TIMEOUT));
    };
    // `-1`, which is minus one day, stands for no limit.
    if span.ticks() == -24 * 60 * 60 * TICKS_PER_SECOND {
        return Ok(None);
    }
    let timeout = duration(span)
        .filter(|timeout| (Duration::from_secs(1)..=LONGEST_TIMEOUT).contains(timeout));
    timeout.map(Some).ok_or_else(|| {
        format!(
            "`functionTimeout` is `{span}`; write a TimeSpan from one second to 24 days, or `-1` for no limit"
        )
    })
}

/// The length of a span, unless it goes backwards.
pub(super) fn duration(span: TimeSpan) -> Option<Duration> {
    let ticks = u64::try_from(span.ticks()).ok()?;
    let per_second = TICKS_PER_SECOND.unsigned_abs();
    let nanoseconds = u32::try_from(ticks % per_second * 100).ok()?;
    Some(Duration::new(ticks / per_second, nanoseconds))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn host_json(text: &str) -> Result<HostJson, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        HostJson::read(folder.path(), [])
    }

    #[test]
    fn settings_are_read_by_name_in_any_case() {
        let read = host_json(
            "{ 'version': '2.0', // a comment
               functionTimeout: '00:10:00',
               'Functions': ['orders'],
               'logging': { 'logLevel': { 'default': 'warning', 'Host.Results': 'Error', 'x': 'loud' } },
               'extensions': {
                 'queues': { 'BatchSize': '4', 'visibilityTimeout': '00:00:02.5', 'messageEncoding': 'None' },
                 'blobs': { 'poisonBlobThreshold': 2, },
                 'durableTask': { 'hubName': 'Hub1', 'maxConcurrentActivityFunctions': 2 },
                 'serviceBus': { 'autoCompleteMessages': 'False', 'maxConcurrentCalls': 3,
                                 'maxAutoLockRenewalDuration': '00:00:07', 'maxMessageBatchSize': 2 },
                 'http': { 'routePrefix': '/v1', 'maxConcurrentRequests': 3, 'maxOutstandingRequests': -1,
                           'customHeaders': { 'X-A': 1 } } } }",
        );
        let expected = HostJson {
            http: HttpSettings {
                route_prefix: "v1".to_owned(),
                max_concurrent_requests: Some(3),
                custom_headers: vec![("X-A".to_owned(), "1".to_owned())],
                ..HttpSettings::default()
            },
            queues: QueueSettings {
                batch_size: 4,
                new_batch_threshold: 2,
                visibility_timeout: Duration::from_millis(2500),
                message_encoding: MessageEncoding::None,
                ..QueueSettings::default()
            },
            blobs: BlobSettings {
                poison_blob_threshold: 2,
                ..BlobSettings::default()
            },
            service_bus: ServiceBusSettings {
                auto_complete_messages: false,
                max_concurrent_calls: 3,
                max_auto_lock_renewal_duration: Duration::from_secs(7),
                max_message_batch_size: 2,
                ..ServiceBusSettings::default()
            },
            event_hubs: EventHubSettings::default(),
            durable: DurableSettings {
                hub_name: "Hub1".to_owned(),
                max_concurrent_activities: 2,
                ..DurableSettings::default()
            },
            function_timeout: Some(Duration::from_secs(600)),
            functions: vec!["orders".to_owned()],
            log_levels: BTreeMap::from([
                ("Host.Results".to_owned(), LogLevel::Error),
                ("default".to_owned(), LogLevel::Warning),
            ]),
        };
        assert_eq!(read.unwrap(), expected);
    }

    #[test]
    fn everything_has_a_default() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            HostJson::read(folder.path(), []).unwrap(),
            HostJson::default()
        );
        assert_eq!(host_json("{}").unwrap(), HostJson::default());
        let forever = host_json("{'version':'2.0','functionTimeout':'-1'}").unwrap();
        assert_eq!(forever.function_timeout, None);
    }

    #[test]
    fn the_environment_takes_precedence() {
        let folder = tempfile::tempdir().unwrap();
        let environment = [
            ("AZUREFUNCTIONSJOBHOST__extensions__http__routePrefix", "x"),
            ("extensions__http__routePrefix", "y"),
        ];
        let read = HostJson::read(folder.path(), environment).unwrap();
        assert_eq!(read.http.route_prefix, "x");
    }

    #[test]
    fn errors_name_the_member_and_a_remedy() {
        let check = |text: &str, expected: Expect| {
            let problem = match host_json(text).unwrap_err() {
                ConfigError::Value { problem, .. } => problem,
                ConfigError::Syntax { source, .. } => source.to_string(),
                other => other.to_string(),
            };
            expected.assert_eq(&problem);
        };
        check(
            "[]",
            expect!["it holds `[]`, but must hold an object; write `{}` at least"],
        );
        check(
            "{\n  'version': 2.0\n}",
            expect![[r#"`version` is `2.0`; write `"version": "2.0"`"#]],
        );
        check(
            "{'version':'2.0','functionTimeout':'soon'}",
            expect!["`functionTimeout` is `soon`; write a TimeSpan `hh:mm:ss`, such as `00:05:00`"],
        );
        check(
            "{'version':'2.0','extensions':{'queues':{'batchSize':33}}}",
            expect!["`extensions.queues.batchSize` is `33`; write a whole number from 1 to 32"],
        );
        check(
            "{\n  'version' '2.0'\n}",
            expect!["`'` stands where `:` belongs; put `:` after the name, line 2, column 13"],
        );
    }
}
