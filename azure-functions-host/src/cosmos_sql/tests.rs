//! Queries and what they give, on a few documents.

use serde_json::{Value, json};

use super::*;

fn run(query: &str) -> Result<Value, QueryError> {
    let documents = [
        json!({ "id": "1", "name": "Ann", "age": 30, "tags": ["a", "b"], "value": true }),
        json!({ "id": "2", "name": "bob", "age": 25.5, "address": { "city": "Köln", "zip code": 1 } }),
        json!({ "id": "3", "name": "O'Neil", "age": "old", "nick": null }),
        json!({ "id": "4", "tags": [], "age": 25.5 }),
    ]
    .map(Arc::new);
    let parameters = [
        ("@age", json!(30)),
        ("@name", json!("x' OR 1=1")),
        ("@two", json!(2)),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
    let query = Query::parse(query)?;
    query.run(&documents, &parameters.into()).map(Value::from)
}

/// Queries, and their results as JSON.
const RESULTS: &[(&str, &str)] = &[
    ("SELECT VALUE c.id FROM c", r#"["1", "2", "3", "4"]"#),
    (
        "select value x.id from Orders as x where x.id = '2'",
        r#"["2"]"#,
    ),
    (
        "SELECT c.id, c.name AS n FROM c WHERE c.id IN ('1', \"4\")",
        r#"[{ "id": "1", "n": "Ann" }, { "id": "4" }]"#,
    ),
    (
        "SELECT c[\"id\"], c.tags[0] FROM c WHERE c.id = '1'",
        r#"[{ "id": "1", "$1": "a" }]"#,
    ),
    ("SELECT VALUE c.address[\"zip code\"] FROM c", "[1]"),
    ("SELECT VALUE c.address.city FROM c", r#"["Köln"]"#),
    (
        "SELECT c FROM c WHERE c.id = '4'",
        r#"[{ "c": { "id": "4", "tags": [], "age": 25.5 } }]"#,
    ),
    (
        "SELECT * FROM c WHERE c.id = '3'",
        r#"[{ "id": "3", "name": "O'Neil", "age": "old", "nick": null }]"#,
    ),
    (
        "SELECT VALUE c.id FROM c WHERE c.name = 'O\\'Neil'",
        r#"["3"]"#,
    ),
    ("SELECT VALUE c.id FROM c WHERE c.age = @age", r#"["1"]"#),
    ("SELECT VALUE c.id FROM c WHERE c.name = @name", "[]"),
    ("SELECT VALUE c.id FROM c WHERE c.age < 30", r#"["2", "4"]"#),
    (
        "SELECT VALUE c.id FROM c WHERE c.age != 30",
        r#"["2", "4"]"#,
    ),
    (
        "SELECT VALUE c.id FROM c WHERE NOT (c.age >= 30)",
        r#"["2", "4"]"#,
    ),
    (
        "SELECT VALUE c.id FROM c WHERE c.age BETWEEN 25.5 AND @age",
        r#"["1", "2", "4"]"#,
    ),
    ("SELECT VALUE c.id FROM c WHERE c.nick = null", r#"["3"]"#),
    (
        "SELECT VALUE c.id FROM c WHERE NOT IS_DEFINED(c.name)",
        r#"["4"]"#,
    ),
    ("SELECT VALUE c.id FROM c WHERE c.name = undefined", "[]"),
    (
        "SELECT VALUE c.id FROM c WHERE c.missing = 1 OR c.id = '1'",
        r#"["1"]"#,
    ),
    (
        "SELECT VALUE c.id FROM c WHERE NOT (c.missing = 1 AND c.id = '1')",
        r#"["2", "3", "4"]"#,
    ),
    ("SELECT VALUE c.id FROM c WHERE c.value", r#"["1"]"#),
    (
        "SELECT VALUE c.id FROM c WHERE CONTAINS(c.name, 'N')",
        r#"["3"]"#,
    ),
    (
        "SELECT VALUE c.id FROM c WHERE contains(c.name, 'N', true)",
        r#"["1", "3"]"#,
    ),
    (
        "SELECT VALUE c.id FROM c WHERE STARTSWITH(c.name, 'b') OR ENDSWITH(c.name, 'l')",
        r#"["2", "3"]"#,
    ),
    (
        "SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.tags, 'b')",
        r#"["1"]"#,
    ),
    ("SELECT VALUE ARRAY_LENGTH(c.tags) FROM c", "[2, 0]"),
    (
        "SELECT VALUE UPPER(c.name) FROM c WHERE LENGTH(c.address.city) = 4",
        r#"["BOB"]"#,
    ),
    (
        "SELECT VALUE c.name || '!' FROM c WHERE c.id NOT IN ('3')",
        r#"["Ann!", "bob!"]"#,
    ),
    ("SELECT VALUE c.age * 2 - 1 FROM c", "[59, 50, 50]"),
    ("SELECT VALUE -c.age FROM c WHERE c.age % 7 = @two", "[-30]"),
    ("SELECT VALUE c.age / 0 FROM c", "[]"),
    (
        "SELECT VALUE [c.id, c.nick, c.missing] FROM c WHERE c.id = '3'",
        r#"[["3", null]]"#,
    ),
    (
        "SELECT VALUE c.id FROM c ORDER BY c.age",
        r#"["2", "4", "1", "3"]"#,
    ),
    (
        "SELECT VALUE c.id FROM c ORDER BY c.age DESC, c.id DESC",
        r#"["3", "1", "4", "2"]"#,
    ),
    (
        "SELECT VALUE c.id FROM c ORDER BY c.name",
        r#"["4", "1", "3", "2"]"#,
    ),
    ("SELECT TOP 2 VALUE c.id FROM c", r#"["1", "2"]"#),
    (
        "SELECT VALUE c.id FROM c ORDER BY c.id OFFSET 1 LIMIT @two",
        r#"["2", "3"]"#,
    ),
    ("SELECT COUNT(1) FROM c", r#"[{ "$1": 4 }]"#),
    ("SELECT VALUE COUNT(1) FROM c WHERE c.id = '9'", "[0]"),
    (
        "SELECT COUNT(c.name) AS named, count(1) FROM c",
        r#"[{ "named": 3, "$1": 4 }]"#,
    ),
    (
        "SELECT VALUE c.id FROM c -- all of them\n WHERE true",
        r#"["1", "2", "3", "4"]"#,
    ),
];

#[test]
fn results() {
    for (query, expected) in RESULTS {
        let expected = serde_json::from_str(expected).unwrap();
        assert_eq!(run(query), Ok(expected), "{query}");
    }
}

/// Queries, and words of their errors.
const ERRORS: &[(&str, &str)] = &[
    ("", "cannot be read"),
    ("SELECT", "cannot be read"),
    ("SELECT * FROM c WHERE", "cannot be read"),
    (
        "SELECT * FROM c; SELECT * FROM c",
        "a second statement is not",
    ),
    ("SELECT VALUE 1", "a query without `FROM` is not"),
    ("DELETE FROM c", "`DELETE FROM c` is not"),
    ("SELECT * FROM c JOIN t IN c.tags", "`JOIN` is not"),
    ("SELECT * FROM t IN c.tags", "`FROM … IN` is not"),
    ("SELECT * FROM a, b", "`FROM` with several names is not"),
    ("SELECT DISTINCT c.a FROM c", "`DISTINCT` is not"),
    ("SELECT c.a FROM c GROUP BY c.a", "`GROUP BY` is not"),
    ("SELECT SUM(c.a) FROM c", "`SUM` is not"),
    (
        "SELECT VALUE COUNT(1) + 1 FROM c",
        "`COUNT` inside of an expression is not",
    ),
    (
        "SELECT COUNT(1), c.a FROM c",
        "`COUNT` beside other values is not",
    ),
    (
        "SELECT COUNT(1, 2) FROM c",
        "`COUNT` with 2 arguments is not",
    ),
    (
        "SELECT COUNT(DISTINCT c.a) FROM c",
        "`COUNT(DISTINCT c.a)` is not",
    ),
    ("SELECT LOWER() FROM c", "`LOWER` with 0 arguments is not"),
    ("SELECT VALUE udf.f(c.a) FROM c", "`udf.f` is not"),
    ("SELECT VALUE { \"a\": 1 } FROM c", "`{` is not"),
    ("SELECT VALUE c.a ?? 1 FROM c", "`?` is not"),
    (
        "SELECT * FROM c WHERE EXISTS (SELECT VALUE 1)",
        "`EXISTS` is not",
    ),
    (
        "SELECT * FROM c WHERE c.a LIKE '%'",
        "`c.a LIKE '%'` is not",
    ),
    (
        "SELECT * FROM c WHERE c.a IN (SELECT VALUE 1)",
        "a subquery is not",
    ),
    ("SELECT * FROM (SELECT * FROM c)", "a subquery is not"),
    ("SELECT *, c.a FROM c", "`*` beside other values is not"),
    (
        "SELECT VALUE c.a, c.b FROM c",
        "`VALUE` with several values is not",
    ),
    ("SELECT * FROM c WHERE d.a = 1", "the name `d`"),
    ("SELECT VALUE Orders.id FROM Orders o", "the name `Orders`"),
    (
        "SELECT * FROM c WHERE c.a = @missing",
        "no value for `@missing`",
    ),
    (
        "SELECT * FROM c OFFSET 0 LIMIT @name",
        "`LIMIT` is `\"x' OR 1=1\"`",
    ),
    ("SELECT * FROM c OFFSET 0 LIMIT -1", "`LIMIT` is `-1`"),
    ("SELECT TOP 5 PERCENT * FROM c", "`TOP 5 PERCENT` is not"),
    ("SELECT * FROM c UNION SELECT * FROM c", "`UNION` is not"),
    ("WITH x AS (SELECT 1) SELECT * FROM x", "`WITH` is not"),
];

#[test]
fn errors_name_what_is_not_here() {
    for (query, expected) in ERRORS {
        let error = run(query).unwrap_err().to_string();
        assert!(error.contains(expected), "{query}: {error}");
    }
    let from = |expression: String| format!("SELECT VALUE {expression} FROM c");
    for (query, expected) in [
        (
            from(format!("{}1{}", "(".repeat(9999), ")".repeat(9999))),
            "nested too deeply",
        ),
        (from(format!("{}1", "- ".repeat(99))), "nested too deeply"),
        (
            from(format!("1{}", " + 1".repeat(399))),
            "nested more than 100 deep",
        ),
        (
            from(format!("1{}", " + 1".repeat(99_999))),
            "more than 400 operators",
        ),
        (
            from(format!("c{}", ".a".repeat(99_999))),
            "nested more than 100 deep",
        ),
        (
            from(format!("c{}", "[0]".repeat(399))),
            "nested more than 100 deep",
        ),
        (
            from(format!("1{}", " OR 1 LIKE 2".repeat(399))),
            "is not in the part",
        ),
        (
            from(format!("'{}'", "x".repeat(1_000_000))),
            "a query of 1000022 bytes",
        ),
    ] {
        let error = run(&query).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error:.200}");
    }
    let list = "1, ".repeat(9_999);
    assert_eq!(
        run(&format!(
            "SELECT VALUE 1 FROM c WHERE 2 IN ({list}2) AND c.id = '1'"
        )),
        Ok(json!([1]))
    );
    let sum = from(format!("1{}", " + 1".repeat(98)));
    assert_eq!(run(&sum), Ok(json!([99, 99, 99, 99])));
}
