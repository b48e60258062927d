//! The bindings: one module per service.
