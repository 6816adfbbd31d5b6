//! Which known word was meant by one that is not?

/// Finds the candidate nearest to `word`; `None` if nothing is near.
pub fn nearest_word<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Asks about the candidate nearest to `word`; `None` if nothing is near.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest_word(word, candidates).map(|candidate| format!("did you mean '{candidate}'?"))
}

/// Counts the letters to change, add or remove to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(line + 1);
        for ((other, pair), left) in to.iter().zip(row.windows(2)).zip(0..) {
            let (&[diagonal, above], Some(&before)) = (pair, next.get::<usize>(left)) else { continue };
            let change = usize::from(letter != *other);
            next.push((diagonal + change).min(above + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_word_that_was_meant() {
        let names = ["dns-servers", "domain-search"];
        assert_eq!(nearest("dns-server", names.into_iter()).unwrap(), "did you mean 'dns-servers'?");
        assert_eq!(nearest("sip", names.into_iter()), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
