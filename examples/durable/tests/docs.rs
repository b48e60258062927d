//! The code in `docs/durable` is code of this example.

use std::{fs, path::Path};

#[test]
fn pages_show_this_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |folder: &str, extension: &str| {
        let mut files: Vec<_> = fs::read_dir(root.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .collect();
        files.sort();
        let files = files.into_iter();
        files.map(|path| (fs::read_to_string(&path).unwrap(), path))
    };
    let sources: Vec<_> = read("src", "rs").map(|(text, _)| text).collect();
    let mut count = 0;
    for (page, path) in read("../../docs/durable", "md") {
        for block in page.split("```rust\n").skip(1) {
            let (code, _) = block.split_once("```").unwrap();
            count += 1;
            assert!(
                sources.iter().any(|source| source.contains(code)),
                "{}: not in `examples/durable/src`; copy it from there:\n{code}",
                path.display()
            );
        }
    }
    assert!(count > 10, "{count} blocks");
}
