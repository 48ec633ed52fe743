//! Texts, numbers and booleans held against their schemas.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::check::Check;
use super::format;
use super::keyword::{length, plural};
use super::shape::{natural_bounds, number};

/// How many digits Python reads as an integer.
const DIGITS_MAX: usize = 4300;

/// The bounds of a number: keyword, error, name in `ctx`, words, and how the number must not stand to the bound.
type Bound = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [Ordering],
);
const BOUNDS: [Bound; 4] = [
    (
        "maximum",
        "less_than_equal",
        "le",
        "less than or equal to",
        &[Ordering::Greater],
    ),
    (
        "exclusiveMaximum",
        "less_than",
        "lt",
        "less than",
        &[Ordering::Greater, Ordering::Equal],
    ),
    (
        "minimum",
        "greater_than_equal",
        "ge",
        "greater than or equal to",
        &[Ordering::Less],
    ),
    (
        "exclusiveMinimum",
        "greater_than",
        "gt",
        "greater than",
        &[Ordering::Less, Ordering::Equal],
    ),
];

impl<'a> Check<'a> {
    pub(super) fn text(&mut self, schema: &'a Value, value: &Value) {
        let Value::String(text) = value else {
            return self.wrong("string_type", "Input should be a valid string", value);
        };
        let (least, most) = (length(schema, "minLength"), length(schema, "maxLength"));
        let count = if least.or(most).is_some() {
            text.chars().count()
        } else {
            0
        };
        if let Some(least) = least.filter(|least| count < *least) {
            let msg = format!("String should have at least {}", plural(least, "character"));
            self.broken("string_too_short", msg, ("min_length", &least.into()), value);
        } else if let Some(most) = most.filter(|most| count > *most) {
            let msg = format!("String should have at most {}", plural(most, "character"));
            self.broken("string_too_long", msg, ("max_length", &most.into()), value);
        } else if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !self.shape.matches(pattern, text)
        {
            let msg = format!("String should match pattern '{pattern}'");
            self.broken("string_pattern_mismatch", msg, ("pattern", &pattern.into()), value);
        } else if let Some(wrong) = schema
            .get("format")
            .and_then(|name| format::wrong(name.as_str()?, text))
        {
            self.refuse(wrong);
        }
    }

    pub(super) fn truth(&mut self, value: &mut Value) {
        let read = match value {
            Value::Bool(_) => return,
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
                "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
                _ => None,
            },
            Value::Number(number) => match whole_of(number) {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
            _ => return self.wrong("bool_type", "Input should be a valid boolean", value),
        };
        match read {
            Some(truth) => *value = truth.into(),
            None => self.wrong(
                "bool_parsing",
                "Input should be a valid boolean, unable to interpret input",
                value,
            ),
        }
    }

    pub(super) fn whole(&mut self, schema: &'a Value, value: &mut Value) {
        let read = match &*value {
            Value::Number(number) => whole_of(number).ok_or((
                "int_from_float",
                "Input should be a valid integer, got a number with a fractional part",
            )),
            Value::Bool(truth) => Ok(i128::from(*truth)),
            Value::String(text) if text.len() > DIGITS_MAX => Err((
                "int_parsing_size",
                "Unable to parse input string as an integer, exceeded maximum size",
            )),
            Value::String(text) => parse_whole(text).ok_or((
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            )),
            _ => Err(("int_type", "Input should be a valid integer")),
        };
        let whole = match read {
            Ok(whole) => whole,
            Err((kind, msg)) => return self.wrong(kind, msg, value),
        };
        let compare = |bound: &Number| match bound.as_i128() {
            Some(bound) => Some(whole.cmp(&bound)),
            None => whole.to_string().parse::<f64>().ok()?.partial_cmp(&bound.as_f64()?),
        };
        if self.outside(schema, compare, value) || self.unnatural(schema, whole, value) {
            return;
        }
        let float = || whole.to_string().parse().unwrap_or(f64::NAN);
        let off = |step: &Number| match step.as_i128() {
            Some(step) => whole.checked_rem(step).is_some_and(|rest| rest != 0),
            None => step.as_f64().is_some_and(|step| float() % step != 0.0),
        };
        if self.between(schema, off, value) {
            return;
        }
        if let Some(number) = number(whole) {
            *value = number.into();
        }
    }

    /// Beyond what Rust's type holds.
    fn unnatural(&mut self, schema: &Value, whole: i128, value: &Value) -> bool {
        let (least, most) = natural_bounds(schema).unwrap_or((i64::MIN.into(), u64::MAX.into()));
        let [(_, above, le, most_words, _), _, (_, below, ge, least_words, _), _] = BOUNDS;
        let (kind, name, words, bound) = match whole {
            _ if whole > most => (above, le, most_words, most),
            _ if whole < least => (below, ge, least_words, least),
            _ => return false,
        };
        let ctx = number(bound).map_or(Value::Null, Value::from);
        self.broken(kind, format!("Input should be {words} {bound}"), (name, &ctx), value);
        true
    }

