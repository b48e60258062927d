//! The checks of what is written behind the `=` of a property.

use azure_functions_shared::{
    expression::{self, Placeholder, Placeholders},
    names::equal_ignoring_case,
    route::{Part, Parts},
};

use super::{
    Description, Kind, Parameter, Property, Setting, Value, find, fits, output,
    text::{Text, fail},
};
use crate::binding::Syntax;

/// Where the `{…}` of a function's properties get their values: its trigger.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    trigger: Option<Parameter>,
    settings: &'static [Setting],
    payload: Option<&'static [&'static str]>,
}

impl Source {
    /// The trigger among `parameters`, with its settings and the names of its payload's members.
    pub const fn of(
        parameters: &[Parameter],
        settings: &[&'static [Setting]],
        payloads: &[Option<&'static [&'static str]>],
    ) -> Self {
        let mut at = 0;
        while at < parameters.len() {
            if parameters[at].trigger {
                return Self {
                    trigger: Some(parameters[at]),
                    settings: settings[at],
                    payload: payloads[at],
                };
            }
            at += 1;
        }
        Self {
            trigger: None,
            settings: &[],
            payload: None,
        }
    }
}

/// Fails unless the value of `setting` is one that the property of the binding of the parameter called `name` can have.
#[track_caller]
pub const fn parameter_value(parameter: Parameter, name: &str, setting: Setting, source: Source) {
    if let Some(binding) = parameter.binding {
        let source = if parameter.trigger {
            None
        } else {
            Some(&source)
        };
        value(binding, setting, source);
        if parameter.trigger
            && let Some(property) = find(binding.properties, setting.name)
            && matches!(property.syntax, Syntax::Route)
            && let Value::Text(route) = setting.value
            && route_has(route, name)
        {
            // The real host answers 500 to each request: it looks for the request where the value of the route is.
            fail(
                &Text::new()
                    .push("the route has a parameter called `")
                    .push(name)
                    .push("`, which is the name of the request as well: rename one of them"),
            );
        }
    }
}

/// Fails unless the value of `setting` is one that the property of the output called `name` can have.
#[track_caller]
pub const fn output_value(
    slots: &[Option<Description>],
    name: &str,
    setting: Setting,
    source: Source,
) {
    if let Some(binding) = output(slots, name) {
        value(binding, setting, Some(&source));
    }
}

/// Without a `source` the binding is a trigger, in which braces are no expressions.
#[track_caller]
const fn value(binding: Description, setting: Setting, source: Option<&Source>) {
    let Some(property) = find(binding.properties, setting.name) else {
        return;
    };
    if !fits(&property, setting.value).0 {
        return;
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
                one(&property, part, source);
                match more {
                    Some(more) => rest = more,
                    None => break,
                }
            }
            if binding.open && equal_ignoring_case(property.name, "type") {
                wire_type(text, source.is_none());
            }
        }
        Value::List(values) => {
            let mut at = 0;
            while at < values.len() {
                if let Value::Text(text) = values[at] {
                    one(&property, text, source);
                }
                at += 1;
            }
        }
        _ => {}
    }
}

/// Fails unless `text` is the type of a trigger, or of another binding: the host knows a trigger by the end of its type.
#[track_caller]
const fn wire_type(text: &str, trigger: bool) {
    const END: &str = "trigger";
    let (bytes, end) = (text.as_bytes(), END.as_bytes());
    let mut is_trigger = bytes.len() >= end.len();
    let mut at = 0;
    while is_trigger && at < end.len() {
        is_trigger = bytes[bytes.len() - end.len() + at].eq_ignore_ascii_case(&end[at]);
        at += 1;
    }
    if is_trigger == trigger || expression::has_setting(text) {
        return;
    }
    let text = Text::new().push("`").push(text);
    fail(&if trigger {
        text.push("` is not the type of a trigger, which ends with `Trigger`: take a `GenericInput`, or return a `GenericOutput`")
    } else {
        text.push("` is the type of a trigger: take a `GenericTrigger` instead")
    });
}

#[track_caller]
const fn one(property: &Property, text: &str, source: Option<&Source>) {
    allowed(property, text);
    let template = source.is_some();
    if let Err(error) = property.syntax.check(text, template) {
        wrong(property, error);
    }
    if let Some(source) = source
        && !property.syntax.is_verbatim()
    {
        placeholders(text, source);
    }
}

/// Fails when nothing has a value for one of the `{…}` of a text.
#[track_caller]
const fn placeholders(text: &str, source: &Source) {
    let mut placeholders = Placeholders::new(text);
    while let Ok(Some(placeholder)) = placeholders.next() {
        if !is_known(placeholder, source) {
            unknown(placeholder, source);
        }
    }
}

