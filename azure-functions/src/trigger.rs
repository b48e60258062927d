//! [`Trigger`]: what the host says of a trigger besides its payload.

use std::{collections::HashMap, sync::Arc};

use azure_functions_shared::rpc;
use serde::de::DeserializeOwned;

use crate::{Context, Data, Timestamp, settlement::Settler, time};

/// What the host says of a trigger besides its payload: the trigger metadata.
///
/// The host adds the members of a JSON payload to it, and they can hide its own entries; and when a function is started by
/// hand there are no entries. So each one can be absent, or not be what its name promises.
///
/// For an element of a batch the entry `X` is what the host has for it in its list `XArray`. A list that has not as many
/// values as the batch is left aside, because nobody can say which value belongs to which element.
#[derive(Clone, Debug, Default)]
pub struct Trigger {
    entries: Arc<HashMap<String, rpc::TypedData>>,
    element: Option<Element>,
    settler: Option<Arc<dyn Settler>>,
}

/// An element of a batch: the lists, by the names of their entries, and its place in them.
#[derive(Clone, Debug)]
struct Element {
    lists: Arc<HashMap<String, Vec<Data>>>,
    at: usize,
}

/// What the host adds to the name of an entry that has a value for each element of a batch.
const LIST: &str = "Array";

impl Trigger {
    /// The entry called `name`, whatever its case; `None` when there is none, or it is no `T`.
    pub fn get<T: DeserializeOwned + 'static>(&self, name: &str) -> Option<T> {
        self.data(name)?.decode().ok()
    }

    /// The point in time called `name`; a time without an offset is in UTC.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        time::parse(&self.get::<String>(name)?)
    }

    /// The names of all entries, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let of_element = self.element.iter().flat_map(|element| element.lists.keys());
        self.entries.keys().chain(of_element).map(String::as_str)
    }

    /// The entry called `name`, whatever its case, as it came.
    pub fn data(&self, name: &str) -> Option<Data> {
        if let Some(element) = &self.element
            && let Some(list) = find(&element.lists, name)
        {
            return list.get(element.at).filter(|data| !data.is_none()).cloned();
        }
        find(&self.entries, name).map(|data| Data::from_wire(data.clone()))
    }

    /// Who settles the Service Bus messages of the invocation.
    pub(crate) fn settler(&self) -> Option<&Arc<dyn Settler>> {
        self.settler.as_ref()
    }

    /// What the host says in the invocation of `context`.
    pub(crate) fn of_call(self, context: &Context) -> Self {
        Self {
            settler: context.settler().cloned(),
            ..self
        }
    }

    /// What the host says of each of the `len` elements of a batch.
    pub(crate) fn elements(&self, len: usize) -> impl Iterator<Item = Self> {
        let lists: HashMap<String, Vec<Data>> = self
            .entries
            .iter()
            .filter_map(|(name, data)| {
                let entry = name.strip_suffix(LIST).filter(|entry| !entry.is_empty())?;
                let list = Data::from_wire(data.clone()).into_list().ok()?;
                (list.len() == len).then(|| (entry.to_owned(), list))
            })
            .collect();
        let lists = Arc::new(lists);
        (0..len).map(move |at| Self {
            entries: Arc::clone(&self.entries),
            element: Some(Element {
                lists: Arc::clone(&lists),
                at,
            }),
            settler: self.settler.clone(),
        })
    }

    /// The entries as they came over the wire.
    pub(crate) fn from_wire(entries: HashMap<String, rpc::TypedData>) -> Self {
        Self {
            entries: Arc::new(entries),
            element: None,
            settler: None,
        }
    }
}

impl<K: Into<String>> FromIterator<(K, Data)> for Trigger {
    fn from_iter<I: IntoIterator<Item = (K, Data)>>(entries: I) -> Self {
        Self::from_wire(
            entries
                .into_iter()
                .map(|(name, data)| (name.into(), data.into_wire()))
                .collect(),
        )
    }
}

fn find<'a, T>(entries: &'a HashMap<String, T>, name: &str) -> Option<&'a T> {
    entries.get(name).or_else(|| {
        entries
            .iter()
            .find(|(entry, _)| entry.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

#[cfg(test)]
mod tests {
    use azure_functions_shared::rpc;

    use super::Trigger;
    use crate::Data;

    fn collection(texts: &[&str]) -> Data {
        Data::from_wire(rpc::TypedData {
            data: Some(rpc::Data::CollectionString(rpc::CollectionString {
                string: texts.iter().map(|&text| text.to_owned()).collect(),
            })),
        })
    }

    #[test]
    fn elements_of_a_batch() {
        let batch: Trigger = [
            ("MessageIdArray", collection(&["a", "b"])),
            ("SequenceNumberArray", Data::json("[7,8]")),
            ("SubjectArray", Data::json("[null,\"s\"]")),
            // A null was dropped from it: nobody knows which.
            ("ReplyToArray", collection(&["r"])),
            ("Array", Data::json("[1,2]")),
            ("HubName", Data::text("h")),
            ("NameArray", Data::text("no list")),
        ]
        .into_iter()
        .collect();
        let seen: Vec<_> = batch
            .elements(2)
            .map(|element| {
                (
                    element.get::<String>("messageid").unwrap_or_default(),
                    element.get::<u64>("SequenceNumber"),
                    element.get::<String>("Subject"),
                    element.get::<String>("ReplyTo"),
                    element.get::<String>("HubName"),
                    element.get::<String>("Name"),
                )
            })
            .collect();
        let hub = Some("h".to_owned());
        assert_eq!(
            seen,
            [
                ("a".to_owned(), Some(7), None, None, hub.clone(), None),
                (
                    "b".to_owned(),
                    Some(8),
                    Some("s".to_owned()),
                    None,
                    hub,
                    None
                ),
            ]
        );
        assert_eq!(batch.get::<String>("MessageId"), None);
    }
}
