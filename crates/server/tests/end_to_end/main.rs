//! The server as its users meet it: its program, real clients and relays, hosts of their own.
//!
//! These tests stand beside the program they start, so that cargo builds it for them. They need root, iproute2 and, each for
//! itself, the clients it names; without them a test says loudly that it is skipped. `NESTOR_REFERENCE=DIR` runs the same
//! tests on a Kea installed below DIR.

#[cfg(test)]
mod capture;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod clients4;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod labs;
#[cfg(test)]
mod network_boot;
#[cfg(test)]
mod over6;
#[cfg(test)]
mod pings;
#[cfg(test)]
mod process;
#[cfg(test)]
mod reservations;
#[cfg(test)]
mod users;
