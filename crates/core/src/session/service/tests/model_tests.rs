//! The sessions held against a model of sixty lines.

#![allow(clippy::arithmetic_side_effects)]

use proptest::prelude::*;

use super::*;

/// What is done.
#[derive(Debug, Clone)]
enum Act {
    /// Presents the n-th of all texts that were ever given, by either node, from here or from elsewhere.
    Present {
        text: prop::sample::Index,
        node: bool,
        home: bool,
    },
    /// The newest text is presented, and the answer kept.
    Refresh,
    /// Time goes by, in seconds.
    Advance(u64),
    /// An access token that came with the newest answer is seen.
    Confirm,
    /// The session is ended.
    End,
    /// The store is copied.
    Backup,
    /// The copy takes the store's place: a restored backup, or a standby that lost the last writes.
    FailOver,
}

fn act() -> impl Strategy<Value = Act> {
    let present = (any::<prop::sample::Index>(), any::<bool>(), prop::bool::weighted(0.9));
    let present = present.prop_map(|(text, node, home)| Act::Present { text, node, home });
    prop_oneof![
        4 => present,
        6 => Just(Act::Refresh),
        3 => prop_oneof![0_u64..40, Just(3_600), Just(14 * 24 * 60 * 60 - 1)].prop_map(Act::Advance),
        1 => Just(Act::Confirm),
        1 => prop::bool::weighted(0.1).prop_map(|end| if end { Act::End } else { Act::Refresh }),
        1 => Just(Act::Backup),
        1 => Just(Act::FailOver),
    ]
}

/// What the text of a token should do.
#[derive(Debug, PartialEq)]
enum Answer {
    /// A text that nobody has seen.
    New,
    /// This text.
    Same(String),
    Refused,
}

/// A family, as the design says it.
#[derive(Debug, Clone)]
struct Model {
    generation: u32,
    current: String,
    parent: Option<String>,
    /// In seconds.
    rotated: u64,
    idle: u64,
    ends: u64,
    confirmed: bool,
    late: bool,
    home: bool,
    ended: bool,
}

impl Model {
    /// What is answered to a text of this generation.
    fn present(&mut self, text: &str, generation: u32, home: bool, now: u64) -> Answer {
        if self.ended || now >= self.idle.min(self.ends) {
            return Answer::Refused;
        }
        if generation > self.generation {
            (self.generation, self.current, self.parent) = (generation, text.to_owned(), None);
        }
        if self.current == text {
            return Answer::New;
        }
        if self.parent.as_deref() == Some(text) && generation + 1 == self.generation {
            let since = now - self.rotated;
            if since <= 30 {
                return Answer::Same(self.current.clone());
            }
            if since <= 3_600 && !self.confirmed && !self.late && home && self.home {
                self.late = true;
                return Answer::Same(self.current.clone());
            }
        }
        self.ended = true;
        Answer::Refused
    }

    /// The successor was made.
    fn rotated(&mut self, text: String, home: bool, now: u64) {
        let parent = std::mem::replace(&mut self.current, text);
        *self = Self {
            generation: self.generation + 1,
            parent: Some(parent),
            rotated: now,
            idle: now + 14 * 24 * 60 * 60,
            confirmed: false,
            late: false,
            home,
            ..self.clone()
        };
    }
}

/// The store and the model side by side.
struct Held {
    house: House,
    model: Model,
    copy: (House, Model),
    /// Each text that was given, with its generation.
    texts: Vec<(String, u32)>,
    newest: usize,
    session: SessionId,
}

impl Held {
    async fn new() -> Self {
        let house = House::new();
        let begun = house.node().begin().await;
        let model = Model {
            generation: 0,
            current: begun.refresh_token.clone(),
            parent: None,
            rotated: START,
            idle: START + 14 * 24 * 60 * 60,
            ends: START + 90 * 24 * 60 * 60,
            confirmed: false,
            late: false,
            home: true,
            ended: false,
        };
        Self {
            copy: (house.backup(), model.clone()),
            model,
            texts: vec![(begun.refresh_token, 0)],
            newest: 0,
            session: begun.session,
            house,
        }
    }

    async fn present(&mut self, index: usize, node: &Node, home: bool) {
        let (text, generation) = self.texts[index].clone();
        let now = self.house.clock.now_seconds();
        let expected = self.model.present(&text, generation, home, now);
        let answer = node.present_from(&text, if home { HOME } else { ELSEWHERE }).await;
        match answer {
            Ok(given) => {
                let known = self.texts.iter().position(|(text, _)| *text == given.refresh_token);
                assert_eq!(given.generation, generation + 1);
                match expected {
                    Answer::New => {
                        assert_eq!(known, None, "a new text");
                        self.model.rotated(given.refresh_token.clone(), home, now);
                    }
                    expected => assert_eq!(expected, Answer::Same(given.refresh_token.clone())),
                }
                self.newest = known.unwrap_or(self.texts.len());
                if known.is_none() {
                    self.texts.push((given.refresh_token, given.generation));
                }
            }
            Err(RefreshError::Refused(_)) => assert_eq!(expected, Answer::Refused),
            Err(other) => panic!("{other:?}"),
        }
        let ended = self.house.ended(self.session).await.is_some();
        assert_eq!(ended, self.model.ended);
    }

    async fn act(&mut self, act: Act) {
        let node = self.house.node();
        match act {
            Act::Present {
                text,
                node: other,
                home,
            } => {
                let other = if other { self.house.node() } else { node };
                self.present(text.index(self.texts.len()), &other, home).await;
            }
            Act::Refresh => self.present(self.newest, &node, true).await,
            Act::Advance(seconds) => self.house.advance(seconds),
            Act::Confirm => {
                let generation = self.texts[self.newest].1;
                node.sessions
                    .saw(self.session, Some(generation), None, self.house.clock.now());
                node.sessions.flush().await;
                self.model.confirmed |= generation == self.model.generation;
            }
            Act::End => {
                let all = Ending::Session(self.session);
                node.sessions.end(&all, EndReason::Logout, &[]).await.expect("answers");
                self.model.ended = true;
            }
            Act::Backup => self.copy = (self.house.backup(), self.model.clone()),
            Act::FailOver => {
                let (house, model) = self.copy.clone();
                (self.house, self.model) = (house.backup(), model);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_model_agrees(acts in prop::collection::vec(act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            let mut held = Held::new().await;
            for act in acts {
                held.act(act).await;
            }
        });
    }
}
