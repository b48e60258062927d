//! Every scenario runs with every program, and gives what it should. Nothing is timed: this is so that the benchmark works
//! when someone wants to know.

use std::path::PathBuf;

use azure_functions_bench::{
    contender::{Contender, Kind},
    scenario::SCENARIOS,
};

/// How many invocations each scenario has.
const COUNT: usize = 200;

#[tokio::test]
async fn every_scenario_gives_what_it_should() {
    let contender = |name, program: &str, kind| Contender {
        name,
        program: PathBuf::from(program),
        kind,
    };
    let handler = env!("CARGO_BIN_EXE_bench-custom-handler");
    let contenders = [
        contender(
            "bare",
            env!("CARGO_BIN_EXE_bench-bare-worker"),
            Kind::Worker,
        ),
        contender("app", env!("CARGO_BIN_EXE_bench-app"), Kind::Worker),
        contender("axum", handler, Kind::Handler { lean: false }),
        contender("axum, lean", handler, Kind::Handler { lean: true }),
    ];
    for scenario in SCENARIOS {
        for contender in contenders.iter().filter(|one| one.can(&scenario)) {
            let mut running = contender.start(&scenario, None).await.unwrap();
            let count = if scenario.concurrency == 4 { 8 } else { COUNT };
            let result = running.run(&scenario, count, true).await;
            result
                .unwrap_or_else(|error| panic!("{}: {}: {error:#}", contender.name, scenario.name));
        }
    }
}
