//! From the text of a query to what it means; the words are read by `sqlparser`.

use std::cell::Cell;

use serde_json::{Number, Value};
use sqlparser::{
    ast::{self, BinaryOperator, Expr, SelectItem, SetExpr, Statement, TableFactor, UnaryOperator},
    parser::{Parser, ParserError},
};

use super::{
    Arithmetic, Comparison, Expression, Function, Projection, Query, QueryError,
    words::{CosmosDialect, Words},
};

/// The largest query of the service, in bytes.
const LARGEST_QUERY: usize = 512 * 1024;
/// How deep an expression is nested at most, a path included.
const DEEPEST: usize = 100;

pub(super) fn query(text: &str) -> Result<Query, QueryError> {
    if text.len() > LARGEST_QUERY {
        let size = text.len();
        return Err(unsupported(format!("a query of {size} bytes")));
    }
    let Words { tokens, bare } = Words::read(text)?;
    let mut statements = Parser::new(&CosmosDialect)
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|error| {
            QueryError::Syntax(match error {
                ParserError::ParserError(text) | ParserError::TokenizerError(text) => text,
                ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
            })
        })?;
    if statements.len() > 1 {
        return Err(unsupported("a second statement".to_owned()));
    }
    match statements.pop() {
        Some(Statement::Query(query)) => from_query(*query, bare),
        Some(other) => Err(unsupported(format!("`{other}`"))),
        None => Err(QueryError::Syntax("it is empty".to_owned())),
    }
}

fn from_query(query: ast::Query, bare: bool) -> Result<Query, QueryError> {
    for (there, what) in [
        (query.fetch.is_some(), "`FETCH`"),
        (
            !query.locks.is_empty() || query.for_clause.is_some(),
            "`FOR`",
        ),
        (
            query.settings.is_some() || query.format_clause.is_some(),
            "`SETTINGS`",
        ),
        (!query.pipe_operators.is_empty(), "`|>`"),
    ] {
        if there {
            return Err(unsupported(what.to_owned()));
        }
    }
    let select = match *query.body {
        SetExpr::Select(select) => *select,
        SetExpr::SetOperation { op, .. } => return Err(unsupported(format!("`{op}`"))),
        other => return Err(unsupported(format!("`{other}`"))),
    };
    let (offset, limit) = match query.limit_clause {
        None => (None, None),
        Some(ast::LimitClause::LimitOffset {
            limit,
            offset,
            limit_by,
        }) if limit_by.is_empty() => (offset.map(|offset| offset.value), limit),
        Some(other) => return Err(unsupported(format!("`{}`", other.to_string().trim()))),
    };
    let names = Names::new(&select)?;
    let count = |expr: Option<Expr>| expr.map(|expr| names.expression(expr)).transpose();
    let order = match query.order_by.map(|order| order.kind) {
        None => Vec::new(),
        Some(ast::OrderByKind::All(_)) => return Err(unsupported("`ORDER BY ALL`".to_owned())),
        Some(ast::OrderByKind::Expressions(list)) => list
            .into_iter()
            .map(|order| {
                let text = order.to_string();
                let descending = match order.options {
                    ast::OrderByOptions {
                        sort,
                        nulls_first: None,
                    } => match sort {
                        None | Some(ast::OrderBySort::Asc) => false,
                        Some(ast::OrderBySort::Desc) => true,
                        Some(ast::OrderBySort::Using(_)) => {
                            return Err(unsupported(format!("`{text}`")));
                        }
                    },
                    _ => return Err(unsupported(format!("`{text}`"))),
                };
                Ok((names.expression(order.expr)?, descending))
            })
            .collect::<Result<_, _>>()?,
    };
    Ok(Query {
        top: top(select.top.as_ref())?,
        filter: count(select.selection)?,
        projection: names.projection(select.projection, bare)?,
        order,
        offset: count(offset)?,
        limit: count(limit)?,
    })
}

fn top(top: Option<&ast::Top>) -> Result<Option<u64>, QueryError> {
    match top {
        None => Ok(None),
        Some(ast::Top {
            with_ties: false,
            percent: false,
            quantity: Some(ast::TopQuantity::Constant(count)),
        }) => Ok(Some(*count)),
        Some(other) => Err(unsupported(format!("`{other}`"))),
    }
}

