//! Short soaks. The long ones are `cargo xtask soak` and `cargo xtask durable-kills`.

#![cfg(target_os = "linux")]

use std::{path::Path, time::Duration};

use azure_functions_tests::soak::{Chaos, Kills, Mixture, Strays, chaos, kills, mixture};
use tracing::subscriber::set_default;

const PROGRAM: &str = env!("CARGO_BIN_EXE_soak_app");

/// Counts an answer that comes twice, or nothing it says can be believed.
#[tokio::test]
async fn an_answer_that_nobody_waits_for_is_counted() {
    let strays = Strays::default();
    let _counting = set_default(strays.clone());
    let mut config = azure_functions_host::Config::read(
        env!("CARGO_BIN_EXE_scripted-worker"),
        env!("CARGO_MANIFEST_DIR"),
    )
    .unwrap();
    config.port = 0;
    let functions = r#"[{ "name": "double", "bindings": [
        { "type": "httpTrigger", "direction": "in", "name": "req" },
        { "type": "http", "direction": "out", "name": "$return" }
    ]}]"#;
    let settings = &mut config.settings;
    settings.insert("SCRIPT_FUNCTIONS".into(), functions.into());
    let host = azure_functions_host::Host::start(config).await.unwrap();
    for _ in 0..3 {
        host.invoke("double", "").await.unwrap();
    }
    host.stop().await.unwrap();
    assert_eq!(strays.count(), 3);
}

#[tokio::test]
async fn every_invocation_is_answered_once_whatever_happens_to_its_worker() {
    let strays = Strays::default();
    let _counting = set_default(strays.clone());
    let plan = Chaos {
        program: Path::new(PROGRAM).to_owned(),
        invocations: 5_000,
        before: 100,
        concurrency: 64,
        workers: 4,
        seed: 4_711,
    };
    let report = chaos(&plan, &strays).await.unwrap();
    println!("{report}");
    assert_eq!(report.faults(None), <[String; 0]>::default());
    assert_eq!(report.sent, plan.invocations);
    let died = report.outcomes.iter();
    let died = died.filter(|((action, _), _)| *action == "die");
    let died: u64 = died.map(|(_, number)| number).sum();
    assert!((30..80).contains(&died), "{died} workers were killed");
}

#[tokio::test]
async fn requests_messages_batches_logs_and_streams_go_side_by_side() {
    let strays = Strays::default();
    let _counting = set_default(strays.clone());
    let plan = Mixture {
        program: Path::new(PROGRAM).to_owned(),
        time: Duration::from_secs(2),
        seed: 4_711,
    };
    let summary = mixture(&plan, &strays).await.unwrap();
    println!("{summary}");
    assert_eq!(summary.faults(None), <[String; 0]>::default());
}

#[tokio::test]
async fn orchestrations_complete_whatever_happens_to_their_worker() {
    let folder = tempfile::tempdir().unwrap();
    for store in [None, Some(folder.path().join("hub.db"))] {
        let plan = Kills {
            program: Path::new(env!("CARGO_BIN_EXE_durable_app")).to_owned(),
            instances: 30,
            fan: 20,
            millis: 5,
            every: Duration::from_millis(200),
            store,
            patience: Duration::from_secs(60),
        };
        let report = kills(&plan).await.unwrap();
        println!("{report}");
        assert_eq!(report.faults(), <[String; 0]>::default());
        assert_eq!(report.results, 600);
    }
}
