//! [`Trigger`]: what the host says of a trigger besides its payload.

use std::{
    any::Any,
    collections::HashMap,
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::{Context, Data, Timestamp, settlement::Settler, time, wire};

/// What the host says of a trigger besides its payload: the trigger metadata.
///
/// The host adds the members of a JSON payload to it, and they can hide its own entries; and when a function is started by
/// hand there are no entries. So each one can be absent, or not be what its name promises.
///
/// For an element of a batch the entry `X` is what the host has for it in its list `XArray`. A list that has not as many
/// values as the batch is left aside, because nobody can say which value belongs to which element.
#[derive(Clone, Debug, Default)]
pub struct Trigger {
    entries: Entries,
    element: Option<Element>,
    settler: Option<Arc<dyn Settler>>,
}

/// The entries, which are read when the first is asked for.
#[derive(Clone, Debug, Default)]
struct Entries {
    /// What they are part of: an invocation.
    message: Bytes,
    /// Where their names and values are in it.
    index: OnceLock<Vec<(Range<usize>, Range<usize>)>>,
}

impl Entries {
    /// The value of the entry called `name`, in any case if none is called exactly so.
    fn get(&self, name: &str) -> Option<Bytes> {
        let index = self.index.get_or_init(|| {
            let start = self.message.as_ptr().addr();
            let place = |part: &[u8]| {
                let from = part.as_ptr().addr().saturating_sub(start);
                from..from + part.len()
            };
            wire::entries(&self.message, ENTRIES)
                .map(|(name, value)| (place(name), place(value)))
                .collect()
        });
        let mut found = None;
        for (entry, value) in index.iter().filter(|(entry, _)| entry.len() == name.len()) {
            let entry = self.message.get(entry.clone()).unwrap_or_default();
            if entry == name.as_bytes() {
                found = Some(value);
                break;
            }
            if found.is_none() && entry.eq_ignore_ascii_case(name.as_bytes()) {
                found = Some(value);
            }
        }
        let value = found.filter(|value| value.end <= self.message.len())?;
        Some(self.message.slice(value.clone()))
    }
}

/// An element of a batch: the lists, by the names of their entries, and its place in them.
#[derive(Clone)]
struct Element {
    lists: Arc<HashMap<String, Vec<Data>>>,
    at: usize,
    /// What was read for the first element, and is the same for all.
    shared: Arc<OnceLock<Box<dyn Any + Send + Sync>>>,
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("lists", &self.lists)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// What the host adds to the name of an entry that has a value for each element of a batch.
const LIST: &str = "Array";

/// The number of the trigger metadata in the protocol's `InvocationRequest`.
const ENTRIES: u32 = 4;

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
        wire::entries(&self.entries.message, ENTRIES)
            .filter_map(|(name, _)| str::from_utf8(name).ok())
            .chain(of_element.map(String::as_str))
    }

    /// The entry called `name`, whatever its case, as it came.
    pub fn data(&self, name: &str) -> Option<Data> {
        if let Some(element) = &self.element
            && let Some(list) = find(&element.lists, name)
        {
            return list.get(element.at).filter(|data| !data.is_none()).cloned();
        }
        Data::read(&self.entries.get(name)?).ok()
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

    /// What `read` gives, which for the elements of a batch is called once. A binding has one such thing.
    pub(crate) fn once<T: Clone + Send + Sync + 'static>(&self, read: impl Fn() -> T) -> T {
        let Some(element) = &self.element else {
            return read();
        };
        let shared = element.shared.get_or_init(|| Box::new(read()));
        shared.downcast_ref().cloned().unwrap_or_else(read)
    }

    /// What the host says of each of the `len` elements of a batch.
    pub(crate) fn elements(&self, len: usize) -> impl Iterator<Item = Self> {
        let lists: HashMap<String, Vec<Data>> = wire::entries(&self.entries.message, ENTRIES)
            .filter_map(|(name, value)| {
                let name = str::from_utf8(name).ok()?;
                let entry = name.strip_suffix(LIST).filter(|entry| !entry.is_empty())?;
                let list = Data::read(&wire::slice(&self.entries.message, value)).ok()?;
                let list = list.into_list().ok()?;
                (list.len() == len).then(|| (entry.to_owned(), list))
            })
            .collect();
        let lists = Arc::new(lists);
        let shared = Arc::new(OnceLock::new());
        (0..len).map(move |at| Self {
            entries: self.entries.clone(),
            element: Some(Element {
                lists: Arc::clone(&lists),
                at,
                shared: Arc::clone(&shared),
            }),
            settler: self.settler.clone(),
        })
    }

    /// The entries of an invocation, as it came over the wire.
    pub(crate) fn of_invocation(message: Bytes) -> Self {
        Self {
            entries: Entries {
                message,
                index: OnceLock::new(),
            },
            element: None,
            settler: None,
        }
    }
}

impl<K: Into<String>> FromIterator<(K, Data)> for Trigger {
    fn from_iter<I: IntoIterator<Item = (K, Data)>>(entries: I) -> Self {
        let mut message = Vec::new();
        for (name, data) in entries {
            let data = data.write();
            let mut value = Vec::with_capacity(data.len());
            let body = data.put_head(&mut value);
            value.extend_from_slice(&body);
            wire::put_entry(ENTRIES, name.into().as_bytes(), &value, &mut message);
        }
        Self::of_invocation(message.into())
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
        Data::from_wire(&rpc::TypedData {
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
