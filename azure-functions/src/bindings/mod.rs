//! The bindings: one module per service.

pub mod blob;
mod content;
pub mod queue;
#[cfg(test)]
mod recorded;
pub mod timer;

#[doc(inline)]
pub use self::{
    blob::{Blob, BlobProperties, BlobTrigger},
    queue::{QueueMessage, QueueTrigger},
    timer::{ScheduleStatus, TimerInfo},
};
