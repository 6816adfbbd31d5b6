//! What is the client called, and who tells DNS? (RFC 4702, RFC 4704)

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::LazyLock;

use model::settings::{Names, ReplaceClientName};
use model::{Family, Lease, Model, Resource, Subnet};
use wire::ClientFqdn;
use wire::client_fqdn::{self, Flags};
use wire::fqdn::{self, Name};

/// What the client is called, as far as it is known before and after it has a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientName {
    /// The name; empty until one is generated.
    name: String,
    /// The name is kept with leases, and neither changed nor told.
    silent: bool,
    /// The name still lacks the suffix of where the client gets its address.
    partial: bool,
    /// The name was made out of an address.
    pub(crate) generated: bool,
    /// What the client is told of DNS; `None` if it does not know the FQDN option.
    flags: Option<Flags>,
    forward: bool,
    reverse: bool,
}

/// What a lease keeps of its client's name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LeaseName {
    pub(crate) hostname: Box<str>,
    pub(crate) forward: bool,
    pub(crate) reverse: bool,
}

impl LeaseName {
    /// Keeps a reserved name, whole, of which DNS is not told.
    pub(crate) fn kept(name: &str, names: &Names) -> Self {
        let name = if name.ends_with('.') { name.to_owned() } else { qualified(names, name) };
        Self { hostname: name.trim_end_matches('.').into(), ..Self::default() }
    }

    /// Gives a lease this name.
    pub(crate) fn of(self, lease: &Lease) -> Lease {
        let Self { hostname, forward, reverse } = self;
        Lease { hostname, fqdn_fwd: forward, fqdn_rev: reverse, ..lease.clone() }
    }
}

/// What a client sent of its name.
#[derive(Debug, Clone, Default)]
pub(crate) struct SentName<'a> {
    /// The value of its Client FQDN option.
    pub(crate) fqdn: Option<Cow<'a, [u8]>>,
    /// The value of its host name option. DHCPv4 only.
    pub(crate) host_name: Option<Cow<'a, [u8]>>,
}

/// How names are made in a subnet, and whether DNS is told of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'m> {
    family: Family,
    names: &'m Names,
    /// The name reserved for the client; empty if there is none.
    reserved: &'m str,
    updates: bool,
}

impl<'m> Rules<'m> {
    /// Takes them from the configuration; where there is no subnet, nothing is added and DNS is told nothing.
    pub(crate) fn of(model: &'m Model, subnet: Option<&'m Subnet>, reserved: &'m str) -> Self {
        let names = subnet.map_or(&*PLAIN, |subnet| &*subnet.names);
        let updates = model.settings.ddns_enabled && subnet.is_some() && names.send_updates;
        Self { family: model.family, names, reserved, updates }
    }

    /// Names a client.
    pub(crate) fn name(&self, sent: &SentName<'_>) -> Option<ClientName> {
        match (&sent.fqdn, self.family) {
            (Some(value), _) => self.fqdn(value),
            (None, Family::V4) => self.host_name(sent.host_name.as_deref()),
            (None, Family::V6) => self.nameless(),
        }
    }

    /// Says whether a client that sends no name gets one.
    const fn replaces_none(&self) -> bool {
        matches!(self.names.replace, ReplaceClientName::Always | ReplaceClientName::WhenNotPresent)
    }

    /// Names a client that sent a Client FQDN option, and settles who updates DNS; `None` if the option says nothing.
    fn fqdn(&self, value: &[u8]) -> Option<ClientName> {
        let sent = ClientFqdn::decode(self.family, value).ok().filter(|sent| !contradict(sent.flags))?;
        let Flags { server_updates: wants_s, no_updates: wants_n, .. } = sent.flags;
        let (s, n) = match (self.updates, wants_n, wants_s) {
            (false, _, _) => (false, true),
            (true, false, true) => (true, false),
            (true, false, false) => (self.names.override_client_update, false),
            (true, true, _) => (self.names.override_no_update, !self.names.override_no_update),
        };
        // Kea: the result codes go back as the client sent them.
        let flags = Flags { server_updates: s, overridden: s != wants_s, no_updates: n, ..sent.flags };
        let name = match self.reserved {
            "" => client_name(self.names, &sent.name())?,
            reserved => reserved.to_owned(),
        };
        let name = name.to_ascii_lowercase();
        let partial = !name.ends_with('.');
        Some(ClientName { name, silent: false, partial, generated: false, flags: Some(flags), forward: s, reverse: !n })
    }

