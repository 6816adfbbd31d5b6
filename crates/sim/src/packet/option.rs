//! DHCPv6 option values as text and back, independent of the tables the server uses.

use std::net::Ipv6Addr;

use super::words::{parse_number, parse_octets, show_octets, split_commas};

/// How an option's value reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Octets.
    Octets,
    /// Nothing.
    Empty,
    /// Numbers of this many octets, separated by commas.
    Numbers(usize),
    /// Addresses, separated by commas.
    Addresses,
    /// Domain names, separated by commas; a partial one has no final dot.
    Names,
    /// `FLAGS:name`, the flags being letters of `SON`.
    Fqdn,
    /// Texts with 16-bit lengths.
    Tuples,
    /// `ENTERPRISE:` and texts with 16-bit lengths.
    VendorClass,
    /// `ENTERPRISE:` and sub-options `CODE=value`.
    VendorOptions,
    /// Sub-options `CODE=value`.
    Options,
    /// `NAME:"text"`.
    Status,
}

const TABLE: &[(u16, &str, Shape)] = &[
    (1, "client-id", Shape::Octets),
    (2, "server-id", Shape::Octets),
    (6, "oro", Shape::Numbers(2)),
    (7, "preference", Shape::Numbers(1)),
    (8, "elapsed-time", Shape::Numbers(2)),
    (11, "auth", Shape::Octets),
    (12, "unicast", Shape::Addresses),
    (13, "message-status", Shape::Status),
    (14, "rapid-commit", Shape::Empty),
    (15, "user-class", Shape::Tuples),
    (16, "vendor-class", Shape::VendorClass),
    (17, "vendor-opts", Shape::VendorOptions),
    (18, "interface-id", Shape::Octets),
    (19, "reconf-msg", Shape::Numbers(1)),
    (20, "reconf-accept", Shape::Empty),
    (21, "sip-server-dns", Shape::Names),
    (22, "sip-server-addr", Shape::Addresses),
    (23, "dns-servers", Shape::Addresses),
    (24, "domain-search", Shape::Names),
    (27, "nis-servers", Shape::Addresses),
    (28, "nisp-servers", Shape::Addresses),
    (29, "nis-domain-name", Shape::Names),
    (30, "nisp-domain-name", Shape::Names),
    (31, "sntp-servers", Shape::Addresses),
    (32, "information-refresh-time", Shape::Numbers(4)),
    (33, "bcmcs-server-dns", Shape::Names),
    (34, "bcmcs-server-addr", Shape::Addresses),
    (37, "remote-id", Shape::Octets),
    (38, "subscriber-id", Shape::Octets),
    (39, "client-fqdn", Shape::Fqdn),
    (40, "pana-agent", Shape::Addresses),
    (41, "new-posix-timezone", Shape::Octets),
    (42, "new-tzdb-timezone", Shape::Octets),
    (43, "ero", Shape::Numbers(2)),
    (51, "v6-lost", Shape::Names),
    (52, "capwap-ac-v6", Shape::Addresses),
    (53, "relay-id", Shape::Octets),
    (56, "ntp-server", Shape::Options),
    (57, "v6-access-domain", Shape::Names),
    (58, "sip-ua-cs-list", Shape::Names),
    (59, "bootfile-url", Shape::Octets),
    (60, "bootfile-param", Shape::Tuples),
    (61, "client-arch-type", Shape::Numbers(2)),
    (62, "nii", Shape::Octets),
    (64, "aftr-name", Shape::Names),
    (65, "erp-local-domain-name", Shape::Names),
    (66, "rsoo", Shape::Options),
    (79, "client-linklayer-addr", Shape::Octets),
    (80, "link-address", Shape::Addresses),
    (82, "solmax-rt", Shape::Numbers(4)),
    (83, "inf-max-rt", Shape::Numbers(4)),
    (88, "dhcp4o6-server-addr", Shape::Addresses),
    (103, "v6-captive-portal", Shape::Octets),
    (135, "relay-source-port", Shape::Numbers(2)),
    (143, "ipv6-address-andsf", Shape::Addresses),
    (148, "addr-reg-enable", Shape::Empty),
];

const STATUS: [&str; 7] =
    ["Success", "UnspecFail", "NoAddrsAvail", "NoBinding", "NotOnLink", "UseMulticast", "NoPrefixAvail"];

