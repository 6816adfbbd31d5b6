//! Octets of a string to text.

/// Reads octets as UTF-8; octets that are none are taken as Latin-1, which is what a lone `\u00e9` means.
pub(super) fn decode(octets: Vec<u8>) -> String {
    match String::from_utf8(octets) {
        Ok(text) => text,
        Err(error) => {
            let octets = error.into_bytes();
            let mut text = String::new();
            for chunk in octets.utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(chunk.invalid().iter().map(|octet| char::from(*octet)));
            }
            text
        }
    }
}
