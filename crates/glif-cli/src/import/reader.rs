//! Reads a JSON object key by key, and accounts for every key.

use glif::limits::PRINTED;
use glif::text::printable;
use serde_json::{Map, Value};

/// An object whose keys are taken one after another. What is left at the end is unknown.
pub(super) struct Reader {
    object: Map<String, Value>,
    /// What comes before the name of a key in a message, such as `coeffs.`.
    prefix: String,
    /// The keys that were asked for.
    known: Vec<&'static str>,
    pub(super) errors: Vec<String>,
}

impl Reader {
    pub(super) fn new(object: Map<String, Value>, prefix: &str) -> Self {
        Self { object, prefix: prefix.to_owned(), known: Vec::new(), errors: Vec::new() }
    }

    /// Takes a key; adds an error if it is absent.
    fn required(&mut self, key: &'static str) -> Option<Value> {
        let value = self.optional(key);
        if value.is_none() {
            self.errors.push(format!("`{}{key}`: missing", self.prefix));
        }
        value
    }

    /// Takes a key; returns `None` if it is absent.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.object.remove(key)
    }

    /// Takes a finite number.
    pub(super) fn number(&mut self, key: &'static str) -> Option<f64> {
        let value = self.required(key)?;
        let number = value.as_f64().filter(|number| number.is_finite());
        if number.is_none() {
            self.refuse(key, &value, "must be a number");
        }
        number
    }

    /// Takes a positive number.
    pub(super) fn positive(&mut self, key: &'static str) -> Option<f64> {
        let number = self.number(key)?;
        if number > 0.0 {
            return Some(number);
        }
        self.refuse(key, &Value::from(number), "must be positive");
        None
    }

    /// Takes a list of numbers.
    pub(super) fn numbers(&mut self, key: &'static str) -> Option<Vec<f64>> {
        let value = self.required(key)?;
        let numbers: Option<Vec<f64>> =
            value.as_array().and_then(|values| values.iter().map(Value::as_f64).collect::<Option<_>>());
        if numbers.is_none() {
            self.refuse(key, &value, "must be a list of numbers");
        }
        numbers
    }

    /// Takes an object.
    pub(super) fn object(&mut self, key: &'static str) -> Option<Reader> {
        match self.required(key)? {
            Value::Object(object) => Some(Reader::new(object, &format!("{}{key}.", self.prefix))),
            value => {
                self.refuse(key, &value, "must be an object");
                None
            }
        }
    }

    /// Takes a text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.required(key)? {
            Value::String(text) => Some(text),
            value => {
                self.refuse(key, &value, "must be a text");
                None
            }
        }
    }

    /// Takes a method: its name, and its parameters.
    pub(super) fn method(&mut self, key: &'static str) -> Option<(String, Reader)> {
        let mut method = self.object(key)?;
        let parts = (method.text("name"), method.object("params"));
        method.finish(self);
        let (name, params) = parts;
        Some((name?, params?))
    }

    /// Adds an error about a value.
    pub(super) fn refuse(&mut self, key: &str, value: &Value, problem: &str) {
        let value = printable(&value.to_string(), PRINTED);
        self.errors.push(format!("`{}{key}` = {value}: {problem}", self.prefix));
    }

    /// Moves the errors to another reader, with one for each key that was not taken.
    pub(super) fn finish(mut self, to: &mut Reader) {
        self.refuse_unknown();
        to.errors.append(&mut self.errors);
    }

    pub(super) fn refuse_unknown(&mut self) {
        for key in self.object.keys() {
            let known = self.known.join(", ");
            self.errors.push(format!("`{}{}`: unknown key; known: {known}", self.prefix, printable(key, PRINTED)));
        }
        self.object.clear();
    }
}
