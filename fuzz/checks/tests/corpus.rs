//! Every input that is in this repository goes through its check: the smoke run of the fuzz targets.

use std::{
    collections::BTreeSet,
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};

use azure_functions_fuzz::{
    TARGETS, bindings, corpus, expression, host_json, http_request, output, payload, route,
    schedule, streaming_message,
};

#[track_caller]
fn check(check: fn(&[u8]), entries: &BTreeSet<Vec<u8>>) {
    assert!(entries.len() > 20, "{} inputs only", entries.len());
    for entry in entries {
        let found = catch_unwind(|| check(entry)).is_err();
        assert!(!found, "the input is {:?}", String::from_utf8_lossy(entry));
    }
}

macro_rules! targets {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            check($target::check, &corpus::entries(stringify!($target)).unwrap());
        })*

        const NAMES: &[&str] = &[$(stringify!($target)),*];
    };
}

targets! {
    streaming_message payload bindings http_request route expression host_json schedule output
}

/// The names in the list, in the folder and in the manifest that `cargo fuzz` reads.
#[test]
fn every_target_is_there() {
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, NAMES);
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut expected: Vec<_> = names
        .iter()
        .map(|name| PathBuf::from(format!("{name}.rs")))
        .collect();
    expected.sort();
    let files = fs::read_dir(fuzz.join("fuzz_targets")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().file_name().into()).collect();
    files.sort();
    assert_eq!(files, expected);
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for name in names {
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
}
