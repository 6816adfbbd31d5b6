//! Option values as text and back, for both families, independent of the codecs the server uses.

use std::net::{Ipv4Addr, Ipv6Addr};

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
    /// IPv4 addresses, separated by commas.
    Addresses4,
    /// IPv6 addresses, separated by commas.
    Addresses6,
    /// Domain names, separated by commas; a partial one has no final dot.
    Names,
    /// `FLAGS/RCODE/RCODE:name`, the flags being letters of `SOEN`, the codes left out if zero (RFC 4702); without E the
    /// name is text.
    Fqdn4,
    /// `FLAGS:name`, the flags being letters of `SON` (RFC 4704).
    Fqdn6,
    /// Texts with lengths of so many octets.
    Tuples(usize),
    /// `ENTERPRISE:` and texts with 16-bit lengths.
    VendorClass,
    /// `ENTERPRISE:` and sub-options `CODE=value` with 16-bit codes and lengths.
    VendorOptions,
    /// `ENTERPRISE:` and texts, all behind 8-bit lengths (RFC 3925).
    VendorClass4,
    /// `ENTERPRISE:` and sub-options `CODE=value`, all behind 8-bit codes and lengths (RFC 3925).
    VendorOptions4,
    /// Sub-options `CODE=value` whose codes and lengths have so many octets.
    Options(usize),
    /// `NAME:"text"`.
    Status,
}

const STATUS: [&str; 7] =
    ["Success", "UnspecFail", "NoAddrsAvail", "NoBinding", "NotOnLink", "UseMulticast", "NoPrefixAvail"];
/// Letters of the flags of a DHCPv4 client's name.
const FLAGS4: [(char, u8); 4] = [('S', 1), ('O', 2), ('E', 4), ('N', 8)];
/// Letters of the flags of a DHCPv6 client's name.
const FLAGS6: [(char, u8); 3] = [('S', 1), ('O', 2), ('N', 4)];

