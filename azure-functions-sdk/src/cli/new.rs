//! The arguments of `cargo func new`: a subcommand for each trigger, made of the table of triggers.

use std::{collections::BTreeMap, path::PathBuf};

use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, Subcommand, error::ErrorKind,
};

use super::CargoArgs;
use crate::{
    exit,
    triggers::{Default, Kind, TRIGGERS, Trigger, TriggerOption},
};

/// Add a function to the app
///
/// Writes `src/functions/NAME.rs` with a function and a test of it, and adds the module, the features and the settings that the
/// function needs. Without a trigger it asks, if the input is a terminal.
#[derive(Debug, Args)]
#[command(after_help = exit::HELP, subcommand_value_name = "TRIGGER", subcommand_help_heading = "Triggers")]
pub(crate) struct NewArgs {
    #[command(subcommand)]
    pub(crate) function: Option<NewFunction>,
    /// Package that is the function app
    #[arg(short, long, value_name = "SPEC", global = true)]
    pub(crate) package: Option<String>,
    /// Path to `Cargo.toml`
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) manifest_path: Option<PathBuf>,
}

impl NewArgs {
    /// Which app is meant, in the words of cargo.
    pub(crate) fn cargo(&self) -> CargoArgs {
        CargoArgs {
            package: self.package.clone(),
            manifest_path: self.manifest_path.clone(),
            ..CargoArgs::default()
        }
    }
}

/// A function as the command line describes it.
#[derive(Clone, Debug)]
pub(crate) struct NewFunction {
    pub(crate) trigger: &'static Trigger,
    pub(crate) name: String,
    /// What was given for the options, by their flags; more than one only where an option can be repeated.
    pub(crate) given: BTreeMap<&'static str, Vec<String>>,
}

impl Subcommand for NewFunction {
    fn augment_subcommands(command: Command) -> Command {
        TRIGGERS.iter().fold(command, |command, trigger| {
            command.subcommand(subcommand(trigger))
        })
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Trigger::find(name).is_some()
    }
}

impl FromArgMatches for NewFunction {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let found = matches
            .subcommand()
            .and_then(|(name, matches)| Some((Trigger::find(name)?, matches)));
        let (trigger, matches) = found.ok_or_else(|| Error::new(ErrorKind::MissingSubcommand))?;
        let name = matches.get_one::<String>("NAME").cloned();
        Ok(Self {
            trigger,
            name: name.unwrap_or_default(),
            given: trigger
                .options
                .iter()
                .filter_map(|option| Some((option.flag, given(option, matches)?)))
                .collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn given(option: &TriggerOption, matches: &ArgMatches) -> Option<Vec<String>> {
    if matches!(option.kind, Kind::Switch) {
        return matches
            .get_flag(option.flag)
            .then(|| vec!["true".to_owned()]);
    }
    let values = matches.get_many::<String>(option.flag)?;
    Some(values.cloned().collect())
}

fn subcommand(trigger: &'static Trigger) -> Command {
    let name = Arg::new("NAME")
        .required(true)
        .help("Name of the function, and of its file in `src/functions`");
    let command = Command::new(trigger.name)
        .about(trigger.about)
        .next_help_heading("Trigger options")
        .after_help(exit::HELP)
        .arg(name.help_heading("Arguments"));
    trigger
        .options
        .iter()
        .fold(command, |command, option| command.arg(argument(option)))
}

fn argument(option: &'static TriggerOption) -> Arg {
    let help = match option.default {
        Default::Text(text) => format!("{} [default: {text}]", option.help),
        Default::Name(before, after) => format!("{} [default: {before}NAME{after}]", option.help),
        Default::Absent | Default::Required => option.help.to_owned(),
    };
    let argument = Arg::new(option.flag)
        .long(option.flag)
        .help(help)
        .required(matches!(option.default, Default::Required));
    match option.kind {
        Kind::Switch => argument.action(ArgAction::SetTrue),
        Kind::OneOf(words) => argument.value_name("WORD").value_parser(words.to_vec()),
        Kind::Properties => argument
            .value_name("NAME=VALUE")
            .action(ArgAction::Append)
            .value_parser(parser(option)),
        Kind::Setting => argument.value_name("SETTING").value_parser(parser(option)),
        Kind::Function => argument.value_name("FUNCTION").value_parser(parser(option)),
        Kind::Words => argument.value_name("WORDS").value_parser(parser(option)),
        Kind::Text(_) => argument.value_name("TEXT").value_parser(parser(option)),
    }
}

/// Checks a value as soon as it is given, so that clap names the option that is wrong.
fn parser(
    option: &'static TriggerOption,
) -> impl Fn(&str) -> Result<String, String> + Clone + Send + Sync + 'static {
    move |value| option.check(value).map(|()| value.to_owned())
}
