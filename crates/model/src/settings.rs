//! The whole configuration of one server, as meant.

use wire::Duid;

use crate::flexible::FlexibleOption;
use crate::regex::{Matcher, Pattern};
use crate::{
    ClassName, ClientClass, Family, FlexibleId, Hosts, IdentifierKind, Limits, MacSource, NameTuning, OptionSet,
    Seconds, SharedNetwork, SharedNetworkIndex, Subnet, SubnetId, Subnets,
};

/// One checked configuration: everything a decision may depend on besides the message, the leases and the time.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The protocol served.
    pub family: Family,
    /// Subnets by ascending id, found by place.
    pub subnets: Subnets,
    /// Shared networks in configuration order.
    pub networks: Vec<SharedNetwork>,
    /// Options for everybody.
    pub options: OptionSet,
    /// What is reserved for clients.
    pub hosts: Hosts,
    /// What holds for the server as a whole.
    pub settings: Settings,
}

impl Model {
    /// Finds a subnet by its id.
    pub fn subnet(&self, id: SubnetId) -> Option<&Subnet> {
        self.subnets.binary_search_by_key(&id, |subnet| subnet.id).ok().and_then(|at| self.subnets.get(at))
    }

    /// Finds a shared network.
    pub fn network(&self, index: SharedNetworkIndex) -> Option<&SharedNetwork> {
        self.networks.get(index.0)
    }

    /// Finds a class; `None` if it is not configured.
    pub fn class(&self, name: &ClassName) -> Option<&ClientClass> {
        self.settings.classes.iter().find(|class| class.name == *name)
    }

    /// Finds the shared network a subnet belongs to.
    pub fn network_of(&self, subnet: &Subnet) -> Option<&SharedNetwork> {
        subnet.network.and_then(|index| self.network(index))
    }
}

/// What holds for the server as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The server's DUID; the shell fills it in before the model serves. Unused in DHCPv4.
    pub server_duid: Duid,
    /// How long a declined address stays out of service.
    pub decline_probation: Seconds,
    /// When and how ended leases are taken back.
    pub reclaim: Reclaim,
    /// Where a DHCPv6 client's hardware address is looked for, first that has it.
    pub mac_sources: Vec<MacSource>,
    /// Codes of options a relay may supply (RFC 6422).
    pub relay_supplied_options: Vec<u16>,
    /// Whether clients may register self-made addresses (RFC 9686).
    pub allow_address_registration: bool,
    /// Whether DNS updates are sent at all (`dhcp-ddns.enable-updates`).
    pub ddns_enabled: bool,
    /// Classes with their options, in configuration order.
    pub classes: Vec<ClientClass>,
    /// What clients are recognised by, in the order tried (`host-reservation-identifiers`).
    pub host_identifiers: Vec<IdentifierKind>,
    /// Whether global reservations are looked up before the subnet is chosen (`early-global-reservations-lookup`).
    pub early_global_lookup: bool,
    /// `authoritative` of the server, for clients that no subnet is found for. DHCPv4 only.
    pub authoritative: bool,
    /// Whether replies bear the client identifier of the query (RFC 6842). DHCPv4 only.
    pub echo_client_id: bool,
    /// Whether a relay's information kept with a lease counts when the client renews without the relay. DHCPv4 only.
    pub stash_agent_options: bool,
    /// Ways to be kinder or stricter than the RFCs are.
    pub compatibility: Compatibility,
    /// The port by which the DHCPv6 server hands over DHCPv4-over-DHCPv6 messages, the next one belonging to it; 0 turns that off.
    pub dhcp4o6_port: u16,
    /// Whether BOOTP clients are served (Kea's library `libdhcp_bootp.so`). DHCPv4 only.
    pub bootp: bool,
    /// What else clients are recognised by (Kea's library `libdhcp_flex_id.so`).
    pub flexible_id: Option<FlexibleId>,
    /// What is done to the options of replies at last, by ascending code (Kea's library `libdhcp_flex_option.so`).
    pub flexible_options: Vec<FlexibleOption>,
    /// How many leases and packets there may be (Kea's library `libdhcp_limits.so`); `None` without the library.
    pub limits: Option<Limits>,
    /// What clients are called by expressions (Kea's library `libdhcp_ddns_tuning.so`); `None` without the library.
    pub name_tuning: Option<NameTuning>,
}

