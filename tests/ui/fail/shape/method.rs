//! A method.

use azure_functions::{bindings::QueueTrigger, func};

struct App;

impl App {
    #[func]
    fn work(&self, #[binding(queue_name = "jobs")] _job: QueueTrigger) {}
}

fn main() {}
