//! `multipart/form-data` (RFC 7578, RFC 2046 §5.1), a piece at a time. Files are counted and thrown away.

use zeroize::Zeroizing;

use super::error::FormError;
use super::limits::FormLimits;
use super::part::Part;
use super::scan::{find, is_token, overlap};
use super::sink::Sink;

/// python-multipart's limits: headers of one part, bytes of one header line, bytes of a boundary.
const HEADERS: usize = 8;
const HEADER_LINE: usize = 4_096 + 128;
const BOUNDARY: usize = 256;

/// How much of a piece is looked at in one go.
const PIECE: usize = 4_096;

enum State {
    /// Nothing yet, or line ends alone.
    Start,
    /// Line ends have come: whatever stands before the first hyphen is skipped.
    Preamble,
    /// At the hyphens of the first boundary.
    FirstBoundary,
    /// After a boundary: `--`, a line end, or blanks and a line end.
    AfterBoundary,
    /// Among these blanks.
    Padding,
    Headers,
    Content,
    /// After the last boundary: whatever follows is no part of the form.
    End,
}

/// The parts read so far.
pub(super) struct Parts<S: Sink> {
    sink: S,
    limits: FormLimits,
    state: State,
    /// CR LF and hyphens before the boundary itself.
    delimiter: Vec<u8>,
    /// What has come and cannot be told yet: at most a header line or a delimiter, beside the newest piece.
    pending: Zeroizing<Vec<u8>>,
    /// How much of `pending` has been searched in vain.
    searched: usize,
    headers: usize,
    disposition: Vec<u8>,
    part: Part<S::Key>,
    parts: usize,
    files: usize,
    /// How many bytes of contents may still be kept.
    room: usize,
}

/// What one step did: so many bytes are done with, or more must come first.
enum Step {
    Done(usize),
    Wait,
}

impl<S: Sink> Parts<S> {
    pub(super) fn new(boundary: Option<&[u8]>, sink: S, limits: FormLimits) -> Result<Self, FormError> {
        let boundary = boundary
            .filter(|boundary| !boundary.is_empty())
            .ok_or_else(|| FormError::Malformed("Missing boundary in multipart.".into()))?;
        if boundary.len() > BOUNDARY {
            return Err(broken());
        }
        Ok(Self {
            room: sink.room(&limits),
            sink,
            limits,
            state: State::Start,
            delimiter: [b"\r\n--", boundary].concat(),
            pending: Zeroizing::default(),
            searched: 0,
            headers: 0,
            disposition: Vec::new(),
            part: Part::default(),
            parts: 0,
            files: 0,
        })
    }

    pub(super) fn push(&mut self, data: &[u8]) -> Result<(), FormError> {
        data.chunks(PIECE).try_for_each(|piece| self.look_at(piece))
    }

    fn look_at(&mut self, data: &[u8]) -> Result<(), FormError> {
        // Taken out, so that the steps may borrow the rest of `self`.
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(data);
        let mut done = 0_usize;
        while let Some(rest) = pending.get(done..).filter(|rest| !rest.is_empty()) {
            match self.step(rest)? {
                Step::Done(bytes) => {
                    done = done.saturating_add(bytes);
                    self.searched = 0;
                }
                Step::Wait => break,
            }
        }
        // What is left in a buffer of its own size.
        self.pending = Zeroizing::new(pending.get(done..).unwrap_or_default().to_vec());
        Ok(())
    }

