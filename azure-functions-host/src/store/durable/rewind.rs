//! Rewinding: what failed in an instance is taken out of its history, and it goes on from there.

use std::collections::HashMap;

use azure_functions_shared::durable::{
    GenericEvent, HistoryEvent, OrchestrationStatus as Status, history_event::EventType,
};
use jiff::Timestamp;

use super::{
    client::{HubError, wrong},
    state::State,
};

impl State {
    /// Has a failed instance try again what failed.
    pub(super) fn rewind(
        &mut self,
        id: &str,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<(), HubError> {
        let instance = self.instance(id)?;
        if instance.status() != Status::Failed {
            return Err(wrong(&instance.state));
        }
        self.rewind_failed(id, reason, now);
        Ok(())
    }

    fn rewind_failed(&mut self, id: &str, reason: Option<String>, now: Timestamp) {
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        let mut failed = Vec::new();
        let mut parts: HashMap<i32, String> = HashMap::new();
        for event in &instance.history {
            match &event.event_type {
                Some(EventType::TaskFailed(task)) => failed.push(task.task_scheduled_id),
                Some(EventType::SubOrchestrationInstanceCreated(part)) => {
                    parts.insert(event.event_id, part.instance_id.clone());
                }
                _ => {}
            }
        }
        let mut failed_parts = Vec::new();
        for event in &mut instance.history {
            let forget = match &event.event_type {
                Some(EventType::TaskScheduled(_)) => failed.contains(&event.event_id),
                Some(EventType::TaskFailed(_) | EventType::ExecutionCompleted(_)) => true,
                Some(EventType::SubOrchestrationInstanceFailed(part)) => {
                    failed_parts.extend(parts.get(&part.task_scheduled_id).cloned());
                    true
                }
                _ => false,
            };
            if forget {
                forgotten(event);
            }
        }
        instance.rewritten = true;
        instance.state.output = None;
        instance.set_status(Status::Running, now);
        // An instance whose parts have failed goes on when they have.
        failed_parts.retain(|part| {
            let part = self.instances.get(part);
            part.is_some_and(|part| part.status() == Status::Failed)
        });
        if failed_parts.is_empty() {
            let again = EventType::GenericEvent(GenericEvent { data: reason });
            self.tell(id, None, again, now);
        } else {
            for part in failed_parts {
                self.rewind_failed(&part, reason.clone(), now);
            }
        }
        self.touch(id);
    }
}

/// Leaves only the place of an event.
fn forgotten(event: &mut HistoryEvent) {
    event.event_type = Some(EventType::GenericEvent(GenericEvent { data: None }));
}
