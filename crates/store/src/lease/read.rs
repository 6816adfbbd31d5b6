//! Reads one lease file, keeps what is whole and reports what is not.
//!
//! The file is cut into blocks of whole lines ([`super::blocks`]). Threads read the rows of a block each, while this one
//! takes what they found in the order of the file: later rows win.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use model::Family;

use super::blocks::{Block, Blocks, Digest, Fault, Parsed, Parser};
use super::csv::{self, Header, Row, Schema, Scratch};
use super::places::Place;
use crate::{OpenError, RowError};

/// The most threads that read rows.
const MOST_THREADS: usize = 8;
/// Blocks on their way to and from each thread.
const IN_FLIGHT: usize = 2;

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
pub(crate) trait Sink {
    /// Gives what is to be kept of a row.
    fn digest(&self) -> Digest;

    /// Takes what was kept of the row at a place; `None` if the row deletes.
    fn row(&mut self, place: Place, kept: Option<&[u8]>);

    /// Hears what is worth a log line.
    fn event(&mut self, event: LoadEvent);
}

/// Which file is read, and how patiently.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The file's name, for messages.
    pub(crate) path: &'a Path,
    /// The family its rows are of.
    pub(crate) family: Family,
    /// Discarded rows that are borne; 0 sets no bound.
    pub(crate) max_errors: u32,
}

/// How far a file was read.
#[derive(Default)]
struct Reached {
    scan: Scan,
    /// Lines so far.
    line: u64,
}

impl Source<'_> {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`OpenError::Header`] if it is no lease file of the family, [`OpenError::TooManyRowErrors`], [`OpenError::Disk`].
    pub(crate) fn read(&self, file: impl Read, sink: &mut dyn Sink) -> Result<Scan, OpenError> {
        sink.event(LoadEvent::File { path: self.path.to_owned() });
        let mut blocks = Blocks::new(file);
        let mut reached = Reached::default();
        let Some(header) = self.header(&mut blocks, &mut reached)? else {
            reached.scan.tail = Tail::NoHeader;
            return Ok(reached.scan);
        };
        if header.schema != Schema::Current {
            reached.scan.converts = true;
            sink.event(LoadEvent::Schema { path: self.path.to_owned(), schema: header.schema, family: self.family });
        }
        let parser = Parser { family: self.family, header, digest: sink.digest() };
        let first = blocks.next(Block::default()).map_err(|why| self.disk(why))?;
        let second = blocks.next(Block::default()).map_err(|why| self.disk(why))?;
        if second.octets.is_empty() {
            let parsed = parser.parse(first, &mut Scratch::default(), Parsed::default());
            self.take(&parsed, &mut reached, sink)?;
        } else {
            std::thread::scope(|scope| {
                self.in_parallel(scope, parser, (blocks, [first, second]), (&mut reached, sink))
            })?;
        }
        Ok(reached.scan)
    }

    /// Hands the blocks to the threads in turn, and takes what they found in the same order.
    fn in_parallel<'s, R: Read>(
        &self,
        scope: &'s Scope<'s, '_>,
        parser: Parser,
        (mut blocks, first): (Blocks<R>, [Block; 2]),
        (reached, sink): (&mut Reached, &mut dyn Sink),
    ) -> Result<(), OpenError> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MOST_THREADS);
        let mut helpers = Vec::with_capacity(threads);
        for _ in 0..threads {
            helpers.push(Helper::start(scope, parser).map_err(|why| self.disk(why))?);
        }
        let mut first = first.into_iter();
        let (mut sent, mut taken, mut done) = (0_usize, 0_usize, false);
        let mut old = Vec::new();
        while !done || taken < sent {
            if !done && sent < taken + threads * IN_FLIGHT {
                let (used, memory): (Block, Parsed) = old.pop().unwrap_or_default();
                let block = first.next().map_or_else(|| blocks.next(used), Ok).map_err(|why| self.disk(why))?;
                done = block.octets.is_empty();
                if !done && let Some(helper) = helpers.get(sent % threads) {
                    helper.give(block, memory);
                    sent += 1;
                }
                continue;
            }
            let Some(mut parsed) = helpers.get(taken % threads).and_then(Helper::take) else {
                return Err(self.disk(io::Error::other("a thread that read rows has ended")));
            };
            taken += 1;
            self.take(&parsed, reached, sink)?;
            old.push((std::mem::take(&mut parsed.block), parsed));
        }
        Ok(())
    }

    /// Reads the first line; `None` if the file is empty or holds only the beginning of our own header, or nothing but
    /// the zeros that a power cut leaves of a header never synced.
    fn header<R: Read>(&self, blocks: &mut Blocks<R>, reached: &mut Reached) -> Result<Option<Header>, OpenError> {
        let first = blocks.first_line().map_err(|why| self.disk(why))?;
        if first.octets.is_empty() {
            return Ok(None);
        }
        reached.line = 1;
        let line = first.octets.strip_suffix(b"\n").unwrap_or(&first.octets);
        let mut ours = Vec::new();
        csv::write_header(self.family, &mut ours);
        if !first.is_ended() && (ours.starts_with(line) || line.iter().all(|octet| *octet == 0)) {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(line).into_owned();
        let header = Header::decode(self.family, &text).map_err(|why| OpenError::Header {
            header: text.chars().take(512).collect(),
            path: self.path.to_owned(),
            why: why.into(),
        })?;
        reached.scan.length = octets_of(&first);
        if !first.is_ended() {
            reached.scan.tail = Tail::Unended;
        }
        Ok(Some(header))
    }

    /// Takes what was found in a block.
    fn take(&self, parsed: &Parsed, reached: &mut Reached, sink: &mut dyn Sink) -> Result<(), OpenError> {
        let before = reached.scan.rows + reached.scan.errors;
        for Fault { line, row, error } in &parsed.faults {
            reached.scan.errors += 1;
            let (line, row) = (reached.line + line + 1, before + row + 1);
            sink.event(LoadEvent::Row { path: self.path.to_owned(), row, line, error: error.clone() });
            if self.max_errors > 0 && reached.scan.errors > u64::from(self.max_errors) {
                return Err(OpenError::TooManyRowErrors { limit: self.max_errors, path: self.path.to_owned() });
            }
        }
        for (place, kept) in parsed.rows() {
            sink.row(place, kept);
        }
        reached.scan.rows += parsed.len();
        reached.line += parsed.lines;
        let octets = octets_of(&parsed.block);
        let last = parsed.block.octets.rsplit(|octet| *octet == b'\n').next().map_or(0, <[u8]>::len);
        match parsed.unended {
            Some(false) => {
                let torn = parsed.block.skipped.map_or(u64::try_from(last).unwrap_or(u64::MAX), |_| octets);
                reached.scan.length += octets.saturating_sub(torn);
                reached.scan.tail = Tail::Torn;
            }
            Some(true) => {
                reached.scan.length += octets;
                reached.scan.tail = Tail::Unended;
                sink.event(LoadEvent::Unended { path: self.path.to_owned(), line: reached.line });
            }
            None => reached.scan.length += octets,
        }
        Ok(())
    }

    fn disk(&self, why: io::Error) -> OpenError {
        OpenError::Disk { what: "read", path: self.path.to_owned(), why }
    }
}

