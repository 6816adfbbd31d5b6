//! A file cut into blocks of whole lines, and the rows of one block: work for any thread.

use std::io::{self, BufRead, Read};

use model::Family;
use model::resource::bits_of;

use super::csv::{Header, Row, Scratch};
use super::places::Place;
use crate::RowError;

/// Longest line that is read, in octets; user contexts are far shorter.
pub(crate) const LONGEST_LINE: usize = 1 << 20;
/// How much is read at once, in octets.
const READ: usize = 1 << 18;

/// Some lines that follow one another.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// The lines with their ends, which only the last line of a file may lack.
    pub(crate) octets: Vec<u8>,
    /// What is not kept of the one line in `octets`, if it is longer than any row can be.
    pub(crate) skipped: Option<u64>,
}

impl Block {
    /// Says whether the last line has an end.
    pub(crate) fn is_ended(&self) -> bool {
        self.octets.last() == Some(&b'\n')
    }
}

/// Cuts a file into blocks.
#[derive(Debug)]
pub(crate) struct Blocks<R> {
    file: R,
    /// What was read behind the last whole line.
    rest: Vec<u8>,
    at_end: bool,
}

impl<R: Read> Blocks<R> {
    pub(crate) fn new(file: R) -> Self {
        Self { file, rest: Vec::new(), at_end: false }
    }

    /// Gives the first line by itself; an empty block at the end of the file.
    pub(crate) fn first_line(&mut self) -> io::Result<Block> {
        let mut block = self.next(Block::default())?;
        let end = block.octets.iter().position(|octet| *octet == b'\n').map(|at| at + 1);
        if let Some(end) = end.filter(|end| *end < block.octets.len()) {
            let mut later = block.octets.split_off(end);
            later.append(&mut self.rest);
            self.rest = later;
        }
        Ok(block)
    }

    /// Reads the next block into the memory of an old one; an empty one is the end of the file.
    pub(crate) fn next(&mut self, mut block: Block) -> io::Result<Block> {
        block.octets.clear();
        block.skipped = None;
        block.octets.append(&mut self.rest);
        loop {
            if !self.at_end && block.octets.len() < READ {
                self.more(&mut block.octets)?;
            }
            if let Some(end) = block.octets.iter().rposition(|octet| *octet == b'\n') {
                self.rest.extend_from_slice(block.octets.get(end + 1..).unwrap_or_default());
                block.octets.truncate(end + 1);
                return Ok(block);
            }
            if self.at_end {
                return Ok(block);
            }
            if block.octets.len() >= LONGEST_LINE {
                block.skipped = Some(self.skip_line(&mut block.octets)?);
                return Ok(block);
            }
            self.more(&mut block.octets)?;
        }
    }

    fn more(&mut self, octets: &mut Vec<u8>) -> io::Result<()> {
        let limit = u64::try_from(READ).unwrap_or(u64::MAX);
        let read = self.file.by_ref().take(limit).read_to_end(octets)?;
        self.at_end = read < READ;
        Ok(())
    }

    /// Passes over the rest of a line that began with `octets`; gives how much was not kept, and ends `octets` as the
    /// line does.
    fn skip_line(&mut self, octets: &mut Vec<u8>) -> io::Result<u64> {
        let mut skipped = 0;
        let mut part = Vec::new();
        while !self.at_end {
            part.clear();
            self.more(&mut part)?;
            let end = part.iter().position(|octet| *octet == b'\n');
            skipped += u64::try_from(end.unwrap_or(part.len())).unwrap_or(u64::MAX);
            if let Some(end) = end {
                self.rest = part.split_off(end + 1);
                octets.push(b'\n');
                break;
            }
        }
        Ok(skipped)
    }
}

