//! Where and why a text is no JSON, in the words of Python's `json`, whose errors FastAPI answers with.

/// What is expected, and the place in characters from 0.
pub(super) type Broken = (&'static str, usize);

const VALUE: &str = "Expecting value";
const NAME: &str = "Expecting property name enclosed in double quotes";
const COMMA: &str = "Expecting ',' delimiter";

/// The first error of a text, or `None` where its grammar is right. Takes no stack for nested values.
pub(super) fn broken(text: &str) -> Option<Broken> {
    let mut scan = Scan { rest: text, place: 0 };
    scan.document().err()
}

struct Scan<'a> {
    rest: &'a str,
    place: usize,
}

impl Scan<'_> {
    fn document(&mut self) -> Result<(), Broken> {
        // Whether the open bracket is an object's, for each that is open.
        let mut open: Vec<bool> = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some('{') => {
                    self.next();
                    self.space();
                    if self.take('}') {
                        self.after_value(&mut open)?;
                    } else {
                        self.name()?;
                        open.push(true);
                        continue;
                    }
                }
                Some('[') => {
                    self.next();
                    self.space();
                    if !self.take(']') {
                        open.push(false);
                        continue;
                    }
                    self.after_value(&mut open)?;
                }
                _ => {
                    self.scalar()?;
                    self.after_value(&mut open)?;
                }
            }
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    /// Closes what ends here, up to the comma before the next value or the end of the text.
    fn after_value(&mut self, open: &mut Vec<bool>) -> Result<(), Broken> {
        loop {
            self.space();
            let Some(is_object) = open.last().copied() else {
                return if self.rest.is_empty() {
                    Ok(())
                } else {
                    Err(("Extra data", self.place))
                };
            };
            if self.take(if is_object { '}' } else { ']' }) {
                open.pop();
            } else if self.take(',') {
                self.space();
                return if is_object { self.name() } else { Ok(()) };
            } else {
                return Err((COMMA, self.place));
            }
        }
    }

    /// The name of a member and its colon.
    fn name(&mut self) -> Result<(), Broken> {
        if self.peek() != Some('"') {
            return Err((NAME, self.place));
        }
        self.text()?;
        self.space();
        if self.take(':') {
            Ok(())
        } else {
            Err(("Expecting ':' delimiter", self.place))
        }
    }

    fn scalar(&mut self) -> Result<(), Broken> {
        if self.peek() == Some('"') {
            return self.text();
        }
        for word in ["true", "false", "null"] {
            if self.rest.starts_with(word) {
                self.skip(word.len());
                return Ok(());
            }
        }
        match number_len(self.rest.as_bytes()) {
            0 => Err((VALUE, self.place)),
            length => {
                self.skip(length);
                Ok(())
            }
        }
    }

    fn text(&mut self) -> Result<(), Broken> {
        let start = self.place;
        let unterminated = ("Unterminated string starting at", start);
        self.next();
        loop {
            let place = self.place;
            match self.next().ok_or(unterminated)? {
                '"' => return Ok(()),
                '\\' => match self.next().ok_or(unterminated)? {
                    'u' => {
                        let place = self.place;
                        for _ in 0..4 {
                            let digit = self.next().is_some_and(|letter| letter.is_ascii_hexdigit());
                            digit.then_some(()).ok_or(("Invalid \\uXXXX escape", place))?;
                        }
                    }
                    '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {}
                    _ => return Err(("Invalid \\escape", place)),
                },
                letter if letter < ' ' => return Err(("Invalid control character at", place)),
                _ => {}
            }
        }
    }

    fn space(&mut self) {
        while self
            .peek()
            .is_some_and(|letter| matches!(letter, ' ' | '\t' | '\n' | '\r'))
        {
            self.next();
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let letter = letters.next()?;
        self.rest = letters.as_str();
        self.place = self.place.saturating_add(1);
        Some(letter)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    /// Goes on by so many ASCII characters.
    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
        self.place = self.place.saturating_add(length);
    }
}

/// How many bytes in front are a number (RFC 8259 section 6), as far as they are one.
fn number_len(bytes: &[u8]) -> usize {
    let digits = |from: usize| {
        let tail = bytes.get(from..).unwrap_or_default();
        let count = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then(|| from.saturating_add(count))
    };
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let Some(mut end) = (match bytes.get(sign) {
        Some(b'0') => Some(sign.saturating_add(1)),
        _ => digits(sign),
    }) else {
        return 0;
    };
    if bytes.get(end) == Some(&b'.') {
        end = digits(end.saturating_add(1)).unwrap_or(end);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let after = end.saturating_add(1);
        let signed = usize::from(matches!(bytes.get(after), Some(b'+' | b'-')));
        end = digits(after.saturating_add(signed)).unwrap_or(end);
    }
    end
}
