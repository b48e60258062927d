//! Functions that blobs start.

use std::process::ExitCode;

use azure_functions::{
    Bytes,
    bindings::{Blob, BlobTrigger},
    func,
};

/// Says which blobs are written to the container `watched`.
#[func]
pub fn watch(#[binding(path = "watched/{name}")] blob: BlobTrigger<Bytes>) {
    tracing::info!("{} has {} bytes", blob.path, blob.content.len());
}

/// Copies each blob of `originals` to `copies`.
#[func]
#[binding(name = "$return", path = "copies/{name}")]
pub fn copy(#[binding(path = "originals/{name}")] blob: BlobTrigger<Bytes>) -> Blob<Bytes> {
    Blob::from(blob.content)
}

/// Adds each line of `lines` to the blob of the same name in `journal`, unless it stands there last.
#[func]
pub fn append(
    #[binding(path = "lines/{name}")] line: BlobTrigger,
    #[binding(path = "journal/{name}")] journal: &mut Blob,
) {
    if journal.content.lines().last() != Some(line.content.as_str()) {
        journal.content.push_str(&line.content);
        journal.content.push('\n');
    }
}

fn main() -> ExitCode {
    azure_functions::run()
}