    /// How many bytes it takes, beside what fields took that are whole.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        [self.disposition.capacity(), self.delimiter.capacity(), self.part.held()]
            .into_iter()
            .fold(self.pending.capacity(), usize::saturating_add)
    }

    /// # Errors
    /// The last boundary is missing (RFC 2046 §5.1.1), unless nothing came at all: that is an empty form. FastAPI
    /// drops a part that was cut off in silence.
    pub(super) fn finish(self) -> Result<S, FormError> {
        match self.state {
            State::Start | State::Preamble | State::End => Ok(self.sink),
            _ => Err(broken()),
        }
    }

    fn step(&mut self, rest: &[u8]) -> Result<Step, FormError> {
        match self.state {
            State::Start => {
                let line_end = rest.first().is_some_and(|byte| matches!(byte, b'\r' | b'\n'));
                self.state = if line_end {
                    State::Preamble
                } else {
                    State::FirstBoundary
                };
                Ok(Step::Done(0))
            }
            State::Preamble => Ok(match rest.iter().position(|byte| *byte == b'-') {
                Some(at) => {
                    self.state = State::FirstBoundary;
                    Step::Done(at)
                }
                None => Step::Done(rest.len()),
            }),
            State::FirstBoundary => self.first_boundary(rest),
            State::AfterBoundary | State::Padding => self.after_boundary(rest),
            State::Headers => self.header(rest),
            State::Content => self.content(rest),
            State::End => Ok(Step::Done(rest.len())),
        }
    }

    fn first_boundary(&mut self, rest: &[u8]) -> Result<Step, FormError> {
        let expected = self.delimiter.get(2..).unwrap_or_default();
        if rest.starts_with(expected) {
            self.state = State::AfterBoundary;
            Ok(Step::Done(expected.len()))
        } else if expected.starts_with(rest) {
            Ok(Step::Wait)
        } else {
            Err(broken())
        }
    }

    fn after_boundary(&mut self, rest: &[u8]) -> Result<Step, FormError> {
        let padded = matches!(self.state, State::Padding);
        match rest {
            [b'-', b'-', ..] if !padded => {
                self.state = State::End;
                Ok(Step::Done(2))
            }
            [b'\r', b'\n', ..] => {
                self.state = State::Headers;
                self.headers = 0;
                Ok(Step::Done(2))
            }
            [b' ' | b'\t', ..] => {
                self.state = State::Padding;
                Ok(Step::Done(1))
            }
            [b'-'] if !padded => Ok(Step::Wait),
            [b'\r'] => Ok(Step::Wait),
            _ => Err(broken()),
        }
    }

    fn header(&mut self, rest: &[u8]) -> Result<Step, FormError> {
        let unseen = rest.get(self.searched..).unwrap_or_default();
        let Some(end) = unseen
            .iter()
            .position(|byte| *byte == b'\r')
            .map(|at| at.saturating_add(self.searched))
        else {
            self.searched = rest.len();
            return if rest.len() > HEADER_LINE {
                Err(broken())
            } else {
                Ok(Step::Wait)
            };
        };
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        match after {
            [_, b'\n', ..] => {}
            [_] => {
                self.searched = end;
                return Ok(Step::Wait);
            }
            _ => return Err(broken()),
        }
        if line.is_empty() {
            self.begin_content()?
        } else {
            self.read_header(line)?
        }
        Ok(Step::Done(end.saturating_add(2)))
    }

    fn read_header(&mut self, line: &[u8]) -> Result<(), FormError> {
        self.headers = self.headers.saturating_add(1);
        let colon = line.iter().position(|byte| *byte == b':').ok_or_else(broken)?;
        let (name, value) = line.split_at_checked(colon).ok_or_else(broken)?;
        if self.headers > HEADERS || line.len() > HEADER_LINE || name.is_empty() || !name.iter().all(is_token) {
            return Err(broken());
        }
        if name.eq_ignore_ascii_case(b"content-disposition") {
            self.disposition = value.get(1..).unwrap_or_default().to_vec();
        }
        Ok(())
    }

    fn begin_content(&mut self) -> Result<(), FormError> {
        self.part = Part::new(&std::mem::take(&mut self.disposition), &self.sink)?;
        let (count, what) = if self.part.is_file() {
            (&mut self.files, "files")
        } else {
            (&mut self.parts, "fields")
        };
        *count = count.saturating_add(1);
        if *count > self.limits.fields {
            return Err(FormError::too_many(what, self.limits.fields));
        }
        self.state = State::Content;
        Ok(())
    }

    fn content(&mut self, rest: &[u8]) -> Result<Step, FormError> {
        let Some(at) = find(rest, &self.delimiter) else {
            let content = rest.len().saturating_sub(overlap(rest, &self.delimiter));
            self.keep(rest.get(..content).unwrap_or_default())?;
            return Ok(if content == 0 { Step::Wait } else { Step::Done(content) });
        };
        let line = at.saturating_add(self.delimiter.len());
        match rest.get(line..).unwrap_or_default() {
            [b'-', b'-', ..] | [b'\r', b'\n', ..] | [b' ' | b'\t', ..] => {
                self.keep(rest.get(..at).unwrap_or_default())?;
                self.end_part();
                self.state = State::AfterBoundary;
            }
            // What tells a boundary from a line that begins like one has not come yet.
            [] | [b'-' | b'\r'] => return Ok(Step::Wait),
            _ => self.keep(rest.get(..line).unwrap_or_default())?,
        }
        Ok(Step::Done(line))
    }

    fn keep(&mut self, content: &[u8]) -> Result<(), FormError> {
        self.part.keep(content, self.limits.field, &mut self.room)
    }

    fn end_part(&mut self) {
        if let Some((key, sent)) = std::mem::take(&mut self.part).end() {
            self.sink.put(key, sent);
        }
    }
}

fn broken() -> FormError {
    FormError::Malformed("Invalid multipart data.".into())
}
