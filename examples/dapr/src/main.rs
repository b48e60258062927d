//! A counter of visits that Dapr keeps.
//!
//! It needs the Dapr sidecar. Without one the embedded host shows what would be sent, and functions are called by hand: `curl
//! http://localhost:7071/admin/functions/visit -H 'content-type: application/json' -d '{"input": "{\"page\": \"home\"}"}'`.

use std::process::ExitCode;

use azure_functions::{
    BindingData,
    bindings::{
        DaprBinding, DaprBindingReply, DaprBindingTrigger, DaprInvocationReply, DaprPublish,
        DaprServiceInvocationTrigger, DaprState, DaprTopicTrigger,
    },
    func,
};
use serde::{Deserialize, Serialize};

/// Somebody looked at a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, BindingData)]
struct Visit {
    page: String,
}

/// Counts a visit, tells others of it, and says how many there were.
#[func]
#[binding(name = "output1", state_store = "statestore", key = "{page}")]
#[binding(name = "output2", pub_sub_name = "messages", topic = "visits")]
fn visit(
    call: DaprServiceInvocationTrigger<Visit>,
    #[binding(state_store = "statestore", key = "{page}")] visits: Option<DaprState<u64>>,
) -> (DaprInvocationReply<u64>, DaprState<u64>, DaprPublish<Visit>) {
    let count = visits.map_or(0, |visits| visits.value) + 1;
    (
        DaprInvocationReply(count),
        DaprState::new(count),
        DaprPublish::new(call.body),
    )
}

/// Hears of visits.
#[func]
fn report(#[binding(pub_sub_name = "messages", topic = "visits")] visit: &DaprTopicTrigger<Visit>) {
    tracing::info!("somebody visited `{}`", visit.data.page);
}

/// Archives what an input binding says, and answers it.
#[func]
#[binding(name = "output1", binding_name = "archive", operation = "create")]
fn archive(
    #[binding(binding_name = "doorbell")] event: DaprBindingTrigger,
) -> (DaprBindingReply<&'static str>, DaprBinding<String>) {
    (DaprBindingReply("archived"), DaprBinding::new(event.data))
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Visit {
        Visit {
            page: "home".to_owned(),
        }
    }

    #[test]
    fn counts_visits() {
        for (before, after) in [(None, 1), (Some(1), 2)] {
            let call = DaprServiceInvocationTrigger::new(home());
            let (reply, state, message) = visit(call, before.map(DaprState::new));
            assert_eq!((reply.0, state.value), (after, after));
            assert_eq!(message.payload, home());
        }
        report(&DaprTopicTrigger::new(home()));
    }

    #[test]
    fn archives_events() {
        let (reply, output) = archive(DaprBindingTrigger::new("ding".to_owned()));
        assert_eq!((reply.0, output.data.as_str()), ("archived", "ding"));
    }
}
