//! The loggers as a tree of names: who inherits what from whom.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::levels::{EVERYTHING, INFO, Rank, rank};
use crate::sink::Output;
use crate::spec::{LoggerSpec, Threshold};

/// A configured logger.
#[derive(Debug, Default)]
struct Node {
    rank: Option<Rank>,
    outputs: Vec<Arc<Output>>,
}

/// All configured loggers by full name.
#[derive(Debug)]
pub(crate) struct Tree {
    root: String,
    verbose: bool,
    nodes: BTreeMap<String, Node>,
}

impl Tree {
    pub(crate) fn new(root: &str, verbose: bool) -> Self {
        Self { root: root.to_owned(), verbose, nodes: BTreeMap::new() }
    }

    /// Adds a logger; a later one of the same name replaces what it sets.
    pub(crate) fn add(&mut self, spec: &LoggerSpec, outputs: Vec<Arc<Output>>) {
        let node = self.nodes.entry(spec.name.clone()).or_default();
        node.rank = match spec.severity {
            Some(Threshold::From(severity)) => Some(rank(severity, spec.debuglevel)),
            Some(Threshold::Nothing) => Some(0),
            None => node.rank,
        };
        if !outputs.is_empty() {
            node.outputs = outputs;
        }
    }

    /// Tells whether the root has no output of its own.
    pub(crate) fn lacks_root_output(&self) -> bool {
        self.nodes.get(&self.root).is_none_or(|node| node.outputs.is_empty())
    }

    /// Gives the root an output.
    pub(crate) fn set_root_output(&mut self, output: Arc<Output>) {
        self.nodes.entry(self.root.clone()).or_default().outputs = vec![output];
    }

    /// The rank of a logger, given by its name below the root: its own or that of the nearest that has one.
    pub(crate) fn rank(&self, logger: &str) -> Rank {
        if self.verbose {
            return EVERYTHING;
        }
        self.path(logger).find_map(|node| node.rank).unwrap_or(INFO)
    }

    /// The outputs of a logger: its own or those of the nearest that has any.
    pub(crate) fn outputs(&self, logger: &str) -> &[Arc<Output>] {
        self.path(logger).find(|node| !node.outputs.is_empty()).map_or(&[], |node| &node.outputs)
    }

    /// Walks all outputs, each as often as it is used.
    pub(crate) fn all_outputs(&self) -> impl Iterator<Item = &Arc<Output>> {
        self.nodes.values().flat_map(|node| &node.outputs)
    }

    /// The highest rank of any configured logger.
    pub(crate) fn highest(&self) -> Rank {
        let all = self.nodes.values().filter_map(|node| node.rank);
        if self.verbose { EVERYTHING } else { all.max().unwrap_or(INFO) }
    }

    /// Walks the configured loggers from this one up to the root.
    fn path(&self, logger: &str) -> impl Iterator<Item = &Node> {
        let below = (!logger.is_empty()).then_some(logger);
        let above = std::iter::successors(below, |name| name.rsplit_once('.').map(|(parent, _)| parent));
        let names = above.map(|name| format!("{}.{name}", self.root)).chain([self.root.clone()]);
        names.filter_map(|name| self.nodes.get(&name))
    }
}
