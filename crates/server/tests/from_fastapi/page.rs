//! The page, taken apart.

use std::path::PathBuf;

use regex_lite::Regex;

/// One section: its programs, and what both answer.
pub(crate) struct Section {
    /// The heading, as a name.
    pub(crate) name: String,
    pub(crate) python: String,
    pub(crate) rust: String,
    pub(crate) exchanges: Vec<Exchange>,
}

/// A request and its answer: `METHOD PATH (Header: value) BODY → STATUS (Header: value) BODY`.
pub(crate) struct Exchange {
    pub(crate) line: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) sent: Message,
    pub(crate) status: u16,
    pub(crate) answer: Message,
}

/// Headers and a body; an answer's that are not named are not looked at.
pub(crate) struct Message {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

pub(crate) fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/from-fastapi.md")
}

pub(crate) fn sections() -> Vec<Section> {
    let page = std::fs::read_to_string(path()).expect("the page");
    page.split("\n## ").skip(1).map(section).collect()
}

fn section(text: &str) -> Section {
    let heading = text.lines().next().unwrap_or_default();
    Section {
        name: heading.to_lowercase().replace(' ', "_"),
        python: block(text, "python"),
        rust: block(text, "rust"),
        exchanges: block(text, "http").lines().map(exchange).collect(),
    }
}

/// The section's one block of a language.
fn block(section: &str, language: &str) -> String {
    let fence = format!("```{language}\n");
    let mut blocks = section.split(fence.as_str()).skip(1);
    let block = blocks.next().and_then(|rest| rest.split("```").next());
    assert_eq!(blocks.count(), 0, "two programs in {language}: {section}");
    block.unwrap_or_default().to_owned()
}

fn exchange(line: &str) -> Exchange {
    let (request, answer) = line.split_once(" → ").unwrap_or_else(|| panic!("no answer: {line}"));
    let mut words = request.splitn(3, ' ');
    let mut word = || words.next().unwrap_or_default().trim().to_owned();
    let (method, path, sent) = (word(), word(), word());
    let (status, answer) = answer.split_at(3);
    Exchange {
        line: line.to_owned(),
        method,
        path,
        sent: message(&sent),
        status: status.parse().expect("a status"),
        answer: message(answer),
    }
}

fn message(mut text: &str) -> Message {
    let header = Regex::new(r"^\s*\(([\w-]+): ([^)]*)\)").expect("a pattern");
    let mut headers = Vec::new();
    while let Some(found) = header.captures(text) {
        headers.push((found[1].to_owned(), found[2].to_owned()));
        text = &text[found[0].len()..];
    }
    Message {
        headers,
        body: text.trim().to_owned(),
    }
}
