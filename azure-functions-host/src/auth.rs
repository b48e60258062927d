//! Keys: who may call what, when the host asks for them.

use std::collections::BTreeMap;

use azure_functions_shared::rpc::{RpcClaim, RpcClaimsIdentity};
use http::request::Parts;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    functions::AuthLevel,
    wire::request::{NAME_CLAIM, ROLE_CLAIM, parse_query},
};

/// The header with a key; without it, the parameter `code` of the query is one.
const HEADER: &str = "x-functions-key";
const PARAMETER: &str = "code";

/// The extensions that have webhooks here, each with a key of its own.
const EXTENSIONS: [&str; 2] = ["durabletask", "eventgrid"];

/// What the real host calls the kind of identity that a key gives.
const AUTHENTICATION: &str = "WebJobsAuthLevel";
/// The types of the claims of such an identity, below a common address.
const CLAIMS: &str = "http://schemas.microsoft.com/2017/07/functions/claims/";

/// The keys of an app, each by its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Keys {
    /// The key for everything, the `/admin` pages among it.
    pub master_key: String,
    /// Keys for all functions.
    #[serde(default)]
    pub function_keys: BTreeMap<String, String>,
    /// Keys for the webhooks of extensions: that of an extension `x` is called `x_extension`.
    ///
    /// That of `durabletask_extension` stands in the addresses by which clients manage orchestrations.
    #[serde(default)]
    pub system_keys: BTreeMap<String, String>,
    /// Keys for one function each, by the name of the function.
    #[serde(default)]
    pub functions: BTreeMap<String, BTreeMap<String, String>>,
}

/// What a request is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// A function.
    Function(&'a str, AuthLevel),
    /// The webhook of an extension.
    Webhook(&'a str),
    /// An `/admin` page.
    Admin,
}

/// Whose key a request has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    level: AuthLevel,
    key: String,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    /// It has no key, or none that is known.
    Unknown,
    /// It has a key that is not good enough.
    Forbidden,
}

impl Keys {
    /// Keys that nobody knows: a master key, one for all functions, and one for the webhook of each extension.
    pub fn generate() -> Self {
        let mut keys = Self {
            master_key: key(),
            function_keys: BTreeMap::from([("default".to_owned(), key())]),
            ..Self::default()
        };
        keys.complete();
        keys
    }

    /// Adds keys for the webhooks of extensions that have none, and says whether there were such.
    pub fn complete(&mut self) -> bool {
        let before = self.system_keys.len();
        for extension in EXTENSIONS {
            if self.extension(extension).is_none() {
                self.system_keys
                    .insert(format!("{extension}{SUFFIX}"), key());
            }
        }
        self.system_keys.len() > before
    }

    /// The parameter of a query with which the webhook of an extension can be called.
    pub(crate) fn query(&self, extension: &str) -> String {
        let key = self.extension(extension).unwrap_or_default();
        format!("{PARAMETER}={}", utf8_percent_encode(key, NON_ALPHANUMERIC))
    }

    fn extension(&self, extension: &str) -> Option<&str> {
        let mut keys = self.system_keys.iter();
        let (_, key) = keys.find(|(name, _)| is_of(name, extension))?;
        Some(key)
    }

    /// Whether a request may do what it wants, and whose key it has.
    ///
    /// # Errors
    ///
    /// [`Denied`] if it may not.
    pub(crate) fn admit(
        &self,
        parts: &Parts,
        target: Target<'_>,
    ) -> Result<Option<Identity>, Denied> {
        let identity = sent(parts).and_then(|key| self.identity(&key, target));
        let Some(identity) = identity else {
            return match target {
                Target::Function(_, AuthLevel::Anonymous) => Ok(None),
                _ => Err(Denied::Unknown),
            };
        };
        let level = identity.level;
        let enough = match target {
            Target::Function(_, wanted) => wanted == AuthLevel::Anonymous || level == wanted,
            Target::Webhook(name) => level == AuthLevel::System && is_of(&identity.key, name),
            Target::Admin => false,
        };
        if enough || level == AuthLevel::Admin {
            return Ok(Some(identity));
        }
        // The real host tells the two apart for its own pages only.
        Err(match target {
            Target::Function(..) => Denied::Unknown,
            Target::Webhook(_) | Target::Admin => Denied::Forbidden,
        })
    }

    /// Whose key it is.
    fn identity(&self, key: &str, target: Target<'_>) -> Option<Identity> {
        if key.is_empty() {
            return None;
        }
        let identity = |level, name: &str| Identity {
            level,
            key: name.to_owned(),
        };
        let named = |keys: &BTreeMap<String, String>, level| {
            let (name, _) = keys.iter().find(|(_, value)| *value == key)?;
            Some(identity(level, name))
        };
        if self.master_key == key {
            return Some(identity(AuthLevel::Admin, "master"));
        }
        let own = match target {
            Target::Function(function, _) => self
                .functions
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(function))
                .and_then(|(_, keys)| named(keys, AuthLevel::Function)),
            Target::Webhook(_) | Target::Admin => None,
        };
        own.or_else(|| named(&self.function_keys, AuthLevel::Function))
            .or_else(|| named(&self.system_keys, AuthLevel::System))
    }
}

/// What the name of an extension's key ends with.
const SUFFIX: &str = "_extension";

/// Whether a key of this name is that of an extension.
fn is_of(key: &str, extension: &str) -> bool {
    let own = key.strip_suffix(SUFFIX);
    own.is_some_and(|own| own.eq_ignore_ascii_case(extension))
}

/// A key that nobody knows.
fn key() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// The key that a request has: that of its first header if there is one, or else that of its query.
fn sent(parts: &Parts) -> Option<String> {
    if let Some(value) = parts.headers.get(HEADER) {
        return value.to_str().ok().map(str::to_owned);
    }
    let query = parse_query(parts.uri.query().unwrap_or_default());
    let mut query = query.into_iter();
    let found = query.find(|(name, _)| name.eq_ignore_ascii_case(PARAMETER));
    found.map(|(_, value)| value)
}

impl Identity {
    /// The identity as a function sees it.
    pub(crate) fn to_rpc(&self) -> RpcClaimsIdentity {
        let claim = |name: &str, value: &str| RpcClaim {
            value: value.to_owned(),
            r#type: format!("{CLAIMS}{name}"),
        };
        let level = match self.level {
            AuthLevel::Anonymous => "Anonymous",
            AuthLevel::User => "User",
            AuthLevel::Function => "Function",
            AuthLevel::System => "System",
            AuthLevel::Admin => "Admin",
        };
        RpcClaimsIdentity {
            authentication_type: Some(AUTHENTICATION.to_owned().into()),
            name_claim_type: Some(NAME_CLAIM.to_owned().into()),
            role_claim_type: Some(ROLE_CLAIM.to_owned().into()),
            claims: vec![
                claim("authlevel", level),
                claim("invoke", "true"),
                claim("keyid", &self.key),
            ],
        }
    }
}
