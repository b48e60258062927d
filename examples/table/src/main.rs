//! Functions that insert people into a table, and find them.
//!
//! ```sh
//! cargo func run -p table-example
//! curl http://localhost:7071/api/people/de/ada -d '{"height": 1.6, "born": "1815-12-10T00:00:00Z"}' -H 'content-type: application/json'
//! curl http://localhost:7071/api/people/de/ada
//! curl http://localhost:7071/api/taller/1.5
//! ```

use std::process::ExitCode;

use azure_functions::{
    Json,
    bindings::{HttpRequest, HttpResponse, Table, TableEntity, table::edm},
    func,
    http::StatusCode,
};
use serde::{Deserialize, Serialize};

/// What the table holds of a person, besides the country and the name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Person {
    height: f64,
    born: edm::DateTime,
    #[serde(default)]
    visits: i64,
}

/// Inserts a person: `POST /api/people/de/ada`. The host fails the call if there is one of that name in the country.
///
/// The entity has no keys of its own, so those of the binding count, which are made of the route.
#[func]
#[binding(
    name = "output1",
    table_name = "people",
    partition_key = "{country}",
    row_key = "{name}"
)]
fn create(
    #[binding(methods = ["post"], route = "people/{country}/{name}", auth_level = "anonymous")]
    Json(person): Json<Person>,
) -> (StatusCode, TableEntity<Person>) {
    (StatusCode::CREATED, TableEntity::new("", "", person))
}

/// Inserts a person, or takes the place of another: `PUT /api/people/de/ada`.
#[func]
#[binding(
    name = "output1",
    table_name = "people",
    partition_key = "{country}",
    row_key = "{name}"
)]
fn replace(
    #[binding(methods = ["put"], route = "people/{country}/{name}", auth_level = "anonymous")]
    Json(person): Json<Person>,
) -> (StatusCode, TableEntity<Person>) {
    (
        StatusCode::NO_CONTENT,
        TableEntity::new("", "", person).or_replace(),
    )
}

/// Finds a person: `GET /api/people/de/ada`.
#[func]
fn read(
    #[binding(methods = ["get"], route = "people/{country}/{name}", auth_level = "anonymous")]
    _request: &HttpRequest,
    #[binding(table_name = "people", partition_key = "{country}", row_key = "{name}")]
    person: Option<TableEntity<Person>>,
) -> HttpResponse {
    match person {
        Some(person) => Json(person).into(),
        None => StatusCode::NOT_FOUND.into(),
    }
}

/// Lists the people of a country: `GET /api/people/de`.
#[func]
fn list(
    #[binding(methods = ["get"], route = "people/{country}", auth_level = "anonymous")]
    _request: &HttpRequest,
    #[binding(table_name = "people", partition_key = "{country}")] people: Table,
) -> Json<Table> {
    Json(people)
}

/// Names up to ten people who are taller than that: `GET /api/taller/1.5`.
#[func]
fn taller(
    #[binding(methods = ["get"], route = "taller/{height:double}", auth_level = "anonymous")]
    _request: &HttpRequest,
    #[binding(table_name = "people", filter = "height gt {height}", take = 10)] people: Vec<
        TableEntity<Person>,
    >,
) -> HttpResponse {
    let names: Vec<_> = people.into_iter().map(|person| person.row_key).collect();
    names.join("\n").into()
}

fn main() -> ExitCode {
    azure_functions::run()
}

#[cfg(test)]
mod tests {
    use azure_functions::Timestamp;

    use super::*;

    fn ada() -> Person {
        Person {
            height: 1.6,
            born: edm::DateTime(Timestamp::UNIX_EPOCH),
            visits: 0,
        }
    }

    #[test]
    fn writes() {
        let (status, entity) = create(Json(ada()));
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(entity, TableEntity::new("", "", ada()));
        let (status, entity) = replace(Json(ada()));
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(entity.etag.as_deref(), Some("*"));
    }

    #[test]
    fn finds() {
        let request = HttpRequest::get("/");
        let entity = TableEntity::new("de", "ada", ada());
        let found = read(&request, Some(entity.clone()));
        assert_eq!(found.status(), StatusCode::OK);
        assert_eq!(read(&request, None).status(), StatusCode::NOT_FOUND);
        let names = taller(&request, vec![entity.clone(), entity]);
        assert_eq!(names.status(), StatusCode::OK);
        assert_eq!(list(&request, Table::new()).len(), 0);
    }
}
