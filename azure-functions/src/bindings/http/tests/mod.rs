//! Requests as the host sends them, and responses as it gets them.

mod request;
mod response;

use azure_functions_shared::rpc::{self, RpcHttp};

use crate::Data;

/// What the host gets of a response.
fn sent(data: Data) -> RpcHttp {
    match data.into_wire().data {
        Some(rpc::Data::Http(http)) => *http,
        other => panic!("a response was expected, not {other:?}"),
    }
}
