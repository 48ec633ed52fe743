//! A client that keeps a journal: what it was told, and what then must hold.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::dice::Dice;
use crate::support::{Answer, escape, exchange, json, message};

const FORM: &str = "application/x-www-form-urlencoded";

/// How long a node may take to learn what another one ended.
const LEARNS: Duration = Duration::from_secs(2);

/// For how long a change that nobody acknowledged may still come about: a commit may wait for a standby.
const COMES_LATE: Duration = Duration::from_secs(30);

/// What a login or a refresh gave.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// What a client was told.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) name: String,
    /// Those that may hold: several where the answer to a change never came.
    pub(crate) passwords: Vec<String>,
    /// When such a change was asked for last.
    unanswered: Option<Instant>,
    /// What must be good, if anything is known for certain.
    pub(crate) tokens: Option<Tokens>,
    /// What was ended, and when that was acknowledged.
    pub(crate) ended: Vec<(Tokens, Instant)>,
    pub(crate) acknowledged: BTreeMap<&'static str, u64>,
    /// What should not have been.
    pub(crate) wrong: Vec<String>,
}

pub(crate) struct Client {
    journal: Journal,
    /// How many passwords it had so far.
    count: usize,
}

/// An answer, or none that says anything: 503, or the connection broke.
fn asked(host: &str, method: &str, request: &str) -> Option<Answer> {
    let answer = exchange(host, method, request.as_bytes()).ok()?;
    (answer.status != 503).then_some(answer)
}

fn token(host: &str, form: &str) -> Option<Answer> {
    asked(host, "POST", &message(host, "POST", "/token", None, FORM, form))
}

/// Whether a token opens the door; `None`: the node does not say.
pub(crate) fn opens(host: &str, access: &str) -> Option<u16> {
    let request = message(host, "GET", "/users/me/", Some(access), "", "");
    Some(asked(host, "GET", &request)?.status)
}

/// What a login answers.
pub(crate) fn log_in(host: &str, name: &str, password: &str) -> Option<Answer> {
    token(
        host,
        &format!("username={}&password={}", escape(name), escape(password)),
    )
}

/// What a refresh answers.
pub(crate) fn refresh(host: &str, refresh: &str) -> Option<Answer> {
    token(host, &format!("grant_type=refresh_token&refresh_token={refresh}"))
}

fn tokens(answer: &Answer) -> Tokens {
    let said = json(answer);
    let text = |name: &str| said[name].as_str().expect("a token").to_owned();
    Tokens {
        access: text("access_token"),
        refresh: text("refresh_token"),
    }
}

impl Journal {
    /// Nothing is on its way that may end what is good.
    pub(crate) fn is_sure(&self) -> bool {
        self.unanswered.is_none_or(|at| at.elapsed() > COMES_LATE)
    }
}

impl Client {
    pub(crate) fn new(name: &str, password: &str) -> Self {
        Self {
            journal: Journal {
                name: name.to_owned(),
                passwords: vec![password.to_owned()],
                unanswered: None,
                tokens: None,
                ended: Vec::new(),
                acknowledged: BTreeMap::new(),
                wrong: Vec::new(),
            },
            count: 0,
        }
    }

