//! The section `# Properties` in the doc comment of a public type.
//!
//! All of the section, up to the next heading or the end of the comment, is this task's. A line there that it would not
//! have written is an error, so that no one's words are lost.

use anyhow::bail;

use super::{
    catalog::{Binding, Catalog, Direction, PublicType, Use},
    property::row,
    source::Files,
};

const HEADING: &str = "# Properties";

/// How the lines of a section start; each is written below.
const OPENINGS: [&str; 8] = [
    "|",
    "**As a trigger",
    "**As an input",
    "**As an output",
    "None.",
    "Exactly one of ",
    "At most one of ",
    "Only ",
];

/// The files whose sections differ from what they should be, with the right ones.
pub(super) fn rewrite(files: &Files, catalog: &Catalog) -> anyhow::Result<Files> {
    let mut sections: Vec<(&PublicType, Section)> = Vec::new();
    for public in &catalog.types {
        let uses: Vec<_> = catalog.uses_of(&public.key).collect();
        let section = Section::of(public)?;
        match (section, uses.is_empty()) {
            (Some(section), false) => sections.push((
                public,
                Section {
                    text: text(&uses),
                    ..section
                },
            )),
            (None, true) => {}
            (None, false) => bail!(
                "{}:{}: `{}` is a binding; give its doc comment the heading `{HEADING}`",
                public.file,
                public.line,
                public.key.1
            ),
            (Some(section), true) => bail!(
                "{}:{}: `{}` has properties, but no `impl` of a binding that `cargo xtask docs` can see",
                public.file,
                section.start,
                public.key.1
            ),
        }
    }
    let mut changed = Files::new();
    for (file, text) in files {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let mut here: Vec<_> = sections
            .iter()
            .filter(|(public, _)| public.file == *file)
            .map(|(_, section)| section)
            .collect();
        // From the end, so that the numbers of the lines before stay right.
        here.sort_by_key(|section| std::cmp::Reverse(section.start));
        for section in here {
            section.put(&mut lines);
        }
        let new = lines.concat();
        if new != *text {
            changed.insert(file.clone(), new);
        }
    }
    Ok(changed)
}

/// Where a section is, and what it says.
struct Section {
    /// The number of the heading's line, from 1.
    start: usize,
    /// The number of the last line of the section, from 1.
    end: usize,
    /// Whether another heading follows.
    followed: bool,
    text: Vec<String>,
}

impl Section {
    /// The section of a type, if it has one, still without its text.
    fn of(public: &PublicType) -> anyhow::Result<Option<Self>> {
        let mut lines = public.doc.iter();
        let Some(heading) = lines.find(|line| line.text.trim() == HEADING) else {
            return Ok(None);
        };
        let mut section = Self {
            start: heading.line,
            end: heading.line,
            followed: false,
            text: Vec::new(),
        };
        for line in lines {
            let text = line.text.trim();
            if text.starts_with('#') {
                section.followed = true;
                break;
            }
            if line.line != section.end + 1 {
                bail!(
                    "{}:{}: the section `{HEADING}` has to be on lines of its own, each with `///`",
                    public.file,
                    line.line
                );
            }
            if !text.is_empty() && !OPENINGS.iter().any(|opening| text.starts_with(opening)) {
                bail!(
                    "{}:{}: `cargo xtask docs` writes the section `{HEADING}`; put other words above it, or under a heading of \
                     their own",
                    public.file,
                    line.line
                );
            }
            section.end = line.line;
        }
        Ok(Some(section))
    }

    /// Replaces the lines of the section.
    fn put(&self, lines: &mut Vec<String>) {
        let Some(heading) = lines.get(self.start - 1) else {
            return;
        };
        let indent: String = heading.chars().take_while(|c| c.is_whitespace()).collect();
        let comment = |text: &str| match text {
            "" => format!("{indent}///\n"),
            text => format!("{indent}/// {text}\n"),
        };
        let mut new: Vec<String> = self.text.iter().map(|line| comment(line)).collect();
        if self.followed {
            new.push(comment(""));
        }
        lines.splice(self.start..self.end, new);
    }
}

/// The lines of a section, below its heading.
fn text(uses: &[(&Use, &Binding)]) -> Vec<String> {
    let mut parts: Vec<(&Use, Vec<String>)> = Vec::new();
    for (found, binding) in uses {
        let body = body(binding);
        if !parts.iter().any(|(_, other)| *other == body) {
            parts.push((found, body));
        }
    }
    let several = parts.len() > 1;
    let mut lines = Vec::new();
    for (found, body) in parts {
        if several {
            let lead = match found.direction {
                Direction::Trigger => "As a trigger",
                Direction::In => "As an input",
                Direction::Out => "As an output",
            };
            let lead = if found.only_many {
                format!("**{lead}, `Vec<{}>`**", found.subject.name)
            } else {
                format!("**{lead}**")
            };
            lines.extend([String::new(), lead]);
        }
        lines.push(String::new());
        lines.extend(body);
    }
    lines
}

/// The table of a binding, and its rules.
fn body(binding: &Binding) -> Vec<String> {
    let mut lines = Vec::new();
    if binding.properties.is_empty() && !binding.open {
        lines.push("None.".to_owned());
    } else {
        lines.push(row(&["Name", "Type", "Default", "Meaning"]));
        lines.push("|---|---|---|---|".to_owned());
        lines.extend(
            binding
                .properties
                .iter()
                .map(super::property::Property::row),
        );
        if binding.open {
            let meaning = "Passed on with its name in camel case.";
            lines.push(row(&["any other", "any", "", meaning]));
        }
    }
    let mut sentences: Vec<String> = binding
        .rules
        .iter()
        .map(super::property::Rule::sentence)
        .collect();
    if let Some(trigger) = &binding.only_with {
        sentences.push(format!("Only in a function whose trigger is `{trigger}`."));
    }
    if !sentences.is_empty() {
        lines.extend([String::new(), sentences.join(" ")]);
    }
    lines
}
