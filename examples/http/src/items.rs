//! A route with a parameter, and an answer with a status.

use azure_functions::{
    bindings::{HttpRequest, HttpResponse},
    func,
    http::StatusCode,
};

const ITEMS: [&str; 3] = ["book", "lamp", "pen"];

/// Finds an item by its number, or lists them all: `GET /api/items/2`, `GET /api/items`.
#[func]
fn items(
    #[binding(methods = ["get"], auth_level = "anonymous", route = "items/{id:int?}")]
    request: &HttpRequest,
) -> HttpResponse {
    let Some(id) = request.route_param("id") else {
        return HttpResponse::from(ITEMS.join("\n"));
    };
    match id.parse().ok().and_then(|id: usize| ITEMS.get(id)) {
        Some(item) => HttpResponse::from(*item),
        None => HttpResponse::builder()
            .status(StatusCode::NOT_FOUND)
            .body(format!("there is no item {id}"))
            .finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_number() {
        for (id, status) in [(None, 200), (Some("1"), 200), (Some("7"), 404)] {
            let mut request = HttpRequest::get("/api/items");
            if let Some(id) = id {
                request = request.with_route_param("id", id);
            }
            assert_eq!(items(&request).status(), status, "{id:?}");
        }
    }
}
