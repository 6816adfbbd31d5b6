//! The tracked files of the repository and their text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository: its root and every tracked text file that exists.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    root: PathBuf,
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads what git tracks, or would track, below the workspace's root.
    pub(crate) fn load() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().map_err(|error| format!("cannot find the workspace: {error}"))?;
        let listing = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&root)
            .output()
            .map_err(|error| format!("cannot run git: {error}"))?;
        if !listing.status.success() {
            return Err(format!("git ls-files failed: {}", String::from_utf8_lossy(&listing.stderr)));
        }
        let names = String::from_utf8_lossy(&listing.stdout);
        let files = names.split('\0').filter(|name| !name.is_empty()).filter_map(|name| {
            let text = std::fs::read(root.join(name)).ok()?;
            Some((name.to_owned(), String::from_utf8_lossy(&text).into_owned()))
        });
        Ok(Self { files: files.collect(), root: root.clone() })
    }

    /// The workspace's root.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Every file by its path from the root.
    pub(crate) fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// The Rust sources.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(|(name, _)| Path::new(name).extension().is_some_and(|kind| kind == "rs"))
            .map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The text of one file; empty if there is no such file.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }

    /// Says whether `name` is a file or a folder of the repository.
    pub(crate) fn has(&self, name: &str) -> bool {
        let name = name.trim_end_matches('/');
        let folder = format!("{name}/");
        self.files.contains_key(name) || self.files.keys().any(|file| file.starts_with(&folder))
    }

    /// Makes a tree out of names and texts.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Self { root: PathBuf::new(), files: files.collect() }
    }
}
