//! All leases written into a file, in the format of lease files.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use control::{Access, Answer, Entry};
use model::Family;
use store::LeaseStore;
use store::lease::csv::{Row, write_header};

use crate::Served;
use crate::desk::refusal;

/// Who may read a lease file: its owner and group.
const MODE: u32 = 0o640;

pub(super) const LEASE_WRITE: Served = Entry {
    names: ["lease4-write", "lease6-write"],
    access: Access::Write,
    brief: "Writes all leases into a file.",
    run: |desk, family, arguments| {
        let none = || Answer::error("no parameters specified for the command");
        let map = config::fields::map(arguments.given().ok_or_else(none)?).map_err(refusal)?;
        let node = map.get("filename").ok_or_else(|| Answer::error("'filename' parameter not specified"))?;
        let name = node.as_str().ok_or_else(|| Answer::error("'filename' parameter must be a string"))?;
        let path = config::supported_path(name, &desk.data)
            .map_err(|why| Answer::error(format!("'filename' parameter is invalid: {why}")))?;
        // The file in use has them all already, and somebody is writing to it.
        if desk.lease_file.as_deref() != Some(Path::new(&path)) {
            write(&path, family, &desk.store(family))
                .map_err(|_unsaid| Answer::error(format!("unable to open '{path}'")))?;
        }
        Ok(Answer::success(format!("{family} lease database into '{path}'.")))
    },
};

fn write(path: &str, family: Family, store: &LeaseStore) -> std::io::Result<()> {
    let mut rows = Vec::new();
    write_header(family, &mut rows);
    for lease in store.all() {
        Row::of_lease(&lease).encode(family, &mut rows);
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(path)?;
    file.write_all(&rows)?;
    file.sync_all()
}
