//! Makes octets that fit a definition out of random ones.

use wire::Family;
use wire::option::{DataType, Definition};

/// Random octets, over and over.
struct Seed<'a> {
    octets: &'a [u8],
    at: usize,
}

impl Seed<'_> {
    fn next(&mut self) -> u8 {
        self.at += 1;
        self.octets[self.at % self.octets.len()]
    }

    fn below(&mut self, limit: u8) -> u8 {
        self.next() % limit
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// Makes the octets of a value.
pub(crate) fn of(definition: &Definition, family: Family, seed: &[u8]) -> Vec<u8> {
    let mut seed = Seed { octets: seed, at: usize::from(definition.code) };
    let wide = family == Family::V6 || (definition.space == "dhcp4" && definition.code == 143);
    let mut octets = Vec::new();
    match (family, definition.kind) {
        (Family::V4, DataType::Internal) if definition.code == 121 => routes(&mut seed, &mut octets),
        (_, DataType::Internal) => resolver(family, &mut seed, &mut octets),
        (_, DataType::Record) if definition.name == "vendor-class" || definition.name == "vivco-suboptions" => {
            field(DataType::Uint32, wide, &mut seed, &mut octets);
            field(DataType::Tuple, wide, &mut seed, &mut octets);
        }
        (_, DataType::Record) => {
            for kind in definition.record.iter() {
                field(*kind, wide, &mut seed, &mut octets);
            }
            repeat(definition, wide, &mut seed, &mut octets);
        }
        (_, kind) => {
            field(kind, wide, &mut seed, &mut octets);
            repeat(definition, wide, &mut seed, &mut octets);
        }
    }
    octets
}

fn repeat(definition: &Definition, wide: bool, seed: &mut Seed<'_>, octets: &mut Vec<u8>) {
    let last = definition.record.last().copied().unwrap_or(definition.kind);
    let times = if definition.array { seed.below(4) } else { 0 };
    for _ in 0..times {
        field(last, wide, seed, octets);
    }
}

fn field(kind: DataType, wide: bool, seed: &mut Seed<'_>, octets: &mut Vec<u8>) {
    match kind {
        DataType::Empty | DataType::Record | DataType::Internal => {}
        DataType::Binary => {
            let count = usize::from(seed.below(9));
            octets.extend(seed.take(count));
        }
        DataType::Boolean => octets.push(seed.below(2)),
        DataType::Int8 | DataType::Uint8 => octets.extend(seed.take(1)),
        DataType::Int16 | DataType::Uint16 => octets.extend(seed.take(2)),
        DataType::Int32 | DataType::Uint32 | DataType::Ipv4Address => octets.extend(seed.take(4)),
        DataType::Ipv6Address => octets.extend(seed.take(16)),
        DataType::Ipv6Prefix => {
            let length = seed.below(129);
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or_default();
            let bits = u128::from_be_bytes(seed.take(16).try_into().unwrap()) & mask;
            octets.push(length);
            octets.extend(&bits.to_be_bytes()[..usize::from(length.div_ceil(8))]);
        }
        DataType::Psid => {
            let length = seed.below(17);
            let number = u16::from_be_bytes([seed.next(), seed.next()]);
            let number = number & u16::MAX.checked_shl(16 - u32::from(length)).unwrap_or_default();
            octets.push(length);
            octets.extend(number.to_be_bytes());
        }
        DataType::String => octets.extend(words(seed)),
        DataType::Tuple => {
            let text = words(seed);
            let length = u8::try_from(text.len()).unwrap();
            octets.extend(if wide { vec![0, length] } else { vec![length] });
            octets.extend(text);
        }
        DataType::Fqdn => name(seed, octets),
    }
}

/// Text with all that is special in it, but no blank at either end.
fn words(seed: &mut Seed<'_>) -> Vec<u8> {
    const INSIDE: &[u8] = b"abcXYZ019 ,\\'\"=/:.-_\x01\x7f";
    let mut text = vec![b'<'];
    for _ in 0..seed.below(12) {
        text.push(INSIDE[usize::from(seed.next()) % INSIDE.len()]);
    }
    text.extend("é,".as_bytes());
    text
}

fn name(seed: &mut Seed<'_>, octets: &mut Vec<u8>) {
    const INSIDE: &[u8] = b"abcxyzABC019-_*,";
    for _ in 0..=seed.below(3) {
        let length = seed.below(20) + 1;
        octets.push(length);
        octets.extend((0..length).map(|_| INSIDE[usize::from(seed.next()) % INSIDE.len()]));
    }
    octets.push(0);
}

fn routes(seed: &mut Seed<'_>, octets: &mut Vec<u8>) {
    for _ in 0..=seed.below(4) {
        let length = seed.below(33);
        octets.push(length);
        octets.extend(seed.take(usize::from(length.div_ceil(8))));
        octets.extend(seed.take(4));
    }
}

fn resolver(family: Family, seed: &mut Seed<'_>, octets: &mut Vec<u8>) {
    for _ in 0..=family.pick(seed.below(3), 0) {
        let mut one = seed.take(2);
        let mut adn = Vec::new();
        name(seed, &mut adn);
        adn.make_ascii_lowercase();
        counted(family, &adn, &mut one);
        if seed.below(3) > 0 {
            let count = usize::from(seed.below(3) + 1);
            counted(family, &seed.take(count * family.pick(4, 16)), &mut one);
            if seed.below(3) > 0 {
                one.extend([0, 1, 0, 7, 3, b'd', b'o', b't', 2, b'h', b'3', 0, 3, 0, 2]);
                one.extend(seed.take(2));
                one.extend([0, 7, 0, 9]);
                one.extend(b"/,\\{?dns}");
            }
        }
        if family == Family::V4 {
            octets.extend(u16::try_from(one.len()).unwrap().to_be_bytes());
        }
        octets.extend(one);
    }
}

fn counted(family: Family, value: &[u8], octets: &mut Vec<u8>) {
    if family == Family::V6 {
        octets.push(0);
    }
    octets.push(u8::try_from(value.len()).unwrap());
    octets.extend(value);
}
