//! A query on documents.

use std::{borrow::Cow, cmp::Ordering, sync::Arc};

use serde_json::{Map, Value};

use super::{
    Arithmetic, Comparison, Expression, Parameters, Projection, Query, QueryError,
    function::Argument,
    value::{self, compare, equal},
};

pub(super) fn run(
    query: &Query,
    documents: &[Arc<Value>],
    parameters: &Parameters,
) -> Result<Vec<Value>, QueryError> {
    let scope = |document| Scope {
        document,
        parameters,
    };
    let mut found: Vec<&Value> = Vec::new();
    for document in documents {
        let document: &Value = document;
        let wanted = match &query.filter {
            Some(filter) => scope(document).truth(filter)? == Some(true),
            None => true,
        };
        if wanted {
            found.push(document);
        }
    }
    if let Projection::Counts { bare, members } = &query.projection {
        let mut counts = Map::new();
        for (name, expression) in members {
            let mut count = 0_u64;
            for document in &found {
                count += u64::from(scope(document).value(expression)?.is_some());
            }
            counts.insert(name.clone(), count.into());
        }
        let result = match counts.values().next() {
            Some(count) if *bare => count.clone(),
            _ => Value::Object(counts),
        };
        return Ok(vec![result]);
    }
    let found = order(query, found, parameters)?;
    let skip = count(query.offset.as_ref(), "OFFSET", parameters)?;
    let limit = count(query.limit.as_ref(), "LIMIT", parameters)?;
    let top = query.top.map(size);
    let most = limit.unwrap_or(usize::MAX).min(top.unwrap_or(usize::MAX));
    let mut results = Vec::new();
    for document in found.into_iter().skip(skip.unwrap_or(0)).take(most) {
        let scope = scope(document);
        match &query.projection {
            Projection::All => results.push(document.clone()),
            Projection::Value(expression) => {
                results.extend(scope.value(expression)?.map(Cow::into_owned));
            }
            Projection::Members(members) => {
                let mut object = Map::new();
                for (name, expression) in members {
                    if let Some(value) = scope.value(expression)? {
                        object.insert(name.clone(), value.into_owned());
                    }
                }
                results.push(Value::Object(object));
            }
            Projection::Counts { .. } => {}
        }
    }
    Ok(results)
}

/// Sorts documents as the query says.
fn order<'a>(
    query: &Query,
    found: Vec<&'a Value>,
    parameters: &'a Parameters,
) -> Result<Vec<&'a Value>, QueryError> {
    if query.order.is_empty() {
        return Ok(found);
    }
    let mut keyed = Vec::with_capacity(found.len());
    for document in found {
        let scope = Scope {
            document,
            parameters,
        };
        let keys = query.order.iter();
        let keys = keys.map(|(expression, _)| scope.value(expression));
        keyed.push((keys.collect::<Result<Vec<_>, _>>()?, document));
    }
    keyed.sort_by(|(left, _), (right, _)| {
        let keys = left.iter().zip(right).zip(&query.order);
        keys.fold(
            Ordering::Equal,
            |ordering, ((left, right), (_, descending))| {
                ordering.then_with(|| {
                    let ordering = value::sort(left.as_deref(), right.as_deref());
                    if *descending {
                        ordering.reverse()
                    } else {
                        ordering
                    }
                })
            },
        )
    });
    Ok(keyed.into_iter().map(|(_, document)| document).collect())
}

/// The value of an `OFFSET` or `LIMIT`.
fn count(
    expression: Option<&Expression>,
    clause: &'static str,
    parameters: &Parameters,
) -> Result<Option<usize>, QueryError> {
    let Some(expression) = expression else {
        return Ok(None);
    };
    let scope = Scope {
        document: &Value::Null,
        parameters,
    };
    let value = scope.value(expression)?;
    let count = value.as_ref().and_then(|value| value.as_u64()).map(size);
    count.map(Some).ok_or_else(|| {
        let text = value.map_or_else(|| "undefined".to_owned(), |value| value.to_string());
        QueryError::Count(clause, text)
    })
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// What the names of an expression mean.
#[derive(Clone, Copy, Debug)]
struct Scope<'a> {
    document: &'a Value,
    parameters: &'a Parameters,
}