/// Finds an option by its name, or by `option-CODE`.
pub fn by_name(name: &str) -> Option<(u16, Shape)> {
    if let Some(code) = name.strip_prefix("option-") {
        return code.parse().ok().map(|code| (code, Shape::Octets));
    }
    TABLE.iter().find(|(_, known, _)| *known == name).map(|(code, _, shape)| (*code, *shape))
}

/// Writes one option as a word; values that do not fit their shape become `option-CODE=0x…`.
pub fn show(code: u16, value: &[u8]) -> String {
    let Some((_, name, shape)) = TABLE.iter().find(|(known, _, _)| *known == code) else {
        return format!("option-{code}={}", show_octets(value));
    };
    match show_value(*shape, value) {
        Some(text) if text.is_empty() => (*name).to_owned(),
        Some(text) if parse_value(*shape, &text).as_deref() == Some(value) => format!("{name}={text}"),
        _ => format!("option-{code}={}", show_octets(value)),
    }
}

/// Writes a value in its shape; `None` if it does not fit.
pub fn show_value(shape: Shape, value: &[u8]) -> Option<String> {
    Some(match shape {
        Shape::Octets => show_octets(value),
        Shape::Empty => value.is_empty().then(String::new)?,
        Shape::Numbers(size) => join(value.chunks(size).map(|chunk| {
            (chunk.len() == size).then(|| chunk.iter().fold(0_u64, |n, octet| n * 256 + u64::from(*octet)).to_string())
        }))?,
        Shape::Addresses => join(
            value
                .chunks(16)
                .map(|chunk| <[u8; 16]>::try_from(chunk).ok().map(|octets| Ipv6Addr::from(octets).to_string())),
        )?,
        Shape::Names => {
            let mut rest = value;
            let mut names = Vec::new();
            while !rest.is_empty() {
                names.push(take_name(&mut rest)?);
            }
            join(names.into_iter().map(Some))?
        }
        Shape::Fqdn => {
            let (flags, mut rest) = value.split_first()?;
            let letters: String =
                [(1, 'S'), (2, 'O'), (4, 'N')].iter().filter(|(bit, _)| flags & bit != 0).map(|(_, c)| *c).collect();
            format!("{letters}:{}", take_name(&mut rest)?)
        }
        Shape::Tuples => show_tuples(value)?,
        Shape::VendorClass => {
            let (number, rest) = value.split_first_chunk::<4>()?;
            format!("{}:{}", u32::from_be_bytes(*number), show_tuples(rest)?)
        }
        Shape::VendorOptions => {
            let (number, rest) = value.split_first_chunk::<4>()?;
            format!("{}:{}", u32::from_be_bytes(*number), show_options(rest)?)
        }
        Shape::Options => show_options(value)?,
        Shape::Status => {
            let (number, text) = value.split_first_chunk::<2>()?;
            let number = u16::from_be_bytes(*number);
            let name = STATUS.get(usize::from(number)).map_or_else(|| number.to_string(), |name| (*name).to_owned());
            format!("{name}:\"{}\"", std::str::from_utf8(text).ok()?)
        }
    })
}

/// Reads a value in its shape; `None` if it is written otherwise. `0x…` is taken for any shape.
pub fn parse_value(shape: Shape, text: &str) -> Option<Vec<u8>> {
    if text.starts_with("0x") && !matches!(shape, Shape::Numbers(_)) {
        return parse_octets(text);
    }
    Some(match shape {
        Shape::Octets => parse_octets(text)?,
        Shape::Empty => text.is_empty().then(Vec::new)?,
        Shape::Numbers(size) => collect(text, |part| {
            let octets = parse_number(part)?.to_be_bytes();
            octets.get(4_usize.checked_sub(size)?..).map(<[u8]>::to_vec)
        })?,
        Shape::Addresses => collect(text, |part| part.parse::<Ipv6Addr>().ok().map(|a| a.octets().to_vec()))?,
        Shape::Names => collect(text, put_name)?,
        Shape::Fqdn => {
            let (letters, name) = text.split_once(':')?;
            let flags = letters.chars().try_fold(0, |flags, letter| {
                Some(flags | [('S', 1), ('O', 2), ('N', 4)].iter().find(|(c, _)| *c == letter)?.1)
            })?;
            [vec![flags], put_name(name)?].concat()
        }
        Shape::Tuples => parse_tuples(text)?,
        Shape::VendorClass => with_enterprise(text, parse_tuples)?,
        Shape::VendorOptions => with_enterprise(text, parse_options)?,
        Shape::Options => parse_options(text)?,
        Shape::Status => {
            let (name, words) = text.split_once(':').unwrap_or((text, "\"\""));
            let number = match STATUS.iter().position(|known| *known == name) {
                Some(at) => u16::try_from(at).ok()?,
                None => name.parse().ok()?,
            };
            [&number.to_be_bytes()[..], words.strip_prefix('"')?.strip_suffix('"')?.as_bytes()].concat()
        }
    })
}

