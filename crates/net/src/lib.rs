//! Interfaces and sockets; the only crate where unsafe is possible.
