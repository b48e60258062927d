//! What `check` and `doctor` have found.

use std::fmt::Write as _;

use owo_colors::{OwoColorize as _, Style};
use serde::Serialize;

use super::Report;
use crate::{
    doctor::Visit,
    finding::{Finding, Severity},
};

/// What was found in an app.
#[derive(Debug, Serialize)]
pub(crate) struct Checked<'f> {
    /// How many functions were looked at.
    functions: usize,
    findings: &'f [Finding],
}

impl<'f> Checked<'f> {
    pub(crate) fn new(functions: usize, findings: &'f [Finding]) -> Self {
        Self {
            functions,
            findings,
        }
    }

    fn number(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|finding| finding.severity == severity)
            .count()
    }
}

impl Report for Checked<'_> {
    fn text(&self) -> String {
        let mut text = String::new();
        for finding in self.findings {
            let (word, style) = word(finding.severity);
            let label = format!("{word}:");
            let _ = writeln!(
                text,
                "{} {} {}",
                label.style(style),
                format!("{}:", finding.about).bold(),
                finding.message
            );
            if let Some(hint) = &finding.hint {
                let _ = writeln!(text, "  {} {hint}", "hint:".cyan().bold());
            }
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = write!(
            text,
            "{} {}: {}, {}",
            "Checked".green().bold(),
            count(self.functions, "function"),
            count(self.number(Severity::Error), "error"),
            count(self.number(Severity::Warning), "warning")
        );
        text
    }
}

/// What was found on a machine.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Diagnosis<'v>(pub(crate) &'v Visit);

impl Report for Diagnosis<'_> {
    fn text(&self) -> String {
        let mut text = String::new();
        for file in &self.0.fixed {
            let _ = writeln!(text, "{} `{}`", "Fixed".green().bold(), file.display());
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let abouts = self
            .0
            .findings
            .iter()
            .map(|finding| finding.about.chars().count());
        let width = abouts.max().unwrap_or(0);
        for finding in &self.0.findings {
            let (word, style) = word(finding.severity);
            let word = format!("{word:7}");
            let about = format!("{:width$}", finding.about);
            let _ = writeln!(
                text,
                "{}  {}  {}",
                word.style(style),
                about.bold(),
                finding.message
            );
            if let Some(hint) = &finding.hint {
                let _ = writeln!(
                    text,
                    "{:indent$}{} {hint}",
                    "",
                    "hint:".cyan().bold(),
                    indent = 9
                );
            }
        }
        text.trim_end().to_owned()
    }
}

fn word(severity: Severity) -> (&'static str, Style) {
    match severity {
        Severity::Ok => ("ok", Style::new().green()),
        Severity::Note => ("note", Style::new().cyan()),
        Severity::Warning => ("warning", Style::new().yellow().bold()),
        Severity::Error => ("error", Style::new().red().bold()),
    }
}

fn count(number: usize, word: &str) -> String {
    match number {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    }
}
