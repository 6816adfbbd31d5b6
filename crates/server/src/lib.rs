//! The DHCP daemons: the engine's steps mapped to I/O.
