//! The ways in which the tests of the bindings look at an output, and at what the host is told.

use expect_test::Expect;

use crate::{Data, FunctionDef, IntoOutput, worker::metadata};

/// Fails unless the host is told of the bindings of these functions as expected: a line for each binding.
#[track_caller]
pub(super) fn check_metadata<const N: usize>(
    functions: [&'static FunctionDef; N],
    expected: &Expect,
) {
    let bindings = functions.into_iter().flat_map(metadata::bindings);
    let lines: Vec<_> = bindings
        .map(|binding| serde_json::to_string(&binding).unwrap())
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

/// Fails unless `output` turns into `expected`: a value, or the words of an error.
#[track_caller]
pub(super) fn check_output(output: impl IntoOutput, expected: Result<Data, &str>) {
    assert_eq!(
        output.into_output().map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}
