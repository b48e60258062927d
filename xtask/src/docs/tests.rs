//! Small sources, and what becomes of them.

use expect_test::{Expect, expect};

use super::{BINDINGS, REFERENCE, difference, generate, source::Files};

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

/// Checks the error of one source, `line: message`.
#[track_caller]
fn check_error(source: &str, expected: &str) {
    let file = format!("{BINDINGS}/mod.rs");
    let error = generate(&[(file.clone(), source.to_owned())].into()).unwrap_err();
    assert_eq!(error.to_string(), format!("{file}:{expected}"));
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

/// A binding on four lines, the last of them `constants`.
fn with(constants: &str) -> String {
    format!(
        "struct B;\nimpl Binding for B {{\n    const TYPE: &'static str = \"b\";\n    {constants}\n}}\n"
    )
}

#[test]
fn errors_name_the_place_of_a_property() {
    let property = |property: &str| {
        with(&format!(
            "const PROPERTIES: &'static [Property] = &[\n        {property},\n    ];"
        ))
    };
    check_error(
        "struct B;\nimpl Binding for B {}",
        "2: a binding needs `const TYPE: &'static str`",
    );
    check_error(
        "impl Binding for B {}",
        "1: `Binding` is implemented for a type of another module",
    );
    check_error("struct {", "1: cannot parse string into token stream");
    check_error(
        "mod gone;",
        "1: there is neither `azure-functions/src/bindings/gone.rs` nor `azure-functions/src/bindings/gone/mod.rs`",
    );
    check_error(
        &property("connection(\"x\")"),
        "5: expected `Property::…`; `cargo xtask docs` cannot call a function",
    );
    check_error(
        &property("CONNECTION"),
        "5: `CONNECTION` is no constant of this module, its parents or its imports",
    );
    check_error(
        &property("Property::float(\"x\")"),
        "5: `Property::float` is no kind of property",
    );
    check_error(
        &property("Property::string(\"x\")\n.shiny()"),
        "6: `cargo xtask docs` does not know `Property::shiny`; teach it in `xtask/src/docs/constant.rs`",
    );
    check_error(&property("Property::string(1)"), "5: expected a string");
    check_error(
        &property("Property::string(\"x\").one_of(VALUES)"),
        "5: `VALUES` is no constant of this module, its parents or its imports",
    );
    check_error(
        &property("if true { A } else { B }"),
        r#"5: expected `Property::kind("name")` or the name of a constant that is one, with methods behind it"#,
    );
}

#[test]
fn errors_name_the_place() {
    check_error(
        &with("const RULES: &'static [Rule] = &[Rule::no_more_than(&[\"a\"])];"),
        "4: `cargo xtask docs` does not know `Rule::no_more_than`; teach it in `xtask/src/docs/constant.rs`",
    );
    check_error(
        &with("const OPEN: bool = !false;"),
        "4: expected `true` or `false`",
    );
    check_error(
        &with("const ONLY_WITH: Option<&'static str> = \"x\";"),
        "4: expected `None` or `Some` of a string",
    );
    check_error(
        "struct S;\nimpl FromInput for S {\n    type Binding = T::Binding;\n}",
        "3: expected a binding of these modules; `cargo xtask docs` cannot follow a generic one",
    );
    check_error(
        "struct S;\nimpl FromInput for S {\n    type Binding = S;\n}",
        "2: `S` is no `Binding`",
    );
    let used = with("") + "impl FromInput for S {\n    type Binding = B;\n}\n";
    check_error(
        &format!("{used}/// S.\npub struct S;"),
        "10: `S` is a binding; give its doc comment the heading `# Properties`",
    );
    check_error(
        "/// # Properties\npub struct S;",
        "1: `S` has properties, but no `impl` of a binding that `cargo xtask docs` can see",
    );
    check_error(
        &format!("{used}/// # Properties\n///\n/// My words.\npub struct S;"),
        "11: `cargo xtask docs` writes the section `# Properties`; put other words above it, or under a heading of their own",
    );
}

#[test]
fn errors_name_what_the_table_of_services_lacks() {
    let service = with("") + "impl FromInput for u8 {\n    type Binding = B;\n}\n";
    check_error(
        &format!("mod pigeon {{\n    //! Pigeons.\n{service}}}"),
        "1: expected `//! Service: what it is for`, as the table of services has the name of the service",
    );
    check_error(
        &format!("mod pigeon {{\n    //! Pigeons: post.\n{service}}}"),
        " expected the table of the services, `//! | Service | Starts a function | Is read | Is written |`",
    );
}

#[test]
fn differences() {
    let check = |old, new, expected: Expect| expected.assert_eq(&difference("f", old, new));
    check("a\nb", "a\nc", expect!["f:2: is `b`, should be `c`"]);
    check("a", "a\nc", expect!["f:2: is nothing, should be `c`"]);
    check("a\nb", "a", expect!["f:2: is `b`, should be nothing"]);
    // The end of the last line differs.
    check("a", "a\n", expect!["f:2: is nothing, should be ``"]);
}
