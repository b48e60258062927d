//! The table of services in the docs of `bindings`: which types start a function, are read, and are written.

use std::slice;

use anyhow::bail;

use super::{
    catalog::{Catalog, Direction, Use},
    names::Names,
    property::row,
    source::Module,
};

const HEADING: [&str; 4] = ["Service", "Starts a function", "Is read", "Is written"];

/// The text of the root module with the table as it should be.
pub(super) fn rewrite(
    text: &str,
    modules: &[Module],
    names: &Names,
    catalog: &Catalog,
) -> anyhow::Result<String> {
    let mut services: Vec<&Module> = modules
        .iter()
        .filter(|module| module.path.len() == 1)
        .collect();
    // What is for everything else comes last.
    services.sort_by_key(|service| {
        let mut uses = uses(catalog, service);
        uses.any(|found| {
            catalog
                .bindings
                .get(&found.binding)
                .is_some_and(|binding| binding.open)
        })
    });
    let mut rows = Vec::new();
    for service in services {
        if uses(catalog, service).next().is_some() {
            rows.push(line(service, names, catalog)?);
        }
    }
    if rows.is_empty() {
        return Ok(text.to_owned());
    }

    let heading = format!("//! {}\n", row(&HEADING));
    let Some(start) = text.find(&heading) else {
        bail!(
            "{}/mod.rs: expected the table of the services, `{}`",
            super::BINDINGS,
            heading.trim_end()
        );
    };
    let (before, rest) = text.split_at(start);
    let old = rest
        .split_inclusive('\n')
        .take_while(|line| line.starts_with("//! |"));
    let (_, after) = rest.split_at(old.map(str::len).sum());
    let mut new = format!("{before}{heading}//! |---|---|---|---|\n");
    for row in rows {
        new.extend(["//! ", &row, "\n"]);
    }
    Ok(new + after)
}

/// The uses of the bindings that a service and the modules in it declare.
fn uses<'a>(catalog: &'a Catalog, service: &'a Module) -> impl Iterator<Item = &'a Use> {
    let uses = catalog.uses.iter();
    uses.filter(|found| found.binding.0.first() == service.path.first())
}

fn line(service: &Module, names: &Names, catalog: &Catalog) -> anyhow::Result<String> {
    let module = service.path.join("::");
    let Some((name, _)) = service.doc.split_once([':', ',']) else {
        bail!(
            "{}:1: expected `//! Service: what it is for`, as the table of services has the name of the service",
            service.file
        );
    };
    let mut uses: Vec<_> = uses(catalog, service).collect();
    // Types of other modules come last.
    uses.sort_by_key(|found| found.subject.defined.is_none());
    let mut cells: [Vec<String>; 3] = Default::default();
    let [starts, read, written] = &mut cells;
    let mut updated = Vec::new();
    for found in uses {
        let name = &found.subject.name;
        let column = match found.direction {
            Direction::Trigger => &mut *starts,
            Direction::In => &mut *read,
            Direction::Out => &mut *written,
        };
        let link = link(found, names);
        // Several `impl`s for one type differ in its arguments.
        if !found.only_many && !column.contains(&link) {
            column.push(link);
        }
        if found.many {
            column.push(format!("`Vec<{name}>`"));
        }
        if found.update {
            updated.push(format!("`&mut {name}`"));
        }
    }
    written.append(&mut updated);
    let [starts, read, written] = cells.map(|cell| cell.join(", "));
    let service = match &service.feature {
        Some(feature) => format!("{} (feature `{feature}`)", name.trim()),
        None => format!("[{}]({module})", name.trim()),
    };
    Ok(row(&[&service, &starts, &read, &written]))
}

/// A link to a type, as the root of the bindings sees it.
fn link(found: &Use, names: &Names) -> String {
    let name = &found.subject.name;
    match &found.subject.defined {
        // Without the feature there is nothing to lead to.
        _ if found.feature.is_some() => format!("`{name}`"),
        None if names.is_of_crate(name) => format!("[`{name}`](crate::{name})"),
        None => format!("`{name}`"),
        Some(key) if names.find(&[], slice::from_ref(name)).as_ref() == Some(key) => {
            format!("[`{name}`]")
        }
        Some((module, _)) => format!("[`{name}`]({}::{name})", module.join("::")),
    }
}
