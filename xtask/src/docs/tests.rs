//! Small sources, and what becomes of them.

mod errors;

use expect_test::{Expect, expect};

use super::{BINDINGS, REFERENCE, generate, source::Files};

/// Checks what becomes of sources: each changed file and the rows of the table of all bindings, or the error.
#[track_caller]
fn check(sources: &[(&str, &str)], expected: &Expect) {
    let files: Files = sources
        .iter()
        .map(|(file, text)| (format!("{BINDINGS}/{file}"), (*text).to_owned()))
        .collect();
    let shown = match generate(&files) {
        Ok(generated) => generated
            .iter()
            .filter(|(file, text)| files.get(*file) != Some(*text))
            .map(
                |(file, text)| match text.split_once("|---|---|---|---|---|---|---|\n") {
                    Some((_, rows)) if file == REFERENCE => rows.to_owned(),
                    _ => format!("{text}\n"),
                },
            )
            .collect(),
        Err(error) => format!("{error}\n"),
    };
    expected.assert_eq(&shown);
}

#[test]
fn one_type_with_every_kind_of_property() {
    check(
        &[(
            "mod.rs",
            r#"
struct LoftBinding;

const LOFT: Property = Property::string("loft").doc("Where.");

impl Binding for LoftBinding {
    const TYPE: &'static str = "loftTrigger";
    const PROPERTIES: &'static [Property] = &[
        LOFT.required(),
        Property::string("size").one_of(&["s", "m", "l"]).default("`m`").doc("How \
            large."),
        Property::integer("count").old(&["number"]).syntax(Syntax::Text),
        Property::boolean("warm").wire("isWarm").refuse("x", "y").doc("a|b").old(&["hot", "cosy"]),
        Property::strings("names"),
        Property::strings("colours").one_of(&["red", "blue"]),
    ];
    const RULES: &'static [Rule] = &[
        Rule::exactly_one_of(&["a", "b", "c"]),
        Rule::at_most_one_of(&["a", "d"]),
        Rule::together(&["a", "e"]),
    ];
    const RETRIES: bool = true;
}

mod inner {
    impl<T> FromTrigger for super::Loft<T> {
        type Binding = super::LoftBinding;
    }
}

impl<T> FromBatch for Loft<T> {}
impl<T> Update for Loft<T> {}

    /// A loft.
    ///
    /// # Properties
    /// | stale
    /// # Example
    ///
    /// Stays.
    pub struct Loft<T = String>;
"#,
        )],
        &expect![[r#"

            struct LoftBinding;

            const LOFT: Property = Property::string("loft").doc("Where.");

            impl Binding for LoftBinding {
                const TYPE: &'static str = "loftTrigger";
                const PROPERTIES: &'static [Property] = &[
                    LOFT.required(),
                    Property::string("size").one_of(&["s", "m", "l"]).default("`m`").doc("How \
                        large."),
                    Property::integer("count").old(&["number"]).syntax(Syntax::Text),
                    Property::boolean("warm").wire("isWarm").refuse("x", "y").doc("a|b").old(&["hot", "cosy"]),
                    Property::strings("names"),
                    Property::strings("colours").one_of(&["red", "blue"]),
                ];
                const RULES: &'static [Rule] = &[
                    Rule::exactly_one_of(&["a", "b", "c"]),
                    Rule::at_most_one_of(&["a", "d"]),
                    Rule::together(&["a", "e"]),
                ];
                const RETRIES: bool = true;
            }

            mod inner {
                impl<T> FromTrigger for super::Loft<T> {
                    type Binding = super::LoftBinding;
                }
            }

            impl<T> FromBatch for Loft<T> {}
            impl<T> Update for Loft<T> {}

                /// A loft.
                ///
                /// # Properties
                ///
                /// | Name | Type | Default | Meaning |
                /// |---|---|---|---|
                /// | `loft` | string | required | Where. |
                /// | `size` | `s`, `m` or `l` | `m` | How large. |
                /// | `count` | integer | | Formerly `number`. |
                /// | `warm` | boolean | | a\|b Formerly `hot` or `cosy`. |
                /// | `names` | list | | |
                /// | `colours` | list of `red`, `blue` | | |
                ///
                /// Exactly one of `a`, `b` and `c`. At most one of `a` and `d`. Only together: `a` and `e`.
                ///
                /// # Example
                ///
                /// Stays.
                pub struct Loft<T = String>;

            | `loftTrigger` | `Loft` | trigger | yes | yes | yes | **`loft`**, `size`, `count`, `warm`, `names`, `colours` |
        "#]],
    );
}

