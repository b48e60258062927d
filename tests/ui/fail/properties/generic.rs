//! What a generic binding refuses.

use azure_functions::{
    bindings::{GenericInput, GenericOutput, GenericTrigger, TimerInfo},
    func,
};

#[func]
fn http(#[binding(type = "httpTrigger")] _request: GenericTrigger) {}

#[func]
#[binding(name = "$return", type = "Http")]
fn response(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo) -> GenericOutput {
    "".into()
}

#[func]
fn nameless(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo, #[binding(path = "abc/b")] _input: GenericInput) {}

#[func]
fn no_trigger(#[binding(type = "queue")] _message: GenericTrigger) {}

#[func]
fn second_trigger(#[binding(schedule = "0 * * * * *")] _timer: TimerInfo, #[binding(type = "sqlTRIGGER")] _rows: GenericInput) {}

fn main() {}
