//! What must hold for any octets and any text.

#[cfg(test)]
mod values;

use proptest::collection::vec;
use proptest::prelude::*;
use wire::exercise;
use wire::fqdn::{self, Name};
use wire::option::{DataType, Definition, decode, encode, standard};
use wire::v6::prefix_exclude;
use wire::{Family, option};

/// Every definition there is a text for: the standard ones, and one for each type alone, as a list and in a record.
fn definitions() -> Vec<(Family, Definition)> {
    let mut all = Vec::new();
    for family in [Family::V4, Family::V6] {
        all.extend(standard::all(family).map(|definition| (family, definition.clone())));
        for kind in DataType::all().filter(|kind| !matches!(kind, DataType::Record | DataType::Internal)) {
            let one = Definition::custom("mine", 200, "mine", kind);
            let list = Definition { array: true, ..one.clone() };
            let record = Definition {
                kind: DataType::Record,
                record: vec![DataType::Uint16, DataType::Fqdn, kind].into(),
                ..one.clone()
            };
            let repeating = Definition { array: true, ..record.clone() };
            let candidates = [one, list, record, repeating];
            all.extend(candidates.into_iter().filter(|one| one.check().is_ok()).map(|one| (family, one)));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn every_option_value_survives_the_way_to_text_and_back(seed in vec(any::<u8>(), 8..200)) {
        for (family, definition) in definitions() {
            let octets = values::of(&definition, family, &seed);
            let text = decode(&definition, &octets, family)
                .map_err(|error| TestCaseError::fail(format!("{definition:?} {octets:02x?}: {error}")))?;
            prop_assert_eq!(encode(&definition, &text, family), Ok(octets), "{:?} {}", definition, text);
        }
    }

    #[test]
    fn a_text_made_of_foreign_octets_encodes_to_the_same_octets(octets in vec(any::<u8>(), 0..60)) {
        for (family, definition) in definitions() {
            if let Ok(text) = decode(&definition, &octets, family) {
                let again = encode(&definition, &text, family).unwrap();
                prop_assert!(octets.starts_with(&again));
                prop_assert!(again == octets || definition.encapsulates.is_some());
            }
        }
    }

    #[test]
    fn no_octets_and_no_text_make_a_decoder_panic(octets in vec(any::<u8>(), 0..300), text in any::<String>()) {
        exercise::packet6(&octets);
        exercise::packet4(&octets);
        exercise::option_text(&text);
    }

    #[test]
    fn texts_that_look_like_values_do_not_panic_either(text in "[-+0-9a-fx.:/,\\\\%| '=]{0,40}") {
        exercise::option_text(&text);
    }

    #[test]
    fn hexadecimal_text_gives_its_octets_whatever_the_separator(octets in vec(any::<u8>(), 2..40)) {
        let pairs: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        for text in [pairs.join(":"), pairs.join(" "), pairs.concat(), format!("0x{}", pairs.concat())] {
            prop_assert_eq!(option::encode_hex(&text), Ok(octets.clone()));
        }
    }

    #[test]
    fn a_name_of_any_octets_survives_the_way_to_text_and_back(
        labels in vec(vec(any::<u8>(), 1..40), 0..6),
        full in any::<bool>(),
    ) {
        let mut octets = Vec::new();
        for label in &labels {
            octets.push(u8::try_from(label.len()).unwrap());
            octets.extend(label);
        }
        if full {
            octets.push(0);
        }
        let name = Name::decode(&octets).unwrap();
        let mut again = Vec::new();
        if !octets.is_empty() {
            prop_assert_eq!(fqdn::encode(&name.to_string(), &mut again), Ok(full));
        }
        prop_assert_eq!(again, octets);
    }

    #[test]
    fn an_excluded_prefix_survives_the_way_to_octets_and_back(bits in any::<u128>(), a in 0_u8..128, b in 0_u8..128) {
        let (short, long) = (a.min(b), a.max(b) + 1);
        let cut = |length: u8| bits & u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or_default();
        let delegated = (cut(short).into(), short);
        let excluded = (cut(long).into(), long);
        let octets = prefix_exclude::encode(delegated, excluded).unwrap();
        prop_assert_eq!(prefix_exclude::decode(&octets, delegated), Ok(excluded));
    }
}