fn join(parts: impl Iterator<Item = Option<String>>) -> Option<String> {
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.join(","))
}

fn collect(text: &str, parse: impl Fn(&str) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    split_commas(text).iter().map(|part| parse(part)).collect::<Option<Vec<_>>>().map(|parts| parts.concat())
}

fn with_enterprise(text: &str, parse: impl Fn(&str) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let (number, rest) = text.split_once(':').unwrap_or((text, ""));
    Some([&number.parse::<u32>().ok()?.to_be_bytes()[..], &parse(rest)?].concat())
}

fn take_name(rest: &mut &[u8]) -> Option<String> {
    let mut name = String::new();
    loop {
        let Some((length, tail)) = rest.split_first() else {
            return Some(name.trim_end_matches('.').to_owned());
        };
        if *length == 0 {
            *rest = tail;
            return Some(if name.is_empty() { ".".to_owned() } else { name });
        }
        let (label, tail) = tail.split_at_checked(usize::from(*length))?;
        let plain = label.iter().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(octet));
        name.push_str(plain.then(|| std::str::from_utf8(label).ok())??);
        name.push('.');
        *rest = tail;
    }
}

fn put_name(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let (labels, complete) = text.strip_suffix('.').map_or((text, false), |labels| (labels, true));
    for label in labels.split('.').filter(|label| !label.is_empty()) {
        octets.push(u8::try_from(label.len()).ok()?);
        octets.extend_from_slice(label.as_bytes());
    }
    if complete {
        octets.push(0);
    }
    Some(octets)
}

fn show_tuples(value: &[u8]) -> Option<String> {
    let mut reader = wire::read::Reader::new(value);
    let mut texts = Vec::new();
    while !reader.is_empty() {
        let length = reader.u16("length").ok()?;
        texts.push(Some(show_octets(reader.octets("text", length.into()).ok()?)));
    }
    join(texts.into_iter())
}

fn parse_tuples(text: &str) -> Option<Vec<u8>> {
    collect(text, |part| {
        let octets = parse_octets(part)?;
        Some([&u16::try_from(octets.len()).ok()?.to_be_bytes()[..], &octets].concat())
    })
}

fn show_options(value: &[u8]) -> Option<String> {
    let options = wire::v6::Options::decode(value).ok()?;
    join(options.iter().map(|option| Some(format!("{}={}", option.code, show_octets(option.value)))))
}

fn parse_options(text: &str) -> Option<Vec<u8>> {
    collect(text, |part| {
        let (code, value) = part.split_once('=')?;
        let value = parse_octets(value)?;
        Some(
            [&code.parse::<u16>().ok()?.to_be_bytes()[..], &u16::try_from(value.len()).ok()?.to_be_bytes(), &value]
                .concat(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_fits_its_shape_reads_in_words_and_back() {
        for (name, text) in [
            ("dns-servers", "2001:db8::1,2001:db8::2"),
            ("domain-search", "a.example.,b.example."),
            ("client-fqdn", "SO:host.example."),
            ("client-fqdn", "N:partial"),
            ("vendor-opts", "4491:1=0x0021,33=\"text\""),
            ("vendor-class", "4491:\"docsis3.0\",0x00"),
            ("message-status", "NoBinding:\"no, sorry\""),
            ("information-refresh-time", "600"),
        ] {
            let (code, shape) = by_name(name).unwrap();
            let value = parse_value(shape, text).unwrap();
            assert_eq!(show(code, &value), format!("{name}={text}"));
        }
    }

    #[test]
    fn a_value_that_does_not_fit_its_shape_stays_octets() {
        assert_eq!(show(23, &[1, 2, 3]), "option-23=0x010203");
        assert_eq!(show(24, &[5, b'a']), "option-24=0x0561");
        assert_eq!(show(14, &[]), "rapid-commit");
        assert_eq!(show(999, b""), "option-999=0x");
    }
}
