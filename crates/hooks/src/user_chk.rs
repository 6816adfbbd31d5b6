//! Who is registered? (`libdhcp_user_chk.so`)

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use config::json::{Node, wire as json};
use model::Family;
use model::users::{User, Users};
use wire::option::encode_hex;

/// The library's file name.
pub const LIBRARY: &str = "libdhcp_user_chk.so";
/// The file with the registered clients.
pub const REGISTRY_FILE: &str = "/tmp/user_chk_registry.txt";
/// The file that tells who was answered, and whether the client is registered.
pub const OUTCOME_FILE: &str = "/tmp/user_chk_outcome.txt";

/// The longest text of an option, in octets.
const TEXT: usize = 255;

/// Why a registry cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It cannot be read.
    #[error("cannot read the user registry {}: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// A line registers nobody.
    #[error("user registry {}, line {line}: {why}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        why: EntryError,
    },
}

/// What is wrong with an entry of a registry.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// It is no JSON.
    #[error("{0}")]
    Json(#[from] json::WireError),
    /// It is JSON, but no object.
    #[error("it must be a JSON object, not {0}")]
    NoObject(&'static str),
    /// Something is missing that every entry has.
    #[error("'{0}' is missing")]
    Missing(&'static str),
    /// A value is no text.
    #[error("the value of '{0}' must be a string")]
    NoText(String),
    /// A type is none.
    #[error("the type '{0}' is neither HW_ADDR nor DUID")]
    Type(String),
    /// An identifier is none.
    #[error("the id '{0}' is not hexadecimal")]
    Id(String),
    /// A value does not fit an option.
    #[error("the value of '{0}' is longer than 255 octets")]
    Long(&'static str),
    /// Another line registers the same client.
    #[error("the id '{0}' is registered already")]
    Twice(String),
}

/// The registered clients, as long as their file says so.
#[derive(Debug)]
pub struct Registry {
    path: PathBuf,
    read: Mutex<(Option<Stamp>, Arc<Users>)>,
}

/// Tells a file from what it was before: modified when, how long, which.
type Stamp = ((i64, i64), u64, u64);

impl Registry {
    /// Reads the file.
    ///
    /// # Errors
    /// [`RegistryError`] if it cannot be read or a line of it registers nobody.
    pub fn open(path: &Path) -> Result<Self, RegistryError> {
        let stamp = stamp(path);
        let users = read(path)?;
        Ok(Self { path: path.to_owned(), read: Mutex::new((stamp, Arc::new(users))) })
    }

    /// Gives who is registered now: reads the file again if it is not what it was.
    ///
    /// If that fails, which is told once, whoever was registered before still is.
    pub fn users(&self) -> (Arc<Users>, Option<RegistryError>) {
        let mut known = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, users) = &mut *known;
        let now = stamp(&self.path);
        if now == *last {
            return (Arc::clone(users), None);
        }
        *last = now;
        match read(&self.path) {
            Ok(read) => {
                *users = Arc::new(read);
                (Arc::clone(users), None)
            }
            Err(why) => (Arc::clone(users), Some(why)),
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(((metadata.mtime(), metadata.mtime_nsec()), metadata.len(), metadata.ino()))
}

fn read(path: &Path) -> Result<Users, RegistryError> {
    let text = std::fs::read_to_string(path).map_err(|why| RegistryError::Unreadable { path: path.to_owned(), why })?;
    let mut users = Users::default();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = at.saturating_add(1);
        register(&mut users, line).map_err(|why| RegistryError::Line { path: path.to_owned(), line: number, why })?;
    }
    Ok(users)
}

/// Registers the client of one line.
fn register(users: &mut Users, line: &str) -> Result<(), EntryError> {
    let entry = json::parse("<line>", line.as_bytes())?;
    if entry.as_map().is_none() {
        return Err(EntryError::NoObject(entry.value.type_name()));
    }
    let needed = |key| text(&entry, key)?.ok_or(EntryError::Missing(key));
    let family = match needed("type")? {
        "HW_ADDR" => Family::V4,
        "DUID" => Family::V6,
        other => return Err(EntryError::Type(other.to_owned())),
    };
    let written = needed("id")?;
    let id = encode_hex(written).ok().filter(|id| !id.is_empty() && !written.starts_with('\''));
    let id = id.ok_or_else(|| EntryError::Id(written.to_owned()))?;
    let user = User { bootfile: noted(&entry, "bootfile")?, tftp_server: noted(&entry, "tftp_server")? };
    if users.register(family, &id, user) { Ok(()) } else { Err(EntryError::Twice(written.to_owned())) }
}

fn text<'n>(entry: &'n Node, key: &str) -> Result<Option<&'n str>, EntryError> {
    let text = |node: &'n Node| node.as_str().ok_or_else(|| EntryError::NoText(key.to_owned()));
    entry.get(key).map(text).transpose()
}

/// Reads the text of an option; an empty one is none.
fn noted(entry: &Node, key: &'static str) -> Result<Option<Box<str>>, EntryError> {
    let text = text(entry, key)?.filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.len() > TEXT) { Err(EntryError::Long(key)) } else { Ok(text.map(Box::from)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &str) -> Result<Registry, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        std::fs::write(&path, text).unwrap();
        let shown = path.display().to_string();
        Registry::open(&path).map_err(|why| why.to_string().replace(&shown, "FILE"))
    }

    #[test]
    fn a_registry_has_a_client_in_each_line() {
        let text = concat!(
            r#"{"type":"HW_ADDR","id":"0c:0e:0a:01:ff:04","bootfile":"b","tftp_server":"t"}"#,
            "\n\n",
            r#"{"type":"DUID","id":"0102","other":"x","bootfile":""}"#
        );
        let registry = opened(text).unwrap();
        let users = Arc::clone(&registry.read.lock().unwrap().1);
        let user = User { bootfile: Some("b".into()), tftp_server: Some("t".into()) };
        assert_eq!(users.find(Family::V4, &[12, 14, 10, 1, 255, 4]), Some(&user));
        assert_eq!(users.find(Family::V6, &[1, 2]), Some(&User::default()));
        assert_eq!(users.find(Family::V4, &[1, 2]), None);
    }

    #[test]
    fn a_line_that_registers_nobody_is_named_with_its_reason() {
        let refused = |line: &str| opened(&format!("{{\"type\":\"DUID\",\"id\":\"01\"}}\n{line}\n")).unwrap_err();
        let starts = "user registry FILE, line 2: ";
        for (line, why) in [
            ("[]", "it must be a JSON object, not list"),
            (r#"{"id":"01"}"#, "'type' is missing"),
            (r#"{"type":"MAC","id":"01"}"#, "the type 'MAC' is neither HW_ADDR nor DUID"),
            (r#"{"type":"DUID"}"#, "'id' is missing"),
            (r#"{"type":"DUID","id":7}"#, "the value of 'id' must be a string"),
            (r#"{"type":"DUID","id":"0g"}"#, "the id '0g' is not hexadecimal"),
            (r#"{"type":"DUID","id":"01"}"#, "the id '01' is registered already"),
            (r#"{"type":"HW_ADDR","id":"01","bootfile":1}"#, "the value of 'bootfile' must be a string"),
        ] {
            assert_eq!(refused(line), format!("{starts}{why}"));
        }
        assert!(refused("{").starts_with(starts));
        let long = format!(r#"{{"type":"HW_ADDR","id":"01","tftp_server":"{}"}}"#, "a".repeat(256));
        assert_eq!(refused(&long), format!("{starts}the value of 'tftp_server' is longer than 255 octets"));
    }

    #[test]
    fn a_registry_that_changes_is_read_again_and_one_that_is_spoilt_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        assert!(Registry::open(&path).unwrap_err().to_string().starts_with("cannot read the user registry "));
        std::fs::write(&path, "").unwrap();
        let registry = Registry::open(&path).unwrap();
        let known = |registry: &Registry| registry.users().0.find(Family::V6, &[1]).is_some();
        assert!(!known(&registry));
        std::fs::write(&path, r#"{"type":"DUID","id":"01"}"#).unwrap();
        assert!(known(&registry));
        std::fs::write(&path, "{").unwrap();
        assert!(registry.users().1.is_some());
        assert!(registry.users().1.is_none() && known(&registry));
        std::fs::remove_file(&path).unwrap();
        assert!(registry.users().1.is_some());
        assert!(registry.users().1.is_none() && known(&registry));
        std::fs::write(&path, "").unwrap();
        assert!(!known(&registry));
    }
}
