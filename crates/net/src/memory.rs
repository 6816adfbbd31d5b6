//! Memory that was freed goes back to the system.

/// Gives back memory that was freed and is still held for later: after something large that does not come again soon, such
/// as reading a configuration. Does nothing where the allocator cannot be asked.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "malloc_trim has no safe wrapper")]
pub fn give_back() {
    // SAFETY: `malloc_trim` takes how much to keep, locks what it looks at, and touches only memory that is free.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Does nothing: this allocator cannot be asked.
#[cfg(not(target_env = "gnu"))]
pub const fn give_back() {}
