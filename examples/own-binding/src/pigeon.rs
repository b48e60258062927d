//! The bindings of an extension that the `azure-functions` crate has never heard of: a trigger, an input and an output.
//!
//! Nothing is registered. A type that implements the trait can be a parameter, or be returned.

use azure_functions::{
    BindError, Binding, Data, DataType, FromBatch, FromInput, FromTrigger, IntoOutput, Offers,
    Property, Rule, Syntax, Timestamp, Trigger,
};
use serde::de::DeserializeOwned;

/// The property that all three have.
const CONNECTION: Property = Property::string("connection")
    .syntax(Syntax::Setting)
    .default("`PigeonPost`")
    .doc("The app setting that says where the lofts are.");

/// What the host is told of [`PigeonTrigger`].
#[derive(Debug)]
pub struct PigeonTriggerBinding;

impl Binding for PigeonTriggerBinding {
    const TYPE: &'static str = "pigeonTrigger";
    const PROPERTIES: &'static [Property] = &[
        Property::string("loft").doc("The loft to watch."),
        Property::string("region").doc("Watches all lofts of a region."),
        CONNECTION,
    ];
    const RULES: &'static [Rule] = &[Rule::exactly_one_of(&["loft", "region"])];
    const OFFERS: Offers = Offers::names(&["Ring", "Landed"]).and_payload();
}

/// A letter that a pigeon brought. `Vec<PigeonTrigger>` takes all that landed together.
#[derive(Debug, PartialEq)]
pub struct PigeonTrigger<T = String> {
    /// What it says.
    pub letter: T,
    /// The number on the pigeon's ring.
    pub ring: Option<u32>,
    /// When the pigeon landed.
    pub landed: Option<Timestamp>,
}

impl<T: DeserializeOwned + 'static> FromTrigger for PigeonTrigger<T> {
    type Binding = PigeonTriggerBinding;
    const DATA_TYPE: Option<DataType> = Some(DataType::Binary);

    fn from_trigger(data: Data, trigger: &Trigger) -> Result<Self, BindError> {
        Ok(Self {
            letter: data.decode()?,
            ring: trigger.get("Ring"),
            landed: trigger.time("Landed"),
        })
    }
}

impl<T: DeserializeOwned + 'static> FromBatch for PigeonTrigger<T> {}

/// What the host is told of [`Loft`] and [`Pigeon`].
#[derive(Debug)]
pub struct PigeonBinding;

impl Binding for PigeonBinding {
    const TYPE: &'static str = "pigeon";
    const PROPERTIES: &'static [Property] = &[
        Property::string("loft")
            .required()
            .doc("The loft to send to, or to look into."),
        CONNECTION,
    ];
}

/// A loft to look into.
#[derive(Debug)]
pub struct Loft {
    /// The rings of the pigeons that are at home.
    pub at_home: Vec<u32>,
}

impl FromInput for Loft {
    type Binding = PigeonBinding;

    fn from_input(data: Data) -> Result<Self, BindError> {
        Ok(Self {
            at_home: data.decode_json()?,
        })
    }
}

/// A letter to send.
#[derive(Debug, PartialEq)]
pub struct Pigeon(pub String);

impl IntoOutput for Pigeon {
    type Binding = PigeonBinding;

    fn into_output(self) -> Result<Data, BindError> {
        Ok(Data::text(self.0))
    }
}
