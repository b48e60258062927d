//! A service through generic bindings alone.

use azure_functions_tests::app::Setup;

#[tokio::test]
async fn generic_bindings_write_read_and_hear_of_documents() {
    let mut app = Setup::example("generic").start().await;
    assert_eq!(app.get("/api/words").await.body, "[]");
    for word in ["tea", "milk"] {
        let document = format!(r#"{{"id":"{word}"}}"#);
        let reply = app.post("/api/words", &document).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        assert_eq!(app.logged("watch").await, format!("`{word}` is new"));
    }
    assert_eq!(app.get("/api/words").await.body, r#"["milk","tea"]"#);
    app.stop().await;
}
