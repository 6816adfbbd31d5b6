//! Text to a scenario.

use std::path::Path;

use model::Family;
use serde_json::{Map, Value};

use super::{Action, Asked, Expect, Scenario, Step, relaxed};
use crate::Fault;
use crate::packet::words::split;

const KEYWORDS: [&str; 10] =
    ["config", "at", "send", "hear", "lease", "count", "neighbour", "reclaim", "restart", "differs"];

/// A keyword with the text up to the next one.
struct Item {
    keyword: String,
    text: String,
    first: usize,
    end: usize,
}

/// Reads a scenario.
///
/// # Errors
/// [`Fault::Scenario`] names the line that is not understood.
pub fn parse(path: &Path, text: &str) -> Result<Scenario, Fault> {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut scenario = Scenario {
        path: path.to_owned(),
        family: Family::V6,
        config: Value::Null,
        steps: Vec::new(),
        differs: Vec::new(),
        lines,
    };
    let mut now = 0;
    for item in items(&scenario.lines)? {
        take(&mut scenario, &item, &mut now)?;
    }
    if scenario.config.is_null() {
        return Err(Fault::scenario(1, "there is no config"));
    }
    Ok(scenario)
}

fn items(lines: &[String]) -> Result<Vec<Item>, Fault> {
    let mut items: Vec<Item> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut rest = line;
        let mut word = first_word(rest);
        if !KEYWORDS.contains(&word) {
            let item = items.last_mut().ok_or_else(|| Fault::scenario(index + 1, format!("unknown word {word}")))?;
            item.text.push('\n');
            item.text.push_str(line);
            item.end = index + 1;
            continue;
        }
        if word == "at" {
            let time = first_word(rest.trim_start_matches("at").trim_start());
            let item = Item { keyword: "at".to_owned(), text: time.to_owned(), first: index, end: index };
            items.push(item);
            rest = rest.trim_start_matches("at").trim_start().strip_prefix(time).unwrap_or_default().trim_start();
            word = first_word(rest);
        }
        let text = rest.strip_prefix(word).unwrap_or_default().trim().to_owned();
        items.push(Item { keyword: word.to_owned(), text, first: index, end: index + 1 });
    }
    Ok(items)
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

fn take(scenario: &mut Scenario, item: &Item, now: &mut u32) -> Result<(), Fault> {
    let line = item.first + 1;
    match item.keyword.as_str() {
        "config" => {
            let map = relaxed::parse(&item.text).map_err(|why| Fault::scenario(line, why))?;
            scenario.family = family_of(&map);
            scenario.config = Value::Object(map);
        }
        "differs" => {
            let (backend, reason) =
                item.text.split_once(':').ok_or_else(|| Fault::scenario(line, "expected differs BACKEND: reason"))?;
            scenario.differs.push((backend.trim().to_owned(), reason.trim().to_owned()));
        }
        "at" => {
            let time = item.text.strip_suffix('s').and_then(|seconds| seconds.parse().ok());
            *now = time.filter(|time: &u32| *time >= *now).ok_or_else(|| {
                Fault::scenario(line, format!("expected a later time such as 10s, not {}", item.text))
            })?;
        }
        "send" => push_step(scenario, item, *now, Action::Send(split(&item.text))),
        "neighbour" => {
            let address = item.text.parse().ok().ok_or_else(|| Fault::scenario(line, "expected an IPv4 address"))?;
            push_step(scenario, item, *now, Action::Neighbour(address));
        }
        "reclaim" => push_step(scenario, item, *now, Action::Reclaim),
        "restart" => push_step(scenario, item, *now, Action::Restart),
        _ => expect(scenario, item)?,
    }
    Ok(())
}

/// Tells the protocol by the subnets, which may all stand inside shared networks.
fn family_of(map: &Map<String, Value>) -> Family {
    let networks = map.get("shared-networks").and_then(Value::as_array);
    let mut networks = networks.into_iter().flatten();
    let v4 = map.contains_key("subnet4") || networks.any(|network| network.get("subnet4").is_some());
    if v4 { Family::V4 } else { Family::V6 }
}

fn push_step(scenario: &mut Scenario, item: &Item, at: u32, action: Action) {
    scenario.steps.push(Step { line: item.first + 1, at, action, expect: Vec::new(), end: item.end });
}

fn expect(scenario: &mut Scenario, item: &Item) -> Result<(), Fault> {
    let step = scenario
        .steps
        .last_mut()
        .ok_or_else(|| Fault::scenario(item.first + 1, format!("{} before anything was sent", item.keyword)))?;
    let mut words = split(&item.text);
    let lines = item.first..item.end;
    let what = match item.keyword.as_str() {
        "hear" if words == ["nothing"] => Asked::Hear(Vec::new()),
        "hear" => Asked::Hear(words),
        "lease" => {
            if let Some(Expect { lines: before, what: Asked::Leases(leases) }) = step.expect.last_mut() {
                before.end = lines.end;
                leases.push(words);
                return Ok(());
            }
            Asked::Leases(if words == ["none"] { Vec::new() } else { vec![std::mem::take(&mut words)] })
        }
        "count" => {
            let pairs = words.iter().map(|word| word.split_once('=').map(|(name, n)| (name.to_owned(), n.to_owned())));
            let pairs: Option<Vec<_>> = pairs.collect();
            Asked::Counts(pairs.ok_or_else(|| Fault::scenario(item.first + 1, "expected NAME=VALUE"))?)
        }
        word => return Err(Fault::scenario(item.first + 1, format!("unknown word {word}"))),
    };
    step.expect.push(Expect { lines, what });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# A remark.
config   subnet6: [{ id: 1,
           subnet: 2001:db8::/64 }]
differs process: because
at 0s    send  SOLICIT from 02:00:00:00:00:01
           ia-na=1
         hear  ADVERTISE client-id
         lease none
at 5s    reclaim
         lease a x=1
         lease b
";

    #[test]
    fn a_file_becomes_its_steps() {
        let scenario = parse(Path::new("scenarios/kea/x.scn"), TEXT).unwrap();
        assert_eq!(scenario.name(), "kea/x");
        assert_eq!(scenario.reason("process"), Some("because"));
        assert_eq!(scenario.config.to_string(), r#"{"subnet6":[{"id":1,"subnet":"2001:db8::/64"}]}"#);
        assert_eq!(scenario.steps.len(), 2);
        assert_eq!(scenario.steps[0].expect[0].what, Asked::Hear(vec!["ADVERTISE".into(), "client-id".into()]));
        assert_eq!(scenario.steps[0].expect[1].what, Asked::Leases(Vec::new()));
        assert_eq!(scenario.steps[1].at, 5);
        assert_eq!(scenario.steps[1].expect[0].lines, 9..11);
    }

    #[test]
    fn the_line_of_a_mistake_is_named() {
        let fault = parse(Path::new("x"), "config a: 1\nat 5s send SOLICIT\nat 4s send SOLICIT\n").unwrap_err();
        assert!(fault.to_string().starts_with("line 3: expected a later time"));
    }
}
