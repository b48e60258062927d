//! What holds for every script.

use std::{collections::HashMap, time::Duration};

use proptest::{
    prelude::ProptestConfig,
    test_runner::{FileFailurePersistence, RngSeed, TestCaseError, TestRunner},
};

use super::{
    calls::ensure,
    play::{Expected, MAX_MESSAGE, Player},
    script::scripts,
    worker::{Ended, Threaded, process},
};
use crate::host::Host;

/// How long a host waits for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// Scripts that are the same each time, unless `PROPTEST_RNG_SEED` says otherwise; `PROPTEST_CASES` says how many.
fn runner(cases: u32) -> TestRunner {
    let own = ProptestConfig::default();
    let is_set = |name: &str| std::env::var_os(name).is_some();
    TestRunner::new(ProptestConfig {
        cases: if is_set("PROPTEST_CASES") {
            own.cases
        } else {
            cases
        },
        rng_seed: if is_set("PROPTEST_RNG_SEED") {
            own.rng_seed
        } else {
            RngSeed::Fixed(4711)
        },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/worker/faults/regressions.txt",
        ))),
        max_shrink_iters: 300,
        ..own
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// Plays scripts in this process: it can count what is left behind, and moves the worker's clock.
#[test]
fn every_call_is_answered_once_and_nothing_is_left_behind() {
    let tried = runner(100).run(&scripts(40, 3000), |script| {
        runtime().block_on(async {
            let host = Host::listen(MAX_MESSAGE, Threaded::start).await;
            let mut scene = Player::new(host);
            let played = tokio::time::timeout(PATIENCE, scene.play(&script)).await;
            let end = played.map_err(|_| TestCaseError::fail("the worker does not go on"))??;
            if end.ends_by_itself {
                let served = scene.host.worker().served();
                let served = tokio::time::timeout(PATIENCE, served).await;
                served.map_err(|_| TestCaseError::fail("the worker does not end"))?;
            }
            // What it wanted to say and nobody read is gone with the connection.
            let (_, worker) = scene.host.close();
            let gate = worker.gate().clone();
            let ended = tokio::task::spawn_blocking(|| worker.end()).await.unwrap();
            check_end(&ended, end)?;
            scene.calls.check(end.is_clean, &gate.begun())
        })
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
}

/// Plays scripts to processes, which end with a code.
#[test]
fn a_process_ends_with_the_code_that_the_host_understands() {
    let tried = runner(8).run(&scripts(12, 20), |script| {
        runtime().block_on(async {
            let host = Host::listen(MAX_MESSAGE, process).await;
            let mut scene = Player::new(host);
            let played = tokio::time::timeout(PATIENCE, scene.play(&script)).await;
            let end = played.map_err(|_| TestCaseError::fail("the worker does not go on"))??;
            let (_, child) = scene.host.close();
            let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
            let output = output.map_err(|_| TestCaseError::fail("the process does not end"))?;
            scene.calls.check(end.is_clean, &HashMap::new())?;
            let output = output.unwrap();
            let is_right = match output.status.code() {
                Some(0) => end.may_succeed,
                Some(1) => !end.must_succeed && has_reason(&output.stderr),
                _ => false,
            };
            ensure(is_right, || format!("the process ended with {output:?}"))
        })
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
}

/// Whether the program said why it ended; functions that panicked may have said something before.
fn has_reason(stderr: &[u8]) -> bool {
    let text = String::from_utf8_lossy(stderr);
    text.lines().any(|line| line.starts_with("error: the "))
}

fn check_end(ended: &Ended, expected: Expected) -> Result<(), TestCaseError> {
    let is_right = match &ended.result {
        Ok(()) => expected.may_succeed,
        Err(error) => !expected.must_succeed && error.is_connection(),
    };
    ensure(is_right, || format!("the worker ended with {ended:?}"))?;
    ensure(ended.tasks == 0, || {
        format!("{} tasks are left", ended.tasks)
    })?;
    ensure(ended.running == 0, || {
        format!("{} functions are left", ended.running)
    })
}
