//! HTTP requests of orchestrators, which the host sends.

use std::{path::Path, sync::Arc, time::Duration};

use azure_functions_host::clock::ManualClock;
use azure_functions_tests::app::{Setup, soon};
use serde_json::json;

use crate::faults::{run, start_as, status};

#[tokio::test]
async fn the_host_asks_until_the_work_is_done() {
    let program = Path::new(env!("CARGO_BIN_EXE_durable_app"));
    let mut setup = Setup::new(program, Path::new(env!("CARGO_MANIFEST_DIR")));
    let clock = ManualClock::new("2026-11-21T03:51:51Z".parse().unwrap());
    setup.config.clock = Arc::new(clock.clone());
    let app = setup.start().await;
    let url = |path: &str| json!(format!("http://{}/api/{path}", app.host.address()));

    // Any status is an answer; that nobody answers is a failure.
    assert_eq!(
        run(&app, "fetches", &url("job/0")).await,
        json!([200, "done"])
    );
    let missing = run(&app, "fetches", &url("nothing")).await;
    assert_eq!(missing[0], 404, "{missing}");
    let failed = run(&app, "fetches", &json!("http://127.0.0.1:1/")).await;
    assert_eq!(failed["runtimeStatus"], "Failed", "{failed}");
    let why = failed["output"].as_str().unwrap();
    assert!(why.contains("HttpActivityError"), "{why}");

    // Two hours go by between three questions.
    start_as(&app, "fetches", "patient", &url("job/2")).await;
    for _ in 0..2 {
        soon(clock.until_asleep(1)).await;
        assert_eq!(status(&app, "patient").await["runtimeStatus"], "Running");
        clock.advance(Duration::from_secs(3600));
    }
    let ended = soon(async {
        loop {
            let status = status(&app, "patient").await;
            if status["runtimeStatus"] != "Running" {
                return status;
            }
        }
    })
    .await;
    assert_eq!(ended["output"], json!([200, "done"]), "{ended}");
    app.stop().await;
}
