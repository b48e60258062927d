//! Functions that use a service through generic bindings: the host's own names, and values as they come.
//!
//! It is the way to a binding that has no type of its own in the crate. Cosmos DB has one, and stands here as an example.
//!
//! ```text
//! curl http://localhost:7071/api/words -H 'content-type: application/json' -d '{"id": "tea", "length": 3}'
//! curl http://localhost:7071/api/words
//! ```

use std::process::ExitCode;

use azure_functions::{
    BoxError, Json,
    bindings::{GenericInput, GenericOutput, GenericTrigger, HttpRequest, HttpResponse},
    func,
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::Value;

/// A document.
#[derive(Deserialize)]
struct Word {
    id: String,
}

/// Writes a document.
#[func]
#[binding(
    name = "output1",
    type = "cosmosDB",
    connection = "CosmosDB",
    database_name = "lexicon",
    container_name = "words",
    create_if_not_exists = true,
    partition_key = "/id"
)]
fn add(
    #[binding(methods = "post", route = "words", auth_level = "anonymous")] Json(word): Json<Value>,
) -> (HttpResponse, GenericOutput) {
    (StatusCode::CREATED.into(), word.into())
}

/// Answers with the documents that a query finds.
#[func]
fn list(
    #[binding(methods = "get", route = "words", auth_level = "anonymous")] _request: &HttpRequest,
    #[binding(
        type = "cosmosDB",
        connection = "CosmosDB",
        database_name = "lexicon",
        container_name = "words",
        sql_query = "SELECT VALUE w.id FROM w ORDER BY w.id"
    )]
    words: GenericInput,
) -> Result<Json<Vec<String>>, BoxError> {
    Ok(Json(words.data.decode()?))
}

/// Says which documents were written.
#[func]
fn watch(
    #[binding(
        type = "cosmosDBTrigger",
        connection = "CosmosDB",
        database_name = "lexicon",
        container_name = "words",
        create_lease_container_if_not_exists = true,
        feed_poll_delay = 100
    )]
    changes: GenericTrigger,
) -> Result<(), BoxError> {
    let words: Vec<Word> = changes.data.decode()?;
    for word in words {
        tracing::info!("`{}` is new", word.id);
    }
    Ok(())
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use azure_functions::Data;
    use serde_json::json;

    use super::*;

    #[test]
    fn adds() {
        let (response, word) = add(Json(json!({ "id": "tea" })));
        assert_eq!(response.status(), StatusCode::CREATED);
        assert_eq!(word, json!({ "id": "tea" }).into());
    }

    #[test]
    fn lists() {
        let words = |json: &str| GenericInput::new(Data::json(json));
        let listed = list(&HttpRequest::default(), words(r#"["milk","tea"]"#)).unwrap();
        assert_eq!(listed.0, ["milk", "tea"]);
        assert!(list(&HttpRequest::default(), words(r#"{"id":1}"#)).is_err());
    }

    #[test]
    fn watches() {
        assert!(watch(GenericTrigger::new(Data::text(r#"[{"id":"tea"}]"#))).is_ok());
        assert!(watch(GenericTrigger::new(Data::none())).is_err());
    }
}
