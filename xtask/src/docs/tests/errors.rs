//! What is said of sources that cannot be read, and of tables that are stale.

use expect_test::{Expect, expect};

use crate::docs::{BINDINGS, difference, generate};

/// Checks the error of one source, `line: message`.
#[track_caller]
fn check_error(source: &str, expected: &str) {
    let file = format!("{BINDINGS}/mod.rs");
    let error = generate(&[(file.clone(), source.to_owned())].into()).unwrap_err();
    assert_eq!(error.to_string(), format!("{file}:{expected}"));
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
