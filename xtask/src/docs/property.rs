//! A property and a rule, as the tables show them.

/// A property of a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) values: Vec<String>,
    pub(super) default: Option<String>,
    pub(super) old: Vec<String>,
    pub(super) doc: String,
}

/// What kind of value a property takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    Integer,
    List,
}

/// What has to hold between the properties of a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    ExactlyOneOf(Vec<String>),
    AtMostOneOf(Vec<String>),
    Together(Vec<String>),
}

impl Property {
    pub(super) fn new(name: String, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
            values: Vec::new(),
            default: None,
            old: Vec::new(),
            doc: String::new(),
        }
    }

    /// Its row in a table of properties.
    pub(super) fn row(&self) -> String {
        let kind = match (self.kind, self.values.is_empty()) {
            (Kind::Text, true) => "string".to_owned(),
            (Kind::Text, false) => join(&self.values, "or"),
            (Kind::Flag, _) => "boolean".to_owned(),
            (Kind::Integer, _) => "integer".to_owned(),
            (Kind::List, true) => "list".to_owned(),
            (Kind::List, false) => format!("list of {}", code(&self.values).join(", ")),
        };
        let default = match &self.default {
            _ if self.required => "required",
            Some(default) => default,
            None => "",
        };
        let formerly = if self.old.is_empty() {
            String::new()
        } else {
            format!("Formerly {}.", join(&self.old, "or"))
        };
        let meaning = format!("{} {formerly}", self.doc);
        row(&[&format!("`{}`", self.name), &kind, default, meaning.trim()])
    }
}

impl Rule {
    /// The rule as a sentence.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::ExactlyOneOf(names) => format!("Exactly one of {}.", join(names, "and")),
            Self::AtMostOneOf(names) => format!("At most one of {}.", join(names, "and")),
            Self::Together(names) => format!("Only together: {}.", join(names, "and")),
        }
    }
}

/// A row of a Markdown table. A bar is the end of a cell, even between backticks.
pub(super) fn row(cells: &[&str]) -> String {
    let mut row = "|".to_owned();
    for cell in cells {
        row.push(' ');
        row.push_str(&cell.replace('|', "\\|"));
        row.push_str(if cell.is_empty() { "|" } else { " |" });
    }
    row
}

fn code(words: &[String]) -> Vec<String> {
    words.iter().map(|word| format!("`{word}`")).collect()
}

/// `a`, `b` and `c`.
fn join(words: &[String], last: &str) -> String {
    let words = code(words);
    match words.split_last() {
        Some((end, start)) if !start.is_empty() => format!("{} {last} {end}", start.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}
