//! What stands in objects and arrays within an object, as columns of dotted names.

use serde_json::Value;

/// A member as a column has it.
pub(super) struct Cell {
    pub(super) name: String,
    pub(super) text: String,
    /// Whether it is a text, a number, a truth or a list of texts.
    pub(super) is_plain: bool,
}

/// Objects within objects as columns of dotted names; MongoDB's `{"$date": …}` as what it stands for.
pub(super) fn flatten(
    name: String,
    value: Value,
    depth: usize,
    is_field: &dyn Fn(&str) -> bool,
    cells: &mut Vec<Cell>,
) {
    let text = |text: String, is_plain: bool| Cell {
        name: name.clone(),
        text,
        is_plain,
    };
    match value {
        Value::Object(mut object) => {
            let wrapped = object.keys().next().filter(|key| key.starts_with('$')).cloned();
            if let Some(inner) = wrapped
                .filter(|_| object.len() == 1)
                .and_then(|key| object.remove(&key))
            {
                return flatten(name, inner, depth.saturating_sub(1), is_field, cells);
            }
            if depth == 0 || is_field(&name) {
                return cells.push(text(Value::Object(object).to_string(), false));
            }
            for (inner, value) in object {
                flatten(
                    format!("{name}.{inner}"),
                    value,
                    depth.saturating_sub(1),
                    is_field,
                    cells,
                );
            }
        }
        Value::Null => cells.push(text(String::new(), true)),
        Value::String(value) => cells.push(text(value, true)),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            cells.push(text(values.join(" "), true));
        }
        // Of several objects each, so that what stands in them is seen as what it is.
        Value::Array(values) if depth > 0 && !is_field(&name) && values.iter().all(Value::is_object) => {
            for value in values {
                flatten(name.clone(), value, depth.saturating_sub(1), is_field, cells);
            }
        }
        Value::Array(values) => cells.push(text(Value::Array(values).to_string(), false)),
        Value::Bool(_) | Value::Number(_) => cells.push(text(value.to_string(), true)),
    }
}
