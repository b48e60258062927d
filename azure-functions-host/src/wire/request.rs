//! An HTTP request as a worker sees it.

use std::collections::HashMap;

use azure_functions_shared::rpc::{Data, NullableString, RpcClaimsIdentity, RpcHttp, TypedData};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, header, request::Parts};

use super::{Capabilities, ZONE, trigger_metadata};
use crate::{
    binding_data::{BindingData, Object, Value},
    dotnet::eq_ignore_case,
    json_text,
    lenient_json::{self, Dates, Token},
};

/// The claim types that ASP.NET gives to an identity without claims.
pub(crate) const NAME_CLAIM: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
pub(crate) const ROLE_CLAIM: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

/// The query parameter that carries a function key, and is no binding data.
const KEY_PARAMETER: &str = "code";

/// A request that was routed to a function.
#[derive(Clone, Copy, Debug)]
pub struct HttpRequest<'r> {
    /// Everything but the body.
    pub parts: &'r Parts,
    /// The body, as far as it was read.
    pub body: &'r Bytes,
    /// The values of the route's parameters, without those that are absent.
    pub route_values: &'r [(String, String)],
    /// How the request came: `http` or `https`.
    pub scheme: &'r str,
}

impl HttpRequest<'_> {
    /// The request as the value of the trigger.
    pub fn to_rpc(&self, capabilities: Capabilities) -> RpcHttp {
        let mut rpc = RpcHttp {
            method: self.parts.method.to_string(),
            url: self.url(),
            identities: vec![RpcClaimsIdentity {
                name_claim_type: Some(NAME_CLAIM.to_owned().into()),
                role_claim_type: Some(ROLE_CLAIM.to_owned().into()),
                ..RpcClaimsIdentity::default()
            }],
            body: self.rpc_body(capabilities).map(Box::new),
            raw_body: self.raw_body(capabilities).map(Box::new),
            ..RpcHttp::default()
        };
        let headers = joined_headers(&self.parts.headers);
        let query = joined_query(&self.query());
        let params: HashMap<_, _> = self.route_values.iter().cloned().collect();
        if capabilities.nullable_values {
            rpc.nullable_headers = nullable(headers);
            rpc.nullable_query = nullable(query);
            rpc.nullable_params = nullable(params);
        } else {
            rpc.headers = headers;
            rpc.query = query;
            rpc.query.retain(|_, value| !value.is_empty());
            rpc.params = params;
        }
        rpc
    }

    /// The value of the trigger when the request goes to the worker's own server: nothing, or the route's parameters.
    pub fn to_forwarded_rpc(&self, capabilities: Capabilities) -> RpcHttp {
        let mut rpc = RpcHttp::default();
        if !capabilities.requires_route_parameters {
            return rpc;
        }
        let params: HashMap<_, _> = self.route_values.iter().cloned().collect();
        if capabilities.nullable_values {
            rpc.nullable_params = nullable(params);
        } else {
            rpc.params = params;
        }
        rpc
    }

    /// What the request gives to the other bindings of the function.
    pub fn binding_data(&self) -> BindingData {
        let query = self.query();
        let mut data = BindingData::default();
        // Whatever type the body says it has.
        data.extend(json_text::binding_data(&self.body_text(), &ZONE));
        for (name, value) in &query {
            if !eq_ignore_case(name, KEY_PARAMETER) {
                data.insert(name, Value::String(value.clone()));
            }
        }
        for (name, value) in self.route_values {
            data.insert(name, Value::String(value.clone()));
        }
        // These give way to what the user calls so.
        for (name, texts) in [
            ("Query", last_values(query)),
            ("Headers", known_headers(&self.parts.headers)),
        ] {
            if data.get(name).is_none() {
                data.insert(name, dictionary(texts));
            }
        }
        data
    }

    /// The trigger metadata of the invocation, for a trigger of the name `binding`.
    pub fn trigger_metadata(
        &self,
        binding: &str,
        capabilities: Capabilities,
    ) -> HashMap<String, TypedData> {
        let mut metadata = trigger_metadata(&self.binding_data());
        // The request takes the place of whatever else has the trigger's name.
        metadata.retain(|name, _| !eq_ignore_case(name, binding));
        if !capabilities.request_removed_from_metadata {
            let request: TypedData = Data::Http(Box::new(self.to_rpc(capabilities))).into();
            metadata.insert("$request".to_owned(), request.clone());
            metadata.insert(binding.to_owned(), request);
        }
        metadata
    }

    fn url(&self) -> String {
        let uri = &self.parts.uri;
        let header = self.parts.headers.get(header::HOST);
        let host = match (header, uri.authority()) {
            (Some(host), _) => String::from_utf8_lossy(host.as_bytes()).into_owned(),
            (None, Some(authority)) => authority.to_string(),
            (None, None) => String::new(),
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        format!("{}://{host}{path}", self.scheme)
    }

    fn query(&self) -> Vec<(String, String)> {
        parse_query(self.parts.uri.query().unwrap_or_default())
    }

    /// The body, which the host only reads if its length was announced.
    fn announced_body(&self) -> Option<&Bytes> {
        let length = self.parts.headers.get(header::CONTENT_LENGTH)?;
        let length: u64 = length.to_str().ok()?.trim().parse().ok()?;
        (length > 0).then_some(self.body)
    }

    fn body_text(&self) -> String {
        let body = self.announced_body().map(|body| &body[..]);
        let body = body.unwrap_or_default();
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        String::from_utf8_lossy(body).into_owned()
    }

    fn rpc_body(&self, capabilities: Capabilities) -> Option<TypedData> {
        let body = self.announced_body()?;
        let bytes = capabilities.body_only && capabilities.raw_body_bytes;
        Some(if bytes || self.has_binary_body() {
            Data::Bytes(body.clone()).into()
        } else if self.has_json_body() && !capabilities.body_only {
            json_body(self.body_text())
        } else {
            Data::String(self.body_text()).into()
        })
    }

    fn raw_body(&self, capabilities: Capabilities) -> Option<TypedData> {
        let body = self.announced_body()?;
        if capabilities.body_only {
            return None;
        }
        Some(if capabilities.raw_body_bytes {
            Data::Bytes(body.clone()).into()
        } else {
            Data::String(self.body_text()).into()
        })
    }

    /// The type of the body without parameters, in lower case.
    fn media_type(&self) -> String {
        let header = self.parts.headers.get(header::CONTENT_TYPE);
        let text = header.and_then(|value| value.to_str().ok());
        let media_type = text.and_then(|text| text.split(';').next());
        media_type.unwrap_or_default().trim().to_ascii_lowercase()
    }

    fn has_json_body(&self) -> bool {
        self.media_type() == "application/json"
    }

    fn has_binary_body(&self) -> bool {
        let media_type = self.media_type();
        media_type == "application/octet-stream" || media_type.starts_with("multipart/")
    }
}

