use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use portcullis_password::Password;

use super::layout::{HEAD, HEAD_LEN, INDEX};
use super::*;

/// A file of breached passwords in a folder of its own.
pub(super) struct File {
    folder: tempfile::TempDir,
}

impl File {
    pub(super) fn of(passwords: &[&str]) -> Self {
        let file = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        file.write_over(&built(passwords));
        file
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("breached.pcb")
    }

    /// As `hash breached build` does it.
    pub(super) fn rename_over(&self, bytes: &[u8]) {
        let beside = self.folder.path().join("beside");
        fs::write(&beside, bytes).expect("written");
        fs::rename(beside, self.path()).expect("renamed");
    }

    /// As it is not to be done.
    pub(super) fn write_over(&self, bytes: &[u8]) {
        fs::write(self.path(), bytes).expect("written");
    }
}

fn sha1(password: &str) -> String {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    let found = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    found.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The lines of the public list for these.
fn lines(passwords: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = passwords
        .iter()
        .map(|password| format!("{}:3", sha1(password)))
        .collect();
    lines.sort();
    lines
}

fn made(lines: &[String], min_count: u64) -> (Vec<u8>, u64) {
    let mut bytes = Cursor::new(Vec::new());
    let mut builder = BreachedBuilder::new(&mut bytes, min_count).expect("begun");
    for line in lines {
        builder.line(line.as_bytes()).expect("taken");
    }
    let (count, _) = builder.finish().expect("ended");
    (bytes.into_inner(), count)
}

/// The file of these passwords.
pub(super) fn built(passwords: &[&str]) -> Vec<u8> {
    made(&lines(passwords), 0).0
}

fn holds(set: &BreachedPasswords, password: &str) -> bool {
    set.contains(&Password::from(password)).expect("asked")
}

#[track_caller]
fn refused(path: &Path, expected: &str) {
    let error = BreachedPasswords::at(path).len().expect_err("refused").to_string();
    assert!(error.contains(expected) && error.contains("breached.pcb"), "{error}");
}

#[test]
fn a_file_holds_what_it_was_made_of_and_nothing_else() {
    let passwords: Vec<String> = (0..20_000).map(|number| format!("number {number}")).collect();
    let (inside, outside) = passwords.split_at(10_000);
    let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
    let file = File::of(&inside);
    let set = BreachedPasswords::at(file.path());
    assert_eq!(
        (set.len().expect("opened"), set.is_empty().expect("opened")),
        (10_000, false)
    );
    assert!(inside.iter().all(|password| holds(&set, password)));
    assert!(!outside.iter().any(|password| holds(&set, password)));
    let length = fs::metadata(file.path()).expect("there").len();
    assert_eq!(length, HEAD + INDEX + 3 * 10_000);
}

/// What comes of a list.
fn ended(lines: &[String], min_count: u64) -> Result<u64, ListError> {
    let mut builder = BreachedBuilder::new(Cursor::new(Vec::new()), min_count).expect("begun");
    for line in lines {
        builder.line(line.as_bytes()).expect("taken");
    }
    builder.finish().map(|(count, _)| count)
}

#[test]
fn a_list_of_which_nothing_is_left_makes_no_file() {
    let few = lines(&["password", "letmein"]);
    for (lines, min_count) in [(&[][..], 0), (&few, 4), (&[format!("{}:0", "a".repeat(40))], 0)] {
        assert!(matches!(ended(lines, min_count), Err(ListError::Empty)));
    }
}

#[test]
fn a_list_that_ends_in_the_middle_or_lacks_a_part_makes_no_file() {
    let passwords: Vec<String> = (0..5_000).map(|number| format!("number {number}")).collect();
    let passwords: Vec<&str> = passwords.iter().map(String::as_str).collect();
    let all = lines(&passwords);
    assert_eq!(ended(&all, 0).expect("whole"), 5_000);
    let without = |first: usize, last: usize| [&all[..first], &all[last..]].concat();
    for (cut, what) in [
        (without(2_500, 5_000), "its second half"),
        (without(0, 200), "its beginning"),
        (without(4_800, 5_000), "its end"),
        (without(1_000, 1_200), "a part"),
    ] {
        let Err(ListError::Hole { after, missing }) = ended(&cut, 0) else {
            panic!("{what} is not missed")
        };
        assert!(missing > 100, "{what}: {after:08X} {missing}");
    }
    // A few cannot tell, and what is left out for its count is not missing.
    assert_eq!(ended(&all[..50], 0).expect("few"), 50);
    let rare = |(at, line): (usize, &String)| {
        if at < 2_500 {
            line.replace(":3", ":1")
        } else {
            line.clone()
        }
    };
    let rare: Vec<String> = all.iter().enumerate().map(rare).collect();
    assert_eq!(ended(&rare, 2).expect("whole"), 2_500);
}

#[test]
fn lines_are_read_in_each_case_with_each_end_and_filling_doubles_and_rare_ones_are_left_out() {
    let [a, b, c, d] = ["01", "02", "03", "04"].map(|first| format!("{first}{}", "a".repeat(38)));
    let lines = [
        format!("{a}:1\r"),
        format!("{}:5", b.to_uppercase()),
        format!("{b}:9"),
        format!("{c}:0"),
        format!("{d}:12 "),
    ];
    assert_eq!(made(&lines, 0).1, 3);
    assert_eq!(made(&lines, 1).1, 3);
    assert_eq!(made(&lines, 5).1, 2);
    assert_eq!(made(&lines, 6).1, 2, "a rare one does not hide its double");
    assert_eq!(made(&[a, d], 0).1, 2, "no counts");
}

#[test]
fn what_is_no_line_of_the_list_is_refused_with_the_reason() {
    let begun = || BreachedBuilder::new(Cursor::new(Vec::new()), 2).expect("begun");
    let hash = "5".repeat(40);
    for bad in [
        "",
        "password",
        &hash[1..],
        &format!("{hash}:"),
        &format!("{hash}:x"),
        &format!("{}:1", "g".repeat(40)),
    ] {
        let error = begun().line(bad.as_bytes()).expect_err("refused");
        assert!(matches!(error, LineError::Unreadable), "{bad}: {error}");
    }
    assert!(matches!(
        begun().line(format!("{}:4", &hash[5..]).as_bytes()),
        Err(LineError::Part)
    ));
    assert!(matches!(begun().line(hash.as_bytes()), Err(LineError::Uncounted)));
    let mut builder = begun();
    builder.line(format!("{hash}:7").as_bytes()).expect("taken");
    let above = format!("{}:7", "4".repeat(40));
    assert!(matches!(builder.line(above.as_bytes()), Err(LineError::Order)));
    // Numbers, and no digests.
    let mut builder = begun();
    let error = (0_u32..70_000).find_map(|number| {
        builder
            .line(format!("00000{number:06x}{}:7", "0".repeat(29)).as_bytes())
            .err()
    });
    assert!(matches!(error, Some(LineError::Uneven)), "{error:?}");
}

#[test]
fn a_file_that_is_absent_cut_off_damaged_or_something_else_is_refused_with_what_is_wrong() {
    let file = File::of(&["password", "letmein"]);
    let path = file.path();
    let good = fs::read(&path).expect("read");
    for end in [good.len() - 1, HEAD_LEN + 5, HEAD_LEN] {
        file.write_over(&good[..end]);
        refused(&path, "is cut off");
    }
    for end in [0, 7, HEAD_LEN - 1] {
        file.write_over(&good[..end]);
        refused(&path, "did not make it");
    }
    file.write_over(&[good.clone(), vec![0]].concat());
    refused(&path, "where it says");
    for (at, expected) in [
        (0, "did not make it"),
        (11, "is of version"),
        (30, "damaged"),
        (HEAD_LEN + 70, "damaged"),
    ] {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        file.write_over(&bad);
        refused(&path, expected);
    }
    file.write_over(&vec![0; good.len()]);
    refused(&path, "did not make it");
    fs::remove_file(&path).expect("removed");
    refused(&path, "cannot be read");
    fs::create_dir(&path).expect("made");
    refused(&path, "cannot be read");
}

#[test]
fn what_a_build_left_that_was_killed_is_no_file() {
    let file = File::of(&["letmein"]);
    let mut bytes = Cursor::new(Vec::new());
    let mut builder = BreachedBuilder::new(&mut bytes, 0).expect("begun");
    builder.line(lines(&["password"])[0].as_bytes()).expect("taken");
    drop(builder);
    file.write_over(bytes.get_ref());
    refused(&file.path(), "did not make it");
}

#[test]
fn a_new_file_in_its_place_is_asked_from_the_next_look_on() {
    let file = File::of(&["password"]);
    let set = BreachedPasswords::at(file.path());
    assert!(holds(&set, "password") && !holds(&set, "letmein"));
    file.rename_over(&built(&["letmein"]));
    assert!(!holds(&set, "password") && holds(&set.clone(), "letmein"));
    file.write_over(&built(&["letmein", "password"]));
    assert!(
        holds(&set, "password") && holds(&set, "letmein"),
        "also where it was written over"
    );
}

#[test]
fn a_bad_file_in_its_place_or_none_leaves_the_former_in_use() {
    let file = File::of(&["password"]);
    let set = BreachedPasswords::at(file.path());
    assert!(holds(&set, "password"));
    file.rename_over(b"something else");
    assert!(holds(&set, "password"));
    assert!(holds(&set, "password"), "looked at once");
    fs::remove_file(file.path()).expect("removed");
    assert!(holds(&set, "password"));
    assert_eq!(set.len().expect("open"), 1);
    file.rename_over(&built(&["letmein"]));
    assert!(!holds(&set, "password") && holds(&set, "letmein"));
}

#[test]
fn a_file_that_was_written_over_with_something_else_is_not_believed() {
    let file = File::of(&["password"]);
    let set = BreachedPasswords::at(file.path());
    assert!(holds(&set, "password"));
    let mut cut = built(&["password"]);
    cut.pop();
    file.write_over(&cut);
    assert!(set.contains(&Password::from("password")).is_err());
    file.write_over(&built(&["password"]));
    assert!(holds(&set, "password"), "mended");
}
