//! The settings that a binding needs, and whether the app has them.

mod service;

use std::collections::BTreeSet;

use azure_functions_host::{Config, Function, functions::Binding};
use serde_json::Value;

pub(crate) use self::service::Service;

/// A setting that a binding needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// The name, as the binding has it or as the host takes it without one.
    pub(crate) setting: String,
    pub(crate) role: Role,
}

/// What a setting is to a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A connection: one setting, or several with its name in front.
    Connection(Service),
    /// A value of its own.
    Value,
}

/// Why a need is not met.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// There is no such setting.
    Missing,
    /// The setting has no value.
    Empty,
    /// There are settings with the name in front, but not those that say where the service is.
    Incomplete,
}

/// A property that holds the name of a setting.
#[derive(Debug)]
struct Named {
    /// The types of the bindings, in lower case.
    kinds: &'static [&'static str],
    property: &'static str,
    /// The setting that the host takes if the property is not there.
    default: Option<&'static str>,
    role: Role,
}

const STORAGE: &str = "AzureWebJobsStorage";
const SIGNALR: &str = "AzureSignalRConnectionString";
const WEB_PUBSUB: &str = "WebPubSubConnectionString";

const NAMED: &[Named] = &[
    named(
        &["blobtrigger"],
        "connection",
        Some(STORAGE),
        Role::Connection(Service::BlobTrigger),
    ),
    named(
        &["blob"],
        "connection",
        Some(STORAGE),
        Role::Connection(Service::Blob),
    ),
    named(
        &["queue", "queuetrigger"],
        "connection",
        Some(STORAGE),
        Role::Connection(Service::Queue),
    ),
    named(
        &["table"],
        "connection",
        Some(STORAGE),
        Role::Connection(Service::Table),
    ),
    named(
        &["cosmosdb", "cosmosdbtrigger"],
        "connection",
        Some("CosmosDB"),
        Role::Connection(Service::CosmosDb),
    ),
    named(
        &["cosmosdbtrigger"],
        "leaseConnection",
        None,
        Role::Connection(Service::CosmosDb),
    ),
    named(
        &["durableclient"],
        "connectionName",
        Some(STORAGE),
        Role::Connection(Service::TaskHub),
    ),
    named(
        &["eventhub", "eventhubtrigger"],
        "connection",
        None,
        Role::Connection(Service::EventHubs),
    ),
    named(
        &["servicebus", "servicebustrigger"],
        "connection",
        Some("AzureWebJobsServiceBus"),
        Role::Connection(Service::ServiceBus),
    ),
    named(
        &["eventgrid"],
        "connection",
        None,
        Role::Connection(Service::EventGrid),
    ),
    named(&["eventgrid"], "topicEndpointUri", None, Role::Value),
    named(&["eventgrid"], "topicKeySetting", None, Role::Value),
    named(
        &[
            "signalr",
            "signalrtrigger",
            "signalrconnectioninfo",
            "signalrnegotiation",
            "signalrendpoints",
        ],
        "connectionStringSetting",
        Some(SIGNALR),
        Role::Connection(Service::SignalR),
    ),
    named(
        &["webpubsub", "webpubsubconnection"],
        "connection",
        Some(WEB_PUBSUB),
        Role::Connection(Service::WebPubSub),
    ),
    named(
        &["webpubsubtrigger", "webpubsubcontext", "webpubsubrequest"],
        "connections",
        Some(WEB_PUBSUB),
        Role::Connection(Service::WebPubSub),
    ),
    named(
        &["sendgrid"],
        "apiKey",
        Some("AzureWebJobsSendGridApiKey"),
        Role::Value,
    ),
    named(
        &["twiliosms"],
        "accountSidSetting",
        Some("AzureWebJobsTwilioAccountSid"),
        Role::Value,
    ),
    named(
        &["twiliosms"],
        "authTokenSetting",
        Some("AzureWebJobsTwilioAuthToken"),
        Role::Value,
    ),
    named(
        &["sql", "sqltrigger", "mysql", "mysqltrigger"],
        "connectionStringSetting",
        None,
        Role::Value,
    ),
    named(
        &["rabbitmq", "rabbitmqtrigger"],
        "connectionStringSetting",
        None,
        Role::Connection(Service::Other),
    ),
    named(
        &[
            "redis",
            "redislisttrigger",
            "redisstreamtrigger",
            "redispubsubtrigger",
        ],
        "connection",
        None,
        Role::Connection(Service::Other),
    ),
];

/// Triggers for which the host keeps something in its own storage account, and what.
const KEPT_BY_HOST: &[(&str, Service)] = &[
    ("timertrigger", Service::Blob),
    ("mcptooltrigger", Service::Blob),
    ("mcpresourcetrigger", Service::Blob),
    ("mcpprompttrigger", Service::Blob),
    ("orchestrationtrigger", Service::TaskHub),
    ("activitytrigger", Service::TaskHub),
    ("entitytrigger", Service::TaskHub),
];

/// Properties in which `%…%` stands for itself.
const VERBATIM: &[&str] = &[
    "name",
    "type",
    "direction",
    "datatype",
    "cardinality",
    "connection",
];

