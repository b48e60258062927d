//! Parts of an invocation alone: reading payloads, looking up what the host says of a trigger, finding a route.

use std::{hint::black_box, time::Duration};

use azure_functions::{Data, Trigger};
use azure_functions_bench::scenario;
use azure_functions_host::route::RouteTable;
use criterion::Criterion;
use http::Method;
use serde::Deserialize;

#[derive(Deserialize)]
#[expect(dead_code, reason = "only read")]
struct Order {
    id: u64,
    city: String,
    express: bool,
    amount: f64,
}

fn payloads(criterion: &mut Criterion) {
    let json = scenario::json();
    let text = Data::text("a text of some length, as a queue has it");
    let typed = Data::bytes(json.clone());
    criterion.bench_function("payload/text", |bench| {
        bench.iter(|| black_box(text.clone()).decode::<String>());
    });
    criterion.bench_function("payload/4 KiB of JSON as a type", |bench| {
        bench.iter(|| black_box(typed.clone()).decode::<Vec<Order>>());
    });
    criterion.bench_function("payload/4 KiB of JSON as a tree", |bench| {
        bench.iter(|| black_box(typed.clone()).decode::<serde_json::Value>());
    });
    criterion.bench_function("payload/a batch of JSON", |bench| {
        bench.iter(|| black_box(Data::json(json.clone())).into_list());
    });
}

fn metadata(criterion: &mut Criterion) {
    let names = [
        "Id",
        "DequeueCount",
        "PopReceipt",
        "InsertionTime",
        "ExpirationTime",
    ];
    let trigger: Trigger = names
        .into_iter()
        .map(|name| (name, Data::text("1")))
        .collect();
    criterion.bench_function("trigger/five entries", |bench| {
        bench.iter(|| {
            let trigger = black_box(trigger.clone());
            names.map(|name| trigger.get::<String>(name))
        });
    });
}

fn routes(criterion: &mut Criterion) {
    let functions: Vec<_> = (0..50)
        .map(|at| {
            (
                format!("function{at}"),
                format!("things{at}/{{id:int}}/{{name?}}"),
            )
        })
        .collect();
    let functions = functions.iter();
    let functions = functions.map(|(name, route)| (name.as_str(), Some(route.as_str()), None));
    let Ok(table) = RouteTable::new("api", functions) else {
        return;
    };
    criterion.bench_function("route/the last of fifty", |bench| {
        bench.iter(|| {
            table
                .find(&Method::GET, black_box("/api/things49/7/x"))
                .is_ok()
        });
    });
}

fn main() {
    let mut criterion = Criterion::default()
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    payloads(&mut criterion);
    metadata(&mut criterion);
    routes(&mut criterion);
    criterion.final_summary();
}
