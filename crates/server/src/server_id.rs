//! The server's DUID: read from its file, or made and kept there (RFC 8415 §11).

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use config::ServerId;
use model::UnixTime;
use net::Interfaces;
use wire::hwaddr::parse_hex;
use wire::write::Writer;
use wire::{Duid, HardwareAddress};

/// DUID types: link-layer address plus time, enterprise number, link-layer address.
const LLT: u16 = 1;
const EN: u16 = 2;
/// ISC's enterprise number.
const ISC: u32 = 2495;
/// 2000-01-01 00:00 UTC, from which the time of an LLT counts.
const EPOCH: i64 = 946_684_800;

/// Why the server has no DUID.
#[derive(Debug, thiserror::Error)]
pub enum ServerIdError {
    /// The file cannot be read or written.
    #[error("unable to store server identifier in {}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The configured parts make no DUID.
    #[error("the configured server-id makes no DUID: {0}")]
    Parts(#[from] wire::DecodeError),
    /// There is no randomness.
    #[error("no random numbers for the server identifier")]
    Random,
}

/// Gives the server's DUID. One in the file is kept if it agrees with what is configured.
///
/// # Errors
/// [`ServerIdError`].
pub fn establish(
    path: &Path,
    wanted: &ServerId,
    interfaces: &Interfaces,
    now: UnixTime,
) -> Result<Duid, ServerIdError> {
    let failed = |why| ServerIdError::File { path: path.to_owned(), why };
    let stored = match fs::read_to_string(path) {
        Ok(text) => parse_hex(text.trim()).and_then(|octets| Duid::decode(&octets).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    if let Some(duid) = stored.filter(|duid| agrees(duid, wanted)) {
        return Ok(duid);
    }
    let duid = make(wanted, interfaces, now)?;
    if wanted.persist {
        write(path, &duid).map_err(failed)?;
    }
    Ok(duid)
}

/// Writes the file anew beside the old one, so that no crash leaves half of it.
fn write(path: &Path, duid: &Duid) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(&beside)?;
    file.write_all(duid.to_string().as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// Says whether a DUID has the configured type and all configured parts.
fn agrees(duid: &Duid, wanted: &ServerId) -> bool {
    let mut reader = wire::read::Reader::new(duid.octets());
    let kind = reader.u16("type");
    if kind != Ok(wanted.kind) {
        // Without link-layer address an LLT became an EN; it stays one.
        return kind == Ok(EN) && wanted.kind == LLT && wanted.identifier.is_empty();
    }
    if wanted.kind == EN {
        let enterprise = reader.u32("enterprise").unwrap_or_default();
        return (wanted.enterprise_id == 0 || wanted.enterprise_id == enterprise)
            && (wanted.identifier.is_empty() || wanted.identifier == reader.rest());
    }
    let htype = reader.u16("hardware type").unwrap_or_default();
    let time = if wanted.kind == LLT { reader.u32("time").unwrap_or_default() } else { wanted.time };
    (wanted.htype == 0 || wanted.htype == htype)
        && (wanted.time == 0 || wanted.time == time)
        && (wanted.identifier.is_empty() || wanted.identifier == reader.rest())
}

fn make(wanted: &ServerId, interfaces: &Interfaces, now: UnixTime) -> Result<Duid, ServerIdError> {
    let hardware = interfaces.iter().find(|interface| interface.is_identifying()).map(|interface| &interface.hardware);
    let mut writer = Writer::new();
    match (wanted.kind, hardware) {
        (EN, _) => enterprise(wanted, &mut writer)?,
        (_, None) if wanted.identifier.is_empty() => enterprise(wanted, &mut writer)?,
        (kind, hardware) => {
            writer.u16(kind);
            writer.u16(match wanted.htype {
                0 => hardware.map_or(wire::hwaddr::ETHERNET, |hardware| hardware.htype),
                htype => htype,
            });
            if kind == LLT {
                let since = u32::try_from((now.0 - EPOCH).rem_euclid(1 << 32)).unwrap_or_default();
                writer.u32(if wanted.time == 0 { since } else { wanted.time });
            }
            writer.octets(address(wanted, hardware));
        }
    }
    Ok(Duid::decode(writer.as_slice())?)
}

fn address<'a>(wanted: &'a ServerId, hardware: Option<&'a HardwareAddress>) -> &'a [u8] {
    match hardware {
        Some(hardware) if wanted.identifier.is_empty() => &hardware.octets,
        _ => &wanted.identifier,
    }
}

fn enterprise(wanted: &ServerId, writer: &mut Writer) -> Result<(), ServerIdError> {
    writer.u16(EN);
    writer.u32(if wanted.enterprise_id == 0 { ISC } else { wanted.enterprise_id });
    if wanted.identifier.is_empty() {
        let mut identifier = [0_u8; 6];
        getrandom::fill(&mut identifier).ok().ok_or(ServerIdError::Random)?;
        writer.octets(&identifier);
    } else {
        writer.octets(&wanted.identifier);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(kind: u16) -> ServerId {
        ServerId { kind, identifier: Vec::new(), htype: 0, time: 0, enterprise_id: 0, persist: true }
    }

    #[test]
    fn a_made_duid_is_found_again_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serverid");
        let none = Interfaces::new(Vec::new());
        let first = establish(&path, &wanted(LLT), &none, UnixTime(EPOCH + 5)).unwrap();
        assert_eq!(&first.octets()[..6], [0, 2, 0, 0, 9, 191]);
        assert_eq!(fs::read_to_string(&path).unwrap(), first.to_string());
        assert_eq!(establish(&path, &wanted(LLT), &none, UnixTime(EPOCH + 9)).unwrap(), first);
    }

    #[test]
    fn a_duid_that_disagrees_with_the_configuration_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serverid");
        fs::write(&path, "00:03:00:01:02:00:00:00:00:01").unwrap();
        let none = Interfaces::new(Vec::new());
        let configured = ServerId { identifier: vec![1, 2, 3, 4, 5, 6], time: 7, htype: 6, ..wanted(LLT) };
        let made = establish(&path, &configured, &none, UnixTime(EPOCH)).unwrap();
        assert_eq!(made.to_string(), "00:01:00:06:00:00:00:07:01:02:03:04:05:06");
    }
}