/// Keeps of a row what its reader wants, by appending it.
///
/// # Errors
/// Any [`RowError`] discards the row.
pub(crate) type Digest = fn(Family, &Row<'_>, &mut Vec<u8>) -> Result<(), RowError>;

/// What became of the lines of a block.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Where they came from.
    pub(crate) block: Block,
    /// What was kept of the good rows, one after the other.
    kept: Vec<u8>,
    rows: Vec<Kept>,
    /// The bad rows, in order.
    pub(crate) faults: Vec<Fault>,
    /// How many lines there were, empty ones included.
    pub(crate) lines: u64,
    /// Whether a last line without an end is a whole row; `None` if there is no such line.
    pub(crate) unended: Option<bool>,
}

#[derive(Debug)]
struct Kept {
    place: Place,
    deletes: bool,
    /// Where the row's octets end in `kept`.
    end: usize,
}

/// A bad row.
#[derive(Debug)]
pub(crate) struct Fault {
    /// How many lines of the block precede it.
    pub(crate) line: u64,
    /// How many rows of the block precede it, bad ones included.
    pub(crate) row: u64,
    pub(crate) error: RowError,
}

/// How rows are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parser {
    pub(crate) family: Family,
    pub(crate) header: Header,
    pub(crate) digest: Digest,
}

impl Parser {
    /// Reads the lines of a block. The memory of `old` is used again.
    pub(crate) fn parse(&self, block: Block, scratch: &mut Scratch, old: Parsed) -> Parsed {
        let Parsed { mut kept, mut rows, mut faults, .. } = old;
        kept.clear();
        rows.clear();
        faults.clear();
        let mut parsed = Parsed { block: Block::default(), kept, rows, faults, lines: 0, unended: None };
        if block.skipped.is_some() {
            parsed.fault(if block.is_ended() { RowError::TooLong } else { RowError::Torn });
            parsed.unended = (!block.is_ended()).then_some(false);
            parsed.lines = 1;
        } else {
            let mut rest = &*block.octets;
            while !rest.is_empty() {
                let mut after = rest;
                // Reading from memory cannot fail.
                let length = after.skip_until(b'\n').unwrap_or(rest.len());
                let line = rest.get(..length).unwrap_or_default();
                self.line(line, scratch, &mut parsed);
                parsed.lines += 1;
                rest = after;
            }
        }
        parsed.block = block;
        parsed
    }

    fn line(&self, line: &[u8], scratch: &mut Scratch, parsed: &mut Parsed) {
        let (line, is_ended) = line.strip_suffix(b"\n").map_or((line, false), |line| (line, true));
        if line.is_empty() {
            return;
        }
        let start = parsed.kept.len();
        let outcome = Row::decode(self.family, self.header, line, scratch).and_then(|row| {
            if !row.deletes() {
                (self.digest)(self.family, &row, &mut parsed.kept)?;
            }
            Ok((bits_of(row.address), row.deletes()))
        });
        match outcome {
            Ok((place, deletes)) => parsed.rows.push(Kept { place, deletes, end: parsed.kept.len() }),
            Err(error) => {
                parsed.kept.truncate(start);
                parsed.fault(if is_ended { error } else { RowError::Torn });
            }
        }
        parsed.unended = (!is_ended).then_some(outcome_is_good(parsed));
    }
}

/// Says whether the last line added a row.
fn outcome_is_good(parsed: &Parsed) -> bool {
    parsed.faults.last().is_none_or(|fault| fault.line != parsed.lines)
}

impl Parsed {
    fn fault(&mut self, error: RowError) {
        let row = self.rows.len() + self.faults.len();
        self.faults.push(Fault { line: self.lines, row: u64::try_from(row).unwrap_or(u64::MAX), error });
    }

    /// Gives each good row: its place, and what was kept of it, or `None` if it deletes.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Place, Option<&[u8]>)> {
        let mut start = 0;
        self.rows.iter().map(move |row| {
            let kept = self.kept.get(start..row.end).unwrap_or_default();
            start = row.end;
            (row.place, (!row.deletes).then_some(kept))
        })
    }

    /// Counts the good rows.
    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.rows.len()).unwrap_or(u64::MAX)
    }
}
