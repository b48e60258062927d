//! Functions written down as `#[func]` would: a `ping` comes in, a `pong` goes out.

use azure_functions::{Binding, Description, FunctionDef, Invoker, ParameterDef};

struct PingTrigger;

impl Binding for PingTrigger {
    const TYPE: &'static str = "pingTrigger";
}

struct Pong;

impl Binding for Pong {
    const TYPE: &'static str = "pong";
}

const PING: ParameterDef = ParameterDef {
    name: "ping",
    binding: Some(Description::of::<PingTrigger>()),
    trigger: true,
    data_type: None,
    cardinality: None,
    settings: &[],
    need: None,
    update: None,
};

const PONG: Option<Description> = Some(Description::of::<Pong>());

/// A function of this name that is started by a `ping` and returns a `pong`.
pub const fn function(name: &'static str, invoker: Invoker) -> FunctionDef {
    FunctionDef {
        name,
        file: "src/main.rs",
        line: 1,
        parameters: &[PING],
        outputs: &[PONG],
        output_settings: &[],
        retry: None,
        invoker,
        identity: None,
    }
}
