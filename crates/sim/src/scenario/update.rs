//! Rewrites the expectations of a scenario file from what happened; everything else stays as it was written.

use super::{Asked, Expect, Scenario};

/// What a step led to, in the words of the scenario language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The words of the reply; `None` if the step sends nothing.
    pub heard: Option<Vec<String>>,
    /// All leases, if a step asks for them.
    pub leases: Option<Vec<Vec<String>>>,
    /// Statistics asked for, with their values.
    pub counts: Vec<(String, String)>,
}

const WIDTH: usize = 118;
const INDENT: &str = "         ";

/// Writes the file anew with `outcomes`, one per step.
pub fn rewrite(scenario: &Scenario, outcomes: &[Outcome]) -> String {
    let mut lines = scenario.lines.clone();
    // From the end, so that the line numbers before stay true.
    for (step, outcome) in scenario.steps.iter().zip(outcomes).rev() {
        for expect in step.expect.iter().rev() {
            lines.splice(expect.lines.clone(), text_of(expect, outcome));
        }
        let heard = step.expect.iter().any(|expect| matches!(expect.what, Asked::Hear(_)));
        if let (Some(words), false) = (&outcome.heard, heard) {
            lines.splice(step.end..step.end, hear(words));
        }
    }
    lines.join("\n") + "\n"
}

fn text_of(expect: &Expect, outcome: &Outcome) -> Vec<String> {
    match &expect.what {
        Asked::Hear(_) => hear(outcome.heard.as_deref().unwrap_or_default()),
        Asked::Leases(_) => match outcome.leases.as_deref().unwrap_or_default() {
            [] => vec![format!("{INDENT}lease none")],
            leases => leases.iter().map(|words| format!("{INDENT}lease {}", words.join(" "))).collect(),
        },
        Asked::Counts(names) => {
            let value = |name: &str| {
                outcome.counts.iter().find(|(known, _)| known == name).map_or("?", |(_, value)| value.as_str())
            };
            let words: Vec<_> = names.iter().map(|(name, _)| format!("{name}={}", value(name))).collect();
            vec![format!("{INDENT}count {}", words.join(" "))]
        }
    }
}

fn hear(words: &[String]) -> Vec<String> {
    let mut lines = vec![format!("{INDENT}hear ")];
    if words.is_empty() {
        return vec![format!("{INDENT}hear  nothing")];
    }
    for word in words {
        let breaks = word.starts_with("ia-") && !word.starts_with("ia-option");
        let full = lines.last().is_some_and(|line| line.len() + word.len() + 1 > WIDTH);
        if full || breaks || word == "via" {
            lines.push(format!("{INDENT}     "));
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn expectations_are_replaced_and_remarks_kept() {
        let text = "config a: 1\n# before\nat 0s    send  SOLICIT\n# after\nat 1s    send  SOLICIT\n         hear  nothing\n         lease ?\n";
        let scenario = super::super::parse(Path::new("x"), text).unwrap();
        let heard = |word: &str| Some(vec![word.to_owned()]);
        let outcomes = [
            Outcome { heard: heard("ADVERTISE"), ..Outcome::default() },
            Outcome { heard: heard("REPLY"), leases: Some(Vec::new()), counts: Vec::new() },
        ];
        let expected = "config a: 1\n# before\nat 0s    send  SOLICIT\n         hear  ADVERTISE\n# after\n\
                        at 1s    send  SOLICIT\n         hear  REPLY\n         lease none\n";
        assert_eq!(rewrite(&scenario, &outcomes), expected);
    }
}
