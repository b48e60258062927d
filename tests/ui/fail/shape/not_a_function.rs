//! The attribute on something else.

use azure_functions::func;

#[func]
struct Order;

fn main() {}
