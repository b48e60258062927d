//! Requests as the host sends them, and responses as it gets them.

mod request;
mod response;
