//! Cookies: what a request brings, and how a response sets them.

use azure_functions_shared::rpc::{RpcHttpCookie, rpc_http_cookie::SameSite};
use cookie::{Cookie, time::Duration};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What the host escapes in the value of a cookie: all but letters, digits and these four.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The cookies of a `cookie` header.
///
/// The host joins several such headers with a comma, which a value may have too: only one that begins `name=` divides.
pub(super) fn parse(header: &str) -> Vec<Cookie<'static>> {
    let mut cookies: Vec<(&str, String)> = Vec::new();
    for pair in header.split(';') {
        for (at, part) in pair.split(',').enumerate() {
            match (part.split_once('='), cookies.last_mut()) {
                (Some((name, value)), last) => {
                    let name = name.trim();
                    match last {
                        Some((_, last)) if at > 0 && !is_name(name) => {
                            last.push(',');
                            last.push_str(part);
                        }
                        _ => cookies.push((name, value.trim().to_owned())),
                    }
                }
                (None, Some((_, last))) if at > 0 => {
                    last.push(',');
                    last.push_str(part.trim_end());
                }
                (None, _) => {}
            }
        }
    }
    cookies
        .into_iter()
        .map(|(name, value)| Cookie::new(name.to_owned(), decode(&value)))
        .collect()
}

/// A cookie as a response sets it.
///
/// `encoded` says that its value is percent-encoded already. The host encodes it, so that it is decoded here.
pub(super) fn to_wire(cookie: &Cookie<'_>, encoded: bool) -> RpcHttpCookie {
    let value = cookie.value();
    RpcHttpCookie {
        name: cookie.name().to_owned(),
        value: if encoded {
            decode(value)
        } else {
            value.to_owned()
        },
        domain: cookie.domain().map(|domain| domain.to_owned().into()),
        path: cookie.path().map(|path| path.to_owned().into()),
        expires: cookie.expires_datetime().map(|time| {
            prost_types::Timestamp {
                seconds: time.unix_timestamp(),
                nanos: 0,
            }
            .into()
        }),
        secure: cookie.secure().map(Into::into),
        http_only: cookie.http_only().map(Into::into),
        same_site: match cookie.same_site() {
            None => SameSite::None,
            Some(cookie::SameSite::Lax) => SameSite::Lax,
            Some(cookie::SameSite::Strict) => SameSite::Strict,
            Some(cookie::SameSite::None) => SameSite::ExplicitNone,
        }
        .into(),
        max_age: cookie.max_age().map(|age| age.as_seconds_f64().into()),
    }
}

/// The header that the host makes of [`to_wire`], for a response that it does not make.
pub(super) fn to_header(cookie: &Cookie<'_>, encoded: bool) -> String {
    let value = if encoded {
        decode(cookie.value())
    } else {
        cookie.value().to_owned()
    };
    let mut sent = cookie.clone();
    sent.set_value(utf8_percent_encode(&value, ESCAPED).to_string());
    sent.set_path(cookie.path().unwrap_or("/").to_owned());
    // Said in any case, for otherwise it is added to `SameSite=None`.
    sent.set_secure(cookie.secure().unwrap_or_default());
    sent.set_partitioned(false);
    let max_age = cookie.max_age();
    sent.set_max_age(max_age.map(|age| Duration::seconds(age.whole_seconds())));
    sent.to_string()
}

fn decode(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

/// Whether this can be the name of a cookie.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
