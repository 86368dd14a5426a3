//! Conditions joined by AND, each with its value.

use crate::sql::Statement;

/// A value that a condition compares with.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// BYTEA
    Bytes(Vec<u8>),
    /// TEXT
    Text(String),
    /// BIGINT
    Number(i64),
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Bytes(bytes)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(number)
    }
}

/// What a row must be.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    parts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition in which each `?` stands for the value.
    pub(crate) fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.parts.push(condition.replace('?', &format!("${}", self.next())));
        self.values.push(value.into());
    }

    /// Adds a condition without a value.
    pub(crate) fn and_that(&mut self, condition: &'static str) {
        self.parts.push(condition.to_owned());
    }

    /// Adds a condition on a number, if there is one.
    pub(crate) fn and_if(&mut self, condition: &'static str, number: Option<impl Into<i64>>) {
        if let Some(number) = number {
            self.and(condition, number.into());
        }
    }

    /// The text behind WHERE.
    pub(crate) fn sql(&self) -> String {
        if self.parts.is_empty() { "1 = 1".to_owned() } else { self.parts.join(" AND ") }
    }

    /// The number of the placeholder behind the last one.
    pub(crate) fn next(&self) -> usize {
        self.values.len() + 1
    }

    /// Binds all values in order.
    pub(crate) fn bind(&self, query: Statement) -> Statement {
        self.values.iter().fold(query, |query, value| match value {
            Value::Bytes(bytes) => query.bind(bytes.clone()),
            Value::Text(text) => query.bind(text.clone()),
            Value::Number(number) => query.bind(*number),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_has_the_placeholder_of_its_own_value() {
        let mut conditions = Conditions::default();
        assert_eq!(conditions.sql(), "1 = 1");
        conditions.and("(a = ? OR b = ?)", 7);
        conditions.and_that("c = 1");
        conditions.and("d = ?", "text".to_owned());
        assert_eq!(conditions.sql(), "(a = $1 OR b = $1) AND c = 1 AND d = $2");
        assert_eq!(conditions.next(), 3);
    }
}
