//! `hash breached`: the file of breached passwords.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use portcullis_core::{BreachedBuilder, BreachedPasswords, LineError, ListError};

use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::say;
use crate::private;
use crate::progress::Progress;
use crate::secrets;

/// A line beyond this is none of the list.
const LONGEST: u64 = 256;

/// After how many lines it is said how far it is.
const SAID_EVERY: usize = 1024;

/// How many prefixes the list is cut into where each is a file.
const PREFIXES: u32 = 1 << 20;

#[derive(Debug, Subcommand)]
pub(super) enum Breached {
    /// Make the file of the Pwned Passwords list (SHA-1, ordered by hash), in one pass and with little memory
    #[command(
        after_help = "Examples:\n  portcullis hash breached build pwnedpasswords.txt -o breached.pcb\n  \
        portcullis hash breached build ranges/ -o breached.pcb\n  \
        xz -dc list.txt.xz | portcullis hash breached build - -o breached.pcb --min-count 10\n\n\
        LIST has a line SHA1:COUNT for each password, as haveibeenpwned-downloader writes it, or is a folder of its files \
        00000.txt to FFFFF.txt.\n\
        The new file takes the place of the old one when it is whole; a server that runs asks it from the next look on."
    )]
    Build(Build),
    /// Say whether a password stands in the file; the exit code is 1 if it does
    #[command(after_help = "Example:\n  portcullis hash breached check breached.pcb")]
    Check {
        /// The file
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct Build {
    /// The list, a folder of its parts, or - for standard input
    list: PathBuf,
    /// The file to make
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Keep the passwords that were seen at least so often
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_count: u64,
}

impl Breached {
    pub(super) fn run(self) -> Outcome {
        match self {
            Self::Build(build) => build.run(),
            Self::Check { file } => check(&file),
        }
    }
}

fn check(file: &Path) -> Outcome {
    let (what, remedy) = (
        "it cannot be asked",
        "Make the file with `portcullis hash breached build LIST -o FILE`.",
    );
    let set = BreachedPasswords::at(file);
    let count = set.len().or_fail(what, remedy)?;
    let password = secrets::password("Password")?;
    if set.contains(&password).or_fail(what, remedy)? {
        let what = format!("the password is one of {count} breached ones");
        return Err(Failure::new(what, "Use another one wherever it was used."));
    }
    say(format!("The password is none of {count} breached ones."))
}

impl Build {
    fn run(self) -> Outcome {
        let what = format!("{} cannot be made", self.output.display());
        let disk = "Check the disk: a line of the list takes 3 bytes there.";
        let beside = private::beside(&self.output).or_fail(&what, disk)?;
        let out = BufWriter::with_capacity(1 << 18, beside);
        let mut making = Making {
            builder: BreachedBuilder::new(out, self.min_count).or_fail(&what, disk)?,
            progress: Progress::new("lines"),
        };
        if self.list == Path::new("-") {
            making.lines(io::stdin().lock(), "standard input", b"")?;
        } else if self.list.is_dir() {
            making.folder(&self.list)?;
        } else {
            making.file(&self.list, b"")?;
        }
        making.progress.end();
        let finished = making.builder.finish();
        let (count, out) = finished.map_err(|error| unfinished(error, &what))?;
        let beside = out.into_inner().or_fail(&what, disk)?;
        private::put_public(beside, &self.output).or_fail(&what, disk)?;
        say(format!("{}: {count} passwords.", self.output.display()))
    }
}

struct Making<W: io::Write + io::Seek> {
    builder: BreachedBuilder<W>,
    progress: Progress,
}

impl<W: io::Write + io::Seek> Making<W> {
    /// A file for each prefix, without it in its lines.
    fn folder(&mut self, folder: &Path) -> Outcome {
        for prefix in 0..PREFIXES {
            let name = format!("{prefix:05X}");
            self.file(&folder.join(format!("{name}.txt")), name.as_bytes())?;
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, prefix: &[u8]) -> Outcome {
        let place = path.display().to_string();
        let file = File::open(path).or_fail(
            format!("{place} cannot be read"),
            "Name the list, or a folder that has all its parts from 00000.txt to FFFFF.txt.",
        )?;
        self.lines(BufReader::with_capacity(1 << 18, file), &place, prefix)
    }

    fn lines(&mut self, mut list: impl BufRead, place: &str, prefix: &[u8]) -> Outcome {
        let mut line = Vec::new();
        let mut number = 0_usize;
        loop {
            line.clear();
            line.extend(prefix);
            let read = list.by_ref().take(LONGEST).read_until(b'\n', &mut line);
            if read.or_fail(format!("{place} cannot be read"), "Look at the reason above.")? == 0 {
                return Ok(());
            }
            number = number.saturating_add(1);
            let bare = line.trim_ascii_end();
            // An empty line at the end is no line.
            if bare.len() > prefix.len() {
                self.builder.line(bare).map_err(|error| failure(error, place, number))?;
            }
            if number.is_multiple_of(SAID_EVERY) {
                self.progress.add(SAID_EVERY);
            }
        }
    }
}

fn unfinished(error: ListError, what: &str) -> Failure {
    let remedy = match &error {
        ListError::Empty => {
            "See that LIST is the list, and --min-count not above all counts. A file that was there is as it was."
        }
        ListError::Hole { .. } => "Download the list again. A file that was there is as it was.",
        _ => "Check the disk: a line of the list takes 3 bytes there.",
    };
    Failure::new(what, remedy).because(error)
}

fn failure(error: LineError, place: &str, number: usize) -> Failure {
    let remedy = match &error {
        LineError::Part => "Name the folder of the files 00000.txt to FFFFF.txt: their names are the beginnings.",
        LineError::Order => "Take the list that is ordered by hash, or order it with `LC_ALL=C sort`.",
        LineError::Uncounted => "Leave --min-count out, or take the list with counts.",
        LineError::Io(_) => "Check the disk: a line of the list takes 3 bytes there.",
        _ => "Take the list of SHA-1 (not NTLM) that haveibeenpwned-downloader writes.",
    };
    Failure::new(format!("{place}, line {number}"), remedy).because(error)
}
