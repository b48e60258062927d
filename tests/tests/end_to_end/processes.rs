//! An app in several processes, each with a server of its own for the requests that it gets.

use std::{collections::BTreeSet, path::Path};

use azure_functions_tests::app::{Setup, soon};

#[tokio::test]
async fn an_app_runs_in_as_many_processes_as_it_wants() {
    let program = Path::new(env!("CARGO_BIN_EXE_http_app"));
    for whole in [None, Some("1")] {
        let setup = Setup::new(program, Path::new(env!("CARGO_MANIFEST_DIR")))
            .with("FUNCTIONS_WORKER_PROCESS_COUNT", "2");
        let setup = match whole {
            Some(value) => setup.with("WHOLE", value),
            None => setup,
        };
        let app = setup.start().await;
        soon(async {
            let mut seen = BTreeSet::new();
            while seen.len() < 2 {
                let reply = app.get("/api/process").await;
                assert_eq!(reply.status, 200);
                seen.insert(reply.body);
            }
        })
        .await;
        app.stop().await;
    }
}
