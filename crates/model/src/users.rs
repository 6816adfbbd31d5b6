//! Clients that somebody has registered (Kea's library `libdhcp_user_chk.so`).

use std::collections::BTreeMap;

use crate::Family;

/// What the default user's DHCPv4 identifier is: whoever is not registered is told what is noted for it.
const NOBODY_4: [u8; 6] = [0; 6];
/// What the default user's DHCPv6 identifier is.
const NOBODY_6: [u8; 8] = [0; 8];

/// What is noted for a registered client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// The file it boots.
    pub bootfile: Option<Box<str>>,
    /// The server that has the file.
    pub tftp_server: Option<Box<str>>,
}

/// The registered clients: of DHCPv4 by hardware address, of DHCPv6 by DUID.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Users {
    by_hardware: BTreeMap<Box<[u8]>, User>,
    by_duid: BTreeMap<Box<[u8]>, User>,
}

impl Users {
    /// Registers a client; `false` if it is registered already, as which it stays.
    pub fn register(&mut self, family: Family, id: &[u8], user: User) -> bool {
        let users = family.pick(&mut self.by_hardware, &mut self.by_duid);
        let is_new = !users.contains_key(id);
        if is_new {
            users.insert(id.into(), user);
        }
        is_new
    }

    /// Finds a client.
    pub fn find(&self, family: Family, id: &[u8]) -> Option<&User> {
        family.pick(&self.by_hardware, &self.by_duid).get(id)
    }

    /// Gives what is noted for clients that are not registered.
    pub fn default_user(&self, family: Family) -> Option<&User> {
        self.find(family, family.pick(&NOBODY_4[..], &NOBODY_6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_has_users_and_a_default_of_its_own() {
        let named = |name: &str| User { bootfile: Some(name.into()), tftp_server: None };
        let mut users = Users::default();
        assert!(users.register(Family::V4, &[2, 0, 0, 0, 0, 1], named("a")));
        assert!(!users.register(Family::V4, &[2, 0, 0, 0, 0, 1], named("b")));
        assert!(users.register(Family::V6, &[0; 8], named("c")));
        assert_eq!(users.find(Family::V4, &[2, 0, 0, 0, 0, 1]), Some(&named("a")));
        assert_eq!(users.find(Family::V6, &[2, 0, 0, 0, 0, 1]), None);
        assert_eq!(users.default_user(Family::V6), Some(&named("c")));
        assert_eq!(users.default_user(Family::V4), None);
    }
}
