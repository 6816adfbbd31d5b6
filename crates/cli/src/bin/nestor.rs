//! `nestor`: shows, proves and checks the servers.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    // Under this name it is the server itself, so that building `nestor` builds all that its demonstration needs.
    if Path::new(&name).file_name() == Some(OsStr::new("kea-dhcp6")) {
        let arguments: Vec<String> = arguments.map(|text| text.to_string_lossy().into_owned()).collect();
        return server::run("kea-dhcp6", model::Family::V6, &arguments);
    }
    cli::nestor::main(arguments, &mut io::stdout().lock(), &mut io::stderr().lock())
}
