//! [`Syntax`]: how the value of a property is written.

use azure_functions_shared::{
    expression::{self, Placeholder, Placeholders},
    ncrontab, route, storage_name, timespan,
};

/// How a text value of a property is written.
///
/// All but [`Setting`](Self::Setting) and [`Verbatim`](Self::Verbatim) can have `%SETTING%` in them. The `{…}` of a binding
/// that is no trigger are checked against what the function's trigger [offers](crate::Binding::OFFERS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Syntax {
    /// Any text.
    Text,
    /// Any text, which the host takes as it is: `%` and braces mean nothing in it.
    Verbatim,
    /// The name of an app setting, or the prefix of several.
    Setting,
    /// An NCRONTAB expression, or a `TimeSpan`.
    Schedule,
    /// A `TimeSpan` of .NET, such as `01:30:00`.
    TimeSpan,
    /// A route template of ASP.NET; its parameters are offered to other bindings.
    Route,
    /// The name of a storage queue.
    QueueName,
    /// The name of a blob container.
    ContainerName,
    /// A container and the name of a blob in it.
    BlobPath,
    /// A container and a pattern for the names of blobs; its parameters are offered to other bindings.
    BlobPattern,
    /// The name of a storage table.
    TableName,
}

impl Syntax {
    /// Says whether `text` is written so; with `template`, `{…}` in it are expressions, as in all bindings but triggers.
    ///
    /// What the host puts in the place of an expression or a `%SETTING%` is not known before it runs, and so nothing is said of
    /// a text that has any, except that they are written well.
    ///
    /// # Errors
    ///
    /// What the host would refuse, and what to write instead.
    ///
    /// ```
    /// use azure_functions::Syntax;
    ///
    /// const GOOD: bool = Syntax::QueueName.check("orders", false).is_ok();
    /// assert!(GOOD);
    /// assert!(Syntax::Schedule.check("0 0 25 * * *", false).is_err());
    /// assert!(Syntax::BlobPath.check("files/{id", true).is_err());
    /// ```
    pub const fn check(self, text: &str, template: bool) -> Result<(), &'static str> {
        if self.is_verbatim() {
            return self.written(text);
        }
        match (self, expression::settings(text)) {
            // In a route `%` may as well be part of an escaped letter.
            (_, Ok(())) | (Self::Route, Err(_)) => {}
            (_, Err(error)) => return Err(error.message()),
        }
        if template {
            match has_placeholders(text) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => return Err(error.message()),
            }
        }
        if expression::has_setting(text) {
            return Ok(());
        }
        self.written(text)
    }

    /// Whether the host takes the text as it is.
    pub(crate) const fn is_verbatim(self) -> bool {
        matches!(self, Self::Verbatim | Self::Setting)
    }

    const fn written(self, text: &str) -> Result<(), &'static str> {
        match self {
            Self::Text | Self::Verbatim => Ok(()),
            Self::Setting if text.is_empty() => Err("it is empty; give the name of an app setting"),
            Self::Setting => Ok(()),
            Self::Schedule => match (ncrontab::parse(text), timespan::parse(text)) {
                (Ok(_), _) | (_, Ok(_)) => Ok(()),
                (Err(_), Err(error)) if has(text, b':') => Err(error.message()),
                (Err(error), Err(_)) => Err(error.message()),
            },
            Self::TimeSpan => match timespan::parse(text) {
                Ok(_) => Ok(()),
                Err(error) => Err(error.message()),
            },
            Self::Route => match route::check(text) {
                Ok(()) => Ok(()),
                // The root of an app whose prefix is empty.
                Err(_) if matches!(text.as_bytes(), b"/") => Ok(()),
                Err(error) => Err(error.message()),
            },
            Self::QueueName => name(storage_name::queue(text)),
            Self::ContainerName => name(storage_name::container(text)),
            Self::TableName => name(storage_name::table(text)),
            Self::BlobPath => name(storage_name::blob_path(text)),
            Self::BlobPattern => pattern(text),
        }
    }
}

const fn name(checked: Result<(), storage_name::StorageNameError>) -> Result<(), &'static str> {
    match checked {
        Ok(()) => Ok(()),
        Err(error) => Err(error.as_str()),
    }
}

const fn has_placeholders(text: &str) -> Result<bool, expression::Error> {
    let mut placeholders = Placeholders::new(text);
    let mut any = false;
    loop {
        match placeholders.next() {
            Ok(Some(_)) => any = true,
            Ok(None) => return Ok(any),
            Err(error) => return Err(error),
        }
    }
}

/// A container, or a container and a pattern in which every `{…}` is a plain name.
const fn pattern(text: &str) -> Result<(), &'static str> {
    const SHAPE: &str =
        "the path is not `container/pattern`; name the container first, then the blobs";
    let mut placeholders = Placeholders::new(text);
    let mut captures = false;
    loop {
        match placeholders.next() {
            Ok(Some(placeholder)) if is_plain(placeholder) => captures = true,
            Ok(Some(_)) => {
                return Err(
                    "a pattern captures plain names, such as `{name}`; use letters, digits and `_`",
                );
            }
            Ok(None) => break,
            Err(error) => return Err(error.message()),
        }
    }
    match split_slash(text) {
        Some((container, blob)) if container.is_empty() || blob.is_empty() => Err(SHAPE),
        Some((container, _)) if captures => name(storage_name::container(container)),
        Some(_) => name(storage_name::blob_path(text)),
        None if captures => Err(SHAPE),
        None => name(storage_name::container(text)),
    }
}

const fn is_plain(placeholder: Placeholder<'_>) -> bool {
    placeholder.name().len() == placeholder.text().len() && !placeholder.is_system()
}

const fn has(text: &str, letter: u8) -> bool {
    position(text, letter).is_some()
}

const fn split_slash(text: &str) -> Option<(&str, &str)> {
    match position(text, b'/') {
        Some(at) => {
            let (container, rest) = text.split_at(at);
            Some((container, rest.split_at(1).1))
        }
        None => None,
    }
}

const fn position(text: &str, letter: u8) -> Option<usize> {
    let mut rest = text.as_bytes();
    let mut at = 0;
    while let [first, after @ ..] = rest {
        if *first == letter {
            return Some(at);
        }
        rest = after;
        at += 1;
    }
    None
}
