//! The checks of properties that run while the user's crate compiles.
//!
//! The macro writes each call with the span of the word that it is about, so that a failing check underlines that word.
//! Everything here is `const fn`, and so there are loops with an index instead of iterators, and messages are put
//! together in a fixed buffer.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "const evaluation: a panic is a compile error"
)]

use azure_functions_shared::names::equal_ignoring_case;

use super::{Description, Kind, Property, Setting, Value};

/// A parameter of a function, as the checks see it.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its binding, unless it is part of the invocation's context.
    pub binding: Option<Description>,
    /// Whether it is the trigger.
    pub trigger: bool,
}

/// The settings of one output: `#[binding(name = "output1", …)]`.
#[derive(Clone, Copy, Debug)]
pub struct OutputSettings {
    /// `$return` or `outputN`.
    pub name: &'static str,
    /// What the block sets.
    pub settings: &'static [Setting],
}

/// Fails unless `setting` is a property of the parameter's binding and has a fitting value.
#[track_caller]
pub const fn parameter_setting(parameter: Parameter, setting: Setting) {
    match parameter.binding {
        Some(binding) => binding_setting(binding, setting),
        None => fail(
            &Text::new().push("this parameter is not a binding, and so it takes no properties"),
        ),
    }
}

/// Fails when a required property of the parameter's binding is not set.
#[track_caller]
pub const fn parameter_complete(parameter: Parameter, settings: &[Setting]) {
    if let Some(binding) = parameter.binding {
        complete(binding, settings, None);
    }
}

/// Fails unless one parameter is a trigger.
#[track_caller]
pub const fn has_trigger(function: &str, parameters: &[Parameter]) {
    if trigger(parameters).is_none() {
        fail(
            &Text::new()
                .push("function `")
                .push(function)
                .push("` has no trigger: one parameter must be a trigger such as `HttpRequest` or `QueueTrigger`"),
        );
    }
}

/// Fails when the parameter at `at` is a trigger and an earlier one is too.
#[track_caller]
pub const fn only_trigger(parameters: &[Parameter], at: usize) {
    if !parameters[at].trigger {
        return;
    }
    let mut earlier = 0;
    while earlier < at {
        if parameters[earlier].trigger {
            fail(&Text::new().push(
                "a function has exactly one trigger, and an earlier parameter is one already",
            ));
        }
        earlier += 1;
    }
}

/// Fails unless the function has an output called `name`.
#[track_caller]
pub const fn output_exists(slots: &[Option<Description>], name: &str) {
    if output(slots, name).is_none() {
        let mut text = Text::new()
            .push("the return type has no output `")
            .push(name)
            .push("`");
        let mut at = 0;
        let mut first = true;
        while at < slots.len() {
            if slots[at].is_some() {
                text = text
                    .push(if first { "; it has `" } else { ", `" })
                    .push_output(at)
                    .push("`");
                first = false;
            }
            at += 1;
        }
        fail(&if first {
            text.push("; it has no outputs")
        } else {
            text
        });
    }
}

/// Fails unless `setting` is a property of the output called `name` and has a fitting value.
#[track_caller]
pub const fn output_setting(slots: &[Option<Description>], name: &str, setting: Setting) {
    if let Some(binding) = output(slots, name) {
        binding_setting(binding, setting);
    }
}

/// Fails when a required property of an output is not set, or the output needs another trigger.
#[track_caller]
pub const fn outputs_complete(
    slots: &[Option<Description>],
    blocks: &[OutputSettings],
    parameters: &[Parameter],
) {
    let mut at = 0;
    while at < slots.len() {
        if let Some(binding) = slots[at] {
            let name = Text::new().push_output(at);
            let mut settings: &[Setting] = &[];
            let mut block = 0;
            while block < blocks.len() {
                if equal(blocks[block].name, name.as_str()) {
                    settings = blocks[block].settings;
                }
                block += 1;
            }
            complete(binding, settings, Some(name.as_str()));
            comes_first(binding, at);
            fits_trigger(binding, parameters);
        }
        at += 1;
    }
}

