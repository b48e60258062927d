//! The one way in which the tests of the bindings look at an output.

use crate::{Data, IntoOutput};

/// Fails unless `output` turns into `expected`: a value, or the words of an error.
#[track_caller]
pub(super) fn check_output(output: impl IntoOutput, expected: Result<Data, &str>) {
    assert_eq!(
        output.into_output().map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}
