//! The files of an app: which are missing, and what is missing in them.

use toml_edit::DocumentMut;

use crate::{
    cargo::App,
    edit::{Changes, add_setting},
    error::Failure,
    finding::Finding,
    function::Layout,
    template::FILES,
};

/// Files that every app has, and what for.
const NEEDED: &[(&str, &str)] = &[
    ("host.json", "the host takes a folder for an app by it"),
    (
        "local.settings.json",
        "the settings of the app on this machine stand in it",
    ),
    (
        ".funcignore",
        "it keeps sources and secrets out of the package",
    ),
];

/// Settings that every app has on the machine of a developer.
const SETTINGS: &[(&str, &str)] = &[
    ("FUNCTIONS_WORKER_RUNTIME", "native"),
    ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
];

/// Lines that keep secrets where they are.
const LINES: &[(&str, &str, &str)] = &[
    (
        ".funcignore",
        "local.settings.json",
        "the package would hold the secrets in it",
    ),
    (
        ".gitignore",
        "local.settings.json",
        "git would take the secrets in it",
    ),
];

/// Looks at the files, and writes what is missing to `fixes`.
///
/// # Errors
///
/// A file is there and cannot be read.
pub(super) fn check(
    app: &App,
    layout: &Layout,
    mut fixes: Option<&mut Changes>,
) -> Result<Vec<Finding>, Failure> {
    let none = Changes::default();
    let mut findings = vec![Finding::ok("app", format!("`{}`", app.name()))];
    findings.extend(profile(layout));
    for (name, what_for) in NEEDED {
        let file = layout.folder.join(name);
        if none.read(&file)?.is_some() {
            findings.push(Finding::ok(*name, "is there"));
            continue;
        }
        let finding = match *name {
            "host.json" => Finding::error(*name, format!("is missing: {what_for}")),
            _ => Finding::warning(*name, format!("is missing: {what_for}")),
        };
        findings.push(finding.hint("add it with `cargo func doctor --fix`"));
        let template = FILES.iter().find(|file| file.path == *name);
        if let (Some(fixes), Some(template)) = (&mut fixes, template) {
            // These have no blanks to fill in.
            fixes.write(file, template.render(())?)?;
        }
    }
    let file = layout.folder.join("local.settings.json");
    if let Some(text) = none.read(&file)?
        && let Ok(local) = azure_functions_host::config::LocalSettings::read(&layout.folder)
    {
        for (setting, value) in SETTINGS {
            if local
                .values
                .keys()
                .any(|own| own.eq_ignore_ascii_case(setting))
            {
                continue;
            }
            findings.push(
                Finding::warning("local.settings.json", format!("has no `{setting}`")).hint(
                    format!("set it to `{value}`, with `cargo func doctor --fix`"),
                ),
            );
            if let Some(fixes) = &mut fixes {
                let text = fixes.read(&file)?.unwrap_or_else(|| text.clone());
                fixes.write(file.clone(), add_setting(&file, &text, setting, value)?)?;
            }
        }
    }
    for (name, line, why) in LINES {
        let file = layout.folder.join(name);
        let Some(text) = none.read(&file)? else {
            continue;
        };
        if text
            .lines()
            .any(|own| own.trim().trim_start_matches('/') == *line)
        {
            continue;
        }
        findings.push(
            Finding::warning(*name, format!("has no line `{line}`: {why}"))
                .hint("add it with `cargo func doctor --fix`"),
        );
        if let Some(fixes) = &mut fixes {
            fixes.write(file, crate::edit::with_line(&text, line))?;
        }
    }
    Ok(findings)
}

/// What the release profile does with a panic.
fn profile(layout: &Layout) -> Option<Finding> {
    let text = std::fs::read_to_string(&layout.manifest).ok()?;
    let manifest = text.parse::<DocumentMut>().ok()?;
    let panic = manifest
        .get("profile")?
        .get("release")?
        .get("panic")?
        .as_str()?;
    (panic == "abort").then(|| {
        Finding::warning("Cargo.toml", "the release profile has `panic = \"abort\"`: one panic ends every invocation that runs")
            .hint("drop the line, or write `panic = \"unwind\"`")
    })
}
