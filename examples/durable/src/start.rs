//! Async HTTP: a request starts an orchestration, and the answer says where to ask for its status.

use std::time::Duration;

use azure_functions::{
    BoxError,
    bindings::{
        DurableOrchestrationClient, HttpRequest, HttpResponse,
        durable::{DurableClientError, EntityRef, InstanceStatus, RuntimeStatus},
    },
    func,
};
use serde_json::Value;

use crate::{chaining::chain, counter::Counter};

/// `POST /api/start/{name}` with a JSON body starts the orchestrator of this name. The answer comes at once, and says where to
/// ask for the status.
#[func]
#[binding(name = "req", route = "start/{name}", methods = ["post"])]
async fn start_by_name(
    req: HttpRequest<Value>,
    client: DurableOrchestrationClient,
) -> Result<HttpResponse, BoxError> {
    let name = req.route_param("name").unwrap_or_default().to_owned();
    let id = client.start_by_name(&name, req.into_body()).await?;
    Ok(client.check_status_response(&id)?)
}

/// `POST /api/greetings` with a name as its body starts [`chain`]. The answer is the greeting if it is there within two seconds.
#[func]
#[binding(name = "req", route = "greetings", methods = ["post"])]
async fn start(
    req: HttpRequest<String>,
    client: DurableOrchestrationClient,
) -> Result<HttpResponse, BoxError> {
    let id = client.start(chain, req.into_body()).await?;
    match client.wait(&id, Duration::from_secs(2)).await {
        Ok(status) if status.runtime_status == RuntimeStatus::Completed => {
            Ok(status.output::<String>()?.into())
        }
        Ok(_) | Err(DurableClientError::TimedOut) => Ok(client.check_status_response(&id)?),
        Err(error) => Err(error.into()),
    }
}

/// `GET /api/greetings/{id}` says how far a greeting is.
#[func]
#[binding(name = "req", route = "greetings/{id}", methods = ["get"])]
async fn status(
    req: HttpRequest,
    client: DurableOrchestrationClient,
) -> Result<HttpResponse, BoxError> {
    let id = req.route_param("id").unwrap_or_default();
    Ok(answer(client.status(id).await?.as_ref()))
}

/// What is told of an instance.
fn answer(status: Option<&InstanceStatus>) -> HttpResponse {
    match status {
        None => HttpResponse::builder().status(404).finish(),
        Some(status) => match status.output::<String>() {
            Ok(greeting) => greeting.into(),
            Err(why) if status.runtime_status.is_over() => HttpResponse::builder()
                .status(500)
                .body(why.to_string())
                .finish(),
            Err(_) => HttpResponse::builder().status(202).finish(),
        },
    }
}

/// `POST /api/visits/{page}` counts a visit with the entity of the page.
#[func]
#[binding(name = "req", route = "visits/{page}", methods = ["post"])]
async fn visit(req: HttpRequest, client: DurableOrchestrationClient) -> Result<(), BoxError> {
    let page = EntityRef::<Counter>::new(req.route_param("page").unwrap_or_default());
    client.signal_operation(&page, Counter::add, 1).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use azure_functions::{
        BoxError,
        bindings::{
            HttpRequest,
            durable::{InstanceStatus, RuntimeStatus, TestHub},
        },
    };

    use super::{answer, start, start_by_name, status, visit};

    fn greeting(name: &str) -> HttpRequest<String> {
        HttpRequest::post("/api/greetings").with_body(name.to_owned())
    }

    #[tokio::test]
    async fn a_greeting_that_is_there_at_once() -> Result<(), BoxError> {
        let hub = TestHub::new();
        hub.orchestrator("chain", |name: String| {
            Ok::<_, BoxError>(format!("Hello, {name}!"))
        });
        let response = start(greeting("Ada"), hub.client()).await?;
        assert_eq!(response.status(), 200);
        assert_eq!(response.body(), "Hello, Ada!");
        Ok(())
    }

    #[tokio::test]
    async fn a_greeting_that_takes_time() -> Result<(), BoxError> {
        let hub = TestHub::new();
        let response = start(greeting("Ada"), hub.client()).await?;
        assert_eq!(response.status(), 202);
        assert!(response.headers().contains_key("location"));
        let id = &hub.instances()[0].instance_id;
        let ask = || HttpRequest::get("/api/greetings/1").with_route_param("id", id);
        assert_eq!(status(ask(), hub.client()).await?.status(), 202);
        hub.complete(id, "Hello!")?;
        assert_eq!(status(ask(), hub.client()).await?.body(), "Hello!");
        hub.close();
        assert!(start(greeting("Ada"), hub.client()).await.is_err());
        Ok(())
    }

    #[tokio::test]
    async fn any_orchestrator() -> Result<(), BoxError> {
        let hub = TestHub::new();
        let request = HttpRequest::post("/api/start/chain").with_route_param("name", "chain");
        let response = start_by_name(request.with_body("Ada".into()), hub.client()).await?;
        assert_eq!(response.status(), 202);
        let started = &hub.instances()[0];
        assert_eq!(
            (started.name.as_str(), started.input::<String>()?.as_str()),
            ("chain", "Ada")
        );
        Ok(())
    }

    #[tokio::test]
    async fn a_visit() -> Result<(), BoxError> {
        let hub = TestHub::new();
        let request = HttpRequest::post("/api/visits/home").with_route_param("page", "home");
        visit(request, hub.client()).await?;
        let signal = &hub.signals()[0];
        assert_eq!(signal.entity.to_string(), "@counter@home");
        assert_eq!(
            (signal.operation.as_str(), signal.input_json.as_deref()),
            ("add", Some("1"))
        );
        Ok(())
    }

    #[test]
    fn answers() {
        assert_eq!(answer(None).status(), 404);
        let mut status = InstanceStatus::default();
        for (runtime_status, output, expected) in [
            (RuntimeStatus::Pending, None, 202),
            (RuntimeStatus::Running, None, 202),
            (RuntimeStatus::Completed, Some("\"Hello\""), 200),
            (RuntimeStatus::Completed, Some("1"), 500),
            (RuntimeStatus::Failed, Some("Error: no"), 500),
        ] {
            status.runtime_status = runtime_status;
            status.output_json = output.map(str::to_owned);
            assert_eq!(answer(Some(&status)).status(), expected, "{status:?}");
        }
    }
}
