//! Which numbers are taken: a set kept as runs, so that a full stretch is skipped in one step.

use std::collections::BTreeMap;

/// A set of numbers, stored as first and last of each unbroken run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spans(BTreeMap<u128, u128>);

impl Spans {
    /// Adds a number; adding it twice is adding it once.
    pub(crate) fn insert(&mut self, number: u128) {
        let before = self.0.range(..=number).next_back().map(|(first, last)| (*first, *last));
        let mut run = (number, number);
        if let Some((first, last)) = before {
            if last >= number {
                return;
            }
            if last.checked_add(1) == Some(number) {
                run.0 = first;
            }
        }
        if let Some(last) = number.checked_add(1).and_then(|next| self.0.remove(&next)) {
            run.1 = last;
        }
        self.0.insert(run.0, run.1);
    }

    /// Takes a number out; taking out what is not there does nothing.
    pub(crate) fn remove(&mut self, number: u128) {
        let Some((first, last)) = self.run_of(number) else { return };
        self.0.remove(&first);
        if first < number {
            self.0.insert(first, number - 1);
        }
        if number < last {
            self.0.insert(number + 1, last);
        }
    }

    /// Gives the last number of a run that meets `first..=last`; the highest such run counts.
    pub(crate) fn taken_until(&self, first: u128, last: u128) -> Option<u128> {
        self.0.range(..=last).next_back().map(|(_, end)| *end).filter(|end| *end >= first)
    }

    /// Says whether nothing is taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn run_of(&self, number: u128) -> Option<(u128, u128)> {
        let (first, last) = self.0.range(..=number).next_back()?;
        (*last >= number).then_some((*first, *last))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_highest_number_is_a_number_like_any_other() {
        let mut spans = Spans::default();
        spans.insert(u128::MAX);
        spans.insert(u128::MAX - 1);
        assert_eq!(spans.taken_until(u128::MAX, u128::MAX), Some(u128::MAX));
        spans.remove(u128::MAX);
        assert_eq!(spans.taken_until(u128::MAX, u128::MAX), None);
    }

    proptest! {
        #[test]
        fn runs_agree_with_a_plain_set(steps in proptest::collection::vec((any::<bool>(), 0_u128..40), 0..200)) {
            let (mut spans, mut plain) = (Spans::default(), BTreeSet::new());
            for (add, number) in steps {
                if add {
                    spans.insert(number);
                    plain.insert(number);
                } else {
                    spans.remove(number);
                    plain.remove(&number);
                }
                for probe in 0..40 {
                    let mut end = plain.contains(&probe).then_some(probe);
                    while let Some(at) = end.filter(|at| plain.contains(&(at + 1))) {
                        end = Some(at + 1);
                    }
                    prop_assert_eq!(spans.taken_until(probe, probe), end);
                }
                prop_assert!(spans.0.values().zip(spans.0.keys().skip(1)).all(|(last, next)| last + 1 < *next));
            }
        }
    }
}
