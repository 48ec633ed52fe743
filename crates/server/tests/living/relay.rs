//! A relay in front of a server, which stalls, cuts and refuses, and keeps answers to itself.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Open,
    /// What is sent arrives nowhere, and nothing is said.
    Stalled,
    /// Closed as soon as it is made.
    Refused,
    /// What is asked arrives, and what is answered is kept here.
    Unanswered,
}

pub(crate) struct Relay {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: u16,
    /// For new connections.
    way: Mutex<Way>,
    /// Connections before this one are stalled.
    stalled: AtomicUsize,
    accepted: AtomicUsize,
    open: Mutex<Vec<TcpStream>>,
    /// How many bytes were handed on to the server.
    asked: AtomicUsize,
    /// What was answered since the last cut, and kept.
    kept: Mutex<Vec<u8>>,
    /// What is asked with this text in it cuts its connection, once; whether it still arrives.
    snare: Mutex<Option<(&'static str, bool)>>,
    /// Connections that ever asked with this text in it are known by it.
    known_by: Option<&'static str>,
    /// Whether those say nothing.
    hung: AtomicBool,
}

impl Relay {
    /// In front of this port of our own host.
    pub(crate) fn to(upstream: u16) -> Self {
        Self::knowing(upstream, None)
    }

    /// The same, which knows connections by what they ask.
    pub(crate) fn knowing(upstream: u16, known_by: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            upstream,
            way: Mutex::new(Way::Open),
            stalled: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
            open: Mutex::default(),
            asked: AtomicUsize::new(0),
            kept: Mutex::default(),
            snare: Mutex::default(),
            known_by,
            hung: AtomicBool::new(false),
        });
        let relay = shared.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                relay.accept(near);
            }
        });
        Self { port, shared }
    }

    /// From now on for new connections.
    pub(crate) fn set(&self, way: Way) {
        *self.shared.way.lock().unwrap() = way;
    }

    /// Every connection that there is says nothing any more.
    pub(crate) fn stall(&self) {
        self.shared.stalled.store(self.accepted(), Ordering::SeqCst);
    }

    /// Whether what is asked over connections that are known by it arrives nowhere.
    pub(crate) fn hang(&self, hung: bool) {
        self.shared.hung.store(hung, Ordering::SeqCst);
    }

    /// The next that is asked with this text in it cuts its connection: before it arrives, or as soon as it has.
    pub(crate) fn cut_at(&self, text: &'static str, arrives: bool) {
        *self.shared.snare.lock().unwrap() = Some((text, arrives));
    }

    /// Whether that came.
    pub(crate) fn was_cut(&self) -> bool {
        self.shared.snare.lock().unwrap().is_none()
    }

    /// How many bytes the server was asked with.
    pub(crate) fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }

    /// What was answered since the last cut, and kept.
    pub(crate) fn kept(&self) -> Vec<u8> {
        self.shared.kept.lock().unwrap().clone()
    }

    /// Every connection that there is ends.
    pub(crate) fn cut(&self) {
        self.shared.kept.lock().unwrap().clear();
        for stream in self.shared.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// How many connections were made so far.
    pub(crate) fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, near: TcpStream) {
        let way = *self.way.lock().unwrap();
        let number = self.accepted.fetch_add(1, Ordering::SeqCst);
        if way == Way::Refused {
            return;
        }
        self.open.lock().unwrap().push(near.try_clone().unwrap());
        if way == Way::Stalled {
            return;
        }
        let Ok(far) = TcpStream::connect(("127.0.0.1", self.upstream)) else {
            return;
        };
        self.open.lock().unwrap().push(far.try_clone().unwrap());
        let (asking, answered) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        let shared = self.clone();
        std::thread::spawn(move || {
            shared.carry(
                number,
                (asking, far),
                |asked| shared.is_snared(asked),
                |length| {
                    shared.asked.fetch_add(length, Ordering::SeqCst);
                },
            );
        });
        let shared = self.clone();
        std::thread::spawn(move || match way {
            Way::Unanswered => shared.keep(answered),
            _ => shared.carry(number, (answered, near), |_| None, |_| ()),
        });
    }

    fn keep(&self, mut from: TcpStream) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            self.kept.lock().unwrap().extend_from_slice(&buffer[..length]);
        }
    }

    /// Whether this cuts its connection, and still arrives.
    fn is_snared(&self, asked: &[u8]) -> Option<bool> {
        let mut snare = self.snare.lock().unwrap();
        let (text, arrives) = (*snare)?;
        has(asked, text).then(|| {
            *snare = None;
            arrives
        })
    }

    fn carry(
        &self,
        number: usize,
        (mut from, mut to): (TcpStream, TcpStream),
        snared: impl Fn(&[u8]) -> Option<bool>,
        carried: impl Fn(usize),
    ) {
        let (mut buffer, mut known) = ([0; 16 * 1024], false);
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            known |= self.known_by.is_some_and(|text| has(&buffer[..length], text));
            while number < self.stalled.load(Ordering::SeqCst) || known && self.hung.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let snared = snared(&buffer[..length]);
            if snared == Some(false) || to.write_all(&buffer[..length]).is_err() {
                break;
            }
            carried(length);
            if snared.is_some() {
                break;
            }
        }
        // Whoever asks hears of it too.
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}

fn has(asked: &[u8], text: &str) -> bool {
    asked.windows(text.len()).any(|part| part == text.as_bytes())
}
