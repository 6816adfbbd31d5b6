//! How an input is damaged.

use crate::random::Random;

/// Pieces that mean something to a reader of configurations or lease files.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\u0041",
    "\\",
    "/*",
    "*/",
    "//",
    "#",
    "<?include \"x\"?>",
    "null",
    "true",
    "-1",
    "4294967296",
    "99999999999999999999",
    "1.5",
    "1e999",
    "::/0",
    "&#x2c",
    "\n",
];

/// Takes something from the corpus and changes it in one to four places.
pub fn mutate(corpus: &[Vec<u8>], random: &mut Random, text: bool) -> Vec<u8> {
    let mut input = random.pick(corpus).cloned().unwrap_or_default();
    for _ in 0..=random.below(4) {
        match random.below(9) {
            0 => flip(&mut input, random),
            1 => input.truncate(random.below(input.len() + 1)),
            2 => splice(&mut input, random.pick(corpus).map(Vec::as_slice).unwrap_or_default(), random),
            3 | 4 if text => insert_piece(&mut input, random),
            3 | 4 => edit_number(&mut input, random),
            5 => repeat(&mut input, random),
            6 => drop(cut(&mut input, random)),
            7 => set(&mut input, random),
            _ => insert(&mut input, random),
        }
    }
    input
}

fn flip(input: &mut [u8], random: &mut Random) {
    let bit = random.below(8);
    let at = random.below(input.len());
    if let Some(octet) = input.get_mut(at) {
        *octet ^= 1 << bit;
    }
}

fn set(input: &mut [u8], random: &mut Random) {
    let value = random.pick(&[0, 1, 0x7f, 0x80, 0xff]).copied().unwrap_or_default();
    let at = random.below(input.len());
    if let Some(octet) = input.get_mut(at) {
        *octet = value;
    }
}

/// Joins the front of one input and the back of another.
fn splice(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    input.truncate(random.below(input.len() + 1));
    input.extend_from_slice(other.get(random.below(other.len() + 1)..).unwrap_or_default());
}

/// Changes two octets as if they were a length or a code.
fn edit_number(input: &mut [u8], random: &mut Random) {
    let at = random.below(input.len());
    let step = u16::from(random.octet() % 9);
    let choice = random.below(5);
    if let Some(octets) = input.get_mut(at..).and_then(|rest| rest.first_chunk_mut::<2>()) {
        let number = u16::from_be_bytes(*octets);
        let changed = match choice {
            0 => 0,
            1 => u16::MAX,
            2 => number.wrapping_sub(step),
            3 => number.wrapping_mul(2),
            _ => number.wrapping_add(step),
        };
        *octets = changed.to_be_bytes();
    }
}

fn range(input: &[u8], random: &mut Random) -> std::ops::Range<usize> {
    let start = random.below(input.len() + 1);
    let length = random.below((input.len() - start).min(64) + 1);
    start..start + length
}

fn repeat(input: &mut Vec<u8>, random: &mut Random) {
    let range = range(input, random);
    let piece = input.get(range.clone()).unwrap_or_default().repeat(1 + random.below(3));
    input.splice(range.end..range.end, piece);
}

fn cut(input: &mut Vec<u8>, random: &mut Random) -> Vec<u8> {
    let range = range(input, random);
    input.splice(range, std::iter::empty()).collect()
}

fn insert(input: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(input.len() + 1);
    let piece: Vec<u8> = (0..=random.below(8)).map(|_| random.octet()).collect();
    input.splice(at..at, piece);
}

fn insert_piece(input: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(input.len() + 1);
    let piece = random.pick(&PIECES).copied().unwrap_or_default();
    let over = random.below(3).min(input.len() - at);
    input.splice(at..at + over, piece.bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_corpus_and_an_empty_input_are_mutated_without_harm() {
        for item in 0..2000 {
            mutate(&[], &mut Random::of_item(1, item), false);
            mutate(&[Vec::new(), vec![1]], &mut Random::of_item(2, item), true);
        }
    }

    #[test]
    fn item_and_seed_decide_the_input() {
        let corpus = [b"{ \"a\": 1 }".to_vec()];
        let input = |item| mutate(&corpus, &mut Random::of_item(9, item), true);
        assert_eq!(input(5), input(5));
        assert!((0..20).any(|item| input(item) != input(item + 1)));
    }
}
