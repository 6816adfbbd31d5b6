//! What options are called and how their values are written: definitions are data, not code.
