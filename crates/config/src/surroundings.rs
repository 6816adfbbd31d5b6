//! What a configuration is held against: interfaces, directories, and how strictly.

use std::net::IpAddr;

/// Where a tree came from; it decides how positions and unknown keywords are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A configuration file: the grammar has already refused unknown keywords and wrong types.
    File,
    /// The arguments of a command such as `config-set`.
    Command,
}

/// What the configuration may refer to outside itself.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The interfaces of the system.
    pub interfaces: &'a [InterfaceInfo],
    /// The only directories files may be in.
    pub directories: &'a Directories,
    /// Whether sockets, hook libraries and lease files may be outside their directories (flag `-X`); Kea says nothing of it.
    pub relaxed: bool,
    /// Gives the permission bits of a directory or file; `None` if there is none. Asked for the directory of a unix
    /// socket and for hook libraries.
    pub file_mode: &'a dyn Fn(&str) -> Option<u32>,
    /// Gives the content of a small file, such as a `password-file`; `None` if it cannot be read.
    pub file_text: &'a dyn Fn(&str) -> Option<String>,
}

/// An interface of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceInfo {
    /// The name.
    pub name: String,
    /// Whether it is up.
    pub up: bool,
    /// Whether it is a loopback interface.
    pub loopback: bool,
    /// Its addresses of both families.
    pub addresses: Vec<IpAddr>,
}

/// The directories files are looked for, and must be in; without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// Lease files and the server DUID.
    pub data: String,
    /// Unix control sockets.
    pub control_sockets: String,
    /// Log files.
    pub logs: String,
    /// Hook libraries.
    pub hooks: String,
}