/// Whether the function's trigger, or the host, may have a value.
const fn is_known(placeholder: Placeholder<'_>, source: &Source) -> bool {
    if placeholder.is_system() {
        return true;
    }
    let Some(Parameter {
        binding: Some(trigger),
        batch,
        ..
    }) = source.trigger
    else {
        return true;
    };
    let Some(names) = trigger.offers.names else {
        return true;
    };
    // Of a batch the host offers lists, which no expression can use; which names those have is not written down.
    if batch || contains(names, placeholder.name()) {
        return true;
    }
    if in_pattern(trigger, source.settings, placeholder.name()) {
        return true;
    }
    match source.payload {
        _ if !trigger.offers.payload => false,
        Some(names) => contains(names, placeholder.name()),
        None => true,
    }
}

/// Whether the trigger's own route or path has a parameter called `name`, or may have one.
const fn in_pattern(trigger: Description, settings: &[Setting], name: &str) -> bool {
    let mut at = 0;
    while at < settings.len() {
        if let Some(property) = find(trigger.properties, settings[at].name)
            && let Value::Text(text) = settings[at].value
        {
            let found = match property.syntax {
                Syntax::BlobPattern => expression::has_setting(text) || pattern_has(text, name),
                Syntax::Route => expression::has_setting(text) || route_has(text, name),
                _ => false,
            };
            if found {
                return true;
            }
        }
        at += 1;
    }
    false
}

const fn pattern_has(text: &str, name: &str) -> bool {
    let mut placeholders = Placeholders::new(text);
    while let Ok(Some(placeholder)) = placeholders.next() {
        if equal_ignoring_case(placeholder.name(), name) {
            return true;
        }
    }
    false
}

const fn route_has(text: &str, name: &str) -> bool {
    let mut parts = Parts::new(text);
    while let Ok(Some(part)) = parts.next() {
        if let Part::Parameter(parameter) = part
            && equal_ignoring_case(parameter.name, name)
        {
            return true;
        }
    }
    false
}

#[track_caller]
const fn unknown(placeholder: Placeholder<'_>, source: &Source) -> ! {
    let mut text = Text::new()
        .push("nothing has a value for `{")
        .push(placeholder.text())
        .push("}`");
    if let Some(Parameter {
        binding: Some(trigger),
        ..
    }) = source.trigger
    {
        text = text
            .push(": the trigger of type `")
            .push(trigger.wire_type)
            .push("` offers ");
        let mut first = true;
        let mut at = 0;
        while at < source.settings.len() {
            if let Some(property) = find(trigger.properties, source.settings[at].name)
                && let Value::Text(pattern) = source.settings[at].value
            {
                if matches!(property.syntax, Syntax::BlobPattern) {
                    let mut captures = Placeholders::new(pattern);
                    while let Ok(Some(capture)) = captures.next() {
                        text = push_name(&text, capture.name(), first);
                        first = false;
                    }
                } else if matches!(property.syntax, Syntax::Route) {
                    let mut parts = Parts::new(pattern);
                    while let Ok(Some(part)) = parts.next() {
                        if let Part::Parameter(parameter) = part {
                            text = push_name(&text, parameter.name, first);
                            first = false;
                        }
                    }
                }
            }
            at += 1;
        }
        if trigger.offers.payload
            && let Some(names) = source.payload
        {
            (text, first) = push_names(text, names, first);
        }
        if let Some(names) = trigger.offers.names {
            (text, first) = push_names(text, names, first);
        }
        if first {
            text = text.push("no names");
        }
    }
    fail(&text)
}

const fn push_names(mut text: Text, names: &[&str], mut first: bool) -> (Text, bool) {
    let mut at = 0;
    while at < names.len() {
        text = push_name(&text, names[at], first);
        first = false;
        at += 1;
    }
    (text, first)
}

const fn push_name(text: &Text, name: &str, first: bool) -> Text {
    text.push(if first { "`{" } else { ", `{" })
        .push(name)
        .push("}`")
}

#[track_caller]
const fn wrong(property: &Property, error: &str) -> ! {
    fail(
        &Text::new()
            .push("`")
            .push(property.name)
            .push("` cannot have this value: ")
            .push(error),
    )
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
    if property.values.is_empty()
        || contains(property.values, value)
        || expression::has_setting(value)
    {
        return;
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

/// Whether `names` has `name`, whatever its case.
const fn contains(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if equal_ignoring_case(names[at], name) {
            return true;
        }
        at += 1;
    }
    false
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