/// Fails when a parameter's name on the wire is that of an output.
#[track_caller]
pub const fn no_output_called(slots: &[Option<Description>], name: &str) {
    if output(slots, name).is_some() {
        fail(
            &Text::new().push("`").push(name).push(
                "` is the name of an output of this function: give the parameter another name",
            ),
        );
    }
}

#[track_caller]
const fn binding_setting(binding: Description, setting: Setting) {
    let Some(property) = find(binding.properties, setting.name) else {
        if binding.open {
            return;
        }
        let text = Text::new()
            .push("`")
            .push(setting.name)
            .push("` is not a property of the `");
        let mut text = text.push(binding.wire_type).push("` binding");
        if binding.properties.is_empty() {
            text = text.push(", which has none");
        }
        let mut at = 0;
        while at < binding.properties.len() {
            text = text
                .push(if at == 0 { "; expected `" } else { ", `" })
                .push(binding.properties[at].name)
                .push("`");
            at += 1;
        }
        fail(&text);
    };
    let (fits, wanted) = match property.kind {
        Kind::Text => (matches!(setting.value, Value::Text(_)), "a string"),
        Kind::Flag => (matches!(setting.value, Value::Flag(_)), "`true` or `false`"),
        Kind::Integer => (matches!(setting.value, Value::Integer(_)), "an integer"),
        Kind::List => (
            is_strings(setting.value),
            "a list of strings, such as `[\"get\", \"post\"]`",
        ),
    };
    if !fits {
        fail(
            &Text::new()
                .push("`")
                .push(setting.name)
                .push("` must be ")
                .push(wanted),
        );
    }
    match setting.value {
        Value::Text(text) => {
            // A list in the old form, `"get|post"`.
            let mut rest = text;
            loop {
                let (part, more) = match property.kind {
                    Kind::List => split_bar(rest),
                    _ => (rest, None),
                };
                allowed(&property, part);
                match more {
                    Some(more) => rest = more,
                    None => break,
                }
            }
        }
        Value::List(values) => {
            let mut at = 0;
            while at < values.len() {
                if let Value::Text(text) = values[at] {
                    allowed(&property, text);
                }
                at += 1;
            }
        }
        _ => {}
    }
}

#[track_caller]
const fn allowed(property: &Property, value: &str) {
    let mut at = 0;
    while at < property.refused.len() {
        if let Some((refused, instead)) = property.refused[at]
            && equal_ignoring_case(refused, value)
        {
            fail(
                &Text::new()
                    .push("`")
                    .push(property.name)
                    .push("` cannot be `")
                    .push(refused)
                    .push("` here: ")
                    .push(instead),
            );
        }
        at += 1;
    }
    if property.values.is_empty() {
        return;
    }
    let mut at = 0;
    while at < property.values.len() {
        if equal_ignoring_case(property.values[at], value) {
            return;
        }
        at += 1;
    }
    let mut text = Text::new()
        .push("`")
        .push(value)
        .push("` is not a value of `")
        .push(property.name)
        .push("`");
    let mut at = 0;
    while at < property.values.len() {
        text = text
            .push(if at == 0 { "; expected `" } else { ", `" })
            .push(property.values[at])
            .push("`");
        at += 1;
    }
    fail(&text);
}

#[track_caller]
const fn complete(binding: Description, settings: &[Setting], output: Option<&str>) {
    // A property with an unknown name is often the misspelt required one: that has been said already.
    let mut at = 0;
    while at < settings.len() {
        if !binding.open && find(binding.properties, settings[at].name).is_none() {
            return;
        }
        at += 1;
    }
    let mut at = 0;
    while at < binding.properties.len() {
        let property = binding.properties[at];
        if property.required && !is_set(settings, property.name) {
            let mut text = Text::new().push("the `").push(binding.wire_type).push("` ");
            text = text
                .push(if output.is_some() {
                    "output"
                } else {
                    "binding"
                })
                .push(" needs `")
                .push(property.name);
            text = text.push("`: add `#[binding(");
            if let Some(name) = output {
                text = text.push("name = \"").push(name).push("\", ");
            }
            text = text.push(property.name).push(" = …)]`");
            fail(&if output.is_some() {
                text.push(" to the function")
            } else {
                text
            });
        }
        at += 1;
    }
}

