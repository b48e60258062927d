//! One `{…}` of a template.

use std::sync::LazyLock;

use regex::Regex;
use uuid::Uuid;

use super::{ResolveError, System, TemplateError};
use crate::{
    binding_data::{BindingData, PropertyError, Value},
    dotnet::{DateTime, FormatError, eq_ignore_case, guid_text},
};

/// A name, the members to follow from it, and the format to print the value with.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    name: String,
    members: Vec<String>,
    format: String,
    system: Option<SystemValue>,
}

/// A value that the host has for every invocation, unless the binding data has one by this name.
#[derive(Clone, Copy, Debug)]
enum SystemValue {
    /// Any name that begins with `DateTime`.
    Now,
    /// Any name that begins with `rand-guid`.
    Guid,
}

impl Expression {
    pub(super) fn parse(template: &str, text: &str) -> Result<Self, TemplateError> {
        let system = SystemValue::of(text);
        let (path, format) = match text.split_once(':') {
            // The format of a system value stays part of its name.
            Some((path, format)) if system.is_none() && !path.is_empty() => (path, format),
            _ => (text, ""),
        };
        if system.is_none() && !PATH.is_match(path) {
            return Err(TemplateError::Expression {
                template: template.to_owned(),
                expression: text.to_owned(),
            });
        }
        let mut names = path.split('.').map(str::to_owned);
        let name = names.next().unwrap_or_default();
        let members: Vec<String> = names.collect();
        if name.contains('-') && system.is_none() {
            return Err(TemplateError::Name {
                template: template.to_owned(),
                name,
            });
        }
        if members.iter().any(String::is_empty) {
            return Err(TemplateError::Dots {
                expression: text.to_owned(),
            });
        }
        Ok(Self {
            name,
            members,
            format: format.to_owned(),
            system,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    pub(super) fn is_system(&self) -> bool {
        self.system.is_some() || eq_ignore_case(&self.name, SYS)
    }

    pub(super) fn resolve(
        &self,
        data: &BindingData,
        system: &System<'_>,
    ) -> Result<String, ResolveError> {
        Ok(self.value(data, system)?.text(&self.format)?)
    }

    /// The value itself; one with a format is a text.
    pub(super) fn parameter(
        &self,
        data: &BindingData,
        system: &System<'_>,
    ) -> Result<Value, ResolveError> {
        let value = self.value(data, system)?;
        if self.format.is_empty() {
            return Ok(value);
        }
        Ok(Value::String(value.text(&self.format)?))
    }

    /// The names of the expression as one name of letters, digits and `_`.
    pub(super) fn flat_name(&self) -> String {
        let names = std::iter::once(&self.name).chain(&self.members);
        let names: Vec<_> = names.map(String::as_str).collect();
        let flat = names.join("_");
        flat.replace(|letter: char| !letter.is_alphanumeric(), "_")
    }

    fn value(&self, data: &BindingData, system: &System<'_>) -> Result<Value, ResolveError> {
        let mut value = match (data.get(&self.name), self.system) {
            (Some(value), _) => value.clone(),
            // Its format is part of its name.
            (None, Some(value)) => return Ok(Value::String(value.text(&self.name, system)?)),
            (None, None) => {
                sys(&self.name, system).ok_or_else(|| ResolveError::Missing(self.name.clone()))?
            }
        };
        for member in &self.members {
            value = value
                .property(member)
                .map_err(|error| self.member_error(member, error))?;
        }
        Ok(value)
    }

    fn member_error(&self, member: &str, error: PropertyError) -> ResolveError {
        ResolveError::Member {
            expression: format!("{}.{}", self.name, self.members.join(".")),
            member: member.to_owned(),
            error,
        }
    }
}

impl SystemValue {
    const NOW: &str = "datetime";
    const GUID: &str = "rand-guid";

    fn of(expression: &str) -> Option<Self> {
        let begins = |name: &str| {
            expression
                .get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        if begins(Self::NOW) {
            Some(Self::Now)
        } else if begins(Self::GUID) {
            Some(Self::Guid)
        } else {
            None
        }
    }

    /// Prints the value with the format that follows the bare name; after any other letters there is none.
    fn text(self, name: &str, system: &System<'_>) -> Result<String, FormatError> {
        let bare = match self {
            Self::Now => Self::NOW,
            Self::Guid => Self::GUID,
        };
        let format = name
            .get(bare.len()..)
            .and_then(|rest| rest.strip_prefix(':'))
            .unwrap_or_default();
        match self {
            Self::Now => Value::DateTime(DateTime::utc(system.now)).text(format),
            Self::Guid => guid_text((system.new_guid)(), format),
        }
    }
}

/// The object of the values that the system has.
const SYS: &str = "sys";

/// What `sys` stands for where the binding data has nothing by that name.
fn sys(name: &str, system: &System<'_>) -> Option<Value> {
    let method_name = system.method_name.filter(|_| eq_ignore_case(name, SYS))?;
    let guid: Uuid = (system.new_guid)();
    Some(Value::object([
        ("MethodName", Value::String(method_name.to_owned())),
        ("UtcNow", Value::DateTime(DateTime::utc(system.now))),
        ("RandGuid", Value::Guid(guid)),
    ]))
}

/// Names, dots and hyphens; as in .NET, a final line break is looked past.
#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant, which every test of a template compiles"
)]
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\A[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}\p{Cf}.-]*\n?\z")
        .expect("the pattern is valid")
});
