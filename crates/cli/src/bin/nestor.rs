//! `nestor`: shows, proves and checks the servers.

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::nestor::main(std::env::args_os().skip(1), &mut io::stdout().lock(), &mut io::stderr().lock())
}
