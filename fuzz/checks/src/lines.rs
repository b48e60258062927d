//! Inputs that are several texts, one a line, so that a person can read and write them.

/// The first `N` lines, of which the last is all the rest; `None` for what is no UTF-8. A line that is not there is empty.
pub(crate) fn of<const N: usize>(data: &[u8]) -> Option<[&str; N]> {
    let mut lines = std::str::from_utf8(data).ok()?.splitn(N, '\n');
    Some(std::array::from_fn(|_| lines.next().unwrap_or_default()))
}
