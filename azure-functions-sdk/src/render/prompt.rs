//! Questions to a person at a terminal.

use std::io::{self, IsTerminal as _};

use anstream::ColorChoice;
use dialoguer::{
    Input, Select,
    theme::{ColorfulTheme, SimpleTheme, Theme},
};

use super::Terminal;
use crate::{error::Explain, exit};

/// Nobody answered.
#[derive(Debug, thiserror::Error)]
#[error("the question was not answered")]
pub(crate) struct AskError(#[from] dialoguer::Error);

impl Explain for AskError {
    fn hint(&self) -> Option<String> {
        Some("nothing was written; `--help` says how to answer on the command line".to_owned())
    }

    fn exit_code(&self) -> u8 {
        match &self.0 {
            dialoguer::Error::IO(error) if error.kind() == io::ErrorKind::Interrupted => {
                exit::INTERRUPTED
            }
            dialoguer::Error::IO(_) => exit::FAILURE,
        }
    }
}

impl Terminal {
    /// Whether there is a person who can be asked.
    pub(crate) fn can_ask(&self) -> bool {
        self.shows_all() && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks for a text.
    ///
    /// # Errors
    ///
    /// Nobody answers.
    pub(crate) fn ask_text(&self, question: &str, default: &str) -> Result<String, AskError> {
        self.ask_checked(question, default, |_| Ok(()))
    }

    /// Asks for a text until it passes a check.
    ///
    /// # Errors
    ///
    /// Nobody answers.
    #[expect(
        clippy::unused_self,
        reason = "whoever asks has to have a terminal to ask at"
    )]
    pub(crate) fn ask_checked(
        &self,
        question: &str,
        default: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<String, AskError> {
        let theme = theme();
        let input = Input::with_theme(&*theme)
            .with_prompt(question)
            .validate_with(|answer: &String| check(answer));
        let input = if default.is_empty() {
            input
        } else {
            input.default(default.to_owned())
        };
        Ok(input.interact_text()?)
    }

    /// Asks for one of some words; says which.
    ///
    /// # Errors
    ///
    /// Nobody answers.
    #[expect(
        clippy::unused_self,
        reason = "whoever asks has to have a terminal to ask at"
    )]
    pub(crate) fn ask_choice(&self, question: &str, words: &[String]) -> Result<usize, AskError> {
        let theme = theme();
        let choice = Select::with_theme(&*theme)
            .with_prompt(question)
            .items(words)
            .default(0)
            .max_length(12);
        Ok(choice.interact()?)
    }
}

/// How questions look: without colours only where somebody said so.
fn theme() -> Box<dyn Theme> {
    match ColorChoice::global() {
        ColorChoice::Never => Box::new(SimpleTheme),
        _ => Box::new(ColorfulTheme::default()),
    }
}
