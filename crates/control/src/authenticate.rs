//! Who may use an HTTP channel: basic authentication (RFC 7617).

use subtle::ConstantTimeEq;

/// What a channel asks of its clients.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authentication {
    /// The realm named in a refusal.
    pub realm: String,
    /// User and password pairs; if empty, everybody may.
    pub clients: Vec<(String, String)>,
}

impl Authentication {
    /// Says whether a request with this `Authorization` header may pass.
    pub fn admits(&self, header: Option<&[u8]>) -> bool {
        if self.clients.is_empty() {
            return true;
        }
        let Some(given) = header.and_then(credentials) else { return false };
        // Every client is compared, so that the time taken tells nothing about which one was close.
        self.clients.iter().fold(false, |admitted, (user, password)| {
            let known = format!("{user}:{password}");
            admitted | bool::from(known.as_bytes().ct_eq(&given))
        })
    }
}

fn credentials(header: &[u8]) -> Option<Vec<u8>> {
    let (scheme, rest) = header.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    data_encoding::BASE64.decode(rest.trim_ascii()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_user_with_the_right_password_passes() {
        let authentication =
            Authentication { realm: String::new(), clients: vec![("admin".to_owned(), "secret".to_owned())] };
        assert!(authentication.admits(Some(b"Basic YWRtaW46c2VjcmV0")));
        assert!(!authentication.admits(Some(b"Basic YWRtaW46d3Jvbmc=")));
        assert!(!authentication.admits(Some(b"Bearer YWRtaW46c2VjcmV0")));
        assert!(!authentication.admits(None));
        assert!(Authentication::default().admits(None));
    }
}
