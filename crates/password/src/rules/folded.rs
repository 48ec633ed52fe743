//! A password as a guesser sees it: without case, and in the simpler forms that it may be a dressed one of.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::secret::Password;

/// The most forms that are looked at.
const MOST: usize = 64;

/// What is repeated in fewer characters than this is guessed whatever it is.
const SHORT: usize = 4;

/// From how many characters on a short text counts as repeated.
const REPEATED: usize = 6;

/// A text in one spelling (NFKC, lower case).
pub(super) struct Folded(Zeroizing<String>);

/// Whether a character can be what a word is padded with: anything but a letter.
pub(super) fn is_padding(letter: char) -> bool {
    !letter.is_alphabetic()
}

/// The letters that a digit or sign is written for.
pub(super) fn letters_of(sign: char) -> &'static [char] {
    match sign {
        '4' | '@' => &['a'],
        '3' => &['e'],
        '1' => &['i', 'l'],
        '!' => &['i'],
        '0' => &['o'],
        '5' | '$' => &['s'],
        '7' | '+' => &['t'],
        _ => &[],
    }
}

impl Folded {
    pub(super) fn of(password: &Password) -> Self {
        Self::of_text(&String::from_utf8_lossy(password.as_bytes()))
    }

    pub(super) fn of_text(text: &str) -> Self {
        // Reserved at once: a text that grows leaves copies of itself behind.
        let mut folded = Zeroizing::new(String::with_capacity(text.len().saturating_mul(4)));
        folded.extend(text.nfkc().flat_map(char::to_lowercase));
        Self(folded)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Itself and what it is a padded, repeated or respelled form of.
    pub(super) fn forms(&self) -> Vec<Zeroizing<String>> {
        let mut forms = vec![self.0.clone()];
        let mut next = 0;
        while let Some(form) = forms.get(next).cloned() {
            for simpler in simpler(&form) {
                if forms.len() < MOST && !simpler.is_empty() && !forms.contains(&simpler) {
                    forms.push(simpler);
                }
            }
            next = next.saturating_add(1);
        }
        forms
    }

    /// Whether it is a short text over and over, padded or not.
    pub(super) fn repeats_little(&self) -> bool {
        let bare = self.as_str().trim_matches(is_padding);
        [self.as_str(), bare].iter().any(|text| {
            let unit = unit(text).chars().count();
            unit < SHORT && unit < text.chars().count() && text.chars().count() >= REPEATED
        })
    }
}

/// The forms that are one step away.
fn simpler(form: &str) -> impl Iterator<Item = Zeroizing<String>> {
    let respelled = |choice: usize| -> String {
        let spell = |sign| letters_of(sign).get(choice).or(letters_of(sign).first()).copied();
        form.chars().map(|sign| spell(sign).unwrap_or(sign)).collect()
    };
    let without_signs = form.chars().filter(|letter| letter.is_alphanumeric());
    // What is nothing but digits and signs is not padded with them: it is all there is.
    let trimmed = match form.chars().any(|letter| !is_padding(letter)) {
        true => [
            form.trim_matches(is_padding),
            form.trim_start_matches(is_padding),
            form.trim_end_matches(is_padding),
        ],
        false => [""; 3],
    };
    let made = [
        respelled(0),
        respelled(1),
        without_signs.collect(),
        unit(form).to_owned(),
    ];
    let trimmed = trimmed.map(str::to_owned);
    trimmed.into_iter().chain(made).map(Zeroizing::new)
}

/// The shortest text of which this is a whole number of repetitions.
fn unit(text: &str) -> &str {
    let mut ends = text.char_indices().skip(1).map(|(at, _)| at);
    let repeats = |at: &usize| {
        text.len().is_multiple_of(*at)
            && text.get(..*at).is_some_and(|unit| {
                let mut rest = text;
                while let Some(after) = rest.strip_prefix(unit) {
                    rest = after;
                }
                rest.is_empty()
            })
    };
    ends.find(repeats).and_then(|at| text.get(..at)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_of_a_repetition_is_the_shortest_one() {
        for (text, expected) in [
            ("", ""),
            ("a", "a"),
            ("abab", "ab"),
            ("aaaa", "a"),
            ("ababa", "ababa"),
            ("ääßää", "ääßää"),
        ] {
            assert_eq!(unit(text), expected);
        }
        assert_eq!(unit("äßäß"), "äß");
    }

    #[test]
    fn nothing_is_made_simpler_than_it_is() {
        let folded = Folded::of_text("x7391028465");
        assert!(!folded.repeats_little());
        assert!(folded.forms().iter().any(|form| form.as_str() == "x"), "trimmed");
        assert!(Folded::of_text("xyxyxy!!!").repeats_little() && Folded::of_text("zzzzzzzzz").repeats_little());
        assert_eq!(Folded::of_text("2024").forms().len(), 3, "itself and two respelled");
    }
}
