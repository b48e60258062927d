//! [`Trigger`]: what the host says of a trigger besides its payload.

use std::{
    any::Any,
    ops::Range,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::{Context, Data, Lazy, Timestamp, settlement::Settler, time, wire};

/// What the host says of a trigger besides its payload: the trigger metadata.
///
/// The host adds the members of a JSON payload to it, and they can hide its own entries; and when a function is started by
/// hand there are no entries. So each one can be absent, or not be what its name promises.
///
/// For an element of a batch the entry `X` is what the host has for it in its list `XArray`. A list that has not as many
/// values as the batch is left aside, because nobody can say which value belongs to which element.
#[derive(Clone, Debug, Default)]
pub struct Trigger {
    place: Place,
    settler: Option<Arc<dyn Settler>>,
}

/// Where entries are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    source: Arc<Source>,
    /// Which element of the batch they are about, if the source has one.
    at: usize,
}

/// The entries of an invocation, which are read when the first is asked for.
#[derive(Debug, Default)]
struct Source {
    /// What they are part of: an invocation.
    message: Bytes,
    /// Where they are in it.
    entries: OnceLock<Vec<Entry>>,
    /// What is there for elements alone, if the invocation has some.
    batch: Option<Batch>,
}

/// Where the name and the value of an entry are in the message.
#[derive(Clone, Debug)]
struct Entry {
    name: Range<usize>,
    value: Range<usize>,
}

/// What the host says of each element of a batch.
#[derive(Debug)]
struct Batch {
    len: usize,
    lists: OnceLock<Vec<List>>,
    /// What was read for the first element, and is the same for all.
    shared: OnceLock<Box<dyn Any + Send + Sync>>,
}

/// An entry with a value for each element of a batch. It is taken apart when the first is asked for.
#[derive(Debug)]
struct List {
    entry: Entry,
    elements: OnceLock<Vec<Data>>,
}

impl Source {
    /// The value of the entry called `name`, in any case if none is called exactly so.
    fn get(&self, name: &str) -> Option<Bytes> {
        let mut found = None;
        for entry in self.entries() {
            let own = self.part(&entry.name);
            if own == name.as_bytes() {
                found = Some(entry);
                break;
            }
            if found.is_none() && own.eq_ignore_ascii_case(name.as_bytes()) {
                found = Some(entry);
            }
        }
        Some(wire::slice(&self.message, self.part(&found?.value)))
    }

    fn entries(&self) -> &[Entry] {
        self.entries.get_or_init(|| {
            let start = self.message.as_ptr().addr();
            let place = |part: &[u8]| {
                let from = part.as_ptr().addr().saturating_sub(start);
                from..from + part.len()
            };
            let mut entries = Vec::with_capacity(USUAL);
            let found = wire::entries(&self.message, ENTRIES).map(|(name, value)| Entry {
                name: place(name),
                value: place(value),
            });
            entries.extend(found);
            entries
        })
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.message.get(range.clone()).unwrap_or_default()
    }

    /// The values that elements have for `name`, in any case if none is called exactly so.
    fn list<'a>(&'a self, batch: &'a Batch, name: &str) -> Option<&'a [Data]> {
        let lists = || self.lists(batch).iter();
        let own = |list: &&List| self.part(&list.entry.name);
        let exact = lists().filter(|list| own(list) == name.as_bytes());
        let others = lists().filter(|list| own(list).eq_ignore_ascii_case(name.as_bytes()));
        let list = exact
            .chain(others)
            .find(|list| self.elements(list).len() == batch.len)?;
        Some(self.elements(list))
    }

    fn lists<'a>(&self, batch: &'a Batch) -> &'a [List] {
        batch.lists.get_or_init(|| {
            let list = |entry: &Entry| {
                let name = self.part(&entry.name).strip_suffix(LIST)?;
                (!name.is_empty()).then(|| List {
                    entry: Entry {
                        name: entry.name.start..entry.name.start + name.len(),
                        value: entry.value.clone(),
                    },
                    elements: OnceLock::new(),
                })
            };
            self.entries().iter().filter_map(list).collect()
        })
    }

    /// The values of a list; none if it is no list.
    fn elements<'a>(&self, list: &'a List) -> &'a [Data] {
        list.elements.get_or_init(|| {
            let value = wire::slice(&self.message, self.part(&list.entry.value));
            let data = Data::read(&value).unwrap_or_default();
            data.into_list().unwrap_or_default()
        })
    }
}

/// What the host adds to the name of an entry that has a value for each element of a batch.
const LIST: &[u8] = b"Array";

/// The number of the trigger metadata in the protocol's `InvocationRequest`.
const ENTRIES: u32 = 4;

/// How many entries there is room for at first: a queue message has seven, and the members of its JSON.
const USUAL: usize = 12;

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
        let source = &*self.place.source;
        let of_elements = source.batch.iter().flat_map(|batch| {
            let lists = source.lists(batch).iter();
            lists.filter(|list| source.elements(list).len() == batch.len)
        });
        let entries = source.entries().iter();
        entries
            .chain(of_elements.map(|list| &list.entry))
            .filter_map(|entry| str::from_utf8(source.part(&entry.name)).ok())
    }

    /// The entry called `name`, whatever its case, as it came.
    pub fn data(&self, name: &str) -> Option<Data> {
        if let Some(batch) = &self.place.source.batch
            && let Some(list) = self.place.source.list(batch, name)
        {
            return list
                .get(self.place.at)
                .filter(|data| !data.is_none())
                .cloned();
        }
        Data::read(&self.place.source.get(name)?).ok()
    }

    /// What `read` gives, as soon as someone asks for it.
    pub(crate) fn lazy<T>(&self, read: fn(&Self) -> T) -> Lazy<T> {
        // Who settles the messages is not part of what the host says of them.
        Lazy::of(self.place.clone(), read)
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
        let Some(batch) = &self.place.source.batch else {
            return read();
        };
        let shared = batch.shared.get_or_init(|| Box::new(read()));
        shared.downcast_ref().cloned().unwrap_or_else(read)
    }

    /// What the host says of the first of the `len` elements of a batch.
    pub(crate) fn first_element(&self, len: usize) -> Self {
        let source = Source {
            message: self.place.source.message.clone(),
            entries: OnceLock::new(),
            batch: Some(Batch {
                len,
                lists: OnceLock::new(),
                shared: OnceLock::new(),
            }),
        };
        Self {
            settler: self.settler.clone(),
            ..source.into()
        }
    }

    /// Makes it what the host says of another element of the batch.
    pub(crate) fn move_to(&mut self, element: usize) {
        self.place.at = element;
    }

    /// The entries of an invocation, as it came over the wire.
    pub(crate) fn of_invocation(message: Bytes) -> Self {
        let source = Source {
            message,
            ..Source::default()
        };
        source.into()
    }
}

impl From<Source> for Trigger {
    fn from(source: Source) -> Self {
        let source = Arc::new(source);
        Place { source, at: 0 }.into()
    }
}

impl From<Place> for Trigger {
    fn from(place: Place) -> Self {
        Self {
            place,
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
        let mut element = batch.first_element(2);
        let seen: Vec<_> = (0..2)
            .map(|at| {
                element.move_to(at);
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
