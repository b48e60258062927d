//! Tables: their names, what is read, and what can be written.

use azure_functions::{
    bindings::{HttpRequest, Table, TableEntity},
    func,
};

#[func]
fn no_table(_request: HttpRequest, _people: Table) {}

#[func]
fn name(_request: HttpRequest, #[binding(table_name = "my-people")] _people: Table) {}

#[func]
fn take(_request: HttpRequest, #[binding(table_name = "people", take = "5")] _people: Table) {}

#[func]
#[binding(name = "$return", table_name = "people", filter = "age gt 5")]
fn filtered_output(_request: HttpRequest) -> Vec<TableEntity> {
    Vec::new()
}

struct Person;

#[func]
fn properties(_request: HttpRequest, #[binding(table_name = "people")] _people: Table<Person>) {}

fn main() {}
