//! A cookie of a worker's response as a `Set-Cookie` header.

use azure_functions_shared::rpc::{
    NullableBool, NullableDouble, NullableString, NullableTimestamp, RpcHttpCookie, nullable_bool,
    nullable_double, nullable_timestamp, rpc_http_cookie,
};
use cookie::{
    Cookie, SameSite,
    time::{Duration, OffsetDateTime},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is escaped in a value: all but letters, digits and these four.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The text of the header.
pub(super) fn set_cookie(cookie: &RpcHttpCookie) -> String {
    let value = utf8_percent_encode(&cookie.value, VALUE).to_string();
    let path = cookie.path.clone().and_then(NullableString::into_option);
    let mut header = Cookie::build((cookie.name.clone(), value))
        .path(path.unwrap_or_else(|| "/".to_owned()))
        // Said in any case, for otherwise the builder adds it to `SameSite=None`, which the real host does not.
        .secure(truth(cookie.secure.as_ref()))
        .http_only(truth(cookie.http_only.as_ref()));
    if let Some(domain) = cookie.domain.clone().and_then(NullableString::into_option) {
        header = header.domain(domain);
    }
    if let Some(NullableDouble {
        double: Some(nullable_double::Double::Value(seconds)),
    }) = cookie.max_age
        && let Some(max_age) = Duration::checked_seconds_f64(seconds.trunc())
    {
        header = header.max_age(max_age);
    }
    if let Some(NullableTimestamp {
        timestamp: Some(nullable_timestamp::Timestamp::Value(expires)),
    }) = cookie.expires
        && let Ok(expires) = OffsetDateTime::from_unix_timestamp(expires.seconds)
    {
        header = header.expires(expires);
    }
    let same_site = match cookie.same_site() {
        rpc_http_cookie::SameSite::None => None,
        rpc_http_cookie::SameSite::Lax => Some(SameSite::Lax),
        rpc_http_cookie::SameSite::Strict => Some(SameSite::Strict),
        rpc_http_cookie::SameSite::ExplicitNone => Some(SameSite::None),
    };
    if let Some(same_site) = same_site {
        header = header.same_site(same_site);
    }
    header.build().to_string()
}

fn truth(value: Option<&NullableBool>) -> bool {
    matches!(
        value.and_then(|value| value.bool.as_ref()),
        Some(nullable_bool::Bool::Value(true))
    )
}
