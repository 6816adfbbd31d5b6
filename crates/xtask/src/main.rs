//! The house rules as code, and the installation layout.

fn main() {}
