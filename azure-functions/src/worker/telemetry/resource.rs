//! The resource: what is true of all traces and logs of the process.

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    Resource,
    resource::{ResourceDetector as _, TelemetryResourceDetector},
};

use super::settings::pairs;

/// The app settings that it is made of.
pub(super) const VARIABLES: [&str; 10] = [
    "CONTAINER_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "REGION_NAME",
    "WEBSITE_INSTANCE_ID",
    "WEBSITE_MEMORY_LIMIT_MB",
    "WEBSITE_OWNER_NAME",
    "WEBSITE_RESOURCE_GROUP",
    "WEBSITE_SITE_NAME",
    "WEBSITE_SLOT_NAME",
];

/// The resource of a process with these settings.
///
/// The attributes are those of the host's own resource, so that both are found together. There is no `faas.version`,
/// because OpenTelemetry says not to set it on Azure, and no `faas.name`: an app has many functions, so it is on the span.
pub(super) fn resource(var: impl Fn(&str) -> Option<String>) -> Resource {
    let mut attributes = vec![KeyValue::new("process.pid", i64::from(std::process::id()))];
    let mut set = |name: &'static str, value: Option<String>| {
        attributes.extend(value.map(|value| KeyValue::new(name, value)));
    };
    match var("WEBSITE_SITE_NAME") {
        None => set("service.name", program()),
        Some(site) => {
            set("cloud.provider", Some("azure".to_owned()));
            set("cloud.platform", Some("azure_functions".to_owned()));
            set("cloud.region", var("REGION_NAME"));
            set("cloud.resource_id", resource_id(&site, &var));
            set("deployment.environment.name", var("WEBSITE_SLOT_NAME"));
            set(
                "faas.instance",
                var("WEBSITE_INSTANCE_ID").or_else(|| var("CONTAINER_NAME")),
            );
            set("service.name", Some(site));
        }
    }
    let memory = var("WEBSITE_MEMORY_LIMIT_MB").and_then(|limit| limit.parse::<i64>().ok());
    if let Some(bytes) = memory.and_then(|megabytes| megabytes.checked_mul(1 << 20)) {
        attributes.push(KeyValue::new("faas.max_memory", bytes));
    }
    if let Some(own) = var("OTEL_RESOURCE_ATTRIBUTES") {
        attributes.extend(pairs(&own).map(|(name, value)| KeyValue::new(name, value)));
    }
    if let Some(name) = var("OTEL_SERVICE_NAME") {
        attributes.push(KeyValue::new("service.name", name));
    }
    let sdk = TelemetryResourceDetector.detect();
    let sdk = sdk
        .iter()
        .map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
    Resource::builder_empty()
        .with_attributes(sdk)
        .with_attributes(attributes)
        .build()
}

/// What Azure calls the app.
fn resource_id(site: &str, var: impl Fn(&str) -> Option<String>) -> Option<String> {
    // `<subscription>+<the rest>`
    let owner = var("WEBSITE_OWNER_NAME")?;
    let subscription = owner.split('+').next().unwrap_or_default();
    let group = var("WEBSITE_RESOURCE_GROUP")?;
    Some(format!(
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{site}"
    ))
}

/// The name of the program's file.
fn program() -> Option<String> {
    let path = std::env::current_exe().ok()?;
    Some(path.file_stem()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::resource;

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: &[&str]) {
        let resource = resource(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let mut attributes: Vec<_> = resource
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .filter(|pair| !pair.starts_with("process.pid=") && !pair.starts_with("telemetry."))
            .collect();
        attributes.sort();
        assert_eq!(attributes, expected);
    }

    #[test]
    fn attributes() {
        const SITE: (&str, &str) = ("WEBSITE_SITE_NAME", "shop");
        check(
            &[SITE],
            &[
                "cloud.platform=azure_functions",
                "cloud.provider=azure",
                "service.name=shop",
            ],
        );
        check(
            &[
                SITE,
                ("CONTAINER_NAME", "c"),
                ("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine,team=a%2Cb"),
                ("REGION_NAME", "westeurope"),
                ("WEBSITE_MEMORY_LIMIT_MB", "2048"),
                ("WEBSITE_OWNER_NAME", "0000-11+group-westeuropewebspace"),
                ("WEBSITE_RESOURCE_GROUP", "group"),
                ("WEBSITE_SLOT_NAME", "staging"),
            ],
            &[
                "cloud.platform=azure_functions",
                "cloud.provider=azure",
                "cloud.region=westeurope",
                "cloud.resource_id=/subscriptions/0000-11/resourceGroups/group/providers/Microsoft.Web/sites/shop",
                "deployment.environment.name=staging",
                "faas.instance=c",
                "faas.max_memory=2147483648",
                "service.name=mine",
                "team=a,b",
            ],
        );
        check(
            &[
                ("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine"),
                ("OTEL_SERVICE_NAME", "wins"),
                ("REGION_NAME", "not on Azure"),
            ],
            &["service.name=wins"],
        );
    }
}
