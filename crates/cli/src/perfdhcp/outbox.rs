//! Queries that are ready to be sent.

use super::kind::Kind;

/// Queries in one piece of memory that is used again and again.
#[derive(Debug, Default)]
pub struct Outbox {
    octets: Vec<u8>,
    letters: Vec<Letter>,
}

/// One query of an outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    start: usize,
    end: usize,
    /// Its transaction id.
    pub transaction: u32,
    /// What it is for.
    pub kind: Kind,
    /// It was sent before.
    pub again: bool,
}

impl Letter {
    fn length(&self) -> usize {
        self.end.saturating_sub(self.start)
    }
}

impl Outbox {
    /// Forgets all queries.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.letters.clear();
    }

    /// Counts the queries.
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// Adds the query that `write` appends.
    pub fn push(&mut self, transaction: u32, kind: Kind, again: bool, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.octets.len();
        write(&mut self.octets);
        self.letters.push(Letter { start, end: self.octets.len(), transaction, kind, again });
    }

    /// Walks the queries in runs of equal length: the octets of a run in one piece, and the length of each.
    pub fn runs(&self) -> impl Iterator<Item = (&[u8], usize)> {
        self.letters.chunk_by(|a, b| a.length() == b.length()).filter_map(|run| {
            let (first, last) = (run.first()?, run.last()?);
            Some((self.octets.get(first.start..last.end)?, first.length()))
        })
    }

    /// Walks the queries with their octets.
    pub fn iter(&self) -> impl Iterator<Item = (&Letter, &[u8])> {
        self.letters.iter().map(|letter| (letter, self.octets.get(letter.start..letter.end).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_of_equal_length_make_a_run() {
        let mut outbox = Outbox::default();
        for (transaction, length) in [(1, 3), (2, 3), (3, 2), (4, 3)] {
            outbox.push(transaction, Kind::Initial, false, |octets| octets.resize(octets.len() + length, 7));
        }
        let runs: Vec<(usize, usize)> = outbox.runs().map(|(octets, size)| (octets.len(), size)).collect();
        assert_eq!(runs, [(6, 3), (2, 2), (3, 3)]);
        let lengths: Vec<usize> = outbox.iter().map(|(_, octets)| octets.len()).collect();
        assert_eq!(lengths, [3, 3, 2, 3]);
    }
}
