//! The account's own words.

use super::folded::{Folded, is_padding, letters_of};

/// The fewest characters of a word that is a text of its own; of digits alone one more.
const SHORTEST: usize = 3;

/// Words that an account tells about itself, in one spelling.
pub(super) struct OwnWords(Vec<Vec<char>>);

impl OwnWords {
    /// Of names and addresses: each whole, its parts, and each without the digits at its ends. A part that signs divide
    /// (O'Brannigan, what stands before the @) is a word too, without them.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut words = Self(Vec::new());
        for text in texts {
            let text = Folded::of_text(text).bare();
            words.add(&text);
            for named in text.split(|letter: char| letter.is_whitespace() || letter == '@') {
                // What dots part, and what other signs do.
                let parts = named
                    .split('.')
                    .chain(named.split(|letter: char| !letter.is_alphanumeric()));
                std::iter::once(named).chain(parts).for_each(|part| words.add(part));
            }
        }
        words
    }

    fn add(&mut self, text: &str) {
        let bare: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
        for word in [&bare, bare.trim_matches(is_padding)] {
            let word: Vec<char> = word.chars().collect();
            let digits = word.iter().all(|letter| is_padding(*letter));
            let fits = word.len() > SHORTEST || (word.len() == SHORTEST && !digits);
            if fits && !self.0.contains(&word) {
                self.0.push(word);
            }
        }
    }

    /// Whether the text is one or more of these words, whatever signs stand within them, and nothing else but digits and signs.
    pub(super) fn make_up(&self, text: &Folded) -> bool {
        let text: zeroize::Zeroizing<Vec<char>> = text.bare().chars().collect::<Vec<_>>().into();
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
            for length in self.0.iter().filter_map(|word| beginning(rest, word)) {
                note(&mut made, at.saturating_add(length), [false, true]);
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

/// How much of a text a word at its beginning takes, with the signs that stand between its letters.
fn beginning(text: &[char], word: &[char]) -> Option<usize> {
    let mut rest = text.iter();
    for (place, letter) in word.iter().enumerate() {
        let is_it = |sign: &char| sign == letter || letters_of(*sign).contains(letter);
        let mut skipped = rest
            .by_ref()
            .skip_while(|sign| place > 0 && !is_it(sign) && !sign.is_alphanumeric());
        skipped.next().filter(|sign| is_it(sign))?;
    }
    Some(text.len().saturating_sub(rest.len()))
}
