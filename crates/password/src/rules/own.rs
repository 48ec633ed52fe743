//! The account's own words.

use super::folded::{Folded, is_padding, letters_of};

/// The fewest characters of a word that is a text of its own; of digits alone one more.
const SHORTEST: usize = 3;

/// Words that an account tells about itself, in one spelling.
pub(super) struct OwnWords(Vec<Vec<char>>);

impl OwnWords {
    /// Of names and addresses: each whole, its parts, and each without the digits at its ends.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut words = Vec::new();
        for text in texts {
            let text = Folded::of_text(text);
            let parts = text.as_str().split(|letter: char| !letter.is_alphanumeric());
            for part in std::iter::once(text.as_str()).chain(parts) {
                for word in [part, part.trim_matches(is_padding)] {
                    let word: Vec<char> = word.chars().collect();
                    let digits = word.iter().all(|letter| is_padding(*letter));
                    let fits = word.len() > SHORTEST || (word.len() == SHORTEST && !digits);
                    if fits && !words.contains(&word) {
                        words.push(word);
                    }
                }
            }
        }
        Self(words)
    }

    /// Whether the text is one or more of these words and nothing else but digits and signs.
    pub(super) fn make_up(&self, text: &Folded) -> bool {
        let text: zeroize::Zeroizing<Vec<char>> = text.as_str().chars().collect::<Vec<_>>().into();
        // Which lengths of the text can be made: without any word yet, and with one.
        let mut made = vec![[false; 2]; text.len().saturating_add(1)];
        if let Some(nothing) = made.first_mut() {
            *nothing = [true, false];
        }
        for at in 0..text.len() {
            let Some(&[bare, worded]) = made.get(at).filter(|made| made.contains(&true)) else {
                continue;
            };
            let rest = text.get(at..).unwrap_or_default();
            if rest.first().is_some_and(|letter| is_padding(*letter)) {
                note(&mut made, at.saturating_add(1), [bare, worded]);
            }
            for word in self.0.iter().filter(|word| begins_with(rest, word)) {
                note(&mut made, at.saturating_add(word.len()), [false, true]);
            }
        }
        made.last().is_some_and(|[_, worded]| *worded)
    }
}

fn note(made: &mut [[bool; 2]], length: usize, how: [bool; 2]) {
    if let Some(known) = made.get_mut(length) {
        let [bare, worded] = how;
        *known = [known[0] || bare, known[1] || worded];
    }
}

fn begins_with(text: &[char], word: &[char]) -> bool {
    text.len() >= word.len()
        && text
            .iter()
            .zip(word)
            .all(|(sign, letter)| sign == letter || letters_of(*sign).contains(letter))
}
