use super::*;

fn counted(hashes: &[&str]) -> Tally {
    let mut tally = Tally::new(Passwords::recommended());
    for (row, hash) in hashes.iter().enumerate() {
        tally.count(&format!("row {row}"), Some(&HashString::new(*hash)));
    }
    tally
}

const BCRYPT: &str = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";

#[test]
fn hashes_of_one_scheme_and_cost_are_one_group() {
    let tally = counted(&[
        BCRYPT,
        BCRYPT,
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "",
        "$2b$12$cut",
        "!",
    ]);
    let groups = tally.groups();
    assert_eq!(
        (groups[0].scheme, groups[0].count, groups[0].strength),
        ("bcrypt", 2, Strength::Strong)
    );
    assert_eq!(groups[0].due, Due::Yes, "the recommended policy makes Argon2id of it");
    let md5 = groups.iter().find(|group| group.scheme == "a bare digest").unwrap();
    assert_eq!((md5.strength, md5.due), (Strength::Broken, Due::Unread));
    assert_eq!((tally.total, tally.without), (6, 1));
    let cut = groups
        .iter()
        .find(|group| group.strength == Strength::Unreadable)
        .unwrap();
    assert_eq!(
        (cut.scheme, cut.due),
        ("bcrypt", Due::Unread),
        "nobody logs in with it, so nothing is upgraded"
    );
    assert_eq!(json(&tally)["upgraded"], 2);
    assert_eq!(tally.troubles.len(), 1);
    assert_eq!(tally.troubles[0].0, "row 4");
}

#[test]
fn the_chart_shows_shares_and_no_hash() {
    let shown = chart(&counted(&[BCRYPT, BCRYPT, BCRYPT, "5f4dcc3b5aa765d61d8327deb882cf99"])).to_string();
    assert!(
        shown.contains("75.0 %") && shown.contains("25.0 %") && shown.contains("██████████"),
        "{shown}"
    );
    assert!(!shown.contains("EixZaYVK") && !shown.contains("5f4dcc3b"), "{shown}");
    let told = json(&counted(&[BCRYPT]));
    assert_eq!(told["groups"][0]["users"], 1);
    assert_eq!(told["upgraded"], 1);
}

#[test]
fn an_empty_table_says_so() {
    assert!(chart(&counted(&[])).to_string().contains("There are no hashes."));
}

#[test]
fn a_row_that_is_named_cannot_steer_the_terminal() {
    let mut tally = counted(&[]);
    tally.count("7\u{1b}[2J\nroot", Some(&HashString::new("$2b$12$cut")));
    let shown = chart(&tally).to_string();
    assert!(
        shown.contains(r"7\u{1b}[2J\u{a}root: ") && !shown.contains('\u{1b}'),
        "{shown}"
    );
}
