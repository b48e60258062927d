//! The set of values that a field may have.

use core::fmt;

use super::Field;

/// A set of numbers from 0 to 63.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Values(u64);

impl Values {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ZERO: Self = Self(1);

    /// Says whether `value` is in the set.
    pub const fn contains(self, value: u8) -> bool {
        matches!(self.at_or_after(value), Some(found) if found == value)
    }

    /// The smallest value of the set that is not below `least`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a 64-bit number has at most 64 trailing zeros"
    )]
    pub const fn at_or_after(self, least: u8) -> Option<u8> {
        match u64::MAX.checked_shl(least as u32) {
            Some(mask) if self.0 & mask != 0 => Some((self.0 & mask).trailing_zeros() as u8),
            _ => None,
        }
    }

    /// Says whether two values follow each other without a gap.
    pub(super) const fn has_neighbours(self) -> bool {
        self.0 & (self.0 >> 1) != 0
    }

    pub(super) const fn insert(&mut self, value: u8) {
        debug_assert!(value < 64);
        self.0 |= 1 << (value % 64);
    }

    /// Writes the values as the host does: `*` for all, `a-b` for two or more in a row.
    pub(super) fn fmt(self, f: &mut fmt::Formatter<'_>, field: Field) -> fmt::Result {
        let (min, max) = field.range();
        let mut from = min;
        let mut separator = "";
        while let Some(first) = self.at_or_after(from) {
            let mut last = first;
            while self.contains(last + 1) {
                last += 1;
            }
            if (first, last) == (min, max) {
                return f.write_str("*");
            }
            write!(f, "{separator}{first}")?;
            if last > first {
                write!(f, "-{last}")?;
            }
            separator = ",";
            from = last + 1;
        }
        Ok(())
    }
}
