//! A password as a guesser sees it: without case, and in the simpler forms that it may be a dressed one of.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroizing;

use crate::secret::Password;

/// The most forms that are looked at.
const MOST: usize = 64;

/// What is repeated in fewer characters than this is guessed whatever it is.
const SHORT: usize = 4;

/// From how many characters on a short text counts as repeated.
const REPEATED: usize = 6;

/// From how many digits on a number is one of its own, and not what something is padded with.
const NUMBER: usize = 6;

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

    #[cfg(test)]
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Its letters as somebody writes them who has another keyboard: without marks, and each in the one small form that all
    /// its forms come to (ς, Σ and σ; ß and SS).
    pub(super) fn bare(&self) -> Zeroizing<String> {
        let mut bare = Zeroizing::new(String::with_capacity(self.0.len().saturating_mul(4)));
        let letters = self.0.nfkd().filter(|letter| !is_combining_mark(*letter)).map(plain);
        let folded = letters.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
        bare.extend(folded.nfc());
        bare
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

    /// Whether it is a short text over and over, padded or not, or but for a character at one end.
    pub(super) fn repeats_little(&self) -> bool {
        self.forms().iter().any(|form| {
            let (mut headless, mut tailless) = (form.chars(), form.chars());
            headless.next();
            tailless.next_back();
            [form.as_str(), headless.as_str(), tailless.as_str()]
                .iter()
                .any(|text| {
                    let unit = unit(text).chars().count();
                    unit < SHORT && unit < text.chars().count() && text.chars().count() >= REPEATED
                })
        })
    }
}

/// The letter that one is taken for which no mark can be taken off.
fn plain(letter: char) -> char {
    match letter {
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        'ı' => 'i',
        letter => letter,
    }
}

/// What is repeated with digits or signs between, if letters are.
fn unit_of_letters(form: &str) -> String {
    let letters: Zeroizing<String> = Zeroizing::new(form.chars().filter(|letter| !is_padding(*letter)).collect());
    match unit(&letters) {
        once if once.len() < letters.len() => once.to_owned(),
        _ => String::new(),
    }
}

/// The number that most of a text without letters is.
fn number(form: &str) -> &str {
    let numbers = form.split(|sign: char| !sign.is_numeric());
    let longest = numbers.max_by_key(|number| number.chars().count()).unwrap_or_default();
    let digits = longest.chars().count();
    let is_most = digits >= NUMBER && digits.saturating_mul(2) >= form.chars().count();
    match is_most && form.chars().all(is_padding) {
        true => longest,
        false => "",
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
        unit_of_letters(form),
        number(form).to_owned(),
        form.nfkd().filter(|letter| !is_combining_mark(*letter)).nfc().collect(),
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
