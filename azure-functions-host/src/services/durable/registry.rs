//! Which function is which orchestrator, activity and entity; the case of names does not matter.

use std::{collections::BTreeMap, sync::Arc};

use super::{ACTIVITY, ENTITY, ORCHESTRATION};
use crate::plan::Plan;

type Functions = BTreeMap<String, Arc<Plan>>;

/// The functions that the hub can call.
#[derive(Debug)]
pub(super) struct Registry {
    orchestrators: Functions,
    activities: Functions,
    entities: Functions,
}

/// A function, or a name without one.
type Found<'a> = Result<&'a Arc<Plan>, String>;

impl Registry {
    pub(super) fn new(plans: &[Arc<Plan>]) -> Self {
        let of = |kind, property: &str| {
            let plans = plans.iter().filter(|plan| plan.trigger().is(kind));
            plans
                .map(|plan| (name(plan, property).to_lowercase(), Arc::clone(plan)))
                .collect()
        };
        Self {
            orchestrators: of(ORCHESTRATION, "orchestration"),
            activities: of(ACTIVITY, "activity"),
            entities: of(ENTITY, "entityName"),
        }
    }

    /// The orchestrator of this name, or what the real host says if there is none.
    pub(super) fn orchestrator(&self, name: &str) -> Found<'_> {
        find(&self.orchestrators, name, "orchestrator")
    }

    pub(super) fn activity(&self, name: &str) -> Found<'_> {
        find(&self.activities, name, "activity")
    }

    pub(super) fn entity(&self, name: &str) -> Found<'_> {
        find(&self.entities, name, "entity")
    }
}

/// The name by which a function is called: its own, unless the trigger says another.
fn name<'a>(plan: &'a Plan, property: &str) -> &'a str {
    let other = plan.trigger().get(property);
    other.filter(|name| !name.is_empty()).unwrap_or(plan.name())
}

fn find<'a>(functions: &'a Functions, name: &str, kind: &str) -> Found<'a> {
    functions.get(&name.to_lowercase()).ok_or_else(|| {
        let known: Vec<String> = functions.keys().map(|name| format!("'{name}'")).collect();
        let known = if known.is_empty() {
            format!("No {kind} functions are currently registered!")
        } else {
            let known = known.join(", ");
            format!("The following are the known {kind} functions: {known}.")
        };
        format!(
            "The function '{name}' doesn't exist, is disabled, or is not an {kind} function. Additional info: {known}"
        )
    })
}
