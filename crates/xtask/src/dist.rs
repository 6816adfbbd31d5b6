//! Lays out an installation: the programs, manuals and examples under the paths Kea's packages use.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::tree::Tree;
use crate::{dependencies, say};

/// The programs by the folder they go to; those that do not exist yet are left out.
const PROGRAMS: [(&str, &[&str]); 2] = [
    (
        "sbin",
        &["kea-dhcp4", "kea-dhcp6", "kea-dhcp-ddns", "kea-ctrl-agent", "kea-lfc", "kea-admin", "kea-shell", "perfdhcp"],
    ),
    ("bin", &["nestor", "nestor-agent", "nestor-stork"]),
];

/// Folders of the repository and where their files go.
const FOLDERS: [(&str, &str); 3] = [
    ("packaging/etc/kea/", "etc/kea"),
    ("packaging/systemd/", "lib/systemd/system"),
    ("packaging/completions/", "share/bash-completion/completions"),
];

/// Single files of the repository that go to `share/doc/nestor`.
const DOCUMENTS: [&str; 5] = ["README.md", "SECURITY.md", "LICENSE-APACHE", "LICENSE-MIT", "docs/compatibility.md"];

/// Builds for release and fills `directory`.
pub(crate) fn dist(tree: &Tree, directory: &Path, out: &mut dyn Write) -> Result<(), String> {
    let built = build(tree)?;
    let mut layout = Layout { directory, out, count: 0 };
    for (folder, programs) in PROGRAMS {
        for program in programs {
            let from = built.join(program);
            if from.is_file() {
                layout.copy(&from, &format!("{folder}/{program}"))?;
            }
        }
    }
    for library in hooks::LIBRARIES {
        layout.write(&format!("lib/kea/hooks/{library}"), b"")?;
    }
    for name in tree.files().keys() {
        if let Some(place) = place_of(name) {
            layout.copy(&tree.root().join(name), &place)?;
        }
    }
    let Layout { count, out, .. } = layout;
    say(out, &format!("{count} files in {}", directory.display()))
}

/// Builds every program and says where cargo put them.
fn build(tree: &Tree) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--workspace", "--bins"])
        .current_dir(tree.root())
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !status.success() {
        return Err("the release build failed".to_owned());
    }
    let metadata = dependencies::metadata(tree)?;
    let target = metadata.get("target_directory").and_then(Value::as_str).ok_or("cargo names no target folder")?;
    Ok(Path::new(target).join("release"))
}

/// Says where a file of the repository goes; `None` if it is not installed.
fn place_of(name: &str) -> Option<String> {
    if let Some(page) = name.strip_prefix("docs/man/") {
        let (_, section) = page.rsplit_once('.')?;
        return Some(format!("share/man/man{section}/{page}"));
    }
    if DOCUMENTS.contains(&name) {
        let (_, short) = name.rsplit_once('/').unwrap_or(("", name));
        return Some(format!("share/doc/nestor/{short}"));
    }
    FOLDERS.iter().find_map(|(from, to)| name.strip_prefix(from).map(|short| format!("{to}/{short}")))
}

/// An installation being laid out.
struct Layout<'a> {
    directory: &'a Path,
    out: &'a mut dyn Write,
    count: usize,
}

impl Layout<'_> {
    /// Copies a file into place. A program that runs is replaced, not overwritten; a configuration that is there stays.
    fn copy(&mut self, from: &Path, place: &str) -> Result<(), String> {
        if place.starts_with("etc/") && self.directory.join(place).exists() {
            return say(self.out, &format!("{place} is there already and stays as it is"));
        }
        let to = self.prepare(place)?;
        let new = to.with_extension("new");
        std::fs::copy(from, &new)
            .and_then(|_| std::fs::rename(&new, &to))
            .map_err(|error| format!("cannot copy {} to {}: {error}", from.display(), to.display()))
    }

    fn write(&mut self, place: &str, octets: &[u8]) -> Result<(), String> {
        let to = self.prepare(place)?;
        std::fs::write(&to, octets).map_err(|error| format!("cannot write {}: {error}", to.display()))
    }

    fn prepare(&mut self, place: &str) -> Result<PathBuf, String> {
        let to = self.directory.join(place);
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        }
        self.count += 1;
        say(self.out, place)?;
        Ok(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_that_is_there_stays() {
        let folder = std::env::temp_dir().join(format!("nestor-dist-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("etc/kea")).unwrap();
        std::fs::write(folder.join("etc/kea/kea-dhcp6.conf"), "mine").unwrap();
        let mut out = Vec::new();
        let mut layout = Layout { directory: &folder, out: &mut out, count: 0 };
        layout.copy(Path::new("/dev/null"), "etc/kea/kea-dhcp6.conf").unwrap();
        assert_eq!(
            (layout.count, std::fs::read_to_string(folder.join("etc/kea/kea-dhcp6.conf")).unwrap().as_str()),
            (0, "mine")
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn manuals_go_to_the_folder_of_their_section() {
        assert_eq!(place_of("docs/man/kea-dhcp6.8").unwrap(), "share/man/man8/kea-dhcp6.8");
        assert_eq!(place_of("docs/compatibility.md").unwrap(), "share/doc/nestor/compatibility.md");
        assert_eq!(place_of("packaging/etc/kea/kea-dhcp6.conf").unwrap(), "etc/kea/kea-dhcp6.conf");
        assert_eq!(place_of("Cargo.toml"), None);
    }
}