    /// Names a DHCPv4 client that knows no Client FQDN option, by its host name option if it sent one.
    fn host_name(&self, sent: Option<&[u8]>) -> Option<ClientName> {
        let named = |name: &str, partial: bool| {
            let (name, forward) = (name.to_owned(), self.updates);
            Some(ClientName { name, silent: false, partial, generated: false, flags: None, forward, reverse: forward })
        };
        if !self.reserved.is_empty() {
            let name = self.reserved.to_ascii_lowercase();
            let whole = name.strip_suffix('.');
            return named(whole.unwrap_or(&name), whole.is_none());
        }
        let Some(sent) = sent else { return if self.replaces_none() { named("", true) } else { None } };
        if matches!(self.names.replace, ReplaceClientName::Always | ReplaceClientName::WhenPresent) {
            return named("", true);
        }
        let text = String::from_utf8_lossy(sent);
        let text = text.trim_end_matches([' ', '\0']);
        // Kea: the root alone asks for a generated name.
        if text == "." {
            return named("", true);
        }
        let labels = text.strip_suffix('.').unwrap_or(text);
        if labels.split('.').any(|label| label.is_empty() || label.len() > fqdn::LABEL_LIMIT) {
            return None;
        }
        let clean = sanitise(self.names, text).to_ascii_lowercase();
        let label = clean.strip_suffix('.').unwrap_or(&clean);
        match label.contains('.') {
            _ if label.is_empty() => None,
            true => named(&clean, false),
            // Kea: a single label gets the suffix, unless it ends in a dot, which it then loses.
            false => named(label, label.len() == clean.len()),
        }
    }

    /// Names a DHCPv6 client that sent no name, if the subnet names everybody, or a name is reserved for it.
    ///
    /// Kea: a reserved name that nobody asks for is kept with the lease as it is written.
    fn nameless(&self) -> Option<ClientName> {
        let named = self.updates && self.replaces_none();
        if !named && self.reserved.is_empty() {
            return None;
        }
        let flags = Flags { server_updates: true, canonical: true, ..Flags::default() };
        let name = if named { self.reserved.to_ascii_lowercase() } else { self.reserved.to_owned() };
        let partial = named && !name.ends_with('.');
        let flags = named.then_some(flags);
        Some(ClientName { name, silent: !named, partial, generated: false, flags, forward: named, reverse: named })
    }
}

/// How names are made where no subnet says how.
static PLAIN: LazyLock<Names> =
    LazyLock::new(|| Names { send_updates: false, char_set: "".into(), ..Names::default() });

/// Says whether flags ask for updates and forbid them.
pub(crate) const fn contradict(flags: Flags) -> bool {
    flags.server_updates && flags.no_updates
}

/// Gives flags of the same option that say that the server updates nothing.
const fn no_updates(flags: Flags) -> Flags {
    Flags { server_updates: false, no_updates: true, ..flags }
}

/// Cleans the name the client sent; empty if one is to be generated, `None` if nothing is left of it.
fn client_name(names: &Names, sent: &Name<'_>) -> Option<String> {
    let replaced = matches!(names.replace, ReplaceClientName::Always | ReplaceClientName::WhenPresent);
    if replaced || (sent.is_empty() && !sent.is_full()) {
        return Some(String::new());
    }
    if sent.is_empty() {
        return None;
    }
    let mut name = String::new();
    for label in sent.labels() {
        let label = sanitise(names, &String::from_utf8_lossy(label));
        if label.is_empty() {
            return None;
        }
        name.push_str(&label);
        name.push('.');
    }
    if !sent.is_full() {
        name.pop();
    }
    Some(name)
}

/// Adds the suffix to a partial name and makes it absolute.
fn qualified(names: &Names, name: &str) -> String {
    let suffix = names.qualifying_suffix.trim_end_matches('.');
    if suffix.is_empty() { format!("{name}.") } else { format!("{name}.{suffix}.") }
}

/// Replaces the characters that `hostname-char-set` calls bad.
fn sanitise(names: &Names, text: &str) -> String {
    names.char_set.replace(text, &names.char_replacement)
}

