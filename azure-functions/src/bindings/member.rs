//! One member of a JSON object, without making the others.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

/// The member called `name`, whatever its case; `None` if there is none, or this is no object.
pub(super) fn member(json: &[u8], name: &str) -> Option<Value> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let found = Member(name).deserialize(&mut json).ok()?;
    json.end().ok()?;
    found
}

/// The name of the member.
struct Member<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut exact, mut other) = (None, None);
        while let Some(Name(name)) = members.next_key()? {
            if name == self.0 {
                exact = Some(members.next_value()?);
            } else if other.is_none() && name.eq_ignore_ascii_case(self.0) {
                other = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(exact.or(other))
    }
}

/// The name of a member, a part of the JSON unless that has escapes in it.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::member;

    #[track_caller]
    fn check(json: &str, expected: impl Into<Option<Value>>) {
        let found = member(json.as_bytes(), "Offset");
        assert_eq!(found, expected.into(), "{json}");
    }

    #[test]
    fn members() {
        check(
            r#"{"a":{"Offset":1},"Offset":"24","b":[]}"#,
            Some(json!("24")),
        );
        check(r#"{"offset":1,"OFFSET":2}"#, Some(json!(1)));
        check(r#"{"offset":1,"\u004fffset":2}"#, Some(json!(2)));
        check(r#"{"Offset":null}"#, Some(json!(null)));
        check(r#"{"a":1}"#, None);
        check(r#"["Offset"]"#, None);
        check(r#"{"Offset":1} x"#, None);
        check(r#"{"Offset":1"#, None);
        check("", None);
    }
}