/// Ways to be kinder or stricter than the RFCs are (`compatibility`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compatibility {
    /// Options that cannot be read are passed over.
    pub lenient_option_parsing: bool,
    /// Messages for another server are answered. DHCPv4 only.
    pub ignore_server_identifier: bool,
    /// The link selection of a relay does not choose the subnet. DHCPv4 only.
    pub ignore_rai_link_selection: bool,
    /// Addresses that end in 0 or 255 are not leased from subnets of length 24 and shorter. DHCPv4 only.
    pub exclude_first_last_24: bool,
}

/// When and how ended leases are taken back (`expired-leases-processing`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reclaim {
    /// Pause between two passes, in seconds; 0 never reclaims.
    pub wait_time: u32,
    /// Pause between two removals of long-reclaimed leases, in seconds; 0 never removes.
    pub flush_wait_time: u32,
    /// How long a reclaimed lease is kept for its client's return; zero deletes it at once.
    pub hold_time: Seconds,
    /// The most leases in one pass; 0 sets no bound.
    pub max_leases: u32,
    /// The most milliseconds for one pass; 0 sets no bound.
    pub max_time_ms: u32,
    /// Passes in a row that hit a bound before the server warns.
    pub unwarned_cycles: u32,
}

impl Reclaim {
    /// Says whether released and ended leases are kept for their client's return (lease affinity).
    pub fn keeps_leases(&self) -> bool {
        self.hold_time != Seconds::ZERO && self.flush_wait_time != 0
    }
}

/// How client names are made, cleaned and put into DNS.
#[derive(Debug, Clone, PartialEq)]
pub struct Names {
    /// `ddns-send-updates`.
    pub send_updates: bool,
    /// `ddns-override-no-update`.
    pub override_no_update: bool,
    /// `ddns-override-client-update`.
    pub override_client_update: bool,
    /// `ddns-replace-client-name`.
    pub replace: ReplaceClientName,
    /// `ddns-generated-prefix`.
    pub generated_prefix: Box<str>,
    /// `ddns-qualifying-suffix`.
    pub qualifying_suffix: Box<str>,
    /// `ddns-update-on-renew`.
    pub update_on_renew: bool,
    /// `hostname-char-set`: an expression for bad characters; empty cleans nothing.
    pub char_set: CharSet,
    /// `hostname-char-replacement`.
    pub char_replacement: Box<str>,
    /// How long entries in DNS live.
    pub ttl: NameTtl,
}

/// How long entries in DNS live; `None` leaves the default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NameTtl {
    /// `ddns-ttl`.
    pub fixed: Option<Seconds>,
    /// `ddns-ttl-percent`, a share of the lease's lifetime.
    pub share: Option<f64>,
    /// `ddns-ttl-min`.
    pub least: Option<Seconds>,
    /// `ddns-ttl-max`.
    pub most: Option<Seconds>,
}

/// What is not wanted in a name: an extended regular expression of POSIX, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharSet {
    text: Box<str>,
    /// `None` if the text is empty or no expression.
    pattern: Option<Pattern>,
}

impl From<&str> for CharSet {
    fn from(text: &str) -> Self {
        let pattern = if text.is_empty() { None } else { Pattern::extended(text).ok() };
        Self { text: text.into(), pattern }
    }
}

impl CharSet {
    /// Says whether the text is empty or an expression.
    pub fn is_valid(&self) -> bool {
        self.text.is_empty() || self.pattern.is_some()
    }

    /// Replaces what is not wanted; an empty or invalid expression leaves all as it is.
    ///
    /// Kea: NULs are never wanted, whatever the expression says.
    pub fn replace(&self, text: &str, replacement: &str) -> String {
        let Some(pattern) = &self.pattern else { return text.to_owned() };
        let mut matcher = Matcher::default();
        let parts = text.split('\0').map(|part| {
            let clean = pattern.replace_all(part.as_bytes(), replacement.as_bytes(), &mut matcher);
            String::from_utf8_lossy(&clean).into_owned()
        });
        parts.collect::<Vec<_>>().join(replacement)
    }
}

impl Default for Names {
    /// Gives what applies where nothing is configured.
    fn default() -> Self {
        Self {
            send_updates: true,
            override_no_update: false,
            override_client_update: false,
            replace: ReplaceClientName::Never,
            generated_prefix: "myhost".into(),
            qualifying_suffix: "".into(),
            update_on_renew: false,
            char_set: "[^A-Za-z0-9.-]".into(),
            char_replacement: "".into(),
            ttl: NameTtl::default(),
        }
    }
}

/// When the name a client sends is replaced by a generated one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplaceClientName {
    /// The client's name is used.
    Never,
    /// A name is generated for everybody.
    Always,
    /// A name is generated for clients that send one.
    WhenPresent,
    /// A name is generated for clients that send none.
    WhenNotPresent,
}
