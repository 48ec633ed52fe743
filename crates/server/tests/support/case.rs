//! The format of a recorded case (`testdata/contract/README.md`). An unknown member is an error, so that nothing a case
//! asks for can be passed over in silence.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub(crate) struct File {
    pub(crate) format: u32,
    pub(crate) cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) id: String,
    /// Which application it was recorded from.
    pub(crate) app: String,
    #[serde(rename = "topic")]
    _topic: String,
    /// Binding with the default answers.
    pub(crate) keep: bool,
    pub(crate) why: String,
    pub(crate) request: Request,
    pub(crate) token: Option<Token>,
    /// What the original answered.
    pub(crate) expect: Expect,
    #[serde(rename = "note")]
    _note: Option<String>,
    #[serde(rename = "better")]
    _better: Option<String>,
    /// What it should have answered; only where `keep` is false.
    pub(crate) better_expect: Option<Expect>,
    #[serde(default, rename = "library_dependent")]
    _library_dependent: bool,
}

/// Text as it stands, or a long one described.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Plain(String),
    Repeat(Repeat),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repeat {
    repeat: String,
    times: usize,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    suffix: String,
}

impl Text {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Repeat(long) => format!("{}{}{}", long.prefix, long.repeat.repeat(long.times), long.suffix),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) headers: Vec<(String, Text)>,
    pub(crate) form: Option<Vec<(Text, Text)>>,
    pub(crate) json: Option<Value>,
    pub(crate) body: Option<Text>,
    pub(crate) body_b64: Option<String>,
    #[serde(default)]
    pub(crate) chunked: bool,
    pub(crate) raw_http: Option<String>,
    /// It opens a WebSocket: what the server's first message says is the answer's body.
    #[serde(default)]
    pub(crate) websocket: bool,
    /// Seconds after which it counts as not answered.
    #[serde(rename = "timeout")]
    _timeout: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    pub(crate) login: Option<Login>,
    pub(crate) raw: Option<Text>,
    pub(crate) header: Option<Value>,
    pub(crate) header_json: Option<String>,
    pub(crate) claims: Option<Value>,
    pub(crate) claims_json: Option<String>,
    pub(crate) mac: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) align: Option<Align>,
    pub(crate) until_matches: Option<String>,
    #[serde(default)]
    pub(crate) edits: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    pub(crate) form: Vec<(Text, Text)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Align {
    /// Mint just after the clock's second begins, for tokens at the edge of their life.
    SecondStart,
}

/// One change to a finished token. `segment` counts the parts between the dots from 0.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Edit {
    Append {
        value: Text,
    },
    Prepend {
        value: Text,
    },
    FlipChar {
        segment: usize,
        #[serde(default)]
        index: usize,
    },
    FlipBit {
        segment: usize,
        #[serde(default)]
        byte: usize,
        #[serde(default)]
        bit: u8,
    },
    TrailingBits {
        segment: usize,
        bits: Option<usize>,
    },
    ReplaceJson {
        segment: usize,
        #[serde(default)]
        set: Map<String, Value>,
        #[serde(default)]
        unset: Vec<String>,
    },
    SetSegment {
        segment: usize,
        value: Text,
    },
    DropSegment {
        segment: usize,
    },
    AppendSegment {
        value: Text,
    },
    Insert {
        segment: usize,
        #[serde(default)]
        index: usize,
        value: String,
    },
    Truncate {
        segment: usize,
        length: usize,
    },
    Pad {
        segment: usize,
    },
    StdAlphabet {
        segment: usize,
    },
    SwapCase {
        segment: usize,
    },
    Zero {
        segment: usize,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) any_of: Option<Vec<Expect>>,
    pub(crate) status: Option<Status>,
    /// By lower-case name; `None` says the header must be absent.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Option<HeaderRule>>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) json: Option<Value>,
    #[serde(default)]
    pub(crate) jsonpath: BTreeMap<String, PathRule>,
    pub(crate) text: Option<String>,
    #[serde(default)]
    pub(crate) text_contains: Vec<String>,
    #[serde(default)]
    pub(crate) text_absent: Vec<String>,
    pub(crate) body: Option<Body>,
    /// Nothing comes within the request's time.
    #[serde(default)]
    pub(crate) no_answer: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Body {
    Empty,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Status {
    One(u16),
    AnyOf(Vec<u16>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum HeaderRule {
    Exact(String),
    ResolvesTo {
        resolves_to: String,
    },
    Regex {
        regex: String,
    },
    /// Comma-separated, in any order and case.
    Set {
        set: Vec<String>,
    },
    /// A challenge that has at least these parameters.
    Challenge {
        scheme: String,
        params: BTreeMap<String, String>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathRule {
    #[serde(default)]
    pub(crate) absent: bool,
    #[serde(default, deserialize_with = "present")]
    pub(crate) equals: Option<Value>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) regex: Option<String>,
    pub(crate) keys_within: Option<Vec<String>>,
    pub(crate) keys: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) contains: Vec<Value>,
    pub(crate) length: Option<usize>,
    pub(crate) jwt: Option<JwtRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JwtRule {
    pub(crate) signed_with: Option<SignedWith>,
    #[serde(default)]
    pub(crate) header: BTreeMap<String, Value>,
    pub(crate) claim_names: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) claim_names_include: Vec<String>,
    pub(crate) claim_scope_within: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) claims: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SignedWith {
    AppSecret,
}

/// Keeps `null` apart from a member that is not there.
fn present<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(input).map(Some)
}
