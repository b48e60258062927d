//! `docs/bindings.md`: one table of all bindings.

use super::{
    catalog::{Binding, Catalog, Direction, Use},
    property::row,
};

const HEADER: &str = "\
<!-- Written by `cargo xtask docs` from `azure-functions/src/bindings`; edit that instead. -->

# Bindings

A property in **bold** is required. *Many* is what a function can take or return as a `Vec`; *retries* says whether the host
heeds `#[func(retry = …)]`; *`&mut`* is what is written back when a function changes it. What each property means stands in the
documentation of the Rust type.

";

/// The whole file.
pub(super) fn markdown(catalog: &Catalog) -> String {
    let mut rows: Vec<_> = catalog
        .uses
        .iter()
        .filter_map(|found| {
            let binding = catalog.bindings.get(&found.binding)?;
            let key = (
                binding.open,
                binding.wire_type.to_lowercase(),
                found.direction,
                found.subject.name.clone(),
            );
            Some((key, line(found, binding)))
        })
        .collect();
    rows.sort();
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

fn line(found: &Use, binding: &Binding) -> String {
    let wire_type = if binding.open {
        "any".to_owned()
    } else {
        format!("`{}`", binding.wire_type)
    };
    let direction = match found.direction {
        Direction::Trigger => "trigger",
        Direction::In => "in",
        Direction::Out => "out",
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
        &wire_type,
        &format!("`{}`", found.subject.name),
        direction,
        yes(found.many),
        yes(binding.retries && found.direction == Direction::Trigger),
        yes(found.update),
        &properties.join(", "),
    ])
}
