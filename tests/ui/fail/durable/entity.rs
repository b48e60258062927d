//! What the `impl` block of an entity cannot have.

use azure_functions::func;
use serde::{Deserialize, Serialize};

struct Account;

#[derive(Default, Deserialize, Serialize)]
struct Counter(i64);

trait Count {
    fn count(&self) -> i64;
}

#[func]
impl Count for Counter {
    fn count(&self) -> i64 {
        self.0
    }
}

#[derive(Default, Deserialize, Serialize)]
struct Any<T>(T);

#[func]
impl<T> Any<T> {
    fn get(&self) {}
}

#[func]
impl Counter {
    fn new() -> Self {
        Self(0)
    }
}

#[derive(Default, Deserialize, Serialize)]
struct Shapes;

#[func(retry = 1)]
impl Shapes {
    fn generic<T>(&self, _input: T) {}

    fn boxed(self: Box<Self>) {}

    fn hidden(&self, _input: impl Copy) -> impl Copy {}

    fn many(&self, _one: u32, _two: u32, _three: u32) {}
}

#[derive(Default, Deserialize, Serialize)]
struct Types;

struct Plain;

#[func]
impl Types {
    fn two(&self, _one: u32, _two: u32) {}

    fn takes(&self, _plain: Plain) {}

    fn gives(&self) -> Plain {
        Plain
    }

    fn fails(&self) -> Result<u32, Plain> {
        Err(Plain)
    }
}

#[func]
impl Account {
    fn get(&self) {}
}

fn main() {}
