//! Bindings against settings, and properties against each other.

use azure_functions_host::{
    Config, Function, Listing,
    functions::{AuthLevel, Binding},
};

use crate::{
    finding::Finding,
    needs::{self, Lack, Need, Role, Settings},
};

/// The file that settings of this machine stand in.
const FILE: &str = "local.settings.json";

/// Triggers whose functions the host calls again as their retry policies say.
const RETRYING: &[&str] = &[
    "timerTrigger",
    "eventHubTrigger",
    "kafkaTrigger",
    "cosmosDBTrigger",
];

/// Looks at the bindings of all functions.
pub(super) fn check(listing: &Listing, config: &Config) -> Vec<Finding> {
    let settings = Settings::new(config);
    let mut findings = Vec::new();
    for function in &listing.functions {
        let before = findings.len();
        for binding in &function.bindings {
            let needs = needs::of(binding);
            let lacks = needs
                .iter()
                .filter_map(|need| Some((need, settings.lack(need)?)));
            findings.extend(lacks.map(|(need, lack)| lacking(function, binding, need, &lack)));
            findings.extend(contradictions(function, binding, &settings));
        }
        let lacks_settings = findings.len() > before;
        if let Some(error) = listing
            .unfit
            .iter()
            .find(|error| error.function == function.name)
            && !lacks_settings
        {
            findings.push(Finding::error(&function.name, &error.message));
        }
        findings.extend(doubts(function));
    }
    findings
}

fn lacking(function: &Function, binding: &Binding, need: &Need, lack: &Lack) -> Finding {
    let setting = &need.setting;
    let role = match need.role {
        Role::Connection(_) => "the connection",
        Role::Value => "the setting",
    };
    let about = &function.name;
    let who = format!("the `{}` binding `{}`", binding.kind, binding.name);
    let identity = match need.role {
        Role::Connection(service) => service.identity(setting),
        Role::Value => None,
    };
    let or = identity.as_ref().map_or_else(String::new, |settings| {
        format!(", or {settings} for the identity of the app")
    });
    match lack {
        Lack::Missing => Finding::error(
            about,
            format!("{who} needs {role} `{setting}`, which is not set"),
        )
        .hint(format!("set `{setting}` in `{FILE}`{or}")),
        Lack::Empty => Finding::warning(
            about,
            format!("{who} needs {role} `{setting}`, which is empty"),
        )
        .hint(format!(
            "give `{setting}` a value in `{FILE}`{or}, before the function meets the real service"
        )),
        Lack::Incomplete => Finding::error(
            about,
            format!(
                "{who} needs {role} `{setting}`, whose settings do not say where the service is"
            ),
        )
        .hint(match identity {
            Some(settings) => format!("set {settings} in `{FILE}`"),
            None => format!("set `{setting}` in `{FILE}`"),
        }),
    }
}

/// Properties that do not go together.
fn contradictions(function: &Function, binding: &Binding, settings: &Settings<'_>) -> Vec<Finding> {
    let about = &function.name;
    let mut findings = Vec::new();
    if binding.is("eventGrid") {
        let by_key =
            ["topicEndpointUri", "topicKeySetting"].map(|name| binding.get(name).is_some());
        let by_identity = binding.get("connection").is_some();
        let fits = matches!(
            (by_key, by_identity),
            ([true, true], false) | ([false, false], true)
        );
        if !fits {
            let text = format!(
                "the `eventGrid` binding `{}` does not say in one way where the topic is",
                binding.name
            );
            findings.push(Finding::error(about, text).hint(
                "give it `topic_endpoint_uri` and `topic_key_setting`, or else `connection`",
            ));
        }
    }
    if binding.is("cosmosDBTrigger")
        && binding.flag("createLeaseContainerIfNotExists") == Some(true)
    {
        let connection = ["leaseConnection", "connection"]
            .iter()
            .find_map(|name| binding.text(name));
        let connection = connection.unwrap_or("CosmosDB");
        if settings.is_identity(connection) {
            let text = format!(
                "the `cosmosDBTrigger` binding `{}` is to create its lease container, which an identity may not",
                binding.name
            );
            findings.push(Finding::error(about, text).hint(format!(
                "create the container, and drop `create_lease_container_if_not_exists`; `{connection}` is a connection by identity"
            )));
        }
    }
    findings
}

/// What works, but perhaps not as it is meant.
fn doubts(function: &Function) -> Vec<Finding> {
    let about = &function.name;
    let trigger = function.trigger();
    let mut findings = Vec::new();
    if function.retry.is_some() && !RETRYING.iter().any(|kind| trigger.is(kind)) {
        findings.push(
            Finding::warning(
                about,
                format!(
                    "the host does not heed a retry policy for a `{}`",
                    trigger.kind
                ),
            )
            .hint("drop `retry`; the service itself tries again, or nobody does"),
        );
    }
    if trigger.is("warmupTrigger") && !function.name.eq_ignore_ascii_case("warmup") {
        findings.push(
            Finding::warning(
                about,
                "the host calls a warmup function only by the name `warmup`",
            )
            .hint("call the function `warmup`, or write `#[func(name = \"warmup\")]`"),
        );
    }
    if matches!(
        function.auth_level(),
        Some(AuthLevel::User | AuthLevel::System)
    ) {
        findings.push(
            Finding::warning(
                about,
                "the `auth_level` is neither `anonymous`, `function` nor `admin`",
            )
            .hint("the documents of Azure know only those three"),
        );
    }
    if let Some(failure) = &function.failure {
        findings.push(Finding::error(
            about,
            format!("the worker cannot run it: {}", failure.message),
        ));
    }
    findings
}