#[track_caller]
const fn comes_first(binding: Description, at: usize) {
    if binding.returned_to_trigger && at != 0 {
        fail(
            &Text::new()
                .push("a value of type `")
                .push(binding.wire_type)
                .push("` goes back to the trigger: return it first, before the other outputs"),
        );
    }
}

#[track_caller]
const fn fits_trigger(binding: Description, parameters: &[Parameter]) {
    let (Some(needed), Some(trigger)) = (binding.only_with, trigger(parameters)) else {
        return;
    };
    if !trigger.open && !equal(needed, trigger.wire_type) {
        fail(
            &Text::new()
                .push("an output of type `")
                .push(binding.wire_type)
                .push("` needs a trigger of type `")
                .push(needed)
                .push("`, but this function has `")
                .push(trigger.wire_type)
                .push("`"),
        );
    }
}

const fn trigger(parameters: &[Parameter]) -> Option<Description> {
    let mut at = 0;
    while at < parameters.len() {
        if parameters[at].trigger {
            return parameters[at].binding;
        }
        at += 1;
    }
    None
}

const fn output(slots: &[Option<Description>], name: &str) -> Option<Description> {
    let mut at = 0;
    while at < slots.len() {
        if equal(Text::new().push_output(at).as_str(), name) {
            return slots[at];
        }
        at += 1;
    }
    None
}

const fn find(properties: &'static [Property], name: &str) -> Option<Property> {
    let mut at = 0;
    while at < properties.len() {
        if equal(properties[at].name, name) {
            return Some(properties[at]);
        }
        at += 1;
    }
    None
}

const fn is_set(settings: &[Setting], name: &str) -> bool {
    let mut at = 0;
    while at < settings.len() {
        if equal(settings[at].name, name) {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_strings(value: Value) -> bool {
    match value {
        Value::Text(_) => true,
        Value::List(values) => {
            let mut at = 0;
            while at < values.len() {
                if !matches!(values[at], Value::Text(_)) {
                    return false;
                }
                at += 1;
            }
            true
        }
        _ => false,
    }
}

const fn split_bar(text: &str) -> (&str, Option<&str>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'|' {
            let (part, rest) = text.split_at(at);
            return (part, Some(rest.split_at(1).1));
        }
        at += 1;
    }
    (text, None)
}

const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[track_caller]
const fn fail(text: &Text) -> ! {
    panic!("{}", text.as_str())
}

/// A message put together at compile time. What does not fit is left out.
#[derive(Clone, Copy)]
struct Text {
    bytes: [u8; 1024],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Self {
            bytes: [0; 1024],
            len: 0,
        }
    }

    const fn push(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        if self.len + text.len() <= self.bytes.len() {
            let mut at = 0;
            while at < text.len() {
                self.bytes[self.len] = text[at];
                self.len += 1;
                at += 1;
            }
        }
        self
    }

    /// The name of the output at a position of the return type.
    const fn push_output(self, at: usize) -> Self {
        if at == 0 {
            return self.push(azure_functions_shared::names::RETURN);
        }
        let text = self.push("output");
        let text = if at >= 10 {
            text.push_digit(at / 10)
        } else {
            text
        };
        text.push_digit(at % 10)
    }

    const fn push_digit(self, digit: usize) -> Self {
        self.push("0123456789".split_at(digit % 10).1.split_at(1).0)
    }

    const fn as_str(&self) -> &str {
        // Only whole strings were pushed, so this is text.
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "a property of this binding is wrong",
        }
    }
}