/// The name by which the query knows the document.
#[derive(Debug)]
struct Names {
    document: String,
    /// How deep the expression is that is being read.
    depth: Cell<usize>,
}

impl Names {
    fn new(select: &ast::Select) -> Result<Self, QueryError> {
        let grouped = !matches!(&select.group_by, ast::GroupByExpr::Expressions(by, rest) if by.is_empty() && rest.is_empty());
        for (there, what) in [
            (select.distinct.is_some(), "`DISTINCT`"),
            (grouped, "`GROUP BY`"),
            (select.having.is_some(), "`HAVING`"),
            (select.into.is_some(), "`INTO`"),
            (select.from.len() > 1, "`FROM` with several names"),
            (select.prewhere.is_some(), "`PREWHERE`"),
            (select.qualify.is_some(), "`QUALIFY`"),
            (!select.named_window.is_empty(), "`WINDOW`"),
        ] {
            if there {
                return Err(unsupported(what.to_owned()));
            }
        }
        let from = select.from.first();
        let from = from.ok_or_else(|| unsupported("a query without `FROM`".to_owned()))?;
        match &from.relation {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } if from.joins.is_empty() && name.0.len() == 1 => Ok(Self {
                document: alias
                    .as_ref()
                    .map_or_else(|| name.to_string(), |alias| alias.name.value.clone()),
                depth: Cell::new(0),
            }),
            _ => Err(unsupported(format!("`{from}`"))),
        }
    }

    fn projection(&self, items: Vec<SelectItem>, bare: bool) -> Result<Projection, QueryError> {
        if items.len() == 1 && matches!(items.first(), Some(SelectItem::Wildcard(_))) {
            return Ok(Projection::All);
        }
        if bare && items.len() > 1 {
            return Err(unsupported("`VALUE` with several values".to_owned()));
        }
        let (mut members, mut counts) = (Vec::new(), Vec::new());
        for item in items {
            let (expr, alias) = match item {
                SelectItem::UnnamedExpr(expr) => (expr, None),
                SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias.value)),
                SelectItem::Wildcard(_) => {
                    return Err(unsupported("`*` beside other values".to_owned()));
                }
                other => return Err(unsupported(format!("`{other}`"))),
            };
            let name = alias.or_else(|| own_name(&expr));
            let list = if count(&expr).is_some() {
                &mut counts
            } else {
                &mut members
            };
            // Values without a name are numbered.
            let number = list
                .iter()
                .filter(|(name, _): &&(String, _)| name.starts_with('$'))
                .count();
            let name = name.unwrap_or_else(|| format!("${}", number + 1));
            let expression = match count(&expr) {
                Some(function) => self.counted(function)?,
                None => self.expression(expr)?,
            };
            list.push((name, expression));
        }
        if counts.is_empty() {
            return Ok(match (bare, members.pop()) {
                (true, Some((_, expression))) => Projection::Value(expression),
                (_, last) => {
                    members.extend(last);
                    Projection::Members(members)
                }
            });
        }
        if !members.is_empty() {
            return Err(unsupported("`COUNT` beside other values".to_owned()));
        }
        Ok(Projection::Counts {
            bare,
            members: counts,
        })
    }

    /// The expression that `COUNT` counts.
    fn counted(&self, function: &ast::Function) -> Result<Expression, QueryError> {
        let mut arguments = self.arguments(function)?;
        match (arguments.pop(), arguments.len()) {
            (Some(argument), 0) => Ok(argument),
            (_, others) => {
                let count = arguments.len() + usize::from(others > 0);
                Err(unsupported(format!("`COUNT` with {count} arguments")))
            }
        }
    }

    fn expression(&self, expr: Expr) -> Result<Expression, QueryError> {
        let depth = self.depth.get() + length(&expr);
        if depth > DEEPEST {
            let what = format!("an expression that is nested more than {DEEPEST} deep");
            return Err(unsupported(what));
        }
        let outside = self.depth.replace(depth);
        let read = self.nested(expr);
        self.depth.set(outside);
        read
    }

    fn nested(&self, expr: Expr) -> Result<Expression, QueryError> {
        let boxed = |expr: Box<Expr>| self.expression(*expr).map(Box::new);
        Ok(match expr {
            Expr::Nested(inner) => self.expression(*inner)?,
            Expr::Value(value) => literal(value.value)?,
            Expr::Identifier(name) => self.name(&name.value)?,
            Expr::CompoundIdentifier(names) => {
                let mut names = names.into_iter();
                let first = names.next().map(|name| self.name(&name.value));
                let first = first.unwrap_or(Ok(Expression::Undefined))?;
                names.fold(first, |of, name| member(of, name.value))
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                let mut value = self.expression(*root)?;
                for access in access_chain {
                    value = self.access(value, access)?;
                }
                value
            }
            Expr::Array(array) => {
                let elements = array.elem.into_iter();
                Expression::Array(
                    elements
                        .map(|element| self.expression(element))
                        .collect::<Result<_, _>>()?,
                )
            }
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => Expression::Not(boxed(expr)?),
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => Expression::Negative(boxed(expr)?),
            Expr::UnaryOp {
                op: UnaryOperator::Plus,
                expr,
            } => self.expression(*expr)?,
            Expr::BinaryOp { left, op, right } => {
                let (left, right) = (boxed(left)?, boxed(right)?);
                match operator(&op)? {
                    Operator::And => Expression::And(left, right),
                    Operator::Or => Expression::Or(left, right),
                    Operator::Compare(comparison) => Expression::Compare(left, comparison, right),
                    Operator::Arithmetic(operator) => Expression::Arithmetic(left, operator, right),
                }
            }
            Expr::InList {
                expr,
                list,
                negated,
            } => {
                let list = list.into_iter().map(|element| self.expression(element));
                let list = Expression::In(boxed(expr)?, list.collect::<Result<_, _>>()?);
                negate(list, negated)
            }
            Expr::Between {
                expr,
                negated,
                low,
                high,
                ..
            } => {
                let value = boxed(expr)?;
                let low =
                    Expression::Compare(value.clone(), Comparison::GreaterOrEqual, boxed(low)?);
                let high = Expression::Compare(value, Comparison::LessOrEqual, boxed(high)?);
                negate(Expression::And(Box::new(low), Box::new(high)), negated)
            }
            Expr::Function(function) => {
                if is_count(&function) {
                    return Err(unsupported("`COUNT` inside of an expression".to_owned()));
                }
                let arguments = self.arguments(&function)?;
                let name = function.name.to_string();
                let found = Function::find(&name, arguments.len()).map_err(unsupported)?;
                Expression::Call(found, arguments)
            }
            other => return Err(unsupported(format!("`{other}`"))),
        })
    }

    fn name(&self, name: &str) -> Result<Expression, QueryError> {
        if name.starts_with('@') {
            return Ok(Expression::Parameter(name.to_owned()));
        }
        if name == self.document {
            return Ok(Expression::Document);
        }
        if name.eq_ignore_ascii_case("undefined") {
            return Ok(Expression::Undefined);
        }
        Err(unsupported(format!(
            "the name `{name}`, which is not in `FROM`,"
        )))
    }

    fn access(&self, of: Expression, access: ast::AccessExpr) -> Result<Expression, QueryError> {
        match access {
            ast::AccessExpr::Dot(Expr::Identifier(name)) => Ok(member(of, name.value)),
            ast::AccessExpr::Subscript(ast::Subscript::Index { index }) => Ok(Expression::Member(
                Box::new(of),
                Box::new(self.expression(index)?),
            )),
            other => Err(unsupported(format!("`{other}`"))),
        }
    }

    fn arguments(&self, function: &ast::Function) -> Result<Vec<Expression>, QueryError> {
        let whole = || unsupported(format!("`{function}`"));
        let ast::FunctionArguments::List(list) = &function.args else {
            return Err(whole());
        };
        let plain = list.duplicate_treatment.is_none()
            && list.clauses.is_empty()
            && function.over.is_none()
            && function.filter.is_none();
        if !plain {
            return Err(whole());
        }
        let arguments = list.args.iter().map(|argument| match argument {
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => {
                self.expression(expr.clone())
            }
            _ => Err(whole()),
        });
        arguments.collect()
    }
}

