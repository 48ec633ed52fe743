use std::collections::BTreeSet;

use super::*;

/// Writes the list of these texts.
fn write(texts: &BTreeSet<String>) -> Vec<u8> {
    let count = u32::try_from(texts.len()).expect("few");
    let found: BTreeSet<u64> = texts.iter().map(|text| fingerprint(text, count)).collect();
    let mut bits = Vec::new();
    let mut before = 0;
    for entry in &found {
        let difference = entry.saturating_sub(before);
        before = *entry;
        bits.extend((0..difference >> BITS).map(|_| true));
        bits.push(false);
        bits.extend((0..BITS).rev().map(|bit| (difference >> bit) & 1 == 1));
    }
    // Two texts of one fingerprint are one entry, so the last is written again for each that is missing.
    for _ in found.len()..texts.len() {
        bits.extend((0..=BITS).map(|_| false));
    }
    let byte = |bits: &[bool]| (0..8).fold(0, |byte, bit| byte << 1 | u8::from(bits.get(bit) == Some(&true)));
    let mut list = count.to_be_bytes().to_vec();
    list.extend(bits.chunks(8).map(byte));
    list
}

fn listed(list: &[u8], text: &str) -> bool {
    is_listed(list, &Folded::of_text(text))
}

/// Of all lines those that no shorter one stands for.
fn kernel<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let mut all: Vec<String> = lines.map(|line| Folded::of_text(line).as_str().to_owned()).collect();
    all.sort_by_key(|text| (text.chars().count(), text.clone()));
    let mut kernel = BTreeSet::new();
    for text in all.into_iter().filter(|text| text.chars().count() >= SHORTEST) {
        let folded = Folded::of_text(&text);
        if !folded.repeats_little() && !folded.forms().iter().any(|form| kernel.contains(form.as_str())) {
            kernel.insert(text);
        }
    }
    kernel
}

#[test]
fn a_list_that_is_cut_off_or_empty_finds_nothing_else_and_ends() {
    let list = write(&["password", "dragon", "qwertz"].map(str::to_owned).into());
    assert!(listed(&list, "dragon") && !listed(&list, "dragoon"));
    for end in 0..list.len() {
        listed(&list[..end], "dragon");
    }
    assert!(!listed(&[], "dragon") && !listed(&[0; 4], "dragon"));
    assert!(!listed(&[0xff; 4096], "dragon"));
}

#[test]
fn the_list_is_as_small_as_promised_and_rises_to_its_last_bit() {
    assert!(LIST.len() <= 100 * 1024, "{} bytes", LIST.len());
    let (count, differences) = LIST.split_first_chunk().expect("a count");
    let count = u32::from_be_bytes(*count);
    let found: Vec<u64> = entries(differences, count).collect();
    assert!(found.is_sorted() && found.last().is_some_and(|last| *last < u64::from(count) << BITS));
    let spare = found.len() - found.iter().collect::<BTreeSet<_>>().len();
    assert!(count > 40_000 && spare < 10, "{count} entries, {spare} of them twice");
}

#[test]
fn what_nobody_chose_is_wrongly_found_a_few_times_in_a_million() {
    // Numbered texts of letters: each has one form only.
    let text = |number: u32| format!("{:x?}", Sha256::digest(number.to_be_bytes()).first_chunk::<8>());
    let letters =
        |number| -> String { text(number).chars().filter(|c| c.is_alphabetic()).collect::<String>() + "zqxj" };
    let found = (0..2_000).filter(|number| listed(LIST, &letters(*number))).count();
    assert!(found <= 2, "{found} of 2,000");
}

/// `COMMON_PASSWORDS='django.txt zxcvbn.txt' cargo test -p portcullis-password makes_the_list -- --ignored`
#[test]
#[ignore = "makes the list of the files that COMMON_PASSWORDS names"]
fn makes_the_list() {
    let files = std::env::var("COMMON_PASSWORDS").expect("the files' names");
    let read = |path: &str| std::fs::read_to_string(path).expect("a file of lines");
    let texts: Vec<String> = files.split_whitespace().map(read).collect();
    let lines = || texts.iter().flat_map(|text| text.lines());
    let list = write(&kernel(lines()));
    for line in lines().filter(|line| line.chars().count() >= SHORTEST).step_by(7) {
        let folded = Folded::of_text(line);
        assert!(
            folded.repeats_little() || is_listed(&list, &folded),
            "{line} is missing"
        );
    }
    std::fs::write(
        concat!(env!("CARGO_MANIFEST_DIR"), "/assets/common-passwords.bin"),
        list,
    )
    .expect("written");
}
