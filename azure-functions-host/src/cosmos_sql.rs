//! The queries that the host's Cosmos DB understands: a part of its SQL, by looking at each document.
//!
//! ```sql
//! SELECT [TOP n] * | VALUE expression | expression [AS name], … | COUNT(expression)
//! FROM name [[AS] alias]
//! [WHERE condition]
//! [ORDER BY expression [ASC | DESC], …]
//! [OFFSET n LIMIT n]
//! ```
//!
//! An expression is a text in single or double quotes, a number, `true`, `false`, `null`, `undefined`, `@parameter`, a
//! path such as `c.a`, `c["a b"]` or `c.list[0]`, an array `[1, 2]`, or is made of others with
//!
//! - `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `IN (…)`, `BETWEEN … AND …`, `AND`, `OR`, `NOT`,
//! - `+`, `-`, `*`, `/`, `%`, `||`,
//! - `CONTAINS`, `STARTSWITH`, `ENDSWITH`, `STRINGEQUALS` (each with an optional third argument that ignores case),
//!   `LOWER`, `UPPER`, `LENGTH`, `CONCAT`, `ABS`, `ARRAY_CONTAINS`, `ARRAY_LENGTH`, `IS_DEFINED`, `IS_NULL`,
//!   `IS_STRING`, `IS_NUMBER`, `IS_BOOL`, `IS_ARRAY`, `IS_OBJECT`.
//!
//! What is not there is `undefined`, which is neither equal nor unequal to anything, and left out of results. Values of
//! different types do not compare. `OFFSET` and `LIMIT` take parameters too. Whatever is not in
//! this list, such as `JOIN`, `GROUP BY`, `DISTINCT`, subqueries and other aggregates, is an error that names it.

mod evaluate;
mod function;
mod parse;
mod value;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use self::function::Function;

/// A query that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    projection: Projection,
    top: Option<u64>,
    filter: Option<Expression>,
    /// What to order by, and whether the largest comes first.
    order: Vec<(Expression, bool)>,
    offset: Option<Expression>,
    limit: Option<Expression>,
}

/// The parameters of a query by name, each with its `@`.
pub type Parameters = BTreeMap<String, Value>;

/// Why a query has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The text is no query.
    #[error(
        "the query cannot be read: {0}; see the documentation of `azure_functions_host::cosmos_sql`"
    )]
    Syntax(String),
    /// The query uses more of the language than is here.
    #[error(
        "{0} is not in the part of the SQL of Cosmos DB that this host knows; query for more and filter in the function, or connect to an account"
    )]
    Unsupported(String),
    /// The query names a parameter that it was not given.
    #[error("the query has no value for `{0}`; write the value of the trigger in braces")]
    Parameter(String),
    /// A `TOP`, `OFFSET` or `LIMIT` is not a number.
    #[error("`{0}` is `{1}`; give it a whole number from 0")]
    Count(&'static str, String),
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    ///
    /// The text is no query, or one that uses more of the language than is here.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parse::query(text)
    }

    /// Runs the query on documents.
    ///
    /// # Errors
    ///
    /// The query names a parameter that is missing or does not fit.
    pub fn run(
        &self,
        documents: &[Arc<Value>],
        parameters: &Parameters,
    ) -> Result<Vec<Value>, QueryError> {
        evaluate::run(self, documents, parameters)
    }
}

/// What a query makes of each document.
#[derive(Clone, Debug, PartialEq)]
enum Projection {
    /// The document.
    All,
    /// The value of an expression.
    Value(Expression),
    /// An object.
    Members(Vec<(String, Expression)>),
    /// How many documents have a value for each expression, as the one result: bare, or as an object.
    Counts {
        bare: bool,
        members: Vec<(String, Expression)>,
    },
}

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Literal(Value),
    Undefined,
    Parameter(String),
    /// The document itself.
    Document,
    Member(Box<Expression>, Box<Expression>),
    Array(Vec<Expression>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Compare(Box<Expression>, Comparison, Box<Expression>),
    Arithmetic(Box<Expression>, Arithmetic, Box<Expression>),
    Between(Box<Expression>, Box<Expression>, Box<Expression>),
    In(Box<Expression>, Vec<Expression>),
    Call(Function, Vec<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Concatenate,
}

#[cfg(test)]
mod tests;
