//! Blobs: what starts a function, what it copies, and what it writes back.

use azure_functions_host::{
    EventKind,
    blob_path::BlobPath,
    store::{Blob, BlobProperties, NewBlob},
};
use azure_functions_tests::app::{App, Setup};

async fn put(app: &App, path: &str, content: &'static str) -> BlobProperties {
    let path = BlobPath::parse(path).unwrap();
    app.host
        .blobs()
        .put(&path, NewBlob::new(content))
        .await
        .unwrap()
}

async fn get(app: &App, path: &str) -> Option<Blob> {
    let path = BlobPath::parse(path).unwrap();
    app.host.blobs().get(&path).await.unwrap()
}

#[tokio::test]
async fn each_version_of_a_blob_starts_a_function_once() {
    let mut app = Setup::example("blob").start().await;
    let first = put(&app, "watched/a.txt", "one").await;
    assert_eq!(app.logged("watch").await, "watched/a.txt has 3 bytes");
    app.event(EventKind::Succeeded, "watch").await;
    // The same content again is another version.
    let second = put(&app, "watched/a.txt", "one").await;
    assert_ne!(first.etag, second.etag);
    assert_eq!(app.logged("watch").await, "watched/a.txt has 3 bytes");
    app.event(EventKind::Succeeded, "watch").await;
    // A call too many for the first blob would come before this one.
    put(&app, "watched/folder/b.txt", "four").await;
    assert_eq!(
        app.logged("watch").await,
        "watched/folder/b.txt has 4 bytes"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_blob_is_copied_byte_for_byte() {
    let mut app = Setup::example("blob").start().await;
    for content in ["", "text", "{\"json\": [1, 2]}", "é\u{0}\r\n"] {
        put(&app, "originals/folder/a.bin", content).await;
        app.event(EventKind::Succeeded, "copy").await;
        let copy = get(&app, "copies/folder/a.bin").await.unwrap();
        assert_eq!(copy.content, content);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_blob_is_written_back_only_if_it_changed() {
    let mut app = Setup::example("blob").start().await;
    let mut etags = Vec::new();
    for (line, journal) in [
        ("one", "one\n"),
        ("two", "one\ntwo\n"),
        ("two", "one\ntwo\n"),
    ] {
        put(&app, "lines/today", line).await;
        app.event(EventKind::Succeeded, "append").await;
        let blob = get(&app, "journal/today").await.unwrap();
        assert_eq!(blob.content, journal);
        etags.push(blob.properties.etag);
    }
    assert_ne!(etags[0], etags[1]);
    assert_eq!(etags[1], etags[2], "what did not change was written");
    app.stop().await;
}
