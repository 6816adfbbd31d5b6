//! `nestor`: shows, proves and checks the servers.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use model::Family;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    // Under this name it is the server itself, so that building `nestor` builds all that its demonstration needs.
    for (program, family) in [("kea-dhcp4", Family::V4), ("kea-dhcp6", Family::V6)] {
        if Path::new(&name).file_name() == Some(OsStr::new(program)) {
            return server::main(program, family);
        }
    }
    cli::nestor::main(arguments, &mut io::stdout().lock(), &mut io::stderr().lock())
}
