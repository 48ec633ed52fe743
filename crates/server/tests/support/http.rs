//! A plain HTTP/1.1 client over one TCP connection per request, which sends what it is told and nothing else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Far above what a slow debug build needs to hash a password behind a full queue.
const PATIENCE: Duration = Duration::from_secs(60);
/// No recorded answer comes near it.
const LARGEST_ANSWER: u64 = 32 << 20;

/// What came back. Header names are in lower case, values are Latin-1.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// All values of this header, joined as one list; `None` if it is absent.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self
            .headers
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Text whose characters are bytes.
///
/// # Errors
/// A sentence, if a character lies beyond U+00FF.
pub(crate) fn latin1(text: &str) -> Result<Vec<u8>, String> {
    text.chars()
        .map(|c| u8::try_from(c).map_err(|_| format!("{c:?} is not Latin-1")))
        .collect()
}

/// The `host:port` of a base address such as `http://127.0.0.1:8000/app`.
pub(crate) fn host(base: &str) -> &str {
    parts(base).0
}

/// The path of a base address, without a slash at its end.
pub(crate) fn prefix(base: &str) -> &str {
    parts(base).1
}

fn parts(base: &str) -> (&str, &str) {
    let rest = base.strip_prefix("http://").unwrap_or(base).trim_end_matches('/');
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}

/// Sends these bytes to `host:port` and reads one answer; `method` says whether a body follows its head.
///
/// # Errors
/// A sentence, if the connection fails or what comes back is no HTTP.
pub(crate) fn exchange(host: &str, method: &str, bytes: &[u8]) -> Result<Answer, String> {
    let mut stream = TcpStream::connect(host).map_err(|e| format!("no connection: {e}"))?;
    let timed = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    timed.map_err(|e| format!("no time-out: {e}"))?;
    // A server may answer and close before it has read everything: the answer counts, not the failed write.
    let _ = stream.write_all(bytes);
    read_answer(&mut BufReader::new(stream).take(LARGEST_ANSWER), method).map_err(|e| format!("no answer: {e}"))
}

/// The sample of RFC 6455 §1.3: what a client sends as its key, and what proves that the server understood it.
const KEY_AND_PROOF: (&str, &str) = ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

/// Opens a WebSocket at `path` of `host:port` with these headers. The answer is the server's first message, with status
/// 101, or the refusal of the handshake.
///
/// # Errors
/// As for [`exchange`].
pub(crate) fn open_websocket(host: &str, path: &str, headers: &str) -> Result<Answer, String> {
    let (key, proof) = KEY_AND_PROOF;
    let text = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{headers}\r\n"
    );
    let mut stream = TcpStream::connect(host).map_err(|e| format!("no connection: {e}"))?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(|e| e.to_string())?;
    stream.write_all(&latin1(&text)?).map_err(|e| e.to_string())?;
    let mut input = BufReader::new(stream).take(LARGEST_ANSWER);
    let (status, headers) = read_head(&mut input)?;
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
    };
    if status != 101 {
        answer.body = read_body(&mut input, &answer)?;
        return Ok(answer);
    }
    if answer.header("sec-websocket-accept").as_deref() != Some(proof) {
        return Err("Sec-WebSocket-Accept is not the proof of the key".to_owned());
    }
    answer.body = first_message(&mut input)?;
    Ok(answer)
}

/// What the server's first frames say (RFC 6455 §5.2); nothing if it closes without a message.
fn first_message(input: &mut impl BufRead) -> Result<Vec<u8>, String> {
    let mut message = Vec::new();
    loop {
        let head = exactly(input, 2)?;
        let [first, second] = head.as_slice() else {
            return Err("a frame without a head".to_owned());
        };
        if second & 0x80 != 0 {
            return Err("a frame from the server is masked".to_owned());
        }
        let length = match second & 0x7f {
            126 => number(&exactly(input, 2)?),
            127 => number(&exactly(input, 8)?),
            short => usize::from(short),
        };
        let data = exactly(input, length)?;
        match first & 0x0f {
            8 => return Ok(message),
            0..=2 => message.extend(data),
            _ => {}
        }
        if first & 0x80 != 0 && first & 0x0f <= 2 {
            return Ok(message);
        }
    }
}

/// The number that these bytes are, the first one the highest.
fn number(bytes: &[u8]) -> usize {
    let add = |number: usize, byte: &u8| number.wrapping_mul(256).wrapping_add(usize::from(*byte));
    bytes.iter().fold(0, add)
}

fn read_answer(input: &mut impl BufRead, method: &str) -> Result<Answer, String> {
    loop {
        let (status, headers) = read_head(input)?;
        if (100..200).contains(&status) {
            continue;
        }
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        if method != "HEAD" && status != 204 && status != 304 {
            answer.body = read_body(input, &answer)?;
        }
        return Ok(answer);
    }
}

fn read_head(input: &mut impl BufRead) -> Result<(u16, Vec<(String, String)>), String> {
    let first = line(input)?;
    let status = first
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.get(2..5))
        .and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| format!("not a status line: {first:?}"))?;
    let mut headers = Vec::new();
    loop {
        let text = line(input)?;
        if text.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = text.split_once(':').ok_or_else(|| format!("not a header: {text:?}"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn read_body(input: &mut impl BufRead, answer: &Answer) -> Result<Vec<u8>, String> {
    if answer
        .header("transfer-encoding")
        .is_some_and(|v| v.eq_ignore_ascii_case("chunked"))
    {
        return read_chunks(input);
    }
    let Some(length) = answer.header("content-length") else {
        let mut body = Vec::new();
        input.read_to_end(&mut body).map_err(|e| e.to_string())?;
        return Ok(body);
    };
    exactly(
        input,
        length
            .parse()
            .map_err(|_| format!("not a content length: {length:?}"))?,
    )
}

fn read_chunks(input: &mut impl BufRead) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        let size = line(input)?;
        let digits = size.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16).map_err(|_| format!("not a chunk size: {size:?}"))?;
        if length == 0 {
            while !line(input)?.is_empty() {}
            return Ok(body);
        }
        body.extend(exactly(input, length)?);
        line(input)?;
    }
}

fn exactly(input: &mut impl BufRead, length: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let limit = u64::try_from(length).map_err(|e| e.to_string())?;
    input
        .by_ref()
        .take(limit)
        .read_to_end(&mut body)
        .map_err(|e| e.to_string())?;
    if body.len() == length {
        Ok(body)
    } else {
        Err(format!("the body ended after {} of {length} bytes", body.len()))
    }
}

fn line(input: &mut impl BufRead) -> Result<String, String> {
    let mut bytes = Vec::new();
    input.read_until(b'\n', &mut bytes).map_err(|e| e.to_string())?;
    if bytes.pop() != Some(b'\n') {
        return Err("the connection was closed in the head".to_owned());
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(bytes.into_iter().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Answer, String> {
        read_answer(&mut &*bytes, "GET")
    }

    #[test]
    fn a_short_body_is_no_answer() {
        assert!(read(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcd").is_err());
    }

    #[test]
    fn a_cut_head_is_no_answer() {
        assert!(read(b"HTTP/1.1 200 OK\r\ncontent-le").is_err());
        assert!(read(b"").is_err());
    }

    #[test]
    fn chunks_are_joined_and_repeated_headers_become_one_list() {
        let answer = read(
            b"HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\n",
        );
        let answer = answer.unwrap();
        assert_eq!(
            (answer.header("a").as_deref(), answer.text().as_str()),
            (Some("1, 2"), "abcd")
        );
        assert_eq!(answer.header("b"), None);
    }
}
