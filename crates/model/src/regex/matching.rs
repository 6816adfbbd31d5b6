//! Follows all states of a program at once.

use super::{Assertion, Set, Step};

/// Memory for matching, to be used again and again.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    now: States,
    next: States,
    stack: Vec<u32>,
}

/// A set of states in the order of their arrival.
#[derive(Debug, Clone, Default)]
struct States {
    order: Vec<u32>,
    /// The round in which a state was last put in.
    seen: Vec<u64>,
    round: u64,
}

impl States {
    fn clear(&mut self, states: usize) {
        self.order.clear();
        self.round = self.round.wrapping_add(1);
        if self.seen.len() < states {
            self.seen.resize(states, 0);
        }
    }

    /// Says whether the state is new.
    fn insert(&mut self, state: u32) -> bool {
        let place = usize::try_from(state).ok().and_then(|state| self.seen.get_mut(state));
        let Some(place) = place.filter(|place| **place != self.round) else { return false };
        *place = self.round;
        true
    }
}

/// What does not change while a text is looked at.
#[derive(Clone, Copy)]
struct Run<'r> {
    program: &'r [Step],
    sets: &'r [Set],
    text: &'r [u8],
}

impl Matcher {
    pub(super) fn whole(&mut self, program: &[Step], sets: &[Set], text: &[u8]) -> bool {
        self.longest(program, sets, text, 0) == Some(text.len())
    }

    pub(super) fn longest(&mut self, program: &[Step], sets: &[Set], text: &[u8], from: usize) -> Option<usize> {
        self.run(Run { program, sets, text }, 0, from)
    }

    /// Runs the program from a state at a place and gives the last place where it ends.
    fn run(&mut self, run: Run<'_>, start: u32, from: usize) -> Option<usize> {
        self.now.clear(run.program.len());
        let mut last = None;
        if self.follow(run, start, from, true) {
            last = Some(from);
        }
        for (octet, at) in run.text.iter().skip(from).zip(from..) {
            if self.now.order.is_empty() {
                break;
            }
            let behind = at.saturating_add(1);
            self.next.clear(run.program.len());
            let now = std::mem::take(&mut self.now.order);
            let mut ended = false;
            for state in &now {
                let taken = matches!(run.step(*state), Some(Step::Take(set)) if run.has(*set, *octet));
                if taken {
                    ended |= self.follow(run, state.saturating_add(1), behind, false);
                }
            }
            self.now.order = now;
            if ended {
                last = Some(behind);
            }
            std::mem::swap(&mut self.now, &mut self.next);
        }
        last
    }

    /// Adds a state and those reached from it without an octet; says whether the end is among them.
    fn follow(&mut self, run: Run<'_>, state: u32, at: usize, into_now: bool) -> bool {
        let mut ended = false;
        let floor = self.stack.len();
        self.stack.push(state);
        while self.stack.len() > floor {
            let Some(state) = self.stack.pop() else { break };
            let states = if into_now { &mut self.now } else { &mut self.next };
            if !states.insert(state) {
                continue;
            }
            match run.step(state) {
                Some(Step::Take(_)) => states.order.push(state),
                Some(Step::Split(one, other)) => self.stack.extend([*other, *one]),
                Some(Step::Jump(to)) => self.stack.push(*to),
                Some(Step::Assert(assertion)) => {
                    self.stack.extend(run.holds(*assertion, at).then(|| state.saturating_add(1)));
                }
                Some(Step::Ahead(behind, negated)) => {
                    // A look ahead needs sets of its own; it is rare enough to pay for them.
                    let found = Self::default().run(run, state.saturating_add(1), at).is_some();
                    self.stack.extend((found != *negated).then_some(*behind));
                }
                Some(Step::End) => ended = true,
                None => {}
            }
        }
        ended
    }
}

impl Run<'_> {
    fn step(&self, state: u32) -> Option<&Step> {
        self.program.get(usize::try_from(state).ok()?)
    }

    fn has(&self, set: u32, octet: u8) -> bool {
        usize::try_from(set).ok().and_then(|set| self.sets.get(set)).is_some_and(|set| set.has(octet))
    }

    fn holds(&self, assertion: Assertion, at: usize) -> bool {
        let word = |at: Option<usize>| at.and_then(|at| self.text.get(at)).is_some_and(|octet| is_word(*octet));
        let edge = word(at.checked_sub(1)) != word(Some(at));
        match assertion {
            Assertion::Start => at == 0,
            Assertion::End => at == self.text.len(),
            Assertion::WordEdge => edge,
            Assertion::NoWordEdge => !edge,
        }
    }
}

/// Says whether an octet is part of a word.
pub(super) const fn is_word(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_'
}
