//! `perfdhcp`: puts load on a DHCP server.

use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::perfdhcp::main(std::env::args_os().skip(1), &mut io::stdout(), &mut io::stderr())
}
