//! A load generator: HTTP/1.1 over blocking sockets, as little work as can be between the bytes.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What one run gave.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Good answers per second.
    pub per_second: f64,
    /// Time from when a request was due to its answer, ascending.
    pub latencies: Vec<Duration>,
    /// Answers with another status than 200.
    pub bad: u64,
}

impl Outcome {
    /// The latency that this share (0 to 1) of requests stayed within.
    pub fn percentile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.latencies.get(place).copied().unwrap_or_default()
    }
}

/// One connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(4096),
        })
    }

    pub fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)
    }

    /// Reads one answer with a `Content-Length`; gives its status.
    pub fn receive(&mut self) -> io::Result<u16> {
        self.buffer.clear();
        loop {
            let mut chunk = [0_u8; 4096];
            let read = self.stream.read(&mut chunk)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.buffer.extend_from_slice(&chunk[..read]);
            if let Some(status) = complete(&self.buffer)? {
                return Ok(status);
            }
        }
    }

    /// Sends one request and gives the status and the body.
    pub fn ask(&mut self, request: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        self.send(request)?;
        let status = self.receive()?;
        Ok((status, self.body().to_vec()))
    }

    /// The body of the last answer.
    fn body(&self) -> &[u8] {
        let body = find(&self.buffer, b"\r\n\r\n").map_or(0, |end| end + 4);
        &self.buffer[body..]
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// The status, once the whole answer is there.
fn complete(buffer: &[u8]) -> io::Result<Option<u16>> {
    let Some(end) = find(buffer, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = &buffer[..end];
    let status = std::str::from_utf8(head.get(9..12).unwrap_or_default())
        .ok()
        .and_then(|text| text.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    let length = head.split(|byte| *byte == b'\n').find_map(|line| {
        let (name, value) = line.split_at_checked(15)?;
        name.eq_ignore_ascii_case(b"content-length:")
            .then(|| std::str::from_utf8(value).ok()?.trim().parse::<usize>().ok())?
    });
    Ok((buffer.len() >= end + 4 + length.unwrap_or(0)).then_some(status))
}

/// A GET with these header lines.
pub fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n").into_bytes()
}

/// A login by the form of the chapter.
pub fn login_request(username: &str, password: &str) -> Vec<u8> {
    let body = format!("username={username}&password={password}");
    let length = body.len();
    format!(
        "POST /token HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Keeps one request under way on each of `connections` connections for `time`.
///
/// All answers have to be as long as the first (the same body every time): then a whole answer is told by its length, and
/// the load is not what is measured.
pub fn saturate(address: SocketAddr, request: &[u8], connections: usize, time: Duration) -> io::Result<Outcome> {
    let mut first = Connection::open(address)?;
    first.send(request)?;
    if first.receive()? != 200 {
        return Err(io::Error::other("the first answer was not 200"));
    }
    let length = first.buffer.len();
    let mut open = (0..connections)
        .map(|_| Connection::open(address))
        .collect::<io::Result<Vec<_>>>()?;
    for connection in &mut open {
        connection.send(request)?;
    }
    let mut answer = vec![0; length];
    let (start, mut good, mut bad) = (Instant::now(), 0_u64, 0_u64);
    // In order, blocking: one read and one write a request, and the others stay under way meanwhile.
    while start.elapsed() < time {
        for connection in &mut open {
            connection.stream.read_exact(&mut answer)?;
            if answer.starts_with(b"HTTP/1.1 200 ") {
                good += 1
            } else {
                bad += 1
            }
            connection.stream.write_all(request)?;
        }
    }
    let per_second = good as f64 / start.elapsed().as_secs_f64();
    Ok(Outcome {
        per_second,
        latencies: Vec::new(),
        bad,
    })
}

/// Keeps one request under way on each connection for `time`, where each answer says what is asked next; gives good answers
/// per second, and leaves with each connection what it would ask next.
pub fn follow(
    open: &mut [(Connection, Vec<u8>)],
    next: impl Fn(&[u8]) -> Option<Vec<u8>>,
    time: Duration,
) -> io::Result<f64> {
    for (connection, request) in open.iter_mut() {
        connection.send(request)?;
    }
    let answered = |connection: &mut Connection| {
        let status = connection.receive()?;
        let found = next(connection.body()).filter(|_| status == 200);
        found.ok_or_else(|| io::Error::other(format!("{status}: {}", String::from_utf8_lossy(connection.body()))))
    };
    let (start, mut good) = (Instant::now(), 0_u64);
    while start.elapsed() < time {
        for (connection, _) in open.iter_mut() {
            let request = answered(connection)?;
            connection.send(&request)?;
            good += 1;
        }
    }
    let per_second = good as f64 / start.elapsed().as_secs_f64();
    for (connection, request) in open.iter_mut() {
        *request = answered(connection)?;
    }
    Ok(per_second)
}

/// Sends `rate` requests a second for `time` on one connection, each at its due moment; a late answer makes those
/// behind it late, and that counts.
pub fn steady(address: SocketAddr, request: &[u8], rate: u32, time: Duration) -> io::Result<Outcome> {
    let mut connection = Connection::open(address)?;
    let (start, gap) = (Instant::now(), Duration::from_secs(1) / rate);
    let mut outcome = Outcome::default();
    let mut due = start;
    while due.duration_since(start) < time {
        if let Some(early) = due.checked_duration_since(Instant::now()) {
            std::thread::sleep(early);
        }
        connection.send(request)?;
        match connection.receive()? {
            200 => outcome.latencies.push(due.elapsed()),
            _ => outcome.bad += 1,
        }
        due += gap;
        if start.elapsed() > time * 3 {
            break;
        }
    }
    outcome.per_second = outcome.latencies.len() as f64 / start.elapsed().as_secs_f64();
    outcome.latencies.sort_unstable();
    Ok(outcome)
}
