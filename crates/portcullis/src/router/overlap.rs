//! Which routes compete for a path.

/// With what a route with parameters competes for a path that can be spelled in several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlap {
    /// Nothing.
    None,
    /// Routes without parameters: `/users/{name}` with `/users/me`.
    Literals,
    /// At least one route that has parameters itself: `/{kind}/{name}` with `/{kind}/me`.
    Parameters,
}

/// How `route` overlaps the routes `all`, which go before it where they match.
pub(super) fn overlap(route: &str, all: &[&str]) -> Overlap {
    let mut before = all.iter().filter(|other| goes_before(other, route)).peekable();
    if before.peek().is_none() {
        return Overlap::None;
    }
    if before.any(|other| other.contains('{')) {
        Overlap::Parameters
    } else {
        Overlap::Literals
    }
}

/// Whether some path matches both and `other` has a literal segment where `route` has a parameter: then `other` is the
/// better match, but only for the literal's canonical spelling.
fn goes_before(other: &str, route: &str) -> bool {
    let mut others = other.split('/');
    let mut segments = route.split('/');
    let mut better = false;
    loop {
        match (others.next(), segments.next()) {
            (None, None) => return better,
            (Some(own), Some(segment)) if is_rest(segment) => {
                return better || (!is_rest(own) && std::iter::once(own).chain(others).any(is_literal));
            }
            (Some(own), Some(_)) if is_rest(own) => return better,
            // A parameter at the end is never empty.
            (Some(own), Some(segment)) if own != segment && (own.is_empty() || segment.is_empty()) => return false,
            (Some(own), Some(segment)) => match (is_literal(own), is_literal(segment)) {
                (true, false) => better = true,
                (true, true) if own != segment => return false,
                _ => {}
            },
            _ => return false,
        }
    }
}

fn is_literal(segment: &str) -> bool {
    !segment.is_empty() && !segment.contains('{')
}

fn is_rest(segment: &str) -> bool {
    segment.starts_with("{*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_that_share_no_path_do_not_overlap() {
        for (route, other) in [
            ("/users/{id}", "/users/me/"),
            ("/users/{id}", "/users/"),
            ("/users/{id}", "/things/me"),
            ("/users/{id}/", "/users/{id}/items/"),
            ("/users/me", "/users/{id}"),
            ("/files/{*path}", "/files/"),
            ("/files/{*path}", "/file/a"),
            ("/a/{id}", "/{*path}"),
        ] {
            assert_eq!(overlap(route, &[route, other]), Overlap::None, "{route} {other}");
        }
    }

    #[test]
    fn a_literal_where_the_other_has_a_parameter_goes_before_it() {
        for (route, other) in [
            ("/users/{id}", "/users/me"),
            ("/users/{id}/items", "/users/me/items"),
            ("/{kind}/{id}", "/users/me"),
            ("/files/{*path}", "/files/a/b"),
            ("/{*path}", "/files/"),
        ] {
            assert_eq!(
                overlap(route, &["/x", route, other]),
                Overlap::Literals,
                "{route} {other}"
            );
        }
    }

    #[test]
    fn a_better_route_with_parameters_of_its_own_is_told_apart() {
        for (route, other) in [
            ("/{kind}/{id}", "/{kind}/me"),
            ("/files/{*path}", "/files/{id}/raw"),
            ("/{a}/x", "/b/{c}"),
        ] {
            assert_eq!(
                overlap(route, &[route, other, "/users/me"]),
                Overlap::Parameters,
                "{route} {other}"
            );
        }
    }
}