impl<'a> Scope<'a> {
    /// The value of an expression; undefined is none.
    fn value<'v>(&self, expression: &'v Expression) -> Result<Argument<'v>, QueryError>
    where
        'a: 'v,
    {
        let owned = |value: Option<Value>| value.map(Cow::Owned);
        let truth = |value: Option<bool>| owned(value.map(Value::Bool));
        Ok(match expression {
            Expression::Literal(value) => Some(Cow::Borrowed(value)),
            Expression::Undefined => None,
            Expression::Parameter(name) => {
                let value = self.parameters.get(name);
                let value = value.ok_or_else(|| QueryError::Parameter(name.clone()))?;
                Some(Cow::Borrowed(value))
            }
            Expression::Document => Some(Cow::Borrowed(self.document)),
            Expression::Member(of, name) => {
                let (of, name) = (self.value(of)?, self.value(name)?);
                of.zip(name).and_then(|(of, name)| member(of, &name))
            }
            Expression::Array(elements) => {
                let elements = elements.iter().map(|element| self.value(element));
                let elements = elements.collect::<Result<Vec<_>, _>>()?;
                let elements = elements.into_iter().flatten().map(Cow::into_owned);
                owned(Some(elements.collect()))
            }
            Expression::Not(inner) => truth(self.truth(inner)?.map(|value| !value)),
            Expression::Negative(inner) => {
                let inner = self.value(inner)?;
                owned(inner.and_then(|inner| value::number(-inner.as_f64()?)))
            }
            Expression::And(left, right) => truth(and(self.truth(left)?, self.truth(right)?)),
            Expression::Or(left, right) => truth(match (self.truth(left)?, self.truth(right)?) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            }),
            Expression::Compare(left, comparison, right) => {
                let values = self.value(left)?.zip(self.value(right)?);
                truth(values.and_then(|(left, right)| comparison.holds(&left, &right)))
            }
            Expression::Arithmetic(left, operator, right) => {
                let values = self.value(left)?.zip(self.value(right)?);
                owned(values.and_then(|(left, right)| operator.apply(&left, &right)))
            }
            Expression::Between(value, low, high) => {
                let value = self.value(value)?;
                let holds = |comparison: Comparison, limit: &Expression| {
                    let limit = self.value(limit)?;
                    let values = value.as_ref().zip(limit);
                    Ok(values.and_then(|(value, limit)| comparison.holds(value, &limit)))
                };
                truth(and(
                    holds(Comparison::GreaterOrEqual, low)?,
                    holds(Comparison::LessOrEqual, high)?,
                ))
            }
            Expression::In(value, list) => truth(self.is_in(value, list)?),
            Expression::Call(function, arguments) => {
                let arguments = arguments.iter().map(|argument| self.value(argument));
                owned(function.call(&arguments.collect::<Result<Vec<_>, _>>()?))
            }
        })
    }

    fn truth(&self, expression: &Expression) -> Result<Option<bool>, QueryError> {
        Ok(self.value(expression)?.and_then(|value| value.as_bool()))
    }

    fn is_in(&self, value: &Expression, list: &[Expression]) -> Result<Option<bool>, QueryError> {
        let Some(value) = self.value(value)? else {
            return Ok(None);
        };
        for element in list {
            let element = self.value(element)?;
            if element.and_then(|element| equal(&value, &element)) == Some(true) {
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }
}

/// Both, as far as it can be said.
fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn member<'v>(of: Cow<'v, Value>, name: &Value) -> Argument<'v> {
    let at = name.as_u64().and_then(|at| usize::try_from(at).ok());
    match of {
        Cow::Borrowed(of) => match name.as_str() {
            Some(name) => of.get(name),
            None => of.get(at?),
        }
        .map(Cow::Borrowed),
        Cow::Owned(mut of) => match name.as_str() {
            Some(name) => of.get_mut(name),
            None => of.get_mut(at?),
        }
        .map(|value| Cow::Owned(value.take())),
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> Option<bool> {
        Some(match self {
            Self::Equal => equal(left, right)?,
            Self::NotEqual => !equal(left, right)?,
            Self::Less => compare(left, right)?.is_lt(),
            Self::LessOrEqual => compare(left, right)?.is_le(),
            Self::Greater => compare(left, right)?.is_gt(),
            Self::GreaterOrEqual => compare(left, right)?.is_ge(),
        })
    }
}

impl Arithmetic {
    fn apply(self, left: &Value, right: &Value) -> Option<Value> {
        if self == Self::Concatenate {
            let text = format!("{}{}", left.as_str()?, right.as_str()?);
            return Some(Value::String(text));
        }
        let (left, right) = (left.as_f64()?, right.as_f64()?);
        value::number(match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Remainder => left % right,
            Self::Concatenate => return None,
        })
    }
}
