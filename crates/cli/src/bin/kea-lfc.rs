//! `kea-lfc`: cleans a family of lease files.

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::lfc::main(std::env::args_os().skip(1), &mut io::stdout().lock(), &mut io::stderr().lock())
}
