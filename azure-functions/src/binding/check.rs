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

mod text;
mod value;

use super::{
    Description, Kind, Property, Setting, Value,
    rule::{Rule, RuleKind},
};
use crate::{RetryPolicy, retry::Strategy};

use self::text::{Text, fail};
pub use self::value::{Source, output_value, parameter_value};

/// A parameter of a function, as the checks see it.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its binding, unless it is part of the invocation's context.
    pub binding: Option<Description>,
    /// Whether it is the trigger.
    pub trigger: bool,
    /// Whether an invocation gets many of it.
    pub batch: bool,
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

/// Whether `setting` is written with a name that the property of the parameter's binding had before.
pub const fn parameter_spelling(parameter: Parameter, setting: Setting) -> bool {
    match parameter.binding {
        Some(binding) => is_old(binding, setting),
        None => false,
    }
}

/// Whether `setting` is written with a name that the property of the output called `name` had before.
pub const fn output_spelling(slots: &[Option<Description>], name: &str, setting: Setting) -> bool {
    match output(slots, name) {
        Some(binding) => is_old(binding, setting),
        None => false,
    }
}

/// Fails when the host does not heed a retry policy with the function's trigger, or the policy cannot be followed.
#[track_caller]
pub const fn retry(parameters: &[Parameter], policy: RetryPolicy) {
    if let Some(trigger) = trigger(parameters)
        && !trigger.retries
        && !trigger.open
    {
        fail(
            &Text::new()
                .push("the host heeds no retry policy with a trigger of type `")
                .push(trigger.wire_type)
                .push(
                    "`: it does with timers, Event Hubs, Kafka and Cosmos DB; remove it, because this service has its own way to \
                     deliver again, or none",
                ),
        );
    }
    if policy.max_retry_count < RetryPolicy::FOREVER {
        fail(
            &Text::new()
                .push("`max_retry_count` is negative; give a number, or `RetryPolicy::FOREVER`"),
        );
    }
    if let Strategy::ExponentialBackoff { minimum, maximum } = policy.strategy
        && minimum.as_nanos() > maximum.as_nanos()
    {
        fail(&Text::new().push("`minimum_interval` is longer than `maximum_interval`"));
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
        if let (Some(_), Some(trigger)) = (parameters[at].binding, trigger(parameters)) {
            takes_inputs(trigger);
        }
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
            takes_outputs(binding, parameters);
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
    let (fits, wanted) = fits(&property, setting.value);
    if !fits {
        fail(
            &Text::new()
                .push("`")
                .push(setting.name)
                .push("` must be ")
                .push(wanted),
        );
    }
}

/// Whether a value is of the property's kind, and what that kind is called.
const fn fits(property: &Property, value: Value) -> (bool, &'static str) {
    match property.kind {
        Kind::Text => (matches!(value, Value::Text(_)), "a string"),
        Kind::Flag => (matches!(value, Value::Flag(_)), "`true` or `false`"),
        Kind::Integer => (matches!(value, Value::Integer(_)), "an integer"),
        Kind::List => (
            is_strings(value),
            "a list of strings, such as `[\"get\", \"post\"]`",
        ),
    }
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
        if property.required && !is_set(settings, &property) {
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
    rules(binding, settings, output);
}

#[track_caller]
const fn rules(binding: Description, settings: &[Setting], output: Option<&str>) {
    let mut at = 0;
    while at < binding.rules.len() {
        let rule = binding.rules[at];
        let set = count_set(binding, rule, settings);
        let words = match rule.kind {
            RuleKind::ExactlyOne if set != 1 => Some(("needs exactly one of ", "")),
            RuleKind::AtMostOne if set > 1 => Some(("takes at most one of ", "")),
            RuleKind::Together if set != 0 && set != rule.properties.len() => {
                Some(("needs ", " together, or none of them"))
            }
            _ => None,
        };
        if let Some((before, after)) = words {
            let mut text = Text::new()
                .push("the `")
                .push(binding.wire_type)
                .push(if output.is_some() {
                    "` output "
                } else {
                    "` binding "
                })
                .push(before);
            let mut name = 0;
            while name < rule.properties.len() {
                text = text
                    .push(if name == 0 {
                        "`"
                    } else if name + 1 == rule.properties.len() {
                        "` and `"
                    } else {
                        "`, `"
                    })
                    .push(rule.properties[name]);
                name += 1;
            }
            fail(&text.push("`").push(after));
        }
        at += 1;
    }
}

const fn count_set(binding: Description, rule: Rule, settings: &[Setting]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while at < rule.properties.len() {
        if let Some(property) = find(binding.properties, rule.properties[at])
            && is_set(settings, &property)
        {
            count += 1;
        }
        at += 1;
    }
    count
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
const fn takes_inputs(trigger: Description) {
    if !trigger.inputs {
        fail(
            &Text::new()
                .push("a function with the trigger `")
                .push(trigger.wire_type)
                .push("` has no inputs, because it runs again and again and has to do the same each time: read this in an activity"),
        );
    }
}

#[track_caller]
const fn takes_outputs(binding: Description, parameters: &[Parameter]) {
    if let Some(trigger) = trigger(parameters)
        && !trigger.outputs
        && !binding.returned_to_trigger
    {
        fail(
            &Text::new()
                .push("a function with the trigger `")
                .push(trigger.wire_type)
                .push("` writes nothing but its result: write this in an activity"),
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
        if equal(properties[at].name, name) || contains(properties[at].old, name) {
            return Some(properties[at]);
        }
        at += 1;
    }
    None
}

const fn is_old(binding: Description, setting: Setting) -> bool {
    match find(binding.properties, setting.name) {
        Some(property) => !equal(property.name, setting.name),
        None => false,
    }
}

const fn is_set(settings: &[Setting], property: &Property) -> bool {
    let mut at = 0;
    while at < settings.len() {
        if equal(settings[at].name, property.name) || contains(property.old, settings[at].name) {
            return true;
        }
        at += 1;
    }
    false
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if equal(names[at], name) {
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
