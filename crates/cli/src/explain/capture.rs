//! The frames of a capture file: pcap, as tcpdump writes it, or pcapng, as Wireshark does.

/// A frame as it was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// Its place in the file, from 1, as other programs count.
    pub(super) number: usize,
    /// What it begins with, as a LINKTYPE of tcpdump.org.
    pub(super) link: u32,
    pub(super) octets: &'a [u8],
}

/// Classic files begin with one of these, in the order of octets of the machine that wrote them.
const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
/// Files of blocks begin with this, the same in either order.
const SECTION: u32 = 0x0a0d_0d0a;
/// What tells the order of octets of a section.
const ORDER: u32 = 0x1a2b_3c4d;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const PACKET: u32 = 6;
/// Octets of a block besides its body.
const AROUND: usize = 12;
/// In the header of a classic file the low bits say what frames begin with.
const LINK: u32 = 0x0fff_ffff;

/// Reads all frames. A frame that is cut off at the end is left out: captures end like that.
pub(super) fn frames(file: &[u8]) -> Result<Vec<Frame<'_>>, &'static str> {
    let first = file.first_chunk().ok_or("the file is empty, or nearly")?;
    let (little, big) = (u32::from_le_bytes(*first), u32::from_be_bytes(*first));
    let classic = |number| matches!(number, MICROSECONDS | NANOSECONDS);
    if little == SECTION {
        Ok(blocks(file))
    } else if classic(little) || classic(big) {
        Ok(records(Order { little: classic(little) }, file))
    } else if first.starts_with(&[0x1f, 0x8b]) {
        Err("the file is compressed: unpack it first")
    } else {
        Err("the file is neither pcap nor pcapng")
    }
}

/// The order of octets in numbers.
#[derive(Clone, Copy)]
struct Order {
    little: bool,
}

impl Order {
    fn u16(self, octets: &[u8], at: usize) -> Option<u16> {
        let octets = *octets.get(at..)?.first_chunk()?;
        Some(if self.little { u16::from_le_bytes(octets) } else { u16::from_be_bytes(octets) })
    }

    fn u32(self, octets: &[u8], at: usize) -> Option<u32> {
        let octets = *octets.get(at..)?.first_chunk()?;
        Some(if self.little { u32::from_le_bytes(octets) } else { u32::from_be_bytes(octets) })
    }

    fn size(self, octets: &[u8], at: usize) -> Option<usize> {
        usize::try_from(self.u32(octets, at)?).ok()
    }
}

fn records(order: Order, file: &[u8]) -> Vec<Frame<'_>> {
    let mut frames = Vec::new();
    let link = order.u32(file, 20).unwrap_or_default() & LINK;
    let mut rest = file.get(24..).unwrap_or_default();
    while let Some((octets, behind)) = order.size(rest, 8).and_then(|size| rest.get(16..)?.split_at_checked(size)) {
        frames.push(Frame { number: frames.len().saturating_add(1), link, octets });
        rest = behind;
    }
    frames
}

fn blocks(file: &[u8]) -> Vec<Frame<'_>> {
    let (mut frames, mut links, mut rest) = (Vec::new(), Vec::new(), file);
    let mut order = Order { little: true };
    loop {
        if order.u32(rest, 0) == Some(SECTION) {
            order = Order { little: (Order { little: true }).u32(rest, 8) == Some(ORDER) };
            links.clear();
        }
        let size = order.size(rest, 4).filter(|size| *size >= AROUND);
        let Some((block, behind)) = size.and_then(|size| rest.split_at_checked(size)) else { return frames };
        let (link, octets) = packet(order, block, &mut links);
        if let Some(octets) = octets {
            frames.push(Frame { number: frames.len().saturating_add(1), link: link.unwrap_or(u32::MAX), octets });
        }
        rest = behind;
    }
}

/// Gives the frame in a block, if one is in it, and what it begins with.
fn packet<'a>(order: Order, block: &'a [u8], links: &mut Vec<u32>) -> (Option<u32>, Option<&'a [u8]>) {
    let captured = |from: usize, size: Option<usize>| block.get(from..)?.get(..size?);
    let link = |number: Option<usize>| number.and_then(|number| links.get(number)).copied();
    match order.u32(block, 0) {
        Some(INTERFACE) => {
            links.push(order.u16(block, 8).map_or(u32::MAX, u32::from));
            (None, None)
        }
        Some(PACKET) => (link(order.size(block, 8)), captured(28, order.size(block, 20))),
        Some(OLD_PACKET) => (link(order.u16(block, 8).map(usize::from)), captured(28, order.size(block, 20))),
        // Its size is not written: what the block has room for, at most what was there.
        Some(SIMPLE_PACKET) => {
            let room = block.len().saturating_sub(16);
            (link(Some(0)), captured(12, order.size(block, 8).map(|size| size.min(room))))
        }
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classic(magic: [u8; 4], number: fn(u32) -> [u8; 4], frames: &[&[u8]]) -> Vec<u8> {
        let mut file = [&magic[..], &[0; 16], &number(1)].concat();
        for frame in frames {
            let size = number(u32::try_from(frame.len()).unwrap());
            file.extend([&[0; 8][..], &size, &size, frame].concat());
        }
        file
    }

    fn block(number: fn(u32) -> [u8; 4], kind: u32, body: &[u8]) -> Vec<u8> {
        let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
        let size = number(u32::try_from(body.len() + padding.len() + AROUND).unwrap());
        [&number(kind)[..], &size, body, &padding, &size].concat()
    }

    #[test]
    fn frames_come_out_of_either_kind_of_file_in_either_order() {
        let wanted: [&[u8]; 2] = [b"first", b"2nd"];
        let orders: [fn(u32) -> [u8; 4]; 2] = [u32::to_le_bytes, u32::to_be_bytes];
        for number in orders {
            let mut files =
                vec![classic(number(MICROSECONDS), number, &wanted), classic(number(NANOSECONDS), number, &wanted)];
            let section = block(number, SECTION, &[&number(ORDER)[..], &[1, 0, 0, 0], &[0xff; 8]].concat());
            let link = if number(1)[0] == 1 { [1, 0] } else { [0, 1] };
            let interface = block(number, INTERFACE, &[&link[..], &[0; 6]].concat());
            let size = |frame: &[u8]| number(u32::try_from(frame.len()).unwrap());
            let long =
                |frame: &[u8]| block(number, PACKET, &[&[0; 12][..], &size(frame), &size(frame), frame].concat());
            let short = |frame: &[u8]| block(number, SIMPLE_PACKET, &[&size(frame)[..], frame].concat());
            let unknown = block(number, 0xbad, b"something else");
            files.push([section, interface, long(wanted[0]), unknown, short(wanted[1])].concat());
            for file in files {
                let found = frames(&file).unwrap();
                assert_eq!(found.iter().map(|frame| frame.octets).collect::<Vec<_>>(), wanted);
                assert_eq!(found.iter().map(|frame| (frame.number, frame.link)).collect::<Vec<_>>(), [(1, 1), (2, 1)]);
                // A file that is cut off anywhere has the frames before the cut.
                for length in 4..file.len() {
                    let some = frames(&file[..length]).unwrap();
                    assert!(found.starts_with(&some), "{length}");
                }
            }
        }
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(frames(b"x"), Err("the file is empty, or nearly"));
        assert_eq!(frames(b"text"), Err("the file is neither pcap nor pcapng"));
        assert_eq!(frames(&[0x1f, 0x8b, 8, 0]), Err("the file is compressed: unpack it first"));
    }
}