/// Octets a block takes in the file.
fn octets_of(block: &Block) -> u64 {
    u64::try_from(block.octets.len()).unwrap_or(u64::MAX).saturating_add(block.skipped.unwrap_or(0))
}

/// A thread that reads rows. It ends when nothing is given to it any more.
struct Helper {
    work: SyncSender<(Block, Parsed)>,
    found: Receiver<Parsed>,
}

impl Helper {
    fn start<'s>(scope: &'s Scope<'s, '_>, parser: Parser) -> io::Result<Self> {
        let (work, given) = sync_channel::<(Block, Parsed)>(IN_FLIGHT);
        let (finds, found) = sync_channel(IN_FLIGHT);
        let run = move || {
            let mut scratch = Scratch::default();
            for (block, memory) in given {
                if finds.send(parser.parse(block, &mut scratch, memory)).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("rows".into()).spawn_scoped(scope, run)?;
        Ok(Self { work, found })
    }

    fn give(&self, block: Block, memory: Parsed) {
        // A helper that has ended is noticed when its answer is awaited.
        drop(self.work.send((block, memory)));
    }

    fn take(&self) -> Option<Parsed> {
        self.found.recv().ok()
    }
}

/// Reads any octets as a lease file of both families and writes back what was read; for mutation runs.
pub fn exercise(octets: &[u8]) {
    struct Rewrite(Vec<u8>);
    impl Sink for Rewrite {
        fn digest(&self) -> Digest {
            |family, row, out| {
                row.encode(family, out);
                row.to_lease().map(|lease| Row::of_lease(&lease).encode(family, out))
            }
        }
        fn row(&mut self, _place: Place, kept: Option<&[u8]>) {
            self.0.extend_from_slice(kept.unwrap_or_default());
        }
        fn event(&mut self, event: LoadEvent) {
            self.0.extend_from_slice(event.to_string().as_bytes());
        }
    }
    for family in [Family::V4, Family::V6] {
        let source = Source { path: Path::new("leases"), family, max_errors: 0 };
        let scan = source.read(octets, &mut Rewrite(Vec::new()));
        debug_assert!(
            scan.ok().and_then(|scan| usize::try_from(scan.length).ok()).is_none_or(|length| length <= octets.len()),
            "no more is read than there is"
        );
    }
}