/// Writes one option as a word, by its name and shape if it has some; a value that does not fit becomes `option-CODE=0x…`.
pub fn show_word(code: u16, named: Option<(&str, Shape)>, value: &[u8]) -> String {
    let text = named.and_then(|(name, shape)| Some((name, shape, show_value(shape, value)?)));
    match text {
        Some((name, _, text)) if text.is_empty() => name.to_owned(),
        Some((name, shape, text)) if parse_value(shape, &text).as_deref() == Some(value) => format!("{name}={text}"),
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
        Shape::Addresses4 => show_addresses::<4, Ipv4Addr>(value)?,
        Shape::Addresses6 => show_addresses::<16, Ipv6Addr>(value)?,
        Shape::Names => {
            let mut rest = value;
            let mut names = Vec::new();
            while !rest.is_empty() {
                names.push(take_name(&mut rest)?);
            }
            join(names.into_iter().map(Some))?
        }
        Shape::Fqdn4 => show_fqdn4(value)?,
        Shape::Fqdn6 => {
            let (flags, mut rest) = value.split_first()?;
            format!("{}:{}", letters_of(*flags, &FLAGS6), take_name(&mut rest)?)
        }
        Shape::Tuples(width) => show_tuples(value, width)?,
        Shape::VendorClass => with_number(value, |rest| show_tuples(rest, 2))?,
        Shape::VendorOptions => with_number(value, |rest| show_options(rest, 2))?,
        Shape::VendorClass4 => with_number(value, |rest| show_tuples(counted(rest)?, 1))?,
        Shape::VendorOptions4 => with_number(value, |rest| show_options(counted(rest)?, 1))?,
        Shape::Options(width) => show_options(value, width)?,
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
        Shape::Numbers(size) => collect(text, |part| number(parse_number(part)?, size))?,
        Shape::Addresses4 => collect(text, |part| part.parse::<Ipv4Addr>().ok().map(|a| a.octets().to_vec()))?,
        Shape::Addresses6 => collect(text, |part| part.parse::<Ipv6Addr>().ok().map(|a| a.octets().to_vec()))?,
        Shape::Names => collect(text, put_name)?,
        Shape::Fqdn4 => parse_fqdn4(text)?,
        Shape::Fqdn6 => {
            let (letters, name) = text.split_once(':')?;
            [vec![flags_of(letters, &FLAGS6)?], put_name(name)?].concat()
        }
        Shape::Tuples(width) => parse_tuples(text, width)?,
        Shape::VendorClass => with_enterprise(text, |rest| parse_tuples(rest, 2))?,
        Shape::VendorOptions => with_enterprise(text, |rest| parse_options(rest, 2))?,
        Shape::VendorClass4 => with_enterprise(text, |rest| count(parse_tuples(rest, 1)?))?,
        Shape::VendorOptions4 => with_enterprise(text, |rest| count(parse_options(rest, 1)?))?,
        Shape::Options(width) => parse_options(text, width)?,
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

/// Writes a number in so many octets.
fn number(value: u32, size: usize) -> Option<Vec<u8>> {
    value.to_be_bytes().get(4_usize.checked_sub(size)?..).map(<[u8]>::to_vec)
}

fn show_addresses<const N: usize, A: From<[u8; N]> + ToString>(value: &[u8]) -> Option<String> {
    let (addresses, rest) = value.as_chunks::<N>();
    rest.is_empty().then(|| join(addresses.iter().map(|octets| Some(A::from(*octets).to_string()))))?
}

fn letters_of(flags: u8, letters: &[(char, u8)]) -> String {
    letters.iter().filter(|(_, bit)| flags & bit != 0).map(|(letter, _)| *letter).collect()
}

fn flags_of(text: &str, letters: &[(char, u8)]) -> Option<u8> {
    text.chars().try_fold(0, |flags, letter| Some(flags | letters.iter().find(|(known, _)| *known == letter)?.1))
}

fn show_fqdn4(value: &[u8]) -> Option<String> {
    let ([flags, first, second], mut rest) = value.split_first_chunk::<3>()?;
    let codes = if (*first, *second) == (0, 0) { String::new() } else { format!("/{first}/{second}") };
    let name = if flags & 4 == 0 { show_octets(rest) } else { take_name(&mut rest)? };
    Some(format!("{}{codes}:{name}", letters_of(*flags, &FLAGS4)))
}

fn parse_fqdn4(text: &str) -> Option<Vec<u8>> {
    let (letters, name) = text.split_once(':')?;
    let mut parts = letters.split('/');
    let flags = flags_of(parts.next()?, &FLAGS4)?;
    let codes: Vec<u8> = parts.map(|code| code.parse().ok()).collect::<Option<_>>()?;
    let codes = if codes.is_empty() { vec![0, 0] } else { codes };
    let name = if flags & 4 == 0 { parse_octets(name)? } else { put_name(name)? };
    Some([vec![flags], codes, name].concat())
}

/// Shows what follows an enterprise number.
fn with_number(value: &[u8], show: impl Fn(&[u8]) -> Option<String>) -> Option<String> {
    let (number, rest) = value.split_first_chunk::<4>()?;
    Some(format!("{}:{}", u32::from_be_bytes(*number), show(rest)?))
}

fn with_enterprise(text: &str, parse: impl Fn(&str) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let (number, rest) = text.split_once(':').unwrap_or((text, ""));
    Some([&number.parse::<u32>().ok()?.to_be_bytes()[..], &parse(rest)?].concat())
}

/// Takes off an octet that counts all of the rest.
fn counted(value: &[u8]) -> Option<&[u8]> {
    value.split_first().filter(|(length, rest)| usize::from(**length) == rest.len()).map(|(_, rest)| rest)
}

fn count(value: Vec<u8>) -> Option<Vec<u8>> {
    Some([vec![u8::try_from(value.len()).ok()?], value].concat())
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

/// Takes a number of so many octets off the front.
fn take_number(rest: &mut &[u8], width: usize) -> Option<usize> {
    let (octets, tail) = rest.split_at_checked(width)?;
    *rest = tail;
    Some(octets.iter().fold(0, |number, octet| number * 256 + usize::from(*octet)))
}

/// Takes a value with its length before it off the front.
fn take_counted<'a>(rest: &mut &'a [u8], width: usize) -> Option<&'a [u8]> {
    let length = take_number(rest, width)?;
    let (value, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(value)
}

fn put_counted(value: &[u8], width: usize) -> Option<Vec<u8>> {
    let most = if width == 1 { usize::from(u8::MAX) } else { usize::from(u16::MAX) };
    let length = u32::try_from(value.len()).ok().filter(|_| value.len() <= most)?;
    Some([number(length, width)?, value.to_vec()].concat())
}

fn show_tuples(value: &[u8], width: usize) -> Option<String> {
    let mut rest = value;
    let mut texts = Vec::new();
    while !rest.is_empty() {
        texts.push(Some(show_octets(take_counted(&mut rest, width)?)));
    }
    join(texts.into_iter())
}

fn parse_tuples(text: &str, width: usize) -> Option<Vec<u8>> {
    collect(text, |part| put_counted(&parse_octets(part)?, width))
}

fn show_options(value: &[u8], width: usize) -> Option<String> {
    let mut rest = value;
    let mut texts = Vec::new();
    while !rest.is_empty() {
        let code = take_number(&mut rest, width)?;
        texts.push(Some(format!("{code}={}", show_octets(take_counted(&mut rest, width)?))));
    }
    join(texts.into_iter())
}

fn parse_options(text: &str, width: usize) -> Option<Vec<u8>> {
    collect(text, |part| {
        let (code, value) = part.split_once('=')?;
        Some([number(code.parse().ok()?, width)?, put_counted(&parse_octets(value)?, width)?].concat())
    })
}

#[cfg(test)]
mod tests {
    use wire::Family;

    use super::super::{v4, v6};
    use super::*;

    fn there_and_back(family: Family, word: &str) -> String {
        let (name, text) = word.split_once('=').unwrap();
        let (code, shape) = match family {
            Family::V4 => v4::option::by_name(name),
            Family::V6 => v6::option::by_name(name),
        }
        .unwrap();
        let value = parse_value(shape, text).unwrap();
        match family {
            Family::V4 => v4::option::show(code, &value),
            Family::V6 => v6::option::show(code, &value),
        }
    }

    #[test]
    fn a_value_that_fits_its_shape_reads_in_words_and_back() {
        for word in [
            "dns-servers=2001:db8::1,2001:db8::2",
            "domain-search=a.example.,b.example.",
            "client-fqdn=SO:host.example.",
            "client-fqdn=N:partial",
            "vendor-opts=4491:1=0x0021,33=\"text\"",
            "vendor-class=4491:\"docsis3.0\",0x00",
            "message-status=NoBinding:\"no, sorry\"",
            "information-refresh-time=600",
        ] {
            assert_eq!(there_and_back(Family::V6, word), word);
        }
        for word in [
            "routers=192.0.2.1,192.0.2.2",
            "domain-search=a.example.,b.example.",
            "fqdn=SE/255/255:host.example.",
            "fqdn=S:\"host\"",
            "vivso-suboptions=4491:1=0x02,2=0x0a000007",
            "vivco-suboptions=4491:\"docsis3.0\"",
            "dhcp-agent-options=1=\"eth0\",11=0xc0000201",
            "prl=1,3,6",
            "lease-time=4294967295",
            "root-path=\"/srv\"",
            "interface-mtu=1500",
        ] {
            assert_eq!(there_and_back(Family::V4, word), word);
        }
    }

    #[test]
    fn a_value_that_does_not_fit_its_shape_stays_octets() {
        assert_eq!(v6::option::show(23, &[1, 2, 3]), "option-23=0x010203");
        assert_eq!(v6::option::show(24, &[5, b'a']), "option-24=0x0561");
        assert_eq!(v6::option::show(14, &[]), "rapid-commit");
        assert_eq!(v6::option::show(999, b""), "option-999=0x");
        assert_eq!(v4::option::show(3, &[1, 2, 3]), "option-3=0x010203");
        assert_eq!(v4::option::show(125, &[0, 0, 0, 1, 9]), "option-125=0x0000000109");
    }
}
