//! [`Lazy`]: what the host says of a payload, read when a function asks for it.

use std::{cmp::Ordering, fmt, ops::Deref, sync::OnceLock};

use serde::{Serialize, Serializer};

use crate::{Trigger, trigger::Place};

/// A value that is read when a function first asks for it.
///
/// Most functions look at little of what the host says of a message: the times, the properties, the receipts. So that is kept
/// as it came. It is used like a reference to the value:
///
/// ```
/// use azure_functions::{bindings::QueueTrigger, func};
///
/// #[func]
/// fn retry(#[binding(queue_name = "jobs")] job: QueueTrigger) {
///     if job.dequeue_count.is_some_and(|count| count > 3) {
///         println!("`{}` fails again and again", job.message);
///     }
/// }
///
/// // A test makes one of the value.
/// let mut job = QueueTrigger::new("sweep".to_owned());
/// job.dequeue_count = Some(4).into();
/// assert_eq!(job.dequeue_count, Some(4));
/// retry(job);
/// ```
///
/// As long as it is kept and was not read, so is the message in which the host sent it.
#[derive(Clone)]
pub struct Lazy<T> {
    value: OnceLock<T>,
    /// Where it is read from; the default of `T` stands for a value that is nowhere.
    from: Option<(Place, Read<T>)>,
}

/// How a value is read.
type Read<T> = fn(&Trigger) -> T;

impl<T> Lazy<T> {
    pub(crate) fn of(place: Place, read: Read<T>) -> Self {
        Self {
            value: OnceLock::new(),
            from: Some((place, read)),
        }
    }
}

impl<T: Default> Lazy<T> {
    /// The value.
    pub fn into_inner(mut self) -> T {
        match self.value.take() {
            Some(value) => value,
            None => self.read(),
        }
    }

    fn read(&self) -> T {
        match &self.from {
            Some((place, read)) => read(&place.clone().into()),
            None => T::default(),
        }
    }
}

impl<T: Default> Deref for Lazy<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.get_or_init(|| self.read())
    }
}

impl<T> Default for Lazy<T> {
    fn default() -> Self {
        Self {
            value: OnceLock::new(),
            from: None,
        }
    }
}

impl<T> From<T> for Lazy<T> {
    fn from(value: T) -> Self {
        Self {
            value: value.into(),
            from: None,
        }
    }
}

impl<T: Default + fmt::Debug> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Default + PartialEq> PartialEq for Lazy<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Default + Eq> Eq for Lazy<T> {}

impl<T: Default + PartialEq> PartialEq<T> for Lazy<T> {
    fn eq(&self, other: &T) -> bool {
        **self == *other
    }
}

impl<T: Default + PartialOrd> PartialOrd<T> for Lazy<T> {
    fn partial_cmp(&self, other: &T) -> Option<Ordering> {
        (**self).partial_cmp(other)
    }
}

impl<T: Default + Serialize> Serialize for Lazy<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::Lazy;
    use crate::{Data, Trigger};

    #[test]
    fn values() {
        let trigger: Trigger = [("Count", Data::json("3"))].into_iter().collect();
        let count: Lazy<Option<u32>> = trigger.lazy(|trigger| trigger.get("count"));
        let none = Lazy::<Option<u32>>::default();
        assert_eq!(none, None);
        assert_eq!(count, Some(3));
        assert_ne!(count, none);
        assert_eq!(count, Lazy::from(Some(3)));
        assert!(count > Some(2) && count.is_some_and(|count| count < 4));
        assert_eq!(format!("{count:?} {none:?}"), "Some(3) None");
        assert_eq!(serde_json::to_string(&count).unwrap(), "3");
        assert_eq!(count.clone().into_inner(), Some(3));
        let other: Lazy<Option<u32>> = trigger.lazy(|trigger| trigger.get("none"));
        assert_eq!(other.into_inner(), None);
    }
}