const fn named(
    kinds: &'static [&'static str],
    property: &'static str,
    default: Option<&'static str>,
    role: Role,
) -> Named {
    Named {
        kinds,
        property,
        default,
        role,
    }
}

/// What a binding needs, in the order of its properties; each setting once.
pub(crate) fn of(binding: &Binding) -> Vec<Need> {
    let kind = binding.kind.to_ascii_lowercase();
    let mut needs = Vec::new();
    let mut add = |setting: &str, role| {
        let need = Need {
            setting: setting.to_owned(),
            role,
        };
        if !setting.is_empty() && !needs.contains(&need) {
            needs.push(need);
        }
    };
    let known: Vec<_> = NAMED
        .iter()
        .filter(|named| named.kinds.contains(&&*kind))
        .collect();
    for named in &known {
        let given: Vec<_> = match binding.get(named.property) {
            Some(Value::String(name)) => vec![name.as_str()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        // Web PubSub's trigger takes addresses too.
        let given = given
            .into_iter()
            .filter(|name| !name.contains(['%', ';', '=', '/']));
        let mut given = given.peekable();
        if given.peek().is_none() && binding.get(named.property).is_none() {
            add(named.default.unwrap_or_default(), named.role);
        }
        given.for_each(|name| add(name, named.role));
    }
    if known.is_empty()
        && let Some(connection) = binding.connection.as_deref()
    {
        add(connection, Role::Connection(Service::Other));
    }
    if let Some((_, service)) = KEPT_BY_HOST.iter().find(|(own, _)| *own == kind) {
        add(STORAGE, Role::Connection(*service));
    }
    for (name, value) in &binding.properties {
        if !VERBATIM.contains(&&*name.to_ascii_lowercase()) {
            for name in placeholders(value) {
                add(name, Role::Value);
            }
        }
    }
    needs
}

/// The names of all settings that a function needs, sorted.
pub(crate) fn names(function: &Function) -> Vec<String> {
    let needs = function.bindings.iter().flat_map(of);
    let names: BTreeSet<_> = needs.map(|need| need.setting).collect();
    names.into_iter().collect()
}

/// The settings that a value has the host fill in: `%NAME%`.
fn placeholders(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => {
            let parts: Vec<_> = text.split('%').collect();
            let pairs = parts.len().saturating_sub(1) / 2;
            (0..pairs)
                .filter_map(|pair| parts.get(pair * 2 + 1).copied())
                .collect()
        }
        Value::Array(values) => values.iter().flat_map(placeholders).collect(),
        _ => Vec::new(),
    }
}

/// The settings of an app, and the variables of this process.
#[derive(Debug)]
pub(crate) struct Settings<'c> {
    config: &'c Config,
    /// In upper case, with `__` between the levels.
    names: BTreeSet<String>,
}

impl<'c> Settings<'c> {
    /// The settings with which an app would run here.
    pub(crate) fn new(config: &'c Config) -> Self {
        let own = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let names = config.settings.keys().cloned().chain(own);
        Self {
            config,
            names: names.map(|name| normal(&name)).collect(),
        }
    }

    /// Why a need is not met, if it is not.
    pub(crate) fn lack(&self, need: &Need) -> Option<Lack> {
        let Role::Connection(service) = need.role else {
            return match self.config.setting(&need.setting) {
                None => Some(Lack::Missing),
                Some(value) if value.trim().is_empty() => Some(Lack::Empty),
                Some(_) => None,
            };
        };
        let name = &need.setting;
        let places = [
            format!("AzureWebJobs{name}"),
            format!("ConnectionStrings:{name}"),
            name.clone(),
        ];
        let values: Vec<_> = places
            .iter()
            .filter_map(|place| self.config.setting(place))
            .collect();
        if values.iter().any(|value| !value.trim().is_empty()) {
            return None;
        }
        let members = self.members(name);
        if service.is_reached(&members) {
            return None;
        }
        Some(match (members.is_empty(), values.is_empty()) {
            (false, _) => Lack::Incomplete,
            (true, false) => Lack::Empty,
            (true, true) => Lack::Missing,
        })
    }

    /// Whether a connection is by identity: several settings, and no connection string.
    pub(crate) fn is_identity(&self, name: &str) -> bool {
        let has = |place: &str| {
            self.config
                .setting(place)
                .is_some_and(|value| !value.trim().is_empty())
        };
        !has(name) && !has(&format!("AzureWebJobs{name}")) && !self.members(name).is_empty()
    }

    /// What stands behind the name in settings that have it in front, in upper case.
    fn members(&self, name: &str) -> BTreeSet<&str> {
        let prefixes = [
            normal(&format!("{name}__")),
            normal(&format!("AzureWebJobs{name}__")),
        ];
        let names = self.names.iter();
        names
            .filter_map(|own| prefixes.iter().find_map(|prefix| own.strip_prefix(prefix)))
            .collect()
    }
}

/// A name of a setting as names are compared.
fn normal(name: &str) -> String {
    name.to_ascii_uppercase().replace(':', "__")
}
