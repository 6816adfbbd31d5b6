//! Commands about the configuration.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use control::{Access, Answer, Arguments, Entry, ResultCode};
use model::Family;

use super::Served;
use crate::reconfigure::{self, Reader, ReconfigureError};
use crate::server::Server;

/// Whether a configuration given by command replaces the one served.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Set,
    Test,
}

pub(super) const CONFIG_BACKEND_PULL: Served = Entry {
    names: ["config-backend-pull"; 2],
    access: Access::Write,
    brief: "Fetches the configuration from its database at once.",
    run: |_, _, _| Ok(Answer::empty("No config backend.")),
};

pub(super) const CONFIG_GET: Served = Entry {
    names: ["config-get"; 2],
    access: Access::Read,
    brief: "Returns the configuration served, defaults filled in.",
    run: |server, family, _| {
        let running = server.running();
        Ok(Answer::of(|json| {
            json.map(|map| {
                map.key(family.pick("Dhcp4", "Dhcp6")).raw(running.configuration.shown.text());
                map.key("hash").string(running.configuration.shown.hash());
            });
        }))
    },
};

pub(super) const CONFIG_HASH_GET: Served = Entry {
    names: ["config-hash-get"; 2],
    access: Access::Read,
    brief: "Returns the hash of the configuration served.",
    run: |server, _, _| Ok(hashed(server.running().configuration.shown.hash())),
};

pub(super) const CONFIG_SET: Served = Entry {
    names: ["config-set"; 2],
    access: Access::Write,
    brief: "Replaces the configuration served; a wrong one changes nothing.",
    run: |server, family, arguments| check(server, family, arguments, Purpose::Set),
};

pub(super) const CONFIG_TEST: Served = Entry {
    names: ["config-test"; 2],
    access: Access::Write,
    brief: "Checks a configuration without using it.",
    run: |server, family, arguments| check(server, family, arguments, Purpose::Test),
};

pub(super) const CONFIG_RELOAD: Served = Entry {
    names: ["config-reload"; 2],
    access: Access::Write,
    brief: "Reads the configuration file again; a wrong one changes nothing.",
    run: |server, _, _| reload(server),
};

pub(super) const CONFIG_WRITE: Served = Entry {
    names: ["config-write"; 2],
    access: Access::Write,
    brief: "Writes the configuration served to a file.",
    run: |server, _, arguments| write(server, arguments),
};

fn hashed(hash: &str) -> Answer {
    Answer::of(|json| json.map(|map| map.key("hash").string(hash)))
}

fn check(server: &Arc<Server>, family: Family, arguments: Arguments<'_>, purpose: Purpose) -> Result<Answer, Answer> {
    let root = reconfigure::of_arguments(family, arguments.node()).map_err(Answer::error)?;
    let reader = reader(server);
    let interfaces = net::interfaces().map_err(|error| Answer::error(error.to_string()))?;
    let outcome = reader.command(root, &interfaces).inspect_err(|error| {
        reconfigure::log_parser_failure(family, &server.delivery, error);
    });
    let configuration = outcome.map_err(|error| Answer::error(error.to_string()))?;
    if purpose == Purpose::Test {
        return Ok(Answer::success(
            "Configuration seems sane. Control-socket, hook-libraries, and D2 configuration were sanity checked, but \
             not applied.",
        ));
    }
    let hash = reconfigure::apply(server, configuration).map_err(|error| Answer::error(error.to_string()))?;
    Ok(hashed(&hash).saying("Configuration successful."))
}

/// Reads the configuration file again and serves by it. Also what SIGHUP does.
pub(crate) fn reload(server: &Arc<Server>) -> Result<Answer, Answer> {
    let id = server.family.pick("DHCP4_DYNAMIC_RECONFIGURATION", "DHCP6_DYNAMIC_RECONFIGURATION");
    let file = &server.flags.file;
    server.delivery.log(
        id,
        format_args!(
            "initiate server reconfiguration using file: {file}, after receiving SIGHUP signal or config-reload command"
        ),
    );
    let outcome = net::interfaces()
        .map_err(ReconfigureError::from)
        .and_then(|interfaces| reader(server).file(&interfaces))
        .inspect_err(|error| reconfigure::log_parser_failure(server.family, &server.delivery, error))
        .and_then(|configuration| reconfigure::apply(server, configuration));
    match outcome {
        Ok(hash) => {
            let id =
                server.family.pick("DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS", "DHCP6_DYNAMIC_RECONFIGURATION_SUCCESS");
            server.delivery.log(id, format_args!("dynamic server reconfiguration succeeded with file: {file}"));
            Ok(hashed(&hash).saying("Configuration successful."))
        }
        Err(error) => {
            let id = server.family.pick("DHCP4_DYNAMIC_RECONFIGURATION_FAIL", "DHCP6_DYNAMIC_RECONFIGURATION_FAIL");
            let reason = format!("configuration error using file '{file}': {error}");
            server.delivery.log(id, format_args!("dynamic server reconfiguration failed with file: {reason}"));
            Err(Answer::error(format!("Config reload failed: {reason}")))
        }
    }
}

pub(super) fn reader(server: &Server) -> Reader<'_> {
    Reader { family: server.family, flags: &server.flags, paths: &server.paths, delivery: &server.delivery }
}

fn write(server: &Server, arguments: Arguments<'_>) -> Result<Answer, Answer> {
    let own = Path::new(&server.flags.file);
    let no_text = || Answer::error("passed parameter 'filename' is not a string");
    let given = arguments.get("filename").map(|node| node.as_str().ok_or_else(no_text)).transpose()?;
    let path = match given {
        Some(name) => beside(own, name)?,
        None => own.to_owned(),
    };
    let text = server.running().configuration.shown.file_text();
    let failed = |error: std::io::Error| {
        Answer::error(format!("Error during config-write: Unable to open file {} for writing: {error}", path.display()))
    };
    replace(&path, text.as_bytes()).map_err(failed)?;
    let shown = path.display().to_string();
    Ok(Answer::new(ResultCode::Success, format!("Configuration written to {shown} successful")).with(|json| {
        json.map(|map| {
            map.key("filename").string(&shown);
            map.key("size").literal(text.len());
        });
    }))
}

/// Completes a file name by the directory of the configuration file, which it must not leave.
fn beside(own: &Path, name: &str) -> Result<PathBuf, Answer> {
    let directory = own.parent().unwrap_or(Path::new(""));
    let wanted = Path::new(name);
    let path = if wanted.parent() == Some(Path::new("")) { directory.join(wanted) } else { wanted.to_owned() };
    if path.parent() == Some(directory) && path.file_name().is_some() {
        return Ok(path);
    }
    let (own, path) = (own.display(), path.display());
    Err(Answer::error(format!(
        "not allowed to write config into {path}: file {path} must be in the same directory as the config file ({own})"
    )))
}

/// Writes beside the file and renames, so that no crash leaves half a configuration.
fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".nestor-new");
    let mut file = fs::File::create(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&new, path)
}
