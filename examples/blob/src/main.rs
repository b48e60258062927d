//! Functions that blobs start.

use std::process::ExitCode;

use azure_functions::{
    bindings::{Blob, BlobTrigger},
    func,
};

/// Says which blobs are written to the container `watched`.
#[func]
fn watch(#[binding(path = "watched/{name}")] blob: &BlobTrigger) {
    let path = blob.path.as_deref().unwrap_or("a blob");
    tracing::info!("{path} has {} bytes", blob.content.len());
}

/// Copies each blob of `originals` to `copies`.
#[func]
#[binding(name = "$return", path = "copies/{name}")]
fn copy(#[binding(path = "originals/{name}")] blob: BlobTrigger) -> Blob {
    Blob::from(blob.content)
}

/// Adds each line of `lines` to the blob of the same name in `journal`, unless it stands there last.
#[func]
fn append(
    #[binding(path = "lines/{name}")] line: &BlobTrigger<String>,
    #[binding(path = "journal/{name}")] journal: &mut Blob<String>,
) {
    if journal.content.lines().last() != Some(line.content.as_str()) {
        journal.content.push_str(&line.content);
        journal.content.push('\n');
    }
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies() {
        let original = BlobTrigger::new("content".into());
        watch(&original);
        assert_eq!(copy(original).content, "content");
    }

    #[test]
    fn appends_what_is_new() {
        let mut journal = Blob::default();
        for line in ["one", "two", "two"] {
            append(&BlobTrigger::new(line.to_owned()), &mut journal);
        }
        assert_eq!(journal.content, "one\ntwo\n");
    }
}
