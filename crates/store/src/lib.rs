//! Leases in memory and in Kea's CSV lease file.