    pub(super) fn float(&mut self, schema: &'a Value, value: &mut Value) {
        let read = match &*value {
            Value::Number(number) => number.as_f64().ok_or(("float_type", "Input should be a valid number")),
            Value::Bool(truth) => Ok(f64::from(u8::from(*truth))),
            Value::String(text) => text.trim().parse::<f64>().map_err(|_| {
                (
                    "float_parsing",
                    "Input should be a valid number, unable to parse string as a number",
                )
            }),
            _ => Err(("float_type", "Input should be a valid number")),
        };
        let float = match read {
            Ok(float) => float,
            Err((kind, msg)) => return self.wrong(kind, msg, value),
        };
        if self.outside(schema, |bound| float.partial_cmp(&bound.as_f64()?), value) {
            return;
        }
        let off = |step: &Number| step.as_f64().is_some_and(|step| float % step != 0.0);
        if self.between(schema, off, value) {
            return;
        }
        match Number::from_f64(float) {
            _ if value.is_number() => {}
            Some(number) => *value = number.into(),
            None => self.wrong("finite_number", "Input should be a finite number", value),
        }
    }

    /// Whether a number is no multiple of what the schema asks.
    fn between(&mut self, schema: &Value, off: impl Fn(&Number) -> bool, value: &Value) -> bool {
        let Some(Value::Number(step)) = schema
            .get("multipleOf")
            .filter(|step| step.as_number().is_some_and(off))
        else {
            return false;
        };
        let msg = format!("Input should be a multiple of {}", spelled(step));
        self.broken("multiple_of", msg, ("multiple_of", &Value::Number(step.clone())), value);
        true
    }

    fn outside(&mut self, schema: &Value, compare: impl Fn(&Number) -> Option<Ordering>, value: &Value) -> bool {
        for (keyword, kind, name, words, wrong) in BOUNDS {
            let Some(Value::Number(bound)) = schema.get(keyword) else {
                continue;
            };
            if compare(bound).is_some_and(|order| wrong.contains(&order)) {
                let ctx = Value::Number(bound.clone());
                self.broken(
                    kind,
                    format!("Input should be {words} {}", spelled(bound)),
                    (name, &ctx),
                    value,
                );
                return true;
            }
        }
        false
    }
}

/// A number as Python's `format` spells it, `1000` for `1000.0`.
fn spelled(number: &Number) -> String {
    let whole = number.as_i128().map(|whole| whole.to_string());
    whole
        .or_else(|| number.as_f64().map(|float| float.to_string()))
        .unwrap_or_default()
}

/// A number without a fraction.
fn whole_of(number: &Number) -> Option<i128> {
    number.as_i128().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
        // A float that is whole prints as its digits.
        Some(saturated(&format!("{float:.0}")))
    })
}

/// An integer as Python reads a text: with space around, a sign, single underscores between digits; and, as pydantic
/// allows, zeros after a point.
fn parse_whole(text: &str) -> Option<i128> {
    let text = text.trim();
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    let groups_are_digits = digits
        .split('_')
        .all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    groups_are_digits.then(|| saturated(&whole.replace('_', "")))
}

/// The number that digits with a sign say, or the outermost one on their side.
fn saturated(digits: &str) -> i128 {
    let outermost = if digits.starts_with('-') { i128::MIN } else { i128::MAX };
    digits.parse().unwrap_or(outermost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_does_not_read_as_an_integer_is_none() {
        for text in [
            "", " ", "x", "-", "+", "1.5", "1_", "_1", "1__0", "1e3", "0x10", "1 0", "--1", "1.0.0", ".0",
        ] {
            assert_eq!(parse_whole(text), None, "{text:?}");
        }
    }

    #[test]
    fn integers_are_read_as_python_reads_them() {
        for (text, whole) in [
            ("5", 5),
            (" 5\n", 5),
            ("+5", 5),
            ("-5", -5),
            ("1_000", 1000),
            ("5.00", 5),
            ("007", 7),
        ] {
            assert_eq!(parse_whole(text), Some(whole), "{text:?}");
        }
        assert_eq!(parse_whole(&"9".repeat(50)), Some(i128::MAX));
        assert_eq!(parse_whole(&format!("-{}", "9".repeat(50))), Some(i128::MIN));
    }

    proptest::proptest! {
        #[test]
        fn every_integer_is_read_as_itself(whole in proptest::num::i128::ANY) {
            proptest::prop_assert_eq!(parse_whole(&whole.to_string()), Some(whole));
        }
    }
}
