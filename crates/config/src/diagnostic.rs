//! Errors for people: each with its line, a mark under the place, and what may have been meant.

use model::Family;

use crate::error::ConfigError;
use crate::grammar;
use crate::json::{Fault, Position, Span, SyntaxError};
use crate::syntax::SyntaxErrors;

/// How much of a long line is shown.
const MAX_WIDTH: usize = 160;

/// Describes all errors; `text` lends the text of a source by its name, for the lines to show.
pub fn render(errors: &SyntaxErrors, family: Family, text: &dyn Fn(&str) -> Option<String>, colour: bool) -> String {
    let paint = Paint::new(colour);
    let mut blocks: Vec<String> = errors
        .iter()
        .map(|error| describe((&error.to_string(), Some(&error.span)), &hints(error, family), text, &paint))
        .collect();
    let count = blocks.len();
    let plural = if count == 1 { "" } else { "s" };
    blocks.push(format!("{count} error{plural}\n"));
    blocks.concat()
}

/// Describes what is wrong with the meaning of a file whose text is right.
pub fn render_meaning(error: &ConfigError, text: &dyn Fn(&str) -> Option<String>, colour: bool) -> String {
    let hints: Vec<String> = error.hint.iter().cloned().collect();
    describe((&error.text, error.span.as_ref()), &hints, text, &Paint::new(colour))
}

/// What switches a terminal's colours; empty for plain text.
#[derive(Default)]
struct Paint {
    bold: &'static str,
    red: &'static str,
    plain: &'static str,
}

impl Paint {
    fn new(colour: bool) -> Self {
        if colour { Self { bold: "\x1b[1m", red: "\x1b[31m", plain: "\x1b[0m" } } else { Self::default() }
    }
}

fn describe(
    (headline, span): (&str, Option<&Span>),
    hints: &[String],
    text: &dyn Fn(&str) -> Option<String>,
    Paint { bold, red, plain }: &Paint,
) -> String {
    let mut lines = vec![format!("{bold}{headline}{plain}\n")];
    if let Some(span) = span
        && let Some(line) = text(&span.source).as_deref().and_then(|text| line_of(text, span))
    {
        let number = span.start.line.to_string();
        let gutter = " ".repeat(number.len());
        let (shown, mark) = marked(line, span);
        lines.push(format!(" {number} | {shown}\n {gutter} | {red}{mark}{plain}\n"));
    }
    lines.extend(hints.iter().map(|hint| format!("   = {hint}\n")));
    lines.push("\n".to_owned());
    lines.concat()
}

fn line_of<'t>(text: &'t str, span: &Span) -> Option<&'t str> {
    text.lines().nth(usize::try_from(span.start.line).ok()?.checked_sub(1)?)
}

/// Gives the part of a line worth showing and the marks under it. Columns count octets; marks count characters.
fn marked(line: &str, span: &Span) -> (String, String) {
    let from = usize::try_from(span.start.column).unwrap_or(1).saturating_sub(1);
    let Position { line: last, column } = span.end;
    let to = if last > span.start.line { line.len() } else { usize::try_from(column).unwrap_or(from) };
    let skip = from.saturating_sub(MAX_WIDTH / 2);
    let (mut shown, mut mark) = (String::new(), String::new());
    for (at, character) in line.char_indices().filter(|(at, _)| *at >= skip && *at < skip + MAX_WIDTH) {
        shown.push(if character.is_control() && character != '\t' { '\u{fffd}' } else { character });
        if at < from {
            mark.push(if character == '\t' { '\t' } else { ' ' });
        } else if at == from || at < to {
            mark.push('^');
        }
    }
    if from >= line.len() {
        mark.push('^');
    }
    (shown, mark)
}

fn hints(error: &SyntaxError, family: Family) -> Vec<String> {
    match &error.fault {
        Fault::UnknownKeyword { keyword } => keyword_hints(error, family, keyword),
        Fault::Unexpected { found, expected } => unexpected_hints(error, family, found, expected),
        Fault::Duplicate { previous, .. } | Fault::DuplicateContext { previous, .. } => {
            vec![format!("it stands already at {previous}")]
        }
        Fault::BooleanReplaceName => {
            vec!["expected \"never\", \"always\", \"when-present\" or \"when-not-present\"".to_owned()]
        }
        Fault::UnclosedComment { .. } => vec!["\"*/\" is expected before the end of the file".to_owned()],
        Fault::UnclosedDirective => vec!["\"?>\" is expected before the end of the file".to_owned()],
        Fault::TooManyIncludes => vec!["does a file include itself?".to_owned()],
        Fault::Missing { .. }
        | Fault::InvalidCharacter(_)
        | Fault::BadString { .. }
        | Fault::BadNumber { .. }
        | Fault::LowerCaseOnly(_)
        | Fault::CannotInclude(_)
        | Fault::UnsupportedChecks { .. }
        | Fault::TooDeep(_) => Vec::new(),
    }
}

fn keyword_hints(error: &SyntaxError, family: Family, keyword: &str) -> Vec<String> {
    let mut hints = Vec::new();
    let near = error.map.map(|map| grammar::suggestions(map, keyword)).unwrap_or_default();
    if !near.is_empty() {
        let quoted: Vec<String> = near.iter().map(|word| format!("\"{word}\"")).collect();
        hints.push(format!("did you mean {}?", quoted.join(" or ")));
    }
    let places = grammar::places(family, keyword);
    if let Some((first, others)) = places.split_first() {
        let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        hints.push(format!("\"{keyword}\" is allowed in {first}{more}"));
    }
    let other = family.pick(Family::V6, Family::V4);
    if hints.is_empty() && !grammar::places(other, keyword).is_empty() {
        hints.push(format!("\"{keyword}\" belongs to Dhcp{}", other.digit()));
    }
    hints
}

fn unexpected_hints(error: &SyntaxError, family: Family, found: &str, expected: &[&str]) -> Vec<String> {
    if found == "end of file" {
        return vec!["a bracket is not closed".to_owned()];
    }
    let map = error.map.map_or("", |map| map.name);
    if map == "toplevel" && expected.contains(&"}") {
        let top = format!("Dhcp{}", family.digit());
        return vec![format!("\"{top}\" ends before this; is there a \"}}\" too many above?")];
    }
    if expected.contains(&"\",\"") && found != "," {
        return vec!["is a comma missing before this?".to_owned()];
    }
    if found == "integer" && expected == ["floating point"] {
        return vec!["a number with a point is expected, such as 0.5 or 1.0".to_owned()];
    }
    Vec::new()
}
