//! Versions of glibc.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

/// A version of glibc, such as 2.39.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Glibc {
    major: u16,
    minor: u16,
}

/// It is no version of glibc.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("write a version such as `2.39`")]
pub(crate) struct GlibcError;

impl Glibc {
    /// That of Ubuntu 24.04, in the image of Flex Consumption.
    pub(crate) const FLEX: Self = Self::new(2, 39);
    /// That of Debian 11, the oldest in the images for containers.
    pub(crate) const CONTAINER: Self = Self::new(2, 31);

    const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// The version that a symbol's version stands for: `GLIBC_2.34` is 2.34.
    pub(super) fn of_symbol(version: &str) -> Option<Self> {
        let version = version.strip_prefix("GLIBC_")?;
        if version == "ABI_DT_RELR" {
            // The relative relocations that glibc 2.36 can apply.
            return Some(Self::new(2, 36));
        }
        // `2.2.5` has symbols of 2.2.
        let mut parts = version.split('.');
        let number = |part: Option<&str>| part.and_then(|part| part.parse().ok());
        Some(Self::new(number(parts.next())?, number(parts.next())?))
    }
}

impl FromStr for Glibc {
    type Err = GlibcError;

    fn from_str(text: &str) -> Result<Self, GlibcError> {
        let (major, minor) = text.split_once('.').ok_or(GlibcError)?;
        let number = |part: &str| part.parse().map_err(|_| GlibcError);
        Ok(Self::new(number(major)?, number(minor)?))
    }
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Serialize for Glibc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_symbols() {
        for (version, expected) in [
            ("GLIBC_2.34", Some("2.34")),
            ("GLIBC_2.2.5", Some("2.2")),
            ("GLIBC_ABI_DT_RELR", Some("2.36")),
            ("GLIBC_PRIVATE", None),
            ("GCC_3.0", None),
        ] {
            let found = Glibc::of_symbol(version).map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{version}");
        }
    }

    #[test]
    fn a_version_is_not_a_decimal_number() {
        let version = |text: &str| text.parse::<Glibc>().ok();
        assert!(version("2.9") < version("2.31"));
        for text in ["", "2", "2.", "2.31.1", "two", "-2.3"] {
            assert_eq!(version(text), None, "{text}");
        }
    }
}
