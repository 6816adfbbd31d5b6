//! All of the language at once, for whoever throws texts and packets at it: nothing here may panic, whatever comes in.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use wire::option::Definitions;
use wire::{v4, v6};

use super::{BooleanExpression, Query, Query4, Query6, Reception, Scratch, Source, StringExpression, Vocabulary};
use crate::{ClassName, Family};

/// Compiles a text in every way, writes and reads it again, and evaluates it on octets that may be a packet.
///
/// Says whether all that was written could be read again and was the same.
pub fn exercise(text: &str, octets: &[u8]) -> bool {
    let classes = [ClassName::new("a"), ClassName::new("KNOWN")];
    let mut faithful = true;
    for family in [Family::V4, Family::V6] {
        let definitions = Definitions::new(family);
        let vocabulary = Vocabulary { definitions: &definitions, classes: Some(&classes) };
        match BooleanExpression::compile(text, &vocabulary) {
            Ok(test) => {
                faithful &= BooleanExpression::compile(&test.to_string(), &vocabulary).as_ref() == Ok(&test);
                black_box(test.classes().len());
                on_packets(family, octets, &mut |query, scratch| {
                    let value = test.holds(query, scratch);
                    let (traced, trace) = test.trace(query, scratch);
                    faithful &= value == traced;
                    black_box(trace.outcomes.iter().map(ToString::to_string).count());
                });
            }
            Err(error) => {
                black_box(Source::new(text.split('|')).show(&error));
            }
        }
        if let Ok(string) = StringExpression::compile(text, &vocabulary) {
            faithful &= StringExpression::compile(&string.to_string(), &vocabulary).as_ref() == Ok(&string);
            on_packets(family, octets, &mut |query, scratch| {
                let value = string.evaluate(query, scratch).map(<[u8]>::to_vec);
                faithful &= value == string.trace(query, scratch).0;
            });
        }
    }
    faithful
}

fn on_packets(family: Family, octets: &[u8], evaluate: &mut dyn FnMut(&dyn Query, &mut Scratch)) {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let reception = Reception { interface: "lan0", source: here, destination: here, length: octets.len() };
    let classes = [ClassName::new("ALL")];
    let mut scratch = Scratch::default();
    if family == Family::V4
        && let Ok(message) = v4::Message::decode(octets)
    {
        evaluate(
            &Query4 {
                message: &message,
                recovered: None,
                unpacked: octets.len().is_multiple_of(2),
                reception,
                classes: &classes,
            },
            &mut scratch,
        );
    }
    if family == Family::V6
        && let Ok(packet) = v6::Packet::decode(octets)
    {
        evaluate(&Query6 { packet: &packet, reception, classes: &classes }, &mut scratch);
    }
}