/// A JSON body for a worker without `RpcHttpBodyOnly`: parsed and printed again, or the text if that fails.
fn json_body(text: String) -> TypedData {
    match lenient_json::tokens(&text, Dates::Parse(&ZONE)) {
        Ok(Token::Null | Token::Undefined) => TypedData::default(),
        Ok(Token::String(text)) => Data::String(text).into(),
        Ok(token) => Data::Json(token.compact()).into(),
        Err(_) => Data::String(text).into(),
    }
}

fn nullable(texts: HashMap<String, String>) -> HashMap<String, NullableString> {
    let texts = texts.into_iter();
    texts.map(|(name, text)| (name, text.into())).collect()
}

fn dictionary(texts: Vec<(String, String)>) -> Value {
    Value::Object(Object {
        members: texts
            .into_iter()
            .map(|(name, text)| (name, Value::String(text)))
            .collect(),
        exact: false,
    })
}

/// The values of a header, joined as the host joins them: without a blank.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    values.join(",")
}

fn joined_headers(headers: &HeaderMap) -> HashMap<String, String> {
    let names = headers.keys();
    names
        .map(|name| (name.to_string(), joined(headers, name)))
        .collect()
}

/// The headers under the names that ASP.NET gives to those it knows; others keep the case in which they were read.
fn known_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let names = headers.keys();
    names
        .map(|name| (known_name(name), joined(headers, name)))
        .collect()
}