/// Makes a name out of an address.
///
/// Kea: an IPv6 address whose text ends in a colon gets a zero, so that no label ends in a hyphen.
pub(crate) fn generated(names: &Names, address: IpAddr) -> String {
    let mut name = String::new();
    // Writing to a `String` cannot fail.
    let _written = write!(name, "{}-{address}", names.generated_prefix);
    let mut name = name.replace(['.', ':'], "-");
    if name.ends_with('-') {
        name.push('0');
    }
    qualified(names, &name)
}

impl ClientName {
    /// Gives what a lease keeps of the name. If there is none, one is made out of the address if `makes` says so.
    ///
    /// Kea: such a name is in the lease of its own address alone; other leases keep only the flags.
    pub(crate) fn for_lease(&mut self, names: &Names, resource: Resource, makes: bool) -> LeaseName {
        let (forward, reverse) = (self.forward, self.reverse);
        if !self.silent {
            let makes = makes && !matches!(resource, Resource::Prefix(..));
            if self.generated || (self.name.is_empty() && !makes) {
                return self.unnamed();
            }
            self.complete(names, Some(resource));
        }
        LeaseName { hostname: self.name.as_str().into(), forward, reverse }
    }

    /// Gives what a lease keeps where there is no name.
    pub(crate) fn unnamed(&self) -> LeaseName {
        LeaseName { hostname: "".into(), forward: self.forward, reverse: self.reverse }
    }

    /// Adds the suffix that the name still lacks.
    pub(crate) fn qualify(&mut self, names: &Names) {
        self.complete(names, None);
    }

    /// Adds what the name still lacks: itself if there is none, and the suffix.
    fn complete(&mut self, names: &Names, resource: Option<Resource>) {
        if let Some(resource) = resource.filter(|_| self.name.is_empty()) {
            self.name = generated(names, resource.address());
            (self.partial, self.generated) = (false, true);
        } else if self.partial && !self.name.is_empty() {
            self.name = qualified(names, &self.name);
            self.partial = false;
        } else {
            return;
        }
        self.name.make_ascii_lowercase();
        if self.flags.is_none() {
            // A host name option holds a name as people write it.
            self.name.truncate(self.name.trim_end_matches('.').len());
        }
    }

    /// Gives the name as it is where a client has these rules.
    pub(crate) fn whole(&self, names: &Names) -> String {
        let mut whole = self.clone();
        whole.complete(names, None);
        whole.name
    }

    /// Calls the client otherwise: whole, and by no address.
    ///
    /// Kea: tells a DHCPv4 client then that nobody updates DNS, whoever does.
    pub(crate) fn replace(&mut self, family: Family, name: &str) {
        name.clone_into(&mut self.name);
        (self.partial, self.generated) = (false, false);
        if family == Family::V4 {
            self.flags = self.flags.map(no_updates);
        }
    }

    /// Keeps DNS from being told of the client.
    pub(crate) fn skip_updates(&mut self) {
        (self.forward, self.reverse) = (false, false);
        self.flags = self.flags.map(no_updates);
    }

    /// Calls a client that neither sends nor is to hear a name.
    pub(crate) fn untold(name: &str) -> Self {
        let name = name.to_owned();
        Self { name, silent: true, partial: false, generated: false, flags: None, forward: false, reverse: false }
    }

    /// Says whether the client hears of the name.
    pub(crate) const fn is_told(&self) -> bool {
        !self.silent
    }

    /// Gives the name for a host name option; `None` if the client gets a Client FQDN option instead.
    pub(crate) fn host_name(&self) -> Option<&str> {
        (self.flags.is_none() && !self.silent).then_some(&*self.name).filter(|name| !name.is_empty())
    }

    /// Writes the Client FQDN option that tells the client what it is called, if it knows that option.
    pub(crate) fn option(&self, rules: Rules<'_>) -> Option<Vec<u8>> {
        let flags = self.flags?;
        let mut whole = self.clone();
        whole.complete(rules.names, None);
        whole.name.make_ascii_lowercase();
        if !whole.name.is_empty() && !whole.name.ends_with('.') {
            whole.name.push('.');
        }
        client_fqdn::encode(rules.family, flags, &whole.name).ok()
    }
}