    /// Acts on whichever node until it ends.
    pub(crate) fn run(mut self, hosts: &[String; 2], mut dice: Dice, ends: &AtomicBool) -> Journal {
        while !ends.load(Ordering::SeqCst) {
            let host = &hosts[dice.below(2)];
            match (self.journal.tokens.clone(), dice.below(20)) {
                (None, _) => self.log_in(host),
                (Some(tokens), 0) => self.log_out(host, tokens),
                (Some(tokens), 1) => self.change_password(host, tokens),
                (Some(tokens), 2..=7) => self.refresh(host, tokens),
                (Some(tokens), 8..=13) => self.open(host, &tokens),
                _ => self.look_back(host, &mut dice),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.journal
    }

    /// No change is on its way of which it is not known whether it comes about.
    fn is_sure(&self) -> bool {
        self.journal.is_sure()
    }

    fn note(&mut self, what: &'static str) {
        *self.journal.acknowledged.entry(what).or_default() += 1;
    }

    fn wrong(&mut self, what: &str, answer: &Answer) {
        let line = format!("{}: {what}: {} {}", self.journal.name, answer.status, answer.text());
        self.journal.wrong.push(line);
    }

    fn log_in(&mut self, host: &str) {
        let mut last = None;
        for password in self.journal.passwords.clone() {
            let Some(answer) = log_in(host, &self.journal.name, &password) else {
                return;
            };
            if answer.status == 200 {
                self.journal.tokens = Some(tokens(&answer));
                if self.is_sure() {
                    self.journal.passwords = vec![password];
                }
                return self.note("login");
            }
            last = Some(answer);
        }
        if let Some(answer) = last {
            self.wrong("every password that may hold", &answer);
        }
    }

    fn refresh(&mut self, host: &str, shown: Tokens) {
        // Without an answer the same token is shown again, as a client would.
        let Some(answer) = refresh(host, &shown.refresh) else {
            return;
        };
        if answer.status == 200 {
            self.journal.tokens = Some(tokens(&answer));
            return self.note("refresh");
        }
        if self.is_sure() {
            self.wrong("a refresh token that nobody ended", &answer);
        }
        self.journal.tokens = None;
    }

    fn open(&mut self, host: &str, tokens: &Tokens) {
        match opens(host, &tokens.access) {
            None => {}
            Some(200) => self.note("request"),
            Some(status) => {
                if self.is_sure() {
                    let line = format!("{}: a token that nobody ended: {status}", self.journal.name);
                    self.journal.wrong.push(line);
                }
                self.journal.tokens = None;
            }
        }
    }

    fn log_out(&mut self, host: &str, tokens: Tokens) {
        let request = message(host, "POST", "/logout", Some(&tokens.access), "", "");
        let answer = asked(host, "POST", &request);
        // Without an answer it may be so or not: nothing is expected of these any more.
        self.journal.tokens = None;
        self.ended("logout", answer, tokens);
    }

    fn change_password(&mut self, host: &str, tokens: Tokens) {
        let [known] = &self.journal.passwords[..] else {
            return;
        };
        self.count += 1;
        let new = format!("chaos and order {} of {}", self.count, self.journal.name.len());
        let body = json!({"current_password": known, "new_password": new}).to_string();
        let kind = "application/json";
        let request = message(host, "PUT", "/users/me/password", Some(&tokens.access), kind, &body);
        let answer = asked(host, "PUT", &request);
        self.journal.tokens = None;
        match &answer {
            Some(answer) if answer.status < 300 => self.journal.passwords = vec![new],
            Some(_) => {}
            None => {
                self.journal.passwords.push(new);
                self.journal.unanswered = Some(Instant::now());
            }
        }
        self.ended("password", answer, tokens);
    }

    fn ended(&mut self, what: &'static str, answer: Option<Answer>, tokens: Tokens) {
        match answer {
            None => {}
            Some(answer) if answer.status < 300 => {
                self.note(what);
                self.journal.ended.push((tokens, Instant::now()));
            }
            Some(answer) if self.is_sure() => self.wrong(what, &answer),
            Some(_) => {}
        }
    }

    /// What was ended stays so, on every node.
    fn look_back(&mut self, host: &str, dice: &mut Dice) {
        let old = |(_, at): &&(Tokens, Instant)| at.elapsed() > LEARNS;
        let known: Vec<_> = self.journal.ended.iter().filter(old).cloned().collect();
        if known.is_empty() {
            return;
        }
        let (tokens, at) = &known[dice.below(known.len())];
        if opens(host, &tokens.access) == Some(200) {
            let line = format!("{}: ended {:?} ago, and taken", self.journal.name, at.elapsed());
            self.journal.wrong.push(line);
        }
        if let Some(answer) = refresh(host, &tokens.refresh)
            && answer.status == 200
        {
            self.wrong("a refresh token that was ended", &answer);
        }
    }
}
