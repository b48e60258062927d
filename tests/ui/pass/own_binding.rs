//! A binding of the user's own, with no change to ours.

use azure_functions::{
    BindError, Binding, Data, FromInput, FromTrigger, IntoOutput, Property, Trigger, func,
};

struct PigeonBinding;

impl Binding for PigeonBinding {
    const TYPE: &'static str = "pigeon";
    const PROPERTIES: &'static [Property] = &[Property::string("loft").required()];
}

struct PigeonTriggerBinding;

impl Binding for PigeonTriggerBinding {
    const TYPE: &'static str = "pigeonTrigger";
    const PROPERTIES: &'static [Property] = PigeonBinding::PROPERTIES;
}

struct PigeonTrigger(String);
struct Pigeon(String);

impl FromTrigger for PigeonTrigger {
    type Binding = PigeonTriggerBinding;

    fn from_trigger(data: Data, _: &Trigger) -> Result<Self, BindError> {
        data.decode().map(Self)
    }
}

impl FromInput for Pigeon {
    type Binding = PigeonBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        data.decode().map(Self)
    }
}

impl IntoOutput for Pigeon {
    type Binding = PigeonBinding;

    fn into_output(self) -> Result<Data, BindError> {
        Ok(Data::text(self.0))
    }
}

#[func]
#[binding(name = "$return", loft = "south")]
fn forward(#[binding(loft = "north")] pigeon: PigeonTrigger, #[binding(loft = "west")] other: Pigeon) -> Pigeon {
    Pigeon(pigeon.0 + &other.0)
}

fn main() {
    let [definition] = azure_functions::functions![forward];
    assert_eq!(definition.parameters[0].binding.map(|binding| binding.wire_type), Some("pigeonTrigger"));
    assert_eq!(forward(PigeonTrigger("a".into()), Pigeon("b".into())).0, "ab");
}
