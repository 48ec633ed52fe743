//! Names as FastAPI and pydantic make them: operation ids, summaries, titles.

use http::Method;

/// The name of a function from [`std::any::type_name`] of its type: the last segment without generic arguments, `None`
/// for a closure.
pub(crate) fn function_name(type_name: &str) -> Option<String> {
    let mut depth = 0_usize;
    let plain: String = type_name
        .chars()
        .filter(|letter| match letter {
            '<' => {
                depth = depth.saturating_add(1);
                false
            }
            '>' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    let last = plain.trim_end_matches(':').rsplit("::").next().unwrap_or_default();
    let last = last.strip_prefix("r#").unwrap_or(last);
    let is_name = !last.is_empty() && last.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    is_name.then(|| last.to_owned())
}

/// FastAPI's `generate_unique_id`: name and path with every other character made `_`, and the method.
pub(crate) fn operation_id(name: &str, path: &str, method: &Method) -> String {
    let mut id: String = name
        .chars()
        .chain(path.chars())
        .map(|letter| {
            if letter.is_alphanumeric() || letter == '_' {
                letter
            } else {
                '_'
            }
        })
        .collect();
    id.push('_');
    id.push_str(&method.as_str().to_lowercase());
    id
}

/// Python's `name.replace("_", " ").title()`, by which pydantic titles a field and FastAPI an operation: `full_name` is
/// "Full Name". A letter after anything but a letter becomes upper case, every other one lower case.
pub(crate) fn title(name: &str) -> String {
    let mut title = String::with_capacity(name.len());
    let mut inside = false;
    for letter in name.chars() {
        if !letter.is_alphabetic() {
            title.push(if letter == '_' { ' ' } else { letter });
        } else if inside {
            title.extend(letter.to_lowercase());
        } else {
            title.extend(letter.to_uppercase());
        }
        inside = letter.is_alphabetic();
    }
    title.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closure_has_no_name() {
        assert_eq!(function_name("app::routes::{{closure}}"), None);
        assert_eq!(function_name(""), None);
    }

    #[test]
    fn a_function_is_named_by_its_last_segment_without_generics() {
        for (full, short) in [
            ("app::read_users_me", "read_users_me"),
            ("app::read<portcullis::Account>", "read"),
            ("<app::Site as app::Pages<u8>>::show", "show"),
            ("app::read::<alloc::vec::Vec<u8>>", "read"),
            ("app::r#type", "type"),
        ] {
            assert_eq!(function_name(full).as_deref(), Some(short), "{full}");
        }
    }

    #[test]
    fn operation_ids_are_those_of_fastapi() {
        assert_eq!(
            operation_id("read_users_me", "/users/me/", &Method::GET),
            "read_users_me_users_me__get"
        );
        assert_eq!(
            operation_id("read_item", "/items/{item_id}", &Method::PUT),
            "read_item_items__item_id__put"
        );
        assert_eq!(operation_id("a", "/b-c.d", &Method::GET), "a_b_c_d_get");
    }

    #[test]
    fn titles_are_those_of_python() {
        for (name, expected) in [
            ("full_name", "Full Name"),
            ("fullName", "Fullname"),
            ("item2name", "Item2Name"),
            ("X-Token", "X-Token"),
            ("_id", "Id"),
            ("straße", "Straße"),
        ] {
            assert_eq!(title(name), expected, "{name}");
        }
    }
}
