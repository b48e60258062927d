//! Properties that exclude each other, or belong together.

use azure_functions::{BindError, Binding, Data, FromTrigger, Property, Rule, Trigger, func};

struct Letter;

struct LetterBinding;

impl Binding for LetterBinding {
    const TYPE: &'static str = "letterTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("post_box").old(&["box_number"]),
        Property::string("street"),
        Property::integer("house"),
        Property::string("urgent"),
        Property::string("cheap"),
    ];
    const RULES: &'static [Rule] = &[
        Rule::exactly_one_of(&["post_box", "street"]),
        Rule::together(&["street", "house"]),
        Rule::at_most_one_of(&["urgent", "cheap"]),
    ];
}

impl FromTrigger for Letter {
    type Binding = LetterBinding;

    fn from_trigger(_: Data, _: &Trigger) -> Result<Self, BindError> {
        Ok(Self)
    }
}

#[func]
fn none(_letter: Letter) {}

#[func]
fn both(#[binding(post_box = "1", street = "High", house = 1)] _letter: Letter) {}

#[func]
fn half(#[binding(street = "High")] _letter: Letter) {}

#[func]
fn contrary(#[binding(post_box = "1", urgent = "yes", cheap = "yes")] _letter: Letter) {}

// The name that the property had before counts; it is a warning, which is made an error here.
#[deny(deprecated)]
mod strict {
    use super::*;

    #[func]
    fn old_name(#[binding(box_number = "1")] _letter: Letter) {}
}

fn main() {}