/// How deep an expression is by itself.
fn length(expr: &Expr) -> usize {
    match expr {
        Expr::CompoundIdentifier(names) => names.len(),
        Expr::CompoundFieldAccess { access_chain, .. } => access_chain.len() + 1,
        _ => 1,
    }
}

enum Operator {
    And,
    Or,
    Compare(Comparison),
    Arithmetic(Arithmetic),
}

fn operator(op: &BinaryOperator) -> Result<Operator, QueryError> {
    Ok(match op {
        BinaryOperator::And => Operator::And,
        BinaryOperator::Or => Operator::Or,
        BinaryOperator::Eq => Operator::Compare(Comparison::Equal),
        BinaryOperator::NotEq => Operator::Compare(Comparison::NotEqual),
        BinaryOperator::Lt => Operator::Compare(Comparison::Less),
        BinaryOperator::LtEq => Operator::Compare(Comparison::LessOrEqual),
        BinaryOperator::Gt => Operator::Compare(Comparison::Greater),
        BinaryOperator::GtEq => Operator::Compare(Comparison::GreaterOrEqual),
        BinaryOperator::Plus => Operator::Arithmetic(Arithmetic::Add),
        BinaryOperator::Minus => Operator::Arithmetic(Arithmetic::Subtract),
        BinaryOperator::Multiply => Operator::Arithmetic(Arithmetic::Multiply),
        BinaryOperator::Divide => Operator::Arithmetic(Arithmetic::Divide),
        BinaryOperator::Modulo => Operator::Arithmetic(Arithmetic::Remainder),
        BinaryOperator::StringConcat => Operator::Arithmetic(Arithmetic::Concatenate),
        other => return Err(unsupported(format!("`{other}`"))),
    })
}

