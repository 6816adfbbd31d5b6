//! Which files the configuration may name: those directly in the one directory meant for them.

/// Completes and checks the name of a file.
///
/// A bare name is completed with `directory`, which is the only directory allowed.
///
/// # Errors
/// Kea's words for a path without file name or in another directory.
pub fn supported_path(name: &str, directory: &str) -> Result<String, String> {
    let (parent, file) = match name.rsplit_once('/') {
        Some((parent, file)) => (Some(parent), file),
        None => (None, name),
    };
    if file.is_empty() {
        return Err(format!("path: '{name}' has no filename"));
    }
    match parent {
        Some(parent) if parent.trim_end_matches('/') != directory.trim_end_matches('/') => {
            Err(format!("invalid path specified: '{parent}', supported path is '{directory}'"))
        }
        _ => Ok(format!("{}/{file}", directory.trim_end_matches('/'))),
    }
}

#[cfg(test)]
mod tests {
    use super::supported_path;

    #[test]
    fn a_file_is_allowed_in_its_directory_only() {
        assert_eq!(supported_path("a.sock", "/run/kea").unwrap(), "/run/kea/a.sock");
        assert_eq!(supported_path("/run/kea/a.sock", "/run/kea").unwrap(), "/run/kea/a.sock");
        assert_eq!(
            supported_path("/tmp/a", "/run/kea").unwrap_err(),
            "invalid path specified: '/tmp', supported path is '/run/kea'"
        );
        assert_eq!(supported_path("/run/kea/", "/run/kea").unwrap_err(), "path: '/run/kea/' has no filename");
    }
}
