//! `docs/bindings.md`: one table of all bindings.

use super::{
    catalog::{Binding, Catalog, Direction, Use},
    property::row,
};

const HEADER: &str = "\
<!-- Written by `cargo xtask docs` from `azure-functions/src/bindings`; edit that instead. -->

# Bindings

A property in **bold** is required. A *reply* is what a function returns to its trigger. *Many* is what it can take or return as
a `Vec`; *retries* says whether the host heeds `#[func(retry = …)]`; *`&mut`* is what is written back when a function changes it.
What each property means stands in the documentation of the Rust type.

";

/// The whole file.
pub(super) fn markdown(catalog: &Catalog) -> String {
    let mut rows: Vec<_> = catalog
        .uses
        .iter()
        .filter_map(|found| {
            let binding = catalog.bindings.get(&found.binding)?;
            let wire_type = wire_type(binding);
            let key = (
                binding.open,
                wire_type.to_lowercase(),
                found.direction,
                found.subject.name.clone(),
            );
            Some((key, line(found, binding, &wire_type)))
        })
        .collect();
    rows.sort();
    // Several `impl`s for one type that differ in its arguments.
    rows.dedup();
    let columns = [
        "Binding",
        "Rust type",
        "Direction",
        "Many",
        "Retries",
        "`&mut`",
        "Properties",
    ];
    let mut text = HEADER.to_owned();
    let lines = [row(&columns), "|---|---|---|---|---|---|---|".to_owned()];
    for line in lines.iter().chain(rows.iter().map(|(_, line)| line)) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// What the host calls the binding.
fn wire_type(binding: &Binding) -> String {
    if binding.open {
        return "any".to_owned();
    }
    // What goes back to a trigger is no binding of its own.
    let trigger = binding.only_with.as_ref().filter(|_| binding.returned);
    format!("`{}`", trigger.unwrap_or(&binding.wire_type))
}

fn line(found: &Use, binding: &Binding, wire_type: &str) -> String {
    let direction = match found.direction {
        Direction::Trigger => "trigger",
        Direction::In => "in",
        Direction::Out if binding.returned => "reply",
        Direction::Out => "out",
    };
    let rust_type = match &found.feature {
        Some(feature) => format!("`{}` (feature `{feature}`)", found.subject.name),
        None => format!("`{}`", found.subject.name),
    };
    let yes = |flag| if flag { "yes" } else { "" };
    let mut properties: Vec<String> = binding
        .properties
        .iter()
        .map(|property| {
            if property.required {
                format!("**`{}`**", property.name)
            } else {
                format!("`{}`", property.name)
            }
        })
        .collect();
    if binding.open {
        properties.push("any other".to_owned());
    }
    row(&[
        wire_type,
        &rust_type,
        direction,
        yes(found.many),
        yes(binding.retries && found.direction == Direction::Trigger),
        yes(found.update),
        &properties.join(", "),
    ])
}
