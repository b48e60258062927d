//! The task hub of Durable Functions: instances with their histories, entities, timers, and what can be worked on.
//!
//! It knows no functions and calls none: what is to be done is taken from it, and what came of it is given back. Each of
//! these steps is whole: it is seen, and written to the journal, altogether or not at all.

mod action;
mod client;
mod entity;
mod hub;
mod instance;
mod journal;
mod query;
mod record;
mod rewind;
mod state;
#[cfg(test)]
mod tests;
mod time;
mod turn;
mod waiting;

use std::collections::HashMap;

use azure_functions_shared::durable::ParentInstanceInfo;
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use client::{HubError, name as status_name};
pub(crate) use entity::{Batch, details, normal_id, split_id};
pub(crate) use hub::TaskHub;
pub(crate) use instance::is_over;
pub use journal::JournalError;
pub(crate) use query::{EntityFilter, Filter, Page, id_of, token_of};
pub(crate) use state::Task;
pub(crate) use time::moment;
pub(crate) use turn::Turn;

/// How an instance begins.
#[derive(Debug, Clone, Default)]
pub(crate) struct Start {
    pub(crate) instance_id: String,
    pub(crate) execution_id: String,
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) input: Option<String>,
    /// Not before this.
    pub(crate) at: Option<Timestamp>,
    pub(crate) tags: HashMap<String, String>,
    pub(crate) parent: Option<ParentInstanceInfo>,
}

impl Start {
    /// The start of an instance by a client; one without an id gets one.
    pub(crate) fn new(instance_id: String) -> Self {
        Self {
            instance_id: if instance_id.is_empty() {
                Uuid::new_v4().simple().to_string()
            } else {
                instance_id
            },
            execution_id: Uuid::new_v4().to_string(),
            ..Self::default()
        }
    }
}