/// The usual spelling of a header that was in HTTP when the server of the real host was written.
fn known_name(name: &HeaderName) -> String {
    const KNOWN: &[HeaderName] = &[
        header::ACCEPT,
        header::ACCEPT_CHARSET,
        header::ACCEPT_ENCODING,
        header::ACCEPT_LANGUAGE,
        header::ACCESS_CONTROL_REQUEST_HEADERS,
        header::ACCESS_CONTROL_REQUEST_METHOD,
        header::AUTHORIZATION,
        header::CACHE_CONTROL,
        header::CONNECTION,
        header::CONTENT_ENCODING,
        header::CONTENT_LANGUAGE,
        header::CONTENT_LENGTH,
        header::CONTENT_LOCATION,
        header::CONTENT_RANGE,
        header::CONTENT_TYPE,
        header::COOKIE,
        header::DATE,
        header::EXPECT,
        header::FROM,
        header::HOST,
        header::IF_MATCH,
        header::IF_MODIFIED_SINCE,
        header::IF_NONE_MATCH,
        header::IF_RANGE,
        header::IF_UNMODIFIED_SINCE,
        header::MAX_FORWARDS,
        header::ORIGIN,
        header::PRAGMA,
        header::RANGE,
        header::REFERER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::USER_AGENT,
    ];
    if !KNOWN.contains(name) {
        return name.to_string();
    }
    let mut begins = true;
    let letters = name.as_str().chars();
    letters
        .map(|letter| {
            let upper = std::mem::replace(&mut begins, letter == '-');
            if upper {
                letter.to_ascii_uppercase()
            } else {
                letter
            }
        })
        .collect()
}

/// The parameters of a query in order; one without `=` has an empty value.
pub(crate) fn parse_query(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// The values by name in any case, all of one name joined under its first spelling.
fn joined_query(query: &[(String, String)]) -> HashMap<String, String> {
    let mut merged: Vec<(String, String)> = Vec::new();
    for (name, value) in query {
        match merged
            .iter_mut()
            .find(|(known, _)| eq_ignore_case(known, name))
        {
            Some((_, values)) => {
                values.push(',');
                values.push_str(value);
            }
            None => merged.push((name.clone(), value.clone())),
        }
    }
    merged.into_iter().collect()
}

/// The last value by name in any case, under the first spelling.
fn last_values(query: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut last: Vec<(String, String)> = Vec::new();
    for (name, value) in query {
        match last
            .iter_mut()
            .find(|(known, _)| eq_ignore_case(known, &name))
        {
            Some((_, known)) => *known = value,
            None => last.push((name, value)),
        }
    }
    last
}

/// Decodes a part of a query: `+` is a blank, and an escape that makes no character stays as it is.
fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, _)) = rest.split_once('%') {
        decoded.push_str(before);
        rest = rest.get(before.len()..).unwrap_or_default();
        let escapes = escaped_bytes(rest);
        let valid = match std::str::from_utf8(&escapes) {
            Ok(text) => text,
            Err(error) => {
                let valid = escapes.get(..error.valid_up_to()).unwrap_or_default();
                std::str::from_utf8(valid).unwrap_or_default()
            }
        };
        decoded.push_str(valid);
        // What is no escape, or makes no character, is kept up to the next one.
        let taken = if valid.is_empty() { 1 } else { valid.len() * 3 };
        if valid.is_empty() {
            decoded.push('%');
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    decoded + rest
}

/// The bytes of the escapes with which a text begins.
fn escaped_bytes(text: &str) -> Vec<u8> {
    let (triples, _) = text.as_bytes().as_chunks::<3>();
    triples
        .iter()
        .map_while(|triple| {
            let [b'%', high, low] = *triple else {
                return None;
            };
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(high)? * 16 + digit(low)?).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded_as_far_as_they_can_be() {
        for (query, name, value) in [
            ("a=%20+x", "a", "  x"),
            ("a", "a", ""),
            ("=d", "", "d"),
            ("a=b=c", "a", "b=c"),
            ("a=%ff", "a", "%ff"),
            ("%C3%A9=%C3%A9%ff%C3", "é", "é%ff%C3"),
            ("a=%", "a", "%"),
            ("a=100%&", "a", "100%"),
            ("a=%zz%41", "a", "%zzA"),
        ] {
            assert_eq!(
                parse_query(query),
                [(name.to_owned(), value.to_owned())],
                "{query}"
            );
        }
    }
}
