//! JSON objects that come from the host, and are not written the same way by all of its versions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Lists of texts by their names: headers, queries, claims.
pub(super) type Lists = BTreeMap<String, Vec<String>>;

/// The members of a JSON object, read tolerantly: their names in any case, numbers as texts, null as nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Members(Map<String, Value>);

impl Members {
    /// The members of an object; `None` if it is something else.
    pub(super) fn of(value: Value) -> Option<Self> {
        match value {
            Value::Object(members) => Some(Self(members)),
            _ => None,
        }
    }

    /// Whether there is a member of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.keys().any(|own| own.eq_ignore_ascii_case(name))
    }

    /// Adds a member, unless there is one of this name.
    pub(super) fn or_insert(&mut self, name: &str, value: impl FnOnce() -> Option<Value>) {
        if !self.has(name)
            && let Some(value) = value()
        {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// Takes out a member; null is none.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let own = self.0.keys().find(|own| own.eq_ignore_ascii_case(name));
        let own = own.cloned()?;
        self.0.remove(&own).filter(|value| !value.is_null())
    }

    /// Takes out a member that is a text.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        text(self.take(name)?)
    }

    /// Takes out a member that is a truth value.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Some(flag),
            Value::String(text) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    /// Takes out a member that is a whole number.
    pub(super) fn number(&mut self, name: &str) -> Option<u16> {
        text(self.take(name)?)?.parse().ok()
    }

    /// Takes out a member that is a list of texts, or a single one.
    pub(super) fn list(&mut self, name: &str) -> Vec<String> {
        self.take(name).map(list).unwrap_or_default()
    }

    /// Takes out a member that has lists of texts.
    pub(super) fn lists(&mut self, name: &str) -> Lists {
        let members = self.take(name).and_then(Self::of).unwrap_or_default();
        let members = members.0.into_iter();
        members.map(|(name, value)| (name, list(value))).collect()
    }

    /// All members that are left.
    pub(super) fn rest(self) -> BTreeMap<String, Value> {
        self.0.into_iter().collect()
    }
}

/// The first text of this name, in any case.
pub(super) fn first<'a>(lists: &'a Lists, name: &str) -> Option<&'a str> {
    let mut lists = lists.iter();
    let (_, list) = lists.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    list.first().map(String::as_str)
}

fn list(value: Value) -> Vec<String> {
    match value {
        Value::Array(elements) => elements.into_iter().filter_map(text).collect(),
        single => text(single).into_iter().collect(),
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Members, first};

    #[test]
    fn members_are_read_tolerantly() {
        let mut members = Members::of(json!({
            "Name": 7, "none": null, "FLAG": "True", "on": true, "status": "204", "one": "a", "many": ["a", 1, null, {}],
            "lists": { "X-A": ["1", "2"], "b": "3", "c": null }, "rest": [],
        }))
        .unwrap();
        assert_eq!(members.text("name").as_deref(), Some("7"));
        assert_eq!(members.text("name"), None);
        assert_eq!(members.text("none"), None);
        assert_eq!(members.flag("flag"), Some(true));
        assert_eq!(members.flag("ON"), Some(true));
        assert_eq!(members.number("status"), Some(204));
        assert_eq!(members.list("one"), ["a"]);
        assert_eq!(members.list("many"), ["a", "1"]);
        assert_eq!(members.list("missing"), Vec::<String>::new());
        let lists = members.lists("Lists");
        assert_eq!(first(&lists, "x-a"), Some("1"));
        assert_eq!(first(&lists, "B"), Some("3"));
        assert_eq!(first(&lists, "c"), None);
        assert_eq!(members.rest().into_keys().collect::<Vec<_>>(), ["rest"]);
        assert!(Members::of(json!([])).is_none());
    }
}
