//! Reads one lease file line by line, keeps what is whole and reports what is not.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use model::Family;

use super::csv::{self, Header, Row, Schema, Scratch};
use crate::{OpenError, RowError};

/// Longest line that is read, in octets; user contexts are far shorter.
const LONGEST_LINE: u64 = 1 << 20;

/// Something worth a log line while files are read.
#[derive(Debug)]
pub enum LoadEvent {
    /// A file is being read.
    File {
        /// The file.
        path: PathBuf,
    },
    /// A row was discarded.
    Row {
        /// The file.
        path: PathBuf,
        /// The number of the row, the first below the header being 1.
        row: u64,
        /// The number of the line in the file, the header being 1.
        line: u64,
        /// Why.
        error: RowError,
    },
    /// The last line had no end, but every column: it was taken and ended.
    Unended {
        /// The file.
        path: PathBuf,
        /// The number of the line in the file.
        line: u64,
    },
    /// An older or newer Kea wrote the file.
    Schema {
        /// The file.
        path: PathBuf,
        /// Older or newer.
        schema: Schema,
        /// The family the file is of.
        family: Family,
    },
    /// The files are converted to the newest format.
    Converting {
        /// The family the files are of.
        family: Family,
    },
}

impl LoadEvent {
    /// Gives Kea's message identifier.
    pub fn id(&self) -> &'static str {
        match self {
            Self::File { .. } => "DHCPSRV_MEMFILE_LEASE_FILE_LOAD",
            Self::Row { .. } | Self::Unended { .. } => "DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR",
            Self::Schema { schema: Schema::Newer, .. } => "DHCPSRV_MEMFILE_NEEDS_DOWNGRADING",
            Self::Schema { .. } => "DHCPSRV_MEMFILE_NEEDS_UPGRADING",
            Self::Converting { .. } => "DHCPSRV_MEMFILE_CONVERTING_LEASE_FILES",
        }
    }
}

impl fmt::Display for LoadEvent {
    /// Writes the text that follows the message identifier.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path } => write!(f, "loading leases from file {}", path.display()),
            Self::Row { path, row, line, error } => {
                write!(f, "discarding row {row}, error: {error} ({}:{line})", path.display())
            }
            Self::Unended { path, line } => {
                write!(f, "the last row has no line end; it is whole and was kept ({}:{line})", path.display())
            }
            Self::Schema { path, schema, family } => {
                let order = if *schema == Schema::Newer { "later" } else { "earlier" };
                let version = csv::schema_version(*family);
                write!(f, "version of lease file: {} schema is {order} than version {version}", path.display())
            }
            Self::Converting { family } => {
                let version = csv::schema_version(*family);
                write!(f, "running LFC now to convert lease files to the current schema: {version}")
            }
        }
    }
}

/// What came of reading one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scan {
    /// Rows read, deletions included.
    pub rows: u64,
    /// Rows discarded.
    pub errors: u64,
    /// Octets up to the end of the last line that can be followed by another.
    pub length: u64,
    /// Octets after that: a torn line, or a whole one without its end.
    pub tail: Tail,
    /// Whether the header is not of the newest format.
    pub converts: bool,
}

/// What follows the last ended line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tail {
    /// Nothing.
    #[default]
    None,
    /// A torn line, to be cut off.
    Torn,
    /// A whole row that only lacks its line end; it was taken.
    Unended,
    /// There was not even a header.
    NoHeader,
}

/// Where rows and news go.
pub trait Sink {
    /// Takes a row.
    ///
    /// # Errors
    /// Any [`RowError`] discards the row.
    fn row(&mut self, row: &Row<'_>) -> Result<(), RowError>;

    /// Hears what is worth a log line.
    fn event(&mut self, event: LoadEvent);
}

/// Which file is read, and how patiently.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file's name, for messages.
    pub path: &'a Path,
    /// The family its rows are of.
    pub family: Family,
    /// Discarded rows that are borne; 0 sets no bound.
    pub max_errors: u32,
}

