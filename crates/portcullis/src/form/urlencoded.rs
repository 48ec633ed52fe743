//! `application/x-www-form-urlencoded` (WHATWG URL §5.1), a piece at a time.

use super::error::FormError;
use super::limits::FormLimits;
use super::sink::{Sent, Sink};
use super::text::Text;

enum State {
    /// Before a pair: ampersands are skipped, so that empty pairs vanish.
    Between,
    Name,
    Value,
}

/// The pairs read so far.
pub(super) struct Pairs<S: Sink> {
    sink: S,
    limits: FormLimits,
    state: State,
    /// The name as sent; of a name too long to be known, its beginning.
    name: Vec<u8>,
    /// The value, decoded, if somebody wants it.
    value: Option<(S::Key, Text)>,
    escape: Escape,
    /// How many bytes of values may still be kept.
    room: usize,
    /// Bytes of name and value.
    size: usize,
    pairs: usize,
}

impl<S: Sink> Pairs<S> {
    pub(super) fn new(sink: S, limits: FormLimits) -> Self {
        Self {
            room: sink.room(&limits),
            sink,
            limits,
            state: State::Between,
            name: Vec::new(),
            value: None,
            escape: Escape::None,
            size: 0,
            pairs: 0,
        }
    }

    pub(super) fn push(&mut self, mut data: &[u8]) -> Result<(), FormError> {
        while !data.is_empty() {
            data = match self.state {
                State::Between => self.skip(data),
                State::Name => self.read_name(data)?,
                State::Value => self.read_value(data)?,
            };
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<S, FormError> {
        match self.state {
            State::Between => {}
            State::Name => {
                self.recognise();
                self.end()?;
            }
            State::Value => self.end()?,
        }
        Ok(self.sink)
    }

    fn skip<'a>(&mut self, data: &'a [u8]) -> &'a [u8] {
        let rest = data
            .iter()
            .position(|byte| *byte != b'&')
            .and_then(|at| data.get(at..))
            .unwrap_or_default();
        if !rest.is_empty() {
            self.state = State::Name;
        }
        rest
    }

    fn read_name<'a>(&mut self, data: &'a [u8]) -> Result<&'a [u8], FormError> {
        let (name, end, rest) = cut(data, |byte| matches!(byte, b'=' | b'&'));
        self.count(name.len())?;
        // One byte more than the longest name, so that a longer one is seen to be longer.
        let room = S::LONGEST_NAME.saturating_add(1).saturating_sub(self.name.len());
        self.name.extend(name.iter().take(room));
        if end.is_some() {
            self.recognise();
        }
        match end {
            Some(b'=') => self.state = State::Value,
            Some(_) => self.end()?,
            None => {}
        }
        Ok(rest)
    }

    fn read_value<'a>(&mut self, data: &'a [u8]) -> Result<&'a [u8], FormError> {
        let (value, end, rest) = cut(data, |byte| byte == b'&');
        self.count(value.len())?;
        if let Some((_, text)) = &mut self.value {
            let room = &mut self.room;
            self.escape.read(value, &mut |plain| text.push(plain, room));
        }
        if end.is_some() {
            self.end()?;
        }
        Ok(rest)
    }

    fn count(&mut self, more: usize) -> Result<(), FormError> {
        self.size = self.size.saturating_add(more);
        if self.size > self.limits.field {
            Err(FormError::too_big("Field", self.limits.field))
        } else {
            Ok(())
        }
    }

    fn recognise(&mut self) {
        self.value = self.sink.wants(&decode(&self.name));
    }

    fn end(&mut self) -> Result<(), FormError> {
        self.pairs = self.pairs.saturating_add(1);
        if self.pairs > self.limits.fields {
            return Err(FormError::too_many("fields", self.limits.fields));
        }
        if let Some((key, mut text)) = self.value.take() {
            let room = &mut self.room;
            self.escape.end(&mut |plain| text.push(plain, room));
            self.sink.put(key, Sent::from(text));
        }
        self.name.clear();
        self.escape = Escape::None;
        self.size = 0;
        self.state = State::Between;
        Ok(())
    }
}

/// What stands before the first byte that is an end, that byte, and the rest.
fn cut(data: &[u8], is_end: impl Fn(u8) -> bool) -> (&[u8], Option<u8>, &[u8]) {
    let at = data.iter().position(|byte| is_end(*byte)).unwrap_or(data.len());
    let (before, from) = data.split_at_checked(at).unwrap_or((data, &[]));
    match from.split_first() {
        Some((end, rest)) => (before, Some(*end), rest),
        None => (before, None, &[]),
    }
}

/// `+` is a space, `%` with two hexadecimal digits a byte, and all else, a broken escape too, itself.
pub(crate) fn decode(raw: &[u8]) -> Vec<u8> {
    let (mut plain, mut escape) = (Vec::with_capacity(raw.len()), Escape::None);
    escape.read(raw, &mut |bytes| plain.extend_from_slice(bytes));
    escape.end(&mut |bytes| plain.extend_from_slice(bytes));
    plain
}

/// An escape that may have begun.
#[derive(Clone, Copy)]
enum Escape {
    None,
    /// `%`
    Begun,
    /// `%` and this digit.
    Half(u8),
}

impl Escape {
    /// What stands for itself is given on as it lies there.
    fn read(&mut self, mut data: &[u8], plain: &mut impl FnMut(&[u8])) {
        while !data.is_empty() {
            if matches!(self, Self::None) {
                let own = data.iter().position(|byte| matches!(byte, b'%' | b'+'));
                let (before, from) = own.and_then(|at| data.split_at_checked(at)).unwrap_or((data, &[]));
                if !before.is_empty() {
                    plain(before);
                }
                data = from;
            }
            if let Some((byte, rest)) = data.split_first() {
                self.push(*byte, plain);
                data = rest;
            }
        }
    }

    fn push(&mut self, byte: u8, plain: &mut impl FnMut(&[u8])) {
        match (*self, hex(byte)) {
            (Self::Begun, Some(_)) => return *self = Self::Half(byte),
            (Self::Half(high), Some(low)) => {
                *self = Self::None;
                return plain(&[(hex(high).unwrap_or_default() << 4) | low]);
            }
            _ => self.end(plain),
        }
        match byte {
            b'%' => *self = Self::Begun,
            b'+' => plain(b" "),
            other => plain(&[other]),
        }
    }

    /// No escape after all: its bytes are themselves.
    fn end(&mut self, plain: &mut impl FnMut(&[u8])) {
        match std::mem::replace(self, Self::None) {
            Self::None => {}
            Self::Begun => plain(b"%"),
            Self::Half(high) => plain(&[b'%', high]),
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
