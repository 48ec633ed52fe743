//! A header value with parameters, `type/subtype; name=value; name="quoted"`, taken apart as Python's e-mail parser
//! and after it python-multipart do.

/// A header value: what stands before the first `;` (lower case), and the parameters.
pub(super) struct Header {
    pub(super) value: Vec<u8>,
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Header {
    /// A parameter by its name in lower case; of a repeated one the last.
    pub(super) fn parameter(&self, name: &[u8]) -> Option<&[u8]> {
        self.parameters
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_slice())
    }
}

/// Takes a header apart. Nothing is an error: what is no header has a value that nobody knows.
pub(super) fn parse(header: &[u8]) -> Header {
    let mut segments = Segments(Some(header));
    let value = trim(segments.next().unwrap_or_default()).to_ascii_lowercase();
    let parameters = segments
        .map(parameter)
        .filter(|(name, _)| !name.contains(&b'*'))
        .collect();
    Header { value, parameters }
}

fn parameter(segment: &[u8]) -> (Vec<u8>, Vec<u8>) {
    match segment
        .iter()
        .position(|byte| *byte == b'=')
        .and_then(|at| segment.split_at_checked(at))
    {
        Some((name, value)) => (
            trim(name).to_ascii_lowercase(),
            unquote(trim(value.get(1..).unwrap_or_default())),
        ),
        None => (trim(segment).to_vec(), Vec::new()),
    }
}

/// The pieces between semicolons that stand outside quotes. A quote after a backslash does not count.
struct Segments<'a>(Option<&'a [u8]>);

impl<'a> Iterator for Segments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let all = self.0.take()?;
        let (mut quoted, mut before) = (false, 0);
        for (at, byte) in all.iter().enumerate() {
            match byte {
                b'"' if before != b'\\' => quoted = !quoted,
                b';' if !quoted => {
                    let (segment, rest) = all.split_at_checked(at)?;
                    self.0 = rest.get(1..);
                    return Some(segment);
                }
                _ => {}
            }
            before = *byte;
        }
        Some(all)
    }
}

fn unquote(value: &[u8]) -> Vec<u8> {
    match value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")) {
        // In this order, one after the other, as the original does.
        Some(inner) => drop_escape(&drop_escape(inner, b'\\'), b'"'),
        None => value.to_vec(),
    }
}

/// Every backslash that stands before `escaped` goes.
fn drop_escape(text: &[u8], escaped: u8) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match tail.split_first() {
            Some((second, after)) if *first == b'\\' && *second == escaped => {
                plain.push(escaped);
                rest = after;
            }
            _ => plain.push(*first),
        }
    }
    plain
}

fn trim(text: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = text.iter().position(|byte| !blank(byte)).unwrap_or(text.len());
    let end = text
        .iter()
        .rposition(|byte| !blank(byte))
        .map_or(start, |last| last.saturating_add(1));
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter_of(header: &str, name: &str) -> Option<String> {
        parse(header.as_bytes())
            .parameter(name.as_bytes())
            .map(|value| String::from_utf8(value.to_vec()).unwrap())
    }

    #[test]
    fn no_header_and_broken_headers_have_a_value_that_nobody_knows() {
        assert_eq!(parse(b"").value, b"");
        assert_eq!(parse(b";;").value, b"");
        assert_eq!(parse(b"a/b, c/d").value, b"a/b, c/d");
    }

    #[test]
    fn the_value_is_lower_case_without_blanks() {
        assert_eq!(
            parse(b" \tMultipart/Form-Data ; Boundary=x").value,
            b"multipart/form-data"
        );
    }

    #[test]
    fn parameter_names_have_no_case_and_values_may_be_quoted() {
        assert_eq!(
            parameter_of("m/f; Boundary = \"a;b\"", "boundary").as_deref(),
            Some("a;b")
        );
        assert_eq!(
            parameter_of(r#"form-data; name="a\"b\\c""#, "name").as_deref(),
            Some(r#"a"b\c"#)
        );
        assert_eq!(
            parameter_of("form-data; name=\"open", "name").as_deref(),
            Some("\"open")
        );
        assert_eq!(parameter_of("form-data; name", "name").as_deref(), Some(""));
    }

    #[test]
    fn the_last_of_a_repeated_parameter_counts_and_extended_ones_do_not() {
        assert_eq!(parameter_of("f; name=a; name=b", "name").as_deref(), Some("b"));
        assert_eq!(parameter_of("f; name*=utf-8''a", "name"), None);
    }
}
