//! Who sent a request, as the host found out.

use azure_functions_shared::rpc::{NullableString, RpcClaimsIdentity};

/// One identity of the sender of a request; a request can have several.
///
/// The host always sends at least one. It has no claims unless the app uses the built-in authentication of App Service, or
/// the sender used a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// How the sender was authenticated; `None` if not at all.
    pub authentication_type: Option<String>,
    /// The kind of the claims that hold the name.
    pub name_claim_type: Option<String>,
    /// The kind of the claims that hold the roles.
    pub role_claim_type: Option<String>,
    /// What is known of the sender.
    pub claims: Vec<Claim>,
}

impl Identity {
    /// An identity with these claims, as a unit test needs it.
    pub fn new(claims: impl IntoIterator<Item = Claim>) -> Self {
        Self {
            claims: claims.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The name: the first claim of the kind that holds it.
    pub fn name(&self) -> Option<&str> {
        self.values(self.name_claim_type.as_deref()).next()
    }

    /// The roles: all claims of the kind that holds them.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.values(self.role_claim_type.as_deref())
    }

    fn values<'a>(&'a self, kind: Option<&'a str>) -> impl Iterator<Item = &'a str> {
        self.claims
            .iter()
            .filter(move |claim| kind == Some(claim.kind.as_str()))
            .map(|claim| claim.value.as_str())
    }

    pub(super) fn from_wire(wire: RpcClaimsIdentity) -> Self {
        let text = |text: Option<NullableString>| text.and_then(NullableString::into_option);
        Self {
            authentication_type: text(wire.authentication_type),
            name_claim_type: text(wire.name_claim_type),
            role_claim_type: text(wire.role_claim_type),
            claims: wire
                .claims
                .into_iter()
                .map(|claim| Claim::new(claim.r#type, claim.value))
                .collect(),
        }
    }
}

/// One thing that is known of the sender of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// What kind of thing it is, often a URI.
    pub kind: String,
    /// The thing.
    pub value: String,
}

impl Claim {
    /// A claim.
    pub fn new(kind: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            value: value.into(),
        }
    }
}
