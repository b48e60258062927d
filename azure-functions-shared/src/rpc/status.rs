//! Results of requests. The default of the wire type is a failure, so every result is made here.

use super::{RpcException, StatusResult, status_result::Status};

impl StatusResult {
    /// It worked.
    pub fn success() -> Self {
        Self {
            status: Status::Success.into(),
            ..Self::default()
        }
    }

    /// It failed, and this is why.
    pub fn failure(exception: RpcException) -> Self {
        Self {
            status: Status::Failure.into(),
            exception: Some(exception),
            ..Self::default()
        }
    }

    /// It was cancelled, and this is what to say of it.
    pub fn cancelled(exception: RpcException) -> Self {
        Self {
            status: Status::Cancelled.into(),
            exception: Some(exception),
            ..Self::default()
        }
    }
}
