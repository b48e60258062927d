//! Which test is for which trap.

use std::{fs, path::Path};

/// How many traps there are.
const TRAPS: u32 = 26;

/// The files here, whose tests are called after the traps.
const HERE: [&str; 3] = ["http.rs", "inputs.rs", "outputs.rs"];

/// The traps that are tested where more is needed for it than one call: the file, and the test.
const ELSEWHERE: &[(u32, &str, &str)] = &[
    (
        24,
        "tests/worker/lifecycle.rs",
        "status_is_answered_while_all_threads_are_busy",
    ),
    (24, "tests/worker/lifecycle.rs", "cancelled_while_blocking"),
];

/// The traps of bindings that are not there yet.
const MISSING: &[(u32, &str)] = &[(25, "Durable Functions"), (26, "Durable Functions")];

#[test]
fn every_trap_has_a_test() {
    let read = |file: &str| {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a file")
    };
    let here: String = HERE
        .map(|file| read(&format!("tests/traps/{file}")))
        .concat();
    for (number, file, test) in ELSEWHERE {
        assert!(
            read(file).contains(&format!("fn {test}(")),
            "{number}: `{file}` has no test `{test}`"
        );
    }
    for trap in 1..=TRAPS {
        let tested = here.contains(&format!("fn trap_{trap:02}_"))
            || ELSEWHERE.iter().any(|(number, ..)| *number == trap);
        let missing = MISSING.iter().any(|(number, _)| *number == trap);
        assert!(
            tested != missing,
            "{trap}: tested: {tested}, missing: {missing}"
        );
    }
}
