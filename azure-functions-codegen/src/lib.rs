//! The `#[func]` attribute.