impl Source<'_> {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`OpenError::Header`] if it is no lease file of the family, [`OpenError::TooManyRowErrors`], [`OpenError::Disk`].
    pub fn read(&self, file: impl Read, sink: &mut dyn Sink) -> Result<Scan, OpenError> {
        sink.event(LoadEvent::File { path: self.path.to_owned() });
        let mut lines = Lines {
            reader: BufReader::with_capacity(1 << 16, file),
            line: Vec::new(),
            number: 0,
            scratch: Scratch::default(),
        };
        let mut scan = Scan::default();
        let Some(header) = self.header(&mut lines, &mut scan)? else {
            scan.tail = Tail::NoHeader;
            return Ok(scan);
        };
        if header.schema != Schema::Current {
            scan.converts = true;
            sink.event(LoadEvent::Schema { path: self.path.to_owned(), schema: header.schema, family: self.family });
        }
        while let Some(line) = lines.next().map_err(|why| self.disk(why))? {
            self.line(&line, &mut lines, (header, &mut scan), sink)?;
        }
        Ok(scan)
    }

    /// Reads the first line; `None` if the file is empty or holds only the beginning of our own header.
    fn header<R: Read>(&self, lines: &mut Lines<R>, scan: &mut Scan) -> Result<Option<Header>, OpenError> {
        let Some(line) = lines.next().map_err(|why| self.disk(why))? else { return Ok(None) };
        let mut ours = Vec::new();
        csv::write_header(self.family, &mut ours);
        if !line.ended && ours.starts_with(&lines.line) {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&lines.line).into_owned();
        let header = Header::decode(self.family, &text).map_err(|why| OpenError::Header {
            header: text.chars().take(512).collect(),
            path: self.path.to_owned(),
            why: why.into(),
        })?;
        scan.length = line.length;
        if !line.ended {
            scan.tail = Tail::Unended;
        }
        Ok(Some(header))
    }

    fn line<R: Read>(
        &self,
        line: &Line,
        lines: &mut Lines<R>,
        (header, scan): (Header, &mut Scan),
        sink: &mut dyn Sink,
    ) -> Result<(), OpenError> {
        if line.ended && lines.line.is_empty() {
            scan.length = scan.length.saturating_add(line.length);
            return Ok(());
        }
        let row = scan.rows.saturating_add(scan.errors).saturating_add(1);
        let outcome = if line.too_long {
            Err(RowError::TooLong)
        } else {
            Row::decode(self.family, header, &lines.line, &mut lines.scratch).and_then(|row| sink.row(&row))
        };
        let outcome = if line.ended { outcome } else { outcome.or(Err(RowError::Torn)) };
        match (&outcome, line.ended) {
            (_, true) => scan.length = scan.length.saturating_add(line.length),
            (Ok(()), false) => {
                scan.length = scan.length.saturating_add(line.length);
                scan.tail = Tail::Unended;
                sink.event(LoadEvent::Unended { path: self.path.to_owned(), line: lines.number });
            }
            (Err(_), false) => scan.tail = Tail::Torn,
        }
        match outcome {
            Ok(()) => scan.rows += 1,
            Err(error) => {
                scan.errors += 1;
                sink.event(LoadEvent::Row { path: self.path.to_owned(), row, line: lines.number, error });
                if self.max_errors > 0 && scan.errors > u64::from(self.max_errors) {
                    return Err(OpenError::TooManyRowErrors { limit: self.max_errors, path: self.path.to_owned() });
                }
            }
        }
        Ok(())
    }

    fn disk(&self, why: io::Error) -> OpenError {
        OpenError::Disk { what: "read", path: self.path.to_owned(), why }
    }
}

/// A line that was read; its text is in [`Lines::line`], without its end.
struct Line {
    /// Octets in the file, the end included.
    length: u64,
    /// Whether it has an end.
    ended: bool,
    too_long: bool,
}

struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    number: u64,
    scratch: Scratch,
}

impl<R: Read> Lines<R> {
    /// Reads the next line into `self.line`; `None` at the end of the file.
    fn next(&mut self) -> io::Result<Option<Line>> {
        self.line.clear();
        self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut self.line)?;
        if self.line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let mut length = u64::try_from(self.line.len()).unwrap_or(u64::MAX);
        let mut ended = self.line.last() == Some(&b'\n');
        let too_long = !ended && length >= LONGEST_LINE;
        if too_long {
            let (more, end) = self.skip_line()?;
            length = length.saturating_add(more);
            ended = end;
        }
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        }
        Ok(Some(Line { length, ended, too_long }))
    }

    fn skip_line(&mut self) -> io::Result<(u64, bool)> {
        let (mut skipped, mut part) = (0_u64, Vec::new());
        loop {
            part.clear();
            let read = self.reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut part)?;
            skipped = skipped.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            if read == 0 || part.last() == Some(&b'\n') {
                return Ok((skipped, read > 0));
            }
        }
    }
}

/// Reads any octets as a lease file of both families and writes back what was read; for mutation runs.
pub fn exercise(octets: &[u8]) {
    struct Rewrite(Family, Vec<u8>);
    impl Sink for Rewrite {
        fn row(&mut self, row: &Row<'_>) -> Result<(), RowError> {
            row.encode(self.0, &mut self.1);
            row.to_lease().map(|lease| Row::of_lease(&lease).encode(self.0, &mut self.1))
        }
        fn event(&mut self, event: LoadEvent) {
            self.1.extend_from_slice(event.to_string().as_bytes());
        }
    }
    for family in [Family::V4, Family::V6] {
        let source = Source { path: Path::new("leases"), family, max_errors: 0 };
        let scan = source.read(octets, &mut Rewrite(family, Vec::new()));
        debug_assert!(
            scan.ok().and_then(|scan| usize::try_from(scan.length).ok()).is_none_or(|length| length <= octets.len()),
            "no more is read than there is"
        );
    }
}
