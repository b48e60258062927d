//! What an HTTP trigger says beyond its binding.

use serde_json::Value;

use super::binding::{Binding, scalar};

/// The members of an `httpTrigger`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HttpTrigger {
    /// The route as it is written; without one it is the function's name.
    pub route: Option<String>,
    /// The methods in the case in which they are written; `None` means all.
    pub methods: Option<Vec<String>>,
    /// Which key a request needs.
    pub auth_level: AuthLevel,
}

/// Which key a request needs, from none to the master key.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum AuthLevel {
    /// None.
    Anonymous,
    /// That of a signed-in user.
    User,
    /// A key of the function or of the host.
    #[default]
    Function,
    /// A key of an extension.
    System,
    /// The master key.
    Admin,
}

const AUTH_LEVELS: [(&str, AuthLevel); 5] = [
    ("anonymous", AuthLevel::Anonymous),
    ("user", AuthLevel::User),
    ("function", AuthLevel::Function),
    ("system", AuthLevel::System),
    ("admin", AuthLevel::Admin),
];

impl HttpTrigger {
    /// Reads the members; the errors are in the host's own words.
    pub(super) fn new(binding: &Binding) -> Result<Self, String> {
        let auth_level = match binding.get("authLevel").and_then(scalar) {
            None => AuthLevel::default(),
            Some(text) if text.is_empty() => AuthLevel::default(),
            // The number of a level is as good as its name.
            Some(text) => AUTH_LEVELS
                .iter()
                .enumerate()
                .find(|(number, (name, _))| {
                    name.eq_ignore_ascii_case(&text) || text == number.to_string()
                })
                .map(|(_, (_, level))| *level)
                .ok_or("Error parsing function.json: Invalid value specified for binding property 'authLevel' of enum type AuthorizationLevel.")?,
        };
        let methods = match binding.get("methods") {
            None => None,
            Some(Value::Array(methods)) => Some(
                methods
                    .iter()
                    .map(|method| scalar(method).unwrap_or_default())
                    .collect(),
            ),
            Some(other) => {
                return Err(format!(
                    "Error parsing function.json: Invalid value specified for binding property 'methods' of type JArray. Invalid cast from '{}' to 'Newtonsoft.Json.Linq.JArray'.",
                    type_name(other)
                ));
            }
        };
        Ok(Self {
            route: binding.get("route").and_then(scalar),
            methods,
            auth_level,
        })
    }
}

/// What the host calls the type of a JSON value.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "System.String",
        Value::Bool(_) => "System.Boolean",
        Value::Number(number) if number.is_f64() => "System.Double",
        Value::Number(_) => "System.Int64",
        Value::Null | Value::Array(_) | Value::Object(_) => "Newtonsoft.Json.Linq.JObject",
    }
}
