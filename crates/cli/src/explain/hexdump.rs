//! Octets as people hand them on: hexadecimal digits in a row, or the dump of a program that shows packets.

/// The most octets in a line of a dump.
const LINE: usize = 16;

/// Reads the first packet of a text: plain digits, or lines as `tshark -x`, `tcpdump -x` and Wireshark write them.
pub(super) fn read(text: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    for line in text.lines() {
        let Some((offset, found)) = dumped(line) else { continue };
        if offset != octets.len() {
            // The next packet begins.
            if offset == 0 && !octets.is_empty() {
                break;
            }
            continue;
        }
        octets.extend(found);
    }
    if !octets.is_empty() {
        return Ok(octets);
    }
    let text = text.trim();
    let digits: String = text.chars().filter(|letter| !letter.is_whitespace() && !":-".contains(*letter)).collect();
    server::explain::octets(&digits)
}

/// Reads a line of a dump: where it stands, and its octets; `None` if it is none.
fn dumped(line: &str) -> Option<(usize, Vec<u8>)> {
    let (offset, rest) = line.trim_start().split_once([' ', '\t'])?;
    let of_tcpdump = offset.starts_with("0x");
    let digits = offset.trim_end_matches(':').trim_start_matches("0x");
    if digits.len() < 4 {
        return None;
    }
    let offset = usize::from_str_radix(digits, 16).ok()?;
    let rest = rest.trim_start();
    // Behind a gap stands the same as text.
    let gap = if of_tcpdump { "  " } else { "   " };
    let data = rest.split_once(gap).map_or(rest, |(data, _)| data);
    let mut octets = Vec::new();
    for word in data.split_whitespace() {
        let is_hex = matches!(word.len(), 2 | 4) && word.bytes().all(|letter| letter.is_ascii_hexdigit());
        if !is_hex || octets.len() >= LINE {
            break;
        }
        octets.extend(wire::option::encode_hex(word).ok()?);
    }
    (!octets.is_empty()).then_some((offset, octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_in_a_row_and_in_the_dumps_of_known_programs() {
        let wanted: Vec<u8> = (0x41..0x53).collect();
        for text in [
            "4142434445464748494a4b4c4d4e4f505152",
            "41:42:43:44:45:46:47:48:49:4a:4b:4c:4d:4e:4f:50:51:52\n",
            "41 42 43 44 45 46 47 48\n 49 4a 4b 4c 4d 4e 4f 50 51 52\n",
            "Frame (18 bytes):\n0000  41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50   ABCDEFGHIJKLMNOP\n0010  51 52                                             QR\n\n0000  ff\n",
            "0000   41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50   ABCDEFGH IJKLMNOP\n0010   51 52   QR\n",
            "12:00:00.1 IP x\n\t0x0000:  4142 4344 4546 4748 494a 4b4c 4d4e 4f50  ABCDEFGHIJKLMNOP\n\t0x0010:  5152                                     QR\n",
        ] {
            assert_eq!(read(text).as_ref(), Ok(&wanted), "{text}");
        }
        assert_eq!(read("not hex"), Err("'nothex' is no hexadecimal number".to_owned()));
        assert!(read("").is_err());
    }
}
