//! The settings of `host.json` for Durable Functions.

use std::thread::available_parallelism;

use super::settings::Settings;

/// How many calls of a kind run at a time for each core.
const FOR_EACH_CORE: usize = 10;
/// The longest name of a task hub.
const LONGEST_NAME: usize = 45;

/// How orchestrations run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DurableSettings {
    /// The name of the task hub.
    pub hub_name: String,
    /// How many activities run at a time.
    pub max_concurrent_activities: usize,
    /// How many orchestrators run at a time.
    pub max_concurrent_orchestrators: usize,
    /// How many entities run at a time.
    pub max_concurrent_entities: usize,
}

impl DurableSettings {
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        let default = Self::default();
        let path = |name: &str| format!("extensions:durableTask:{name}");
        let count = |name| {
            settings.get(&path(name), "a whole number above 0", |text| {
                text.trim()
                    .parse()
                    .ok()
                    .filter(|number: &usize| *number > 0)
            })
        };
        let name = settings.get(
            &path("hubName"),
            "up to 45 letters and digits, the first of them a letter",
            hub_name,
        )?;
        Ok(Self {
            hub_name: name.unwrap_or(default.hub_name),
            max_concurrent_activities: count("maxConcurrentActivityFunctions")?
                .unwrap_or(default.max_concurrent_activities),
            max_concurrent_orchestrators: count("maxConcurrentOrchestratorFunctions")?
                .unwrap_or(default.max_concurrent_orchestrators),
            max_concurrent_entities: count("maxConcurrentEntityFunctions")?
                .unwrap_or(default.max_concurrent_entities),
        })
    }
}

impl Default for DurableSettings {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            hub_name: "TestHubName".to_owned(),
            max_concurrent_activities: FOR_EACH_CORE * cores,
            max_concurrent_orchestrators: FOR_EACH_CORE * cores,
            max_concurrent_entities: FOR_EACH_CORE * cores,
        }
    }
}

fn hub_name(text: &str) -> Option<String> {
    let mut characters = text.chars();
    let good = text.len() <= LONGEST_NAME
        && characters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|character| character.is_ascii_alphanumeric());
    good.then(|| text.to_owned())
}