fn literal(value: ast::Value) -> Result<Expression, QueryError> {
    Ok(Expression::Literal(match value {
        ast::Value::SingleQuotedString(text) | ast::Value::DoubleQuotedString(text) => {
            Value::String(text)
        }
        ast::Value::Boolean(truth) => Value::Bool(truth),
        ast::Value::Null => Value::Null,
        ast::Value::Number(text, false) => {
            let whole = text.parse::<i64>().map(Value::from).ok();
            let float = || {
                let number = text.parse().ok().and_then(Number::from_f64);
                number.map(Value::Number)
            };
            let number = whole.or_else(float);
            number.ok_or_else(|| QueryError::Syntax(format!("`{text}` is not a number")))?
        }
        other => return Err(unsupported(format!("`{other}`"))),
    }))
}

/// The call of `COUNT` that the expression is, if it is one.
fn count(expr: &Expr) -> Option<&ast::Function> {
    match expr {
        Expr::Function(function) if is_count(function) => Some(function),
        _ => None,
    }
}

fn is_count(function: &ast::Function) -> bool {
    function.name.to_string().eq_ignore_ascii_case("COUNT")
}

/// The name that a value has in the result if the query gives it none: the last of its path.
fn own_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) => Some(name.value.clone()),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.clone()),
        Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last()? {
            ast::AccessExpr::Dot(Expr::Identifier(name)) => Some(name.value.clone()),
            ast::AccessExpr::Subscript(ast::Subscript::Index {
                index: Expr::Value(value),
            }) => value.value.clone().into_string(),
            _ => None,
        },
        _ => None,
    }
}

fn member(of: Expression, name: String) -> Expression {
    let name = Expression::Literal(Value::String(name));
    Expression::Member(Box::new(of), Box::new(name))
}

fn negate(expression: Expression, negated: bool) -> Expression {
    if negated {
        Expression::Not(Box::new(expression))
    } else {
        expression
    }
}

fn unsupported(mut what: String) -> QueryError {
    // It may be a part of the query, which may be long.
    if let Some((end, _)) = what.char_indices().nth(120) {
        what.truncate(end);
        what.push('…');
    }
    QueryError::Unsupported(what)
}
