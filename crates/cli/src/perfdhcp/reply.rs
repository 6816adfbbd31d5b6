//! What an answer says, in either family.

use model::Resource;

use super::arguments::Mac;

/// What a server answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    /// An offer: OFFER, ADVERTISE.
    Offer,
    /// A grant: ACK, REPLY.
    Grant,
    /// A refusal: NAK, or a status that is no success, or nothing of what was asked for.
    Refusal,
    /// A message of another type.
    #[default]
    Other,
}

/// A lease as told by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The address or prefix.
    pub resource: Resource,
    /// Seconds it is valid.
    pub valid: u32,
}

/// An answer, read. Made once and used for every answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reply {
    /// Whose question it answers.
    pub transaction: u32,
    /// What it says.
    pub verdict: Verdict,
    /// The octets that tell the client apart; `None` if the answer does not name the client.
    pub identity: Option<Mac>,
    /// The option with the server's identifier, as a query repeats it; empty if there is none.
    pub server: Vec<u8>,
    /// The options that name the lease, as a query repeats them.
    pub lease: Vec<u8>,
    /// What is offered or granted, at most one address and one prefix.
    pub told: [Option<Told>; 2],
}

impl Reply {
    /// Forgets the answer before; keeps the room.
    pub fn clear(&mut self) {
        self.server.clear();
        self.lease.clear();
        (self.transaction, self.verdict, self.identity, self.told) = (0, Verdict::Other, None, [None; 2]);
    }

    /// Notes what is told; a third is passed over.
    pub fn tell(&mut self, told: Told) {
        if let Some(free) = self.told.iter_mut().find(|place| place.is_none()) {
            *free = Some(told);
        }
    }
}
