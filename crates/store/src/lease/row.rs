//! One line of a lease file with its fields told apart: what is written to files, packed in memory and shown to commands.

use std::net::IpAddr;

use model::{Family, Lease, LeaseState, MacSource, Owner, Resource, Seconds, SubnetId, UnixTime};
use wire::duid::LENGTHS;
use wire::{Duid, HardwareAddress};

use crate::RowError;

/// Kea's number of the lease type for addresses.
pub const IA_NA: u32 = 0;
/// Kea's number of the lease type for prefixes.
pub const IA_PD: u32 = 2;

/// One lease with its texts and identifiers borrowed; numbers that mean nothing to a server are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The (first) address.
    pub address: IpAddr,
    /// DUID, or in DHCPv4 client identifier.
    pub client: &'a [u8],
    /// Hardware address: its type and its octets.
    pub hw: Option<(u16, &'a [u8])>,
    /// Where the hardware address came from ([`MacSource::number`]).
    pub hw_source: u32,
    /// Valid lifetime; 0 deletes the lease.
    pub valid: u32,
    /// Client last transaction time.
    pub cltt: i64,
    /// Subnet id.
    pub subnet: u32,
    /// Preferred lifetime.
    pub preferred: u32,
    /// 0 for an address, 2 for a prefix.
    pub lease_type: u32,
    /// Identity association.
    pub iaid: u32,
    /// Prefix length; 32 or 128 for an address.
    pub length: u32,
    /// Forward DNS entry.
    pub fqdn_fwd: bool,
    /// Reverse DNS entry.
    pub fqdn_rev: bool,
    /// Host name.
    pub hostname: &'a str,
    /// State number.
    pub state: u32,
    /// User context, one line of JSON.
    pub context: &'a str,
    /// Pool id.
    pub pool: u32,
}

impl<'a> Row<'a> {
    /// Begins with nothing but zeros.
    pub(crate) fn blank(family: Family) -> Self {
        Self {
            address: family.pick([0; 4].into(), [0; 16].into()),
            client: &[],
            hw: None,
            hw_source: 0,
            valid: 0,
            cltt: 0,
            subnet: 0,
            preferred: 0,
            lease_type: IA_NA,
            iaid: 0,
            length: family.pick(32, 128),
            fqdn_fwd: false,
            fqdn_rev: false,
            hostname: "",
            state: 0,
            context: "",
            pool: 0,
        }
    }

    /// Says whether the row takes the lease away.
    pub fn deletes(&self) -> bool {
        self.valid == 0
    }

    /// Makes the row that stores a lease.
    pub fn of_lease(lease: &'a Lease) -> Self {
        let (client, hw, hw_source, iaid) = match &lease.owner {
            Owner::V4 { hw, client_id } => (&**client_id, hw.as_ref(), 0, 0),
            Owner::V6 { duid, iaid, hw } => {
                let source = hw.as_ref().map_or(0, |(_, source)| source.number());
                (duid.octets(), hw.as_ref().map(|(hw, _)| hw), source, *iaid)
            }
        };
        let lease_type = if matches!(lease.resource, Resource::Prefix(..)) { IA_PD } else { IA_NA };
        Self {
            address: lease.resource.address(),
            client,
            hw: hw.map(|hw| (hw.htype, &*hw.octets)),
            hw_source,
            valid: lease.valid.0,
            cltt: lease.cltt.0,
            subnet: lease.subnet.0,
            preferred: lease.preferred.0,
            lease_type,
            iaid,
            length: lease.resource.length().into(),
            fqdn_fwd: lease.fqdn_fwd,
            fqdn_rev: lease.fqdn_rev,
            hostname: &lease.hostname,
            state: lease.state.number(),
            context: &lease.user_context,
            pool: lease.pool,
        }
    }

    /// Gives what is leased.
    ///
    /// # Errors
    /// [`RowError::LeaseType`] or [`RowError::PrefixLength`] for numbers no server knows.
    pub fn resource(&self) -> Result<Resource, RowError> {
        match (self.address, self.lease_type) {
            (IpAddr::V4(address), _) => Ok(Resource::V4(address)),
            (IpAddr::V6(address), IA_NA) => Ok(Resource::V6(address)),
            (IpAddr::V6(address), IA_PD) => {
                let length = u8::try_from(self.length).ok().ok_or(RowError::PrefixLength(self.length))?;
                Ok(Resource::Prefix(address, length))
            }
            (IpAddr::V6(_), other) => Err(RowError::LeaseType(other)),
        }
    }

    /// Gives where the lease stands in its life.
    ///
    /// # Errors
    /// [`RowError::State`] for numbers no server knows.
    pub fn lease_state(&self) -> Result<LeaseState, RowError> {
        LeaseState::from_number(self.state).ok_or(RowError::State(self.state))
    }

    /// Gives the instant the lease ends; `None` if it never does.
    pub fn expires(&self) -> Option<UnixTime> {
        (self.valid != Seconds::INFINITE.0).then(|| UnixTime(self.cltt) + Seconds(self.valid))
    }

    /// Makes the lease a row stores.
    ///
    /// # Errors
    /// [`RowError::LeaseType`], [`RowError::State`] and the like for numbers no server knows.
    pub fn to_lease(&self) -> Result<Lease, RowError> {
        let resource = self.resource()?;
        let hw = self.hw.map(|(htype, octets)| HardwareAddress { htype, octets: octets.into() });
        let owner = if let Resource::V4(_) = resource {
            Owner::V4 { hw, client_id: self.client.into() }
        } else {
            Owner::V6 { duid: self.duid()?, iaid: self.iaid, hw: hw.map(|hw| (hw, self.mac_source())) }
        };
        Ok(Lease {
            resource,
            owner,
            subnet: SubnetId(self.subnet),
            pool: self.pool,
            state: self.lease_state()?,
            cltt: UnixTime(self.cltt),
            valid: Seconds(self.valid),
            preferred: Seconds(self.preferred),
            hostname: self.hostname.into(),
            fqdn_fwd: self.fqdn_fwd,
            fqdn_rev: self.fqdn_rev,
            user_context: self.context.into(),
        })
    }

    /// Gives the DUID of a DHCPv6 lease.
    ///
    /// # Errors
    /// [`RowError::IdentifierLength`].
    pub fn duid(&self) -> Result<Duid, RowError> {
        let bad = || RowError::IdentifierLength(self.client.len(), *LENGTHS.start(), *LENGTHS.end());
        Duid::decode(self.client).ok().ok_or_else(bad)
    }

    pub(crate) fn mac_source(&self) -> MacSource {
        MacSource::from_number(self.hw_source)
    }
}
