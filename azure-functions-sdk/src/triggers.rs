//! What can start a new function: each trigger with the options that the command line takes for it.

mod syntax;
mod table;

pub(crate) use self::table::TRIGGERS;

/// A trigger for which there is a template.
#[derive(Debug)]
pub(crate) struct Trigger {
    /// What the command line calls it.
    pub(crate) name: &'static str,
    /// What starts the function, for the help.
    pub(crate) about: &'static str,
    /// The name of a first function.
    pub(crate) example: &'static str,
    /// The template of the function.
    pub(crate) template: &'static str,
    pub(crate) options: &'static [TriggerOption],
    /// Properties that every function of the template has.
    pub(crate) fixed: &'static [(&'static str, &'static str)],
    /// The setting that the host takes if no option names another.
    pub(crate) setting: Option<&'static str>,
    /// The service that the infrastructure of the app has to have.
    pub(crate) service: Option<&'static str>,
    /// The feature of `azure-functions` with the trigger.
    pub(crate) feature: Option<&'static str>,
}

/// An option of a trigger: a property of its binding.
#[derive(Debug)]
pub(crate) struct TriggerOption {
    /// The flag, without the two hyphens.
    pub(crate) flag: &'static str,
    pub(crate) help: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: Default,
}

/// What can be given for an option.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A text that passes a check.
    Text(fn(&str) -> Result<(), String>),
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// Words, separated by commas.
    Words,
    /// The name of an app setting, or the prefix of several.
    Setting,
    /// Another function of the app, which the code uses; no property of the binding.
    Function,
    /// Nothing: it is true if it is there.
    Switch,
    /// `NAME=VALUE`, any number of times.
    Properties,
}

/// What is taken if an option is not given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Default {
    /// Nothing: the property is left out.
    Absent,
    /// This text.
    Text(&'static str),
    /// The name of the function with hyphens, between these two texts.
    Name(&'static str, &'static str),
    /// The option has to be given.
    Required,
}

impl Trigger {
    const fn new(
        name: &'static str,
        about: &'static str,
        example: &'static str,
        template: &'static str,
    ) -> Self {
        Self {
            name,
            about,
            example,
            template,
            options: &[],
            fixed: &[],
            setting: None,
            service: None,
            feature: None,
        }
    }

    const fn options(self, options: &'static [TriggerOption]) -> Self {
        Self { options, ..self }
    }

    const fn fixed(self, fixed: &'static [(&'static str, &'static str)]) -> Self {
        Self { fixed, ..self }
    }

    const fn setting(self, setting: &'static str) -> Self {
        Self {
            setting: Some(setting),
            ..self
        }
    }

    const fn service(self, service: &'static str) -> Self {
        Self {
            service: Some(service),
            ..self
        }
    }

    const fn feature(self, feature: &'static str) -> Self {
        Self {
            feature: Some(feature),
            ..self
        }
    }

    /// A part of Durable Functions, which keeps what happens in the host's storage account.
    const fn durable(self) -> Self {
        self.setting("AzureWebJobsStorage")
            .service("durable")
            .feature("durable")
    }

    /// The trigger that the command line calls so.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        TRIGGERS.iter().find(|trigger| trigger.name == name)
    }

    /// Whether a function can be made without any option.
    pub(crate) fn needs_nothing(&self) -> bool {
        let mut options = self.options.iter();
        !options.any(|option| matches!(option.default, Default::Required))
    }
}

impl TriggerOption {
    const fn new(flag: &'static str, kind: Kind, help: &'static str) -> Self {
        Self {
            flag,
            help,
            kind,
            default: Default::Absent,
        }
    }

    const fn or(self, text: &'static str) -> Self {
        Self {
            default: Default::Text(text),
            ..self
        }
    }

    const fn or_name(self, before: &'static str, after: &'static str) -> Self {
        Self {
            default: Default::Name(before, after),
            ..self
        }
    }

    const fn required(self) -> Self {
        Self {
            default: Default::Required,
            ..self
        }
    }

    /// The property of the binding, as the macro knows it.
    pub(crate) fn property(&self) -> String {
        self.flag.replace('-', "_")
    }

    /// What is taken for a function of that name if the option is not given.
    pub(crate) fn default_for(&self, name: &str) -> Option<String> {
        match self.default {
            Default::Absent | Default::Required => None,
            Default::Text(text) => Some(text.to_owned()),
            Default::Name(before, after) => {
                let name = name.to_lowercase().replace('_', "-");
                Some(format!("{before}{name}{after}"))
            }
        }
    }

    /// Checks a value that somebody gave.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it.
    pub(crate) fn check(&self, value: &str) -> Result<(), String> {
        if value.chars().any(char::is_control) {
            return Err("it has a control character; remove it".to_owned());
        }
        match self.kind {
            Kind::Text(check) => check(value),
            Kind::OneOf(words) if !words.contains(&value) => {
                Err(format!("it is none of {}", words.join(", ")))
            }
            Kind::Words => value.split(',').try_for_each(syntax::word),
            Kind::Setting => syntax::setting(value),
            Kind::Function => syntax::function(value),
            Kind::Properties => syntax::property(value).map(|_| ()),
            Kind::OneOf(_) | Kind::Switch => Ok(()),
        }
    }
}

pub(crate) use syntax::property as split_property;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_defaults_pass() {
        let names: BTreeSet<_> = TRIGGERS.iter().map(|trigger| trigger.name).collect();
        assert_eq!(names.len(), TRIGGERS.len());
        for trigger in TRIGGERS {
            for option in trigger.options {
                let given = option.default_for(trigger.example).unwrap_or_default();
                if !given.is_empty() {
                    assert_eq!(
                        option.check(&given),
                        Ok(()),
                        "{} {}",
                        trigger.name,
                        option.flag
                    );
                }
            }
        }
    }
}