#[test]
fn names_lead_through_files_and_imports() {
    check(
        &[
            (
                "mod.rs",
                "//! Bindings.\n//!\n//! | Service | Starts a function | Is read | Is written |\n//! | old |\n//! Stays.\n\npub mod pigeon;\n#[cfg(test)]\nmod check;\n#[cfg(test)]\nmod inline { impl Binding for u8 {} }\n",
            ),
            (
                "pigeon/mod.rs",
                r#"//! Pigeons: send letters.

mod shared;
mod letter;
pub use self::letter::{Letter, LetterBinding as Mail};

pub(super) const KIND: &str = "letter";
"#,
            ),
            (
                "pigeon/shared.rs",
                r#"
pub(in crate::bindings) const RING: Property = Property::string("ring");
pub(in crate::bindings) const ALL: &[Property] = &[RING];
"#,
            ),
            (
                "pigeon/letter.rs",
                r#"
use super::{shared::RING as CONNECTION, KIND};
use crate::{Json, bindings::pigeon::shared};

pub struct LetterBinding;
impl Binding for LetterBinding {
    const TYPE: &'static str = KIND;
    const PROPERTIES: &'static [Property] = &[CONNECTION, Property::string(KIND)];
    const ONLY_WITH: Option<&'static str> = Some(OtherBinding::TYPE);
}
pub(crate) struct OtherBinding;
impl Binding for OtherBinding {
    const TYPE: &'static str = "otherTrigger";
    const PROPERTIES: &'static [Property] = shared::ALL;
    const OPEN: bool = true;
}

/// A letter.
///
/// # Properties
pub struct Letter;
impl FromInput for Letter {
    type Binding = super::Mail;
}
impl IntoOutput for Letter {
    type Binding = OtherBinding;
}
impl FromInput for Vec<Letter> {
    type Binding = super::Mail;
}
impl IntoElement for Letter {}
impl IntoOutput for Json<u8> {
    type Binding = OtherBinding;
}
"#,
            ),
        ],
        &expect![[r#"
            //! Bindings.
            //!
            //! | Service | Starts a function | Is read | Is written |
            //! |---|---|---|---|
            //! | [Pigeons](pigeon) | | [`Letter`](pigeon::letter::Letter), `Vec<Letter>` | [`Letter`](pigeon::letter::Letter), `Vec<Letter>`, [`Json`](crate::Json) |
            //! Stays.

            pub mod pigeon;
            #[cfg(test)]
            mod check;
            #[cfg(test)]
            mod inline { impl Binding for u8 {} }


            use super::{shared::RING as CONNECTION, KIND};
            use crate::{Json, bindings::pigeon::shared};

            pub struct LetterBinding;
            impl Binding for LetterBinding {
                const TYPE: &'static str = KIND;
                const PROPERTIES: &'static [Property] = &[CONNECTION, Property::string(KIND)];
                const ONLY_WITH: Option<&'static str> = Some(OtherBinding::TYPE);
            }
            pub(crate) struct OtherBinding;
            impl Binding for OtherBinding {
                const TYPE: &'static str = "otherTrigger";
                const PROPERTIES: &'static [Property] = shared::ALL;
                const OPEN: bool = true;
            }

            /// A letter.
            ///
            /// # Properties
            ///
            /// **As an input**
            ///
            /// | Name | Type | Default | Meaning |
            /// |---|---|---|---|
            /// | `ring` | string | | |
            /// | `letter` | string | | |
            ///
            /// Only in a function whose trigger is `otherTrigger`.
            ///
            /// **As an output**
            ///
            /// | Name | Type | Default | Meaning |
            /// |---|---|---|---|
            /// | `ring` | string | | |
            /// | any other | any | | Passed on with its name in camel case. |
            pub struct Letter;
            impl FromInput for Letter {
                type Binding = super::Mail;
            }
            impl IntoOutput for Letter {
                type Binding = OtherBinding;
            }
            impl FromInput for Vec<Letter> {
                type Binding = super::Mail;
            }
            impl IntoElement for Letter {}
            impl IntoOutput for Json<u8> {
                type Binding = OtherBinding;
            }

            | `letter` | `Letter` | in | yes | | | `ring`, `letter` |
            | any | `Json` | out | | | | `ring`, any other |
            | any | `Letter` | out | yes | | | `ring`, any other |
        "#]],
    );
}

#[test]
fn replies_stand_under_their_trigger() {
    check(
        &[(
            "mod.rs",
            r#"
pub(crate) struct ReplyBinding;
impl Binding for ReplyBinding {
    const TYPE: &'static str = "reply";
    const ONLY_WITH: Option<&'static str> = Some("letterTrigger");
    const RETURNED_TO_TRIGGER: bool = true;
}
impl IntoOutput for String {
    type Binding = ReplyBinding;
}
"#,
        )],
        &expect![[r"
            | `letterTrigger` | `String` | reply | | | | |
        "]],
    );
}

#[test]
fn features_are_named() {
    check(
        &[(
            "mod.rs",
            r#"//! | Service | Starts a function | Is read | Is written |
#[cfg(feature = "post")]
pub mod letter {
    //! Letters: post.
    mod inner {
        pub struct Letter;
        /// # Properties
        ///
        /// None.
        pub struct Parcel;
        impl FromInput for Parcel { type Binding = Letter; }
    }
    impl Binding for inner::Letter { const TYPE: &'static str = "letter"; }
}
"#,
        )],
        &expect![[r#"
            //! | Service | Starts a function | Is read | Is written |
            //! |---|---|---|---|
            //! | Letters (feature `post`) | | `Parcel` | |
            #[cfg(feature = "post")]
            pub mod letter {
                //! Letters: post.
                mod inner {
                    pub struct Letter;
                    /// # Properties
                    ///
                    /// None.
                    pub struct Parcel;
                    impl FromInput for Parcel { type Binding = Letter; }
                }
                impl Binding for inner::Letter { const TYPE: &'static str = "letter"; }
            }

            | `letter` | `Parcel` (feature `post`) | in | | | | |
        "#]],
    );
}

#[test]
fn macros_are_expanded() {
    check(
        &[
            (
                "mod.rs",
                "//! | Service | Starts a function | Is read | Is written |\nmod pigeon;\nmod shared;\nuse crate::Json;\n",
            ),
            (
                "shared.rs",
                r#"//! Macros.
macro_rules! properties {
    ([$($first:expr),*] [$($last:expr),* $(,)?]) => {
        &[$($first,)* Property::string("middle"), $($last,)*]
    };
}
pub(super) use properties;
"#,
            ),
            (
                "pigeon.rs",
                r#"//! Pigeons: post.
use super::shared::properties;

impl Binding for PigeonBinding {
    const TYPE: &'static str = "pigeon";
    const PROPERTIES: &'static [Property] = properties![
        [Property::string("a").required(), Property::string("b")]
        [Property::string("z"),]
    ];
}

macro_rules! both {
    (none) => { fn none() {} };
    ($([$($generics:tt)*] $name:ident: $type:ty $(= $kind:literal)?;)+) => {$(
        $(#[doc = $kind] #[doc = "\n"])?
        pub(crate) struct $name;
        outputs! { $type }
        impl<$($generics)*> FromInput for Vec<$type> { type Binding = PigeonBinding; }
    )+};
}
macro_rules! outputs {
    ($($type:ty)+) => {$(
        impl IntoOutput for $type { type Binding = $crate::bindings::pigeon::PigeonBinding; }
    )+};
}

pub(crate) struct PigeonBinding;
both! {
    [] Letter: Letter;
    [T] Parcel: Parcel<T> = "A parcel.";
}
both! { none }
outputs! { &'static str Vec<u8> Json<T> }
unknown! { what }
"#,
            ),
        ],
        &expect![[r"
            //! | Service | Starts a function | Is read | Is written |
            //! |---|---|---|---|
            //! | [Pigeons](pigeon) | | `Vec<Letter>`, `Vec<Parcel>` | [`Letter`](pigeon::Letter), [`Parcel`](pigeon::Parcel), `&str`, `Vec<u8>`, [`Json`](crate::Json) |
            mod pigeon;
            mod shared;
            use crate::Json;

            | `pigeon` | `Letter` | in | yes | | | **`a`**, `b`, `middle`, `z` |
            | `pigeon` | `Parcel` | in | yes | | | **`a`**, `b`, `middle`, `z` |
            | `pigeon` | `&str` | out | | | | **`a`**, `b`, `middle`, `z` |
            | `pigeon` | `Json` | out | | | | **`a`**, `b`, `middle`, `z` |
            | `pigeon` | `Letter` | out | | | | **`a`**, `b`, `middle`, `z` |
            | `pigeon` | `Parcel` | out | | | | **`a`**, `b`, `middle`, `z` |
            | `pigeon` | `Vec<u8>` | out | | | | **`a`**, `b`, `middle`, `z` |
        "]],
    );
}

#[test]
fn a_fresh_table_is_left_alone() {
    check(
        &[(
            "mod.rs",
            r#"
struct HttpBinding;
impl Binding for HttpBinding {
    const TYPE: &'static str = "http";
}
impl IntoOutput for Response {
    type Binding = HttpBinding;
}
impl FromInput for Response {
    type Binding = HttpBinding;
}
/// A response.
///
/// # Properties
///
/// None.
#[derive(Clone)]
pub enum Response {}
"#,
        )],
        &expect![[r"
            | `http` | `Response` | in | | | | |
            | `http` | `Response` | out | | | | |
        "]],
    );
}
