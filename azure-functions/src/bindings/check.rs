//! The one way in which the tests of the bindings look at an output, and at what the host is told.

use expect_test::Expect;

use crate::{Data, FunctionDef, IntoOutput, worker};

/// Fails unless `output` turns into `expected`: a value, or the words of an error.
#[track_caller]
pub(super) fn check_output(output: impl IntoOutput, expected: Result<Data, &str>) {
    assert_eq!(
        output.into_output().map_err(|error| error.to_string()),
        expected.map_err(str::to_owned)
    );
}

/// Fails unless the host is told `expected` of the bindings of the functions: one line of JSON for each.
///
/// The functions are written with `#[func]` in the test, and given as `&functions![one, two]`.
#[track_caller]
pub(super) fn check_metadata(functions: &[&FunctionDef], expected: &Expect) {
    let lines: Vec<String> = functions
        .iter()
        .flat_map(|function| worker::metadata::lines(function))
        .collect();
    expected.assert_eq(&lines.join("\n"));
}
