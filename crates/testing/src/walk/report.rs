//! What a walk found.

use std::fmt;

use http::Method;

/// What a walk found: prints as a table, a line for each route, with what was not refused behind it.
#[derive(Debug, Clone)]
pub struct Report {
    rows: Vec<Row>,
    failures: Vec<String>,
}

/// One route.
#[derive(Debug, Clone)]
pub(super) struct Row {
    method: Option<Method>,
    path: String,
    /// What its guards ask; `None` for an open one.
    asked: Option<String>,
    refused: usize,
    failures: Vec<String>,
}

impl Row {
    pub(super) fn guarded(method: Method, path: String, asked: String, refused: usize, failures: Vec<String>) -> Self {
        Self {
            method: Some(method),
            path,
            asked: Some(asked),
            refused,
            failures,
        }
    }

    pub(super) fn open(method: Method, path: String) -> Self {
        Self {
            method: Some(method),
            ..Self::undescribed(path)
        }
    }

    pub(super) fn undescribed(path: String) -> Self {
        Self {
            method: None,
            path,
            asked: None,
            refused: 0,
            failures: Vec::new(),
        }
    }

    fn is_open(&self) -> bool {
        self.asked.is_none()
    }

    fn method(&self) -> &str {
        self.method.as_ref().map_or("?", Method::as_str)
    }
}

impl Report {
    pub(super) fn new(rows: Vec<Row>, open: Option<&[String]>) -> Self {
        let mut failures = Vec::new();
        for row in &rows {
            let own = row.failures.iter();
            failures.extend(own.map(|what| format!("{} {}: {what}", row.method(), row.path)));
        }
        if let Some(open) = open {
            let opens = |path: &String| rows.iter().any(|row| row.is_open() && row.path == *path);
            for row in rows.iter().filter(|row| row.is_open() && !open.contains(&row.path)) {
                failures.push(format!(
                    "{} {}: no guard, and it is not among the open ones",
                    row.method(),
                    row.path
                ));
            }
            for path in open.iter().filter(|path| !opens(path)) {
                failures.push(format!(
                    "{path}: it may be open, and there is no such route, or it has a guard"
                ));
            }
        }
        Self { rows, failures }
    }

    /// What is wrong, a sentence each: the route, what was shown to it, and what it answered.
    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    /// How many routes have a guard.
    pub fn guarded(&self) -> usize {
        self.rows.iter().filter(|row| !row.is_open()).count()
    }

    /// The paths without a guard, in order, and those of which nothing is known; a path for each of its methods.
    pub fn open(&self) -> impl Iterator<Item = &str> {
        self.rows
            .iter()
            .filter(|row| row.is_open())
            .map(|row| row.path.as_str())
    }

    /// How many requests were made that had to be refused.
    pub fn refused(&self) -> usize {
        self.rows.iter().map(|row| row.refused).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.path.len()).max().unwrap_or_default();
        for row in &self.rows {
            write!(f, "{:<7} {:<width$}  ", row.method(), row.path)?;
            match (&row.asked, row.method.is_some()) {
                (Some(asked), _) if row.failures.is_empty() => writeln!(f, "{} refused  {asked}", row.refused)?,
                (Some(asked), _) => writeln!(f, "{} WRONG    {asked}", row.failures.len())?,
                (None, true) => f.write_str("open\n")?,
                (None, false) => f.write_str("not described\n")?,
            }
        }
        for failure in &self.failures {
            write!(f, "\nWRONG: {failure}")?;
        }
        Ok(())
    }
}
