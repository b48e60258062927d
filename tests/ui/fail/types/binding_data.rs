//! Types whose members nobody can name.

use azure_functions::BindingData;
use serde::Deserialize;

#[derive(Deserialize, BindingData)]
enum Kind {
    One,
}

#[derive(Deserialize, BindingData)]
struct Pair(u32, u32);

fn main() {}
